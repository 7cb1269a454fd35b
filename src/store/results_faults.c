#include "store/results_faults.h"

#include "store/h5.h"

static enum status read_all(const struct results *results, hid_t dataset, const char *name,
                            uint8_t *values, struct error *error)
{
    const herr_t result = H5Dread(dataset, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    return result >= 0 ? STATUS_OK : h5_error(error, STATUS_DAMAGED, results->path, name);
}

static enum status write_byte(const struct results *results, hid_t dataset, const char *name,
                              const hsize_t *place, uint8_t value, struct error *error)
{
    static const hsize_t ones[RESULTS_MAX_AXES] = {1, 1, 1};
    const hid_t file_space = H5Dget_space(dataset);
    const hid_t memory_space = H5Screate_simple(1, ones, NULL);
    const bool good =
        H5Sselect_hyperslab(file_space, H5S_SELECT_SET, place, NULL, ones, NULL) >= 0 &&
        H5Dwrite(dataset, H5T_NATIVE_UINT8, memory_space, file_space, H5P_DEFAULT, &value) >= 0;
    (void)H5Sclose(memory_space);
    (void)H5Sclose(file_space);
    return good ? STATUS_OK : h5_error(error, STATUS_IO, results->path, name);
}

enum status results_read_attempts(const struct results *results, uint8_t *attempts,
                                  struct error *error)
{
    return read_all(results, results->attempts, "cannot read run/attempts", attempts, error);
}

enum status results_write_attempts(const struct results *results, int64_t case_index,
                                   uint8_t attempts, struct error *error)
{
    const hsize_t place = (hsize_t)case_index;
    return write_byte(results, results->attempts, "cannot write run/attempts", &place, attempts,
                      error);
}

enum status results_read_faults(const struct results *results, uint8_t *faults, struct error *error)
{
    return read_all(results, results->faults, "cannot read run/faults", faults, error);
}

enum status results_write_fault(const struct results *results, int64_t case_index,
                                enum results_fault fault, uint8_t count, struct error *error)
{
    const hsize_t place[] = {(hsize_t)case_index, (hsize_t)fault};
    return write_byte(results, results->faults, "cannot write run/faults", place, count, error);
}

off_t results_fault_place(const struct results *results, int64_t case_index,
                          enum results_fault fault)
{
    const haddr_t begin = H5Dget_offset(results->faults);
    return begin == HADDR_UNDEF ? -1 : (off_t)begin + case_index * FAULT_COUNT + (off_t)fault;
}
