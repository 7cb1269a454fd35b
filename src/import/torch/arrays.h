/* Arrays in a pickle: the calls that would rebuild tensors of PyTorch and arrays of NumPy, read as
 * what they say. */
#pragma once

#include "import/npy.h"
#include "import/torch/storages.h"

enum { TORCH_REASON_SIZE = 160 };

struct torch_array {
    char problem[TORCH_REASON_SIZE]; /* why its values cannot be had, or "" */
    int rank;
    uint64_t dims[NPY_MAX_RANK];
    uint64_t strides[NPY_MAX_RANK]; /* in elements */
    uint64_t offset;                /* of the first element, in elements */
    uint64_t span; /* elements from the first to the last in memory, both included */
    struct element_type type;
    struct torch_data data;
    bool is_text; /* one string, whose characters are the elements */
};

/* Reads the array that a value stands for; *found says whether it is one, and *array counts only
 * then. STATUS_INPUT when the bytes of a storage are damaged; what this program has no use for is a
 * problem of the array. */
MUST_CHECK enum status torch_read_array(struct torch_file *file, struct pickle_value *value,
                                        struct torch_array *array, bool *found,
                                        struct error *error);

/* The objects of an array of NumPy that holds some, a list in which they may be walked; or NULL. */
struct pickle_value *torch_ndarray_objects(const struct pickle_value *value);

/* ---- for torch_read_array ----------------------------------------------------------------------
 */

/* Writes the problem, and returns STATUS_OK: the rest of the file may do without the array. */
enum status torch_problem(struct torch_array *array, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A tuple of counts into list[NPY_MAX_RANK]; false for anything else. */
bool torch_read_counts(const struct pickle_value *tuple, uint64_t *list, int *rank);

/* An array of NumPy, or one number of it; *found stays as it is for other values. */
void torch_read_ndarray(const struct pickle_value *value, struct torch_array *array, bool *found);
