#include "import/hdf5_matlab.h"

#include "core/memory.h"
#include "store/h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLASS_SIZE = 40 };

static const hssize_t MAX_LETTERS = (hssize_t)1 << 20;

static bool has(hid_t object, const char *attribute)
{
    return H5Aexists(object, attribute) > 0;
}

static bool is_numeric(const char *class)
{
    static const char *const CLASSES[] = {"double", "single", "logical", "int8",   "int16", "int32",
                                          "int64",  "uint8",  "uint16",  "uint32", "uint64"};
    for (size_t i = 0; i < sizeof CLASSES / sizeof CLASSES[0]; i++) {
        if (strcmp(class, CLASSES[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* An empty array is stored as its shape, whatever its class. An object, as a string is one, is
 * stored as numbers that lead elsewhere. */
enum matlab_kind hdf5_matlab_kind(hid_t object, char reason[MATLAB_REASON_SIZE])
{
    char class[CLASS_SIZE] = "";
    struct error ignored;
    if (!has(object, "MATLAB_class") ||
        h5_read_string_attribute(object, "", "MATLAB_class", class, sizeof class, &ignored) !=
            STATUS_OK) {
        return MATLAB_NOT;
    }
    if (has(object, "MATLAB_empty")) {
        return MATLAB_EMPTY;
    }
    if (has(object, "MATLAB_sparse")) {
        (void)snprintf(reason, MATLAB_REASON_SIZE, "it is sparse: save full(X)");
        return MATLAB_OTHER;
    }
    if (!has(object, "MATLAB_object_decode") && (is_numeric(class) || strcmp(class, "char") == 0)) {
        return class[0] == 'c' ? MATLAB_TEXT : MATLAB_NUMBERS;
    }
    (void)snprintf(reason, MATLAB_REASON_SIZE, "it is a %s of MATLAB, expected numbers or char",
                   class);
    return MATLAB_OTHER;
}

bool hdf5_is_of_matlab(const char *path)
{
    return strcmp(path, "#refs#") == 0 || strcmp(path, "#subsystem#") == 0;
}

/* The number of letters of one row or column; 0 for what has several. */
static size_t text_length(hid_t dataset)
{
    hsize_t dims[H5S_MAX_RANK] = {0};
    const hid_t space = H5Dget_space(dataset);
    const int rank = H5Sget_simple_extent_dims(space, dims, NULL);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    hsize_t longest = 1;
    (void)H5Sclose(space);
    for (int i = 0; i < rank; i++) {
        longest = dims[i] > longest ? dims[i] : longest;
    }
    return count > 0 && count <= MAX_LETTERS && (hsize_t)count == longest ? (size_t)count : 0;
}

enum status hdf5_add_matlab_text(struct import_table *table, const char *name, hid_t dataset,
                                 struct error *error)
{
    unsigned short *units = NULL;
    char *text = NULL;
    const size_t length = text_length(dataset);
    if (length == 0) {
        return import_table_add(table, name, 0, NULL, "it is text of several rows", NULL, error);
    }
    enum status status = memory_array(&units, length, sizeof *units, error);
    THEN(status, memory_array(&text, length + 1, 1, error));
    if (status == STATUS_OK &&
        H5Dread(dataset, H5T_NATIVE_USHORT, H5S_ALL, H5S_ALL, H5P_DEFAULT, units) < 0) {
        status = h5_error(error, STATUS_INPUT, table->path, name);
    }
    for (size_t i = 0; i < length && status == STATUS_OK; i++) {
        text[i] = (char)(units[i] > 0 && units[i] < 128 ? units[i] : '?');
    }
    THEN(status, import_table_note(table, name, text, error));
    free(text);
    free(units);
    return status;
}
