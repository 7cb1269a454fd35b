#include "import/weights.h"

#include "store/model_file.h"

#include <math.h>

/* A matrix on its way into the network. */
struct matrix {
    struct import_array *array;
    enum orientation orientation; /* by its name */
    size_t rows;                  /* as stored; a vector is one row or one column */
    size_t columns;
    bool fits; /* as stored */
    bool fits_transposed;
    enum import_turn turn;
};

static const char *const WANTED[] = {
    [IMPORT_RECURRENT] = "units x units",
    [IMPORT_INPUT] = "units x inputs",
    [IMPORT_READOUT] = "outputs x units",
};

/* ---- orientation ---- */

static bool is_fit(enum import_role role, size_t rows, size_t columns, size_t n_hidden)
{
    return (role == IMPORT_READOUT ? columns : rows) == n_hidden &&
           (role != IMPORT_RECURRENT || columns == n_hidden);
}

/* A vector of weights belongs to a single input or output. */
static enum status measure(const struct import_table *table, enum import_role role, size_t n_hidden,
                           struct matrix *matrix, struct error *error)
{
    char shape[IMPORT_SHAPE_SIZE];
    struct import_array *const array = matrix->array;
    const bool is_row = array->rank == 1 && role == IMPORT_READOUT;
    if (array->unreadable != NULL) {
        return import_table_load(table, array, error);
    }
    matrix->rows = is_row ? 1 : array->dims[0];
    matrix->columns = is_row ? array->dims[0] : array->dims[1];
    matrix->fits = is_fit(role, matrix->rows, matrix->columns, n_hidden);
    matrix->fits_transposed = is_fit(role, matrix->columns, matrix->rows, n_hidden);
    if (array->rank < 1 || array->rank > 2 || !(matrix->fits || matrix->fits_transposed)) {
        return error_set(error, STATUS_INPUT, "%s: %s is %s, expected %s with %zu units",
                         table->path, array->name, import_array_shape(array, shape), WANTED[role],
                         n_hidden);
    }
    const size_t channels = array->count / n_hidden;
    if (channels < 1 || channels > MODEL_MAX_CHANNELS) {
        return error_set(error, STATUS_INPUT, "%s: %s has %zu channels, expected 1 to %d",
                         table->path, array->name, channels, MODEL_MAX_CHANNELS);
    }
    return STATUS_OK;
}

static enum import_turn turn_of(const struct matrix *matrix, enum orientation square)
{
    const bool fits_both = matrix->fits && matrix->fits_transposed;
    if (!matrix->fits) {
        return matrix->orientation == ORIENTATION_FROM_TO ? TURN_BY_NAME : TURN_BY_SHAPE;
    }
    if (!fits_both || square == ORIENTATION_TO_FROM) {
        return TURN_NONE;
    }
    if (square == ORIENTATION_FROM_TO) {
        return TURN_BY_USER;
    }
    static const enum import_turn BY_NAME[] = {[ORIENTATION_UNKNOWN] = TURN_NONE_ASSUMED,
                                               [ORIENTATION_TO_FROM] = TURN_NONE,
                                               [ORIENTATION_FROM_TO] = TURN_BY_NAME};
    return BY_NAME[matrix->orientation];
}

static bool is_transposed(const struct matrix *matrix)
{
    return matrix->turn != TURN_NONE && matrix->turn != TURN_NONE_ASSUMED;
}

/* A matrix that had to be turned says that those which fit both ways may have to be, too: those
 * whose names do not tell, and all of them when a name has told wrongly. */
static enum status check_turns(const struct import_table *table, const struct matrix *matrices,
                               struct error *error)
{
    const struct matrix *witness = NULL;
    const struct matrix *open = NULL;
    bool any_contradicts = false;
    for (int i = 0; i < IMPORT_MATRIX_COUNT; i++) {
        const struct matrix *const matrix = &matrices[i];
        const bool contradicts =
            (matrix->orientation == ORIENTATION_TO_FROM && !matrix->fits) ||
            (matrix->orientation == ORIENTATION_FROM_TO && !matrix->fits_transposed);
        any_contradicts = any_contradicts || contradicts;
        witness = matrix->turn == TURN_BY_SHAPE || contradicts ? matrix : witness;
    }
    for (int i = 0; i < IMPORT_MATRIX_COUNT; i++) {
        const struct matrix *const matrix = &matrices[i];
        const bool fits_both = matrix->fits && matrix->fits_transposed;
        open = matrix->turn == TURN_NONE_ASSUMED || (any_contradicts && fits_both) ? matrix : open;
    }
    if (witness == NULL || open == NULL) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_INPUT,
                     "%s: %s fits only %s, so whether %s is stored [to, from] or [from, to] is "
                     "open: say --transposed no (W x) or yes (x W)",
                     table->path, witness->array->name,
                     is_transposed(witness) ? "transposed" : "as it is", open->array->name);
}

static enum status orient(const struct import_table *table, const struct import_findings *findings,
                          enum orientation square, struct import_parts *parts,
                          struct matrix *matrices, struct error *error)
{
    const size_t n_hidden = parts->part[IMPORT_RECURRENT].arrays[0]->dims[0];
    for (int i = 0; i < IMPORT_MATRIX_COUNT; i++) {
        struct import_part *const part = &parts->part[i];
        matrices[i] = (struct matrix){.array = part->arrays[0],
                                      .orientation = findings->orientation != ORIENTATION_UNKNOWN
                                                         ? findings->orientation
                                                         : part->orientation};
        TRY(measure(table, (enum import_role)i, n_hidden, &matrices[i], error));
        matrices[i].turn = turn_of(&matrices[i], square);
        part->turn = matrices[i].turn;
    }
    return square == ORIENTATION_UNKNOWN ? check_turns(table, matrices, error) : STATUS_OK;
}

/* ---- values ---- */

static enum status fill_matrix(const struct import_table *table, const struct matrix *matrix,
                               double *values, struct error *error)
{
    const bool transposed = is_transposed(matrix);
    const size_t rows = transposed ? matrix->columns : matrix->rows;
    const size_t columns = transposed ? matrix->rows : matrix->columns;
    TRY(import_table_load(table, matrix->array, error));
    const double *const from = matrix->array->values;
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++) {
            values[i * columns + j] = transposed ? from[j * rows + i] : from[i * columns + j];
        }
    }
    return STATUS_OK;
}

/* Adds up the arrays of a part; axes of length 1 count for nothing. */
static enum status fill_vector(const struct import_table *table, const struct import_part *part,
                               size_t size, double *values, struct error *error)
{
    for (int k = 0; k < part->n_arrays; k++) {
        struct import_array *const array = part->arrays[k];
        size_t longest = 1;
        for (int i = 0; i < IMPORT_MAX_RANK; i++) {
            longest = array->dims[i] > longest ? array->dims[i] : longest;
        }
        TRY(import_table_load(table, array, error));
        if (array->count != size || longest != size) {
            char shape[IMPORT_SHAPE_SIZE];
            return error_set(error, STATUS_INPUT, "%s: %s is %s, expected %zu values", table->path,
                             array->name, import_array_shape(array, shape), size);
        }
        for (size_t i = 0; i < size; i++) {
            values[i] += array->values[i];
        }
    }
    return STATUS_OK;
}

enum status import_weights(const struct import_table *table, const struct import_findings *findings,
                           enum orientation square, struct import_parts *parts,
                           struct network *network, struct error *error)
{
    struct matrix matrices[IMPORT_MATRIX_COUNT];
    TRY(orient(table, findings, square, parts, matrices, error));
    const struct import_part *const part = parts->part;
    const size_t n_hidden = matrices[IMPORT_RECURRENT].rows;
    const size_t n_out = matrices[IMPORT_READOUT].array->count / n_hidden;
    const struct network_shape shape = {.cell = findings->cell,
                                        .n_hidden = (int)n_hidden,
                                        .n_in =
                                            (int)(matrices[IMPORT_INPUT].array->count / n_hidden),
                                        .n_out = (int)n_out};
    TRY(network_create(network, &shape, error));
    TRY(fill_matrix(table, &matrices[IMPORT_RECURRENT], network->weight_hh, error));
    TRY(fill_matrix(table, &matrices[IMPORT_INPUT], network->weight_ih, error));
    TRY(fill_matrix(table, &matrices[IMPORT_READOUT], network->weight_hy, error));
    TRY(fill_vector(table, &part[IMPORT_BIAS], n_hidden, network->bias_h, error));
    TRY(fill_vector(table, &part[IMPORT_READOUT_BIAS], n_out, network->bias_y, error));
    TRY(fill_vector(table, &part[IMPORT_INITIAL_STATE], n_hidden, network->h0, error));
    for (int i = 0; i < network->n_hidden && findings->h0_before_tanh; i++) {
        network->h0[i] = tanh(network->h0[i]);
    }
    return STATUS_OK;
}
