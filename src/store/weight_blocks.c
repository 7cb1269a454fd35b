#include "store/weight_blocks.h"

#include "store/h5.h"
#include "store/model_file.h"

#include <math.h>

static enum status open_dataset(struct weight_blocks *blocks, enum cell_kind kind, int gate,
                                struct error *error)
{
    hsize_t dims[H5_MAX_RANK] = {0};
    TRY(h5_open_array(blocks->file, blocks->path, "weight_hh", 2,
                      (hsize_t)MODEL_MAX_HIDDEN * (hsize_t)cell_parts(kind)->n_gates,
                      &blocks->dataset, dims, error));
    TRY(model_check_recurrent(blocks->path, kind, dims, error));
    blocks->n = (int)dims[1];
    blocks->first = gate * blocks->n;
    return h5_check_data(blocks->file, blocks->path, "weight_hh", error);
}

enum status model_check_recurrent(const char *path, enum cell_kind kind, const hsize_t dims[2],
                                  struct error *error)
{
    const struct cell_parts *const parts = cell_parts(kind);
    if (dims[0] == (hsize_t)parts->n_gates * dims[1]) {
        return STATUS_OK;
    }
    return parts->n_gates == 1
               ? error_set(error, STATUS_INPUT, "%s: weight_hh is %llu x %llu, expected square",
                           path, (unsigned long long)dims[0], (unsigned long long)dims[1])
               : error_set(error, STATUS_INPUT,
                           "%s: weight_hh is %llu x %llu, expected %d times as many rows as "
                           "columns: the %d gates of a %s",
                           path, (unsigned long long)dims[0], (unsigned long long)dims[1],
                           parts->n_gates, parts->n_gates, parts->name);
}

enum status weight_blocks_open(struct weight_blocks *blocks, const char *path, enum cell_kind kind,
                               int gate, struct error *error)
{
    *blocks =
        (struct weight_blocks){.path = path, .file = H5I_INVALID_HID, .dataset = H5I_INVALID_HID};
    enum status status = h5_open_input(path, &blocks->file, STATUS_INPUT, error);
    THEN(status, open_dataset(blocks, kind, gate, error));
    if (status != STATUS_OK) {
        weight_blocks_close(blocks);
    }
    return status;
}

void weight_blocks_close(struct weight_blocks *blocks)
{
    /* 0 is the zeroed struct, no handle. */
    if (blocks->dataset > 0) {
        (void)H5Dclose(blocks->dataset);
    }
    if (blocks->file > 0) {
        (void)H5Fclose(blocks->file);
    }
    *blocks = (struct weight_blocks){0};
}

static bool lies_within(int first, int count, int n)
{
    return first >= 0 && count > 0 && first <= n - count;
}

enum status weight_blocks_read(void *source, int row, int col, int rows, int cols, double *values,
                               struct error *error)
{
    const struct weight_blocks *const blocks = source;
    if (!lies_within(row, rows, blocks->n) || !lies_within(col, cols, blocks->n)) {
        return error_set(error, STATUS_INTERNAL,
                         "%s: block of %d x %d at (%d, %d) of a weight_hh of width %d",
                         blocks->path, rows, cols, row, col, blocks->n);
    }
    const hsize_t start[2] = {(hsize_t)(blocks->first + row), (hsize_t)col};
    const hsize_t count[2] = {(hsize_t)rows, (hsize_t)cols};
    const hid_t there = H5Dget_space(blocks->dataset);
    const hid_t here = H5Screate_simple(2, count, NULL);
    const bool read =
        there >= 0 && here >= 0 &&
        H5Sselect_hyperslab(there, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
        H5Dread(blocks->dataset, H5T_NATIVE_DOUBLE, here, there, H5P_DEFAULT, values) >= 0;
    (void)H5Sclose(here);
    (void)H5Sclose(there);
    if (!read) {
        return h5_cannot_read(blocks->dataset, blocks->path, "weight_hh", error);
    }
    for (int64_t i = 0; i < (int64_t)rows * cols; i++) {
        if (!isfinite(values[i])) {
            return weights_not_finite(blocks->path, "weight_hh",
                                      (blocks->first + row + i / cols) * blocks->n + col + i % cols,
                                      error);
        }
    }
    return STATUS_OK;
}

enum status weights_not_finite(const char *path, const char *name, int64_t index,
                               struct error *error)
{
    return error_set(error, STATUS_INPUT,
                     "%s: %s has a NaN or Inf at element %lld, expected finite weights", path, name,
                     (long long)index);
}
