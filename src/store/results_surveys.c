/* What is known of model files, so that they need not be opened again: /run/surveys. */
#include "core/memory.h"
#include "store/h5.h"
#include "store/results_internal.h"

#include <limits.h>
#include <stdlib.h>

enum status results_write_surveys(const struct results *results, const unsigned char *surveys,
                                  struct error *error)
{
    const hid_t dataset = results->run[RUN_SURVEYS];
    if (dataset <= 0) {
        return STATUS_OK;
    }
    return H5Dwrite(dataset, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, surveys) >= 0
               ? STATUS_OK
               : h5_error(error, STATUS_IO, results->path, RUN_SHAPES[RUN_SURVEYS].name);
}

/* The file may be any: nothing of it is believed, and nothing is an error. */
static enum status read_group(hid_t group, const char *path, unsigned char **surveys, size_t *count,
                              struct error *error)
{
    hid_t dataset = H5I_INVALID_HID;
    hsize_t dims[H5_MAX_RANK] = {0};
    struct error ignored;
    if (h5_check_data(group, path, "surveys", &ignored) != STATUS_OK ||
        h5_open_array(group, path, "surveys", 2, INT_MAX, &dataset, dims, &ignored) != STATUS_OK) {
        return STATUS_OK;
    }
    enum status status = STATUS_OK;
    if (dims[1] == RESULTS_SURVEY_SIZE) {
        status = memory_array(surveys, (size_t)dims[0], RESULTS_SURVEY_SIZE, error);
        if (status == STATUS_OK &&
            H5Dread(dataset, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, *surveys) >= 0) {
            *count = (size_t)dims[0];
        }
    }
    (void)H5Dclose(dataset);
    return status;
}

enum status results_read_surveys(const char *path, unsigned char **surveys, size_t *count,
                                 struct error *error)
{
    hid_t file = H5I_INVALID_HID;
    struct error ignored;
    *surveys = NULL;
    *count = 0;
    if (h5_open_input(path, &file, STATUS_INPUT, &ignored) != STATUS_OK) {
        return STATUS_OK;
    }
    const hid_t group =
        h5_is_hard_link(file, "run") ? H5Gopen2(file, "run", H5P_DEFAULT) : H5I_INVALID_HID;
    enum status status = STATUS_OK;
    if (group >= 0) {
        status = read_group(group, path, surveys, count, error);
        (void)H5Gclose(group);
    }
    (void)H5Fclose(file);
    (void)H5Eclear2(H5E_DEFAULT);
    return status;
}
