#include "support/h5write.h"

#include "store/h5.h"
#include "support/matgen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void demand(bool good)
{
    if (!good) {
        abort();
    }
}

static int count_of(int rank, const hsize_t *dims)
{
    int count = 1;
    for (int i = 0; i < rank; i++) {
        count *= (int)dims[i];
    }
    return count;
}

double h5write_value(const char *name, int index)
{
    if (strcmp(name, "mask") == 0) {
        return index == 7 ? 0.0 : 1.0;
    }
    return (double)((index * 7 + (int)strlen(name) * 3) % 16 - 8) / 16.0;
}

void h5write_remove(hid_t location, const char *name)
{
    if (H5Lexists(location, name, H5P_DEFAULT) > 0) {
        demand(H5Ldelete(location, name, H5P_DEFAULT) >= 0);
    }
}

void h5write_stored(hid_t location, const char *name, int rank, const hsize_t *dims, hid_t type,
                    hid_t properties, const double *values)
{
    const int count = count_of(rank, dims);
    double *const own = matgen_zeros((size_t)count);
    for (int i = 0; i < count; i++) {
        own[i] = values != NULL ? values[i] : h5write_value(name, i);
    }
    h5write_remove(location, name);
    const hid_t space = H5Screate_simple(rank, dims, NULL);
    const hid_t dataset =
        H5Dcreate2(location, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    demand(dataset >= 0);
    demand(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, own) >= 0);
    (void)H5Dclose(dataset);
    (void)H5Sclose(space);
    free(own);
}

void h5write_array(hid_t location, const char *name, int rank, const hsize_t *dims, hid_t type,
                   const double *values)
{
    h5write_stored(location, name, rank, dims, type, H5P_DEFAULT, values);
}

void h5write_doubles(hid_t location, const char *name, const hsize_t *dims, const double *values)
{
    int rank = 0;
    while (dims[rank] != 0) {
        rank++;
    }
    h5write_array(location, name, rank, dims, H5T_IEEE_F64LE, values);
}

void h5write_element(hid_t location, const char *name, int index, double value)
{
    const hid_t dataset = H5Dopen2(location, name, H5P_DEFAULT);
    const hid_t space = H5Dget_space(dataset);
    double *const values = matgen_zeros((size_t)H5Sget_simple_extent_npoints(space));
    demand(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    values[index] = value;
    demand(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    (void)H5Sclose(space);
    (void)H5Dclose(dataset);
    free(values);
}

static void write_attribute(hid_t object, const char *name, hid_t type, const void *value)
{
    if (H5Aexists(object, name) > 0) {
        demand(H5Adelete(object, name) >= 0);
    }
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    demand(attribute >= 0 && H5Awrite(attribute, type, value) >= 0);
    (void)H5Aclose(attribute);
    (void)H5Sclose(space);
}

void h5write_string(hid_t object, const char *name, const char *text, bool variable_length)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    demand(H5Tset_size(type, variable_length ? H5T_VARIABLE : strlen(text)) >= 0);
    (void)H5Tset_strpad(type, H5T_STR_NULLPAD);
    if (variable_length) {
        write_attribute(object, name, type, &text);
    } else {
        write_attribute(object, name, type, text);
    }
    (void)H5Tclose(type);
}

void h5write_integer(hid_t object, const char *name, int64_t value)
{
    write_attribute(object, name, H5T_NATIVE_INT64, &value);
}

void h5write_text(hid_t object, const char *name, const char *text)
{
    const hid_t type = h5_string_type(strlen(text));
    write_attribute(object, name, type, text);
    (void)H5Tclose(type);
}

hid_t h5write_create(const char *path)
{
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    demand(file >= 0);
    return file;
}

hid_t h5write_open(const char *path)
{
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    demand(file >= 0);
    return file;
}

static void write_trials(hid_t file)
{
    const hsize_t inputs[3] = {H5WRITE_STEPS, H5WRITE_TRIALS, H5WRITE_IN};
    const hsize_t targets[3] = {H5WRITE_STEPS, H5WRITE_TRIALS, H5WRITE_OUT};
    const hid_t group = H5Gcreate2(file, "trials", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    demand(group >= 0);
    h5write_array(group, "inputs", 3, inputs, H5T_IEEE_F64LE, NULL);
    h5write_array(group, "targets", 3, targets, H5T_IEEE_F64LE, NULL);
    h5write_array(group, "mask", 2, inputs, H5T_STD_U8LE, NULL);
    (void)H5Gclose(group);
}

void h5write_model(const char *path)
{
    const hsize_t n = H5WRITE_HIDDEN;
    const hsize_t hh[2] = {n, n};
    const hsize_t ih[2] = {n, H5WRITE_IN};
    const hsize_t hy[2] = {H5WRITE_OUT, n};
    const hid_t file = h5write_create(path);
    h5write_array(file, "weight_hh", 2, hh, H5T_IEEE_F64LE, NULL);
    h5write_array(file, "weight_ih", 2, ih, H5T_IEEE_F64LE, NULL);
    h5write_array(file, "weight_hy", 2, hy, H5T_IEEE_F64LE, NULL);
    h5write_array(file, "bias_h", 1, hh, H5T_IEEE_F64LE, NULL);
    h5write_array(file, "bias_y", 1, hy, H5T_IEEE_F64LE, NULL);
    h5write_array(file, "h0", 1, hh, H5T_IEEE_F64LE, NULL);
    h5write_string(file, "task", "flip_flop", true);
    h5write_string(file, "construction", "dense_normal", false);
    h5write_integer(file, "seed", 12);
    write_trials(file);
    demand(H5Fclose(file) >= 0);
}

void h5write_spoil_chunk(const char *path, const char *name)
{
    haddr_t address = 0;
    hsize_t size = 0;
    const hid_t file = h5write_open(path);
    const hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    const hid_t space = H5Dget_space(dataset);
    demand(H5Dget_chunk_info(dataset, space, 0, NULL, NULL, &address, &size) >= 0);
    (void)H5Sclose(space);
    (void)H5Dclose(dataset);
    demand(H5Fclose(file) >= 0);
    FILE *const stream = fopen(path, "r+b");
    demand(stream != NULL && fseek(stream, (long)address, SEEK_SET) == 0);
    for (hsize_t i = 0; i < size; i++) {
        (void)fputc(0xff, stream);
    }
    demand(fclose(stream) == 0);
}

int h5write_open_handles(void)
{
    return (int)H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL);
}
