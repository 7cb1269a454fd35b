/* A file of weights that is described array by array, and what import makes of it. */
#pragma once

#include "import/import.h"
#include "support/weightfiles.h"

enum { IMPORT_CASE_ARRAYS = 20, IMPORT_CASE_VALUES = 1024 };

/* Starts as {0}. */
struct import_case {
    struct weight weights[IMPORT_CASE_ARRAYS];
    size_t count;
    double values[IMPORT_CASE_VALUES];
    size_t n_values;
    const char *metadata;          /* JSON, or NULL */
    struct import_request request; /* its path is set by import_case_run */
};

/* Element `index` of the array of that name: exact in float32, not 0. */
double import_case_value(const char *name, size_t index);

/* One more array: columns 0 for a vector, rows 0 too for a scalar. Returns its values, which may be
 * changed. */
double *import_case_add(struct import_case *test, const char *name, size_t rows, size_t columns);

/* weight_hh_l0, weight_ih_l0, both biases, fc.weight and fc.bias under the prefix "rnn.": 5 units,
 * 3 inputs, 2 outputs. */
void import_case_add_torch(struct import_case *test);

/* W_rec, W_in, W_out of the same sizes, without biases. */
void import_case_add_numpy(struct import_case *test);

/* Writes the file and imports it. */
enum status import_case_run(struct import_case *test, struct imported *imported,
                            struct error *error);

/* Imports it and expects the status, and a message of one line that contains `part` and names the
 * file or begins with an option. */
void import_case_refused(struct import_case *test, enum status status, const char *part);

/* What --assume-tanh tells, or nothing. */
void import_case_assume_tanh(struct import_case *test, bool is_told);

/* Imports it and expects `part` in the description. */
void import_case_says(struct import_case *test, const char *part);
