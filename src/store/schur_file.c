#include "store/schur_file.h"

#include "core/memory.h"
#include "store/h5.h"

#include <hdf5_hl.h>
#include <stdlib.h>

static const char *const MATRIX_NAMES[SCHUR_MATRIX_COUNT] = {"t", "q"};

enum scale { SCALE_ROW, SCALE_COLUMN, SCALE_UNIT, SCALE_COUNT };

static const struct {
    const char *name;
    const char *long_name;
} SCALES[SCALE_COUNT] = {
    {"row", "row of T, in the order of the moduli"},
    {"column", "column of T"},
    {"unit", "hidden unit"},
};

struct array {
    const char *name;
    const char *long_name;
    bool is_integer;
    int rank;
    enum scale axes[2];
    const void *values; /* NULL: written later */
};

static bool put_dataset(hid_t file, const struct array *array, int n, hid_t *dataset)
{
    const hsize_t dims[2] = {(hsize_t)n, (hsize_t)n};
    const hid_t stored = array->is_integer ? H5T_STD_I32LE : H5T_IEEE_F64LE;
    const hid_t type = array->is_integer ? H5T_NATIVE_INT : H5T_NATIVE_DOUBLE;
    const hid_t space = H5Screate_simple(array->rank, dims, NULL);
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    (void)H5Pset_layout(properties, H5D_CONTIGUOUS);
    (void)H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY);
    *dataset = H5Dcreate2(file, array->name, stored, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    (void)H5Pclose(properties);
    (void)H5Sclose(space);
    return *dataset >= 0 &&
           (array->values == NULL ||
            H5Dwrite(*dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, array->values) >= 0) &&
           h5_write_text(*dataset, "long_name", array->long_name) &&
           h5_write_text(*dataset, "units", "1");
}

static bool put_arrays(hid_t file, const struct schur_summary *summary, const hid_t *scales)
{
    const struct array arrays[] = {
        {"t", "quasi-triangular factor of W = Q T Q'", false, 2, {SCALE_ROW, SCALE_COLUMN}, NULL},
        {"q",
         "orthogonal factor, a Schur vector per row of T",
         false,
         2,
         {SCALE_UNIT, SCALE_ROW},
         NULL},
        {"eigenvalue_re", "eigenvalue, real part", false, 1, {SCALE_ROW}, summary->eigenvalue_re},
        {"eigenvalue_im",
         "eigenvalue, imaginary part",
         false,
         1,
         {SCALE_ROW},
         summary->eigenvalue_im},
        {"block", "number of the diagonal block", true, 1, {SCALE_ROW}, summary->block},
    };
    bool good = true;
    for (size_t k = 0; good && k < sizeof arrays / sizeof arrays[0]; k++) {
        hid_t dataset = H5I_INVALID_HID;
        good = put_dataset(file, &arrays[k], summary->n, &dataset);
        for (int i = 0; good && i < arrays[k].rank; i++) {
            good = H5DSattach_scale(dataset, scales[arrays[k].axes[i]], (unsigned)i) >= 0;
        }
        if (dataset >= 0) {
            (void)H5Dclose(dataset);
        }
    }
    return good;
}

static enum status put_content(hid_t file, const char *path, const void *content,
                               struct error *error)
{
    const struct schur_summary *const summary = content;
    int *numbers = NULL; /* [n] of the scales */
    TRY(memory_array(&numbers, (size_t)summary->n, sizeof *numbers, error));
    for (int i = 0; i < summary->n; i++) {
        numbers[i] = i;
    }
    hid_t scales[SCALE_COUNT] = {H5I_INVALID_HID, H5I_INVALID_HID, H5I_INVALID_HID};
    bool good = h5_write_text(file, "model", summary->model) &&
                h5_write_text(file, "route", summary->route) &&
                h5_write_text(file, "versions", summary->versions) &&
                h5_write_number(file, "residual", H5T_NATIVE_DOUBLE, &summary->residual) &&
                h5_write_number(file, "orthogonality_loss", H5T_NATIVE_DOUBLE,
                                &summary->orthogonality_loss);
    for (int i = 0; good && i < SCALE_COUNT; i++) {
        const struct array array = {SCALES[i].name, SCALES[i].long_name, true, 1, {0}, numbers};
        good = put_dataset(file, &array, summary->n, &scales[i]) &&
               H5DSset_scale(scales[i], array.name) >= 0;
    }
    good = good && put_arrays(file, summary, scales);
    for (int i = 0; i < SCALE_COUNT; i++) {
        if (scales[i] >= 0) {
            (void)H5Dclose(scales[i]);
        }
    }
    free(numbers);
    return good ? STATUS_OK : h5_error(error, STATUS_IO, path, "cannot write the Schur form");
}

enum status schur_file_create(const char *path, const struct schur_summary *summary,
                              struct error *error)
{
    /* From 1.8 on, metadata have checksums. */
    return h5_create_file(path, H5F_LIBVER_V18, put_content, summary, error);
}

enum status schur_file_open(struct schur_file *file, const char *path, MPI_Comm comm,
                            struct error *error)
{
    hsize_t dims[2] = {0, 0};
    *file = (struct schur_file){
        .path = path, .file = H5I_INVALID_HID, .datasets = {H5I_INVALID_HID, H5I_INVALID_HID}};
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (H5Pset_fapl_mpio(access, comm, MPI_INFO_NULL) >= 0) {
        file->file = H5Fopen(path, H5F_ACC_RDWR, access);
    }
    (void)H5Pclose(access);
    if (file->file < 0) {
        return h5_error(error, STATUS_IO, path, "cannot open through MPI-IO");
    }
    for (int i = 0; i < SCHUR_MATRIX_COUNT; i++) {
        file->datasets[i] = H5Dopen2(file->file, MATRIX_NAMES[i], H5P_DEFAULT);
        const hid_t space = H5Dget_space(file->datasets[i]);
        const bool found = space >= 0 && H5Sget_simple_extent_dims(space, dims, NULL) == 2;
        if (space >= 0) {
            (void)H5Sclose(space);
        }
        if (!found) {
            return h5_error(error, STATUS_IO, path, "cannot open the matrices");
        }
    }
    file->n = (int)dims[0];
    return STATUS_OK;
}

enum status schur_file_write_rows(struct schur_file *file, enum schur_matrix matrix, int first,
                                  int count, const double *values, struct error *error)
{
    const hsize_t start[2] = {(hsize_t)first, 0};
    const hsize_t extent[2] = {(hsize_t)count, (hsize_t)file->n};
    const hid_t there = H5Dget_space(file->datasets[matrix]);
    const hid_t here = H5Screate_simple(2, extent, NULL);
    const bool written =
        H5Sselect_hyperslab(there, H5S_SELECT_SET, start, NULL, extent, NULL) >= 0 &&
        H5Dwrite(file->datasets[matrix], H5T_NATIVE_DOUBLE, here, there, H5P_DEFAULT, values) >= 0;
    (void)H5Sclose(here);
    (void)H5Sclose(there);
    return written ? STATUS_OK
                   : h5_error(error, STATUS_IO, file->path, "cannot write rows of a matrix");
}

enum status schur_file_close(struct schur_file *file, struct error *error)
{
    bool good = true;
    for (int i = 0; i < SCHUR_MATRIX_COUNT; i++) {
        good = (file->datasets[i] <= 0 || H5Dclose(file->datasets[i]) >= 0) && good;
    }
    good = (file->file <= 0 || H5Fclose(file->file) >= 0) && good;
    const char *const path = file->path;
    *file = (struct schur_file){0};
    return good ? STATUS_OK : h5_error(error, STATUS_IO, path, "cannot close the file");
}
