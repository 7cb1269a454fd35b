/* A good model file in the scratch directory, to be spoilt and refused. */
#pragma once

#include "support/h5write.h"

enum { MODEL_ARRAY_COUNT = 6 };

/* The arrays of a model, with their shapes in the files of h5write_model. */
extern const struct model_array {
    const char *name;
    int rank;
    hsize_t dims[2];
} MODEL_ARRAYS[MODEL_ARRAY_COUNT];

/* The file under test. */
const char *model_case_path(void);

/* Writes a good model there, and opens it for changes. */
hid_t model_case_begin(void);

/* Closes the file and expects model_file_read to refuse it, with a message of one line that names
 * the file and contains `part`, nothing to release and no open handle. */
void model_case_refused(hid_t file, const char *part);
