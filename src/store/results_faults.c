#include "store/results_faults.h"

#include "store/h5.h"
#include "store/results_internal.h"

static enum status read_all(const struct results *results, hid_t dataset, const char *name,
                            uint8_t *values, struct error *error)
{
    const herr_t result = H5Dread(dataset, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    return result >= 0 ? STATUS_OK : h5_error(error, STATUS_DAMAGED, results->path, name);
}

enum status results_read_attempts(const struct results *results, uint8_t *attempts,
                                  struct error *error)
{
    return read_all(results, results->attempts, "cannot read run/attempts", attempts, error);
}

enum status results_write_attempts(const struct results *results, int64_t case_index,
                                   uint8_t attempts, struct error *error)
{
    const struct piece piece = {.start = {(hsize_t)case_index}, .count = {1, 1, 1}};
    return results_write_piece(results, results->attempts, "run/attempts", 1, &piece,
                               H5T_NATIVE_UINT8, &attempts, error);
}

enum status results_read_faults(const struct results *results, uint8_t *faults, struct error *error)
{
    return read_all(results, results->faults, "cannot read run/faults", faults, error);
}

enum status results_write_fault(const struct results *results, int64_t case_index,
                                enum results_fault fault, uint8_t count, struct error *error)
{
    const struct piece piece = {.start = {(hsize_t)case_index, (hsize_t)fault}, .count = {1, 1, 1}};
    return results_write_piece(results, results->faults, "run/faults", 2, &piece, H5T_NATIVE_UINT8,
                               &count, error);
}

off_t results_fault_place(const struct results *results, int64_t case_index,
                          enum results_fault fault)
{
    const haddr_t begin = H5Dget_offset(results->faults);
    return begin == HADDR_UNDEF ? -1 : (off_t)begin + case_index * FAULT_COUNT + (off_t)fault;
}
