#include "store/results_faults.h"

#include "store/results_internal.h"

enum status results_read_attempts(const struct results *results, uint8_t *attempts,
                                  struct error *error)
{
    return results_read_run(results, RUN_ATTEMPTS, H5T_NATIVE_UINT8, attempts, error);
}

enum status results_write_attempts(const struct results *results, int64_t case_index,
                                   uint8_t attempts, struct error *error)
{
    return results_write_run(results, RUN_ATTEMPTS, case_index, 0, H5T_NATIVE_UINT8, &attempts,
                             error);
}

enum status results_read_faults(const struct results *results, uint8_t *faults, struct error *error)
{
    return results_read_run(results, RUN_FAULTS, H5T_NATIVE_UINT8, faults, error);
}

enum status results_write_fault(const struct results *results, int64_t case_index,
                                enum results_fault fault, uint8_t count, struct error *error)
{
    return results_write_run(results, RUN_FAULTS, case_index, (int)fault, H5T_NATIVE_UINT8, &count,
                             error);
}

off_t results_fault_place(const struct results *results, int64_t case_index,
                          enum results_fault fault)
{
    const haddr_t begin = H5Dget_offset(results->run[RUN_FAULTS]);
    return begin == HADDR_UNDEF ? -1 : (off_t)begin + case_index * FAULT_COUNT + (off_t)fault;
}

off_t results_attempts_place(const struct results *results, int64_t case_index)
{
    const haddr_t begin = H5Dget_offset(results->run[RUN_ATTEMPTS]);
    return begin == HADDR_UNDEF ? -1 : (off_t)begin + case_index;
}
