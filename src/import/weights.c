#include "import/weights.h"

#include "store/model_file.h"

#include <math.h>
#include <stdio.h>

/* A matrix on its way into the network. */
struct matrix {
    struct import_array *array;
    enum orientation orientation; /* by its name */
    size_t rows;                  /* as stored; a vector is one row or one column */
    size_t columns;
    bool fits_both;
    bool contradicts; /* its shape says otherwise than its name */
    bool transposed;
};

struct matrices {
    struct matrix matrix[IMPORT_READOUT + 1];
};

static const char *const WANTED[] = {
    [IMPORT_RECURRENT] = "units x units",
    [IMPORT_INPUT] = "units x inputs",
    [IMPORT_READOUT] = "outputs x units",
};

/* ---- orientation --------------------------------------------------------------------------------
 */

static enum status bad_shape(const struct import_table *table, const struct import_array *array,
                             const char *wanted, size_t n_hidden, struct error *error)
{
    char shape[IMPORT_SHAPE_SIZE];
    return error_set(error, STATUS_INPUT, "%s: %s is %s, expected %s with %zu units", table->path,
                     array->name, import_array_shape(array, shape), wanted, n_hidden);
}

static bool is_fit(enum import_role role, size_t rows, size_t columns, size_t n_hidden)
{
    return (role == IMPORT_READOUT ? columns : rows) == n_hidden &&
           (role != IMPORT_RECURRENT || columns == n_hidden);
}

/* A vector of weights belongs to a single input or output. */
static enum status measure(const struct import_table *table, enum import_role role, size_t n_hidden,
                           struct matrix *matrix, struct error *error)
{
    const struct import_array *const array = matrix->array;
    const bool is_vector = array->rank == 1;
    if (array->unreadable != NULL) {
        return import_table_load(table, matrix->array, error);
    }
    matrix->rows = is_vector && role == IMPORT_READOUT ? 1 : array->dims[0];
    matrix->columns = is_vector && role == IMPORT_READOUT ? array->dims[0] : array->dims[1];
    const size_t channels = array->count / n_hidden;
    if (array->rank < 1 || array->rank > 2 ||
        (!is_fit(role, matrix->rows, matrix->columns, n_hidden) &&
         !is_fit(role, matrix->columns, matrix->rows, n_hidden))) {
        return bad_shape(table, array, WANTED[role], n_hidden, error);
    }
    if (channels < 1 || channels > MODEL_MAX_CHANNELS) {
        return error_set(error, STATUS_INPUT, "%s: %s has %zu channels, expected 1 to %d",
                         table->path, array->name, channels, MODEL_MAX_CHANNELS);
    }
    return STATUS_OK;
}

static enum import_turn turn(struct matrix *matrix, enum import_role role, size_t n_hidden,
                             enum orientation square)
{
    const bool fits = is_fit(role, matrix->rows, matrix->columns, n_hidden);
    const bool fits_turned = is_fit(role, matrix->columns, matrix->rows, n_hidden);
    const bool is_open = square == ORIENTATION_UNKNOWN;
    matrix->fits_both = fits && fits_turned;
    matrix->contradicts = (!fits && matrix->orientation == ORIENTATION_TO_FROM) ||
                          (!fits_turned && matrix->orientation == ORIENTATION_FROM_TO);
    matrix->transposed = true;
    if (!fits) {
        return matrix->orientation == ORIENTATION_FROM_TO ? TURN_BY_NAME : TURN_BY_SHAPE;
    }
    if (matrix->fits_both && square == ORIENTATION_FROM_TO) {
        return TURN_BY_USER;
    }
    if (matrix->fits_both && is_open && matrix->orientation == ORIENTATION_FROM_TO) {
        return TURN_BY_NAME;
    }
    matrix->transposed = false;
    return matrix->fits_both && is_open && matrix->orientation == ORIENTATION_UNKNOWN
               ? TURN_NONE_ASSUMED
               : TURN_NONE;
}

/* A matrix that had to be turned says that those which fit both ways may have to be, too: those
 * whose names do not tell, and all of them when a name has told wrongly. */
static enum status check_turns(const struct import_table *table, const struct matrices *matrices,
                               const enum import_turn *turns, struct error *error)
{
    const struct matrix *witness = NULL;
    const struct matrix *open = NULL;
    bool contradicts = false;
    for (int i = 0; i <= IMPORT_READOUT; i++) {
        const struct matrix *const matrix = &matrices->matrix[i];
        contradicts = contradicts || matrix->contradicts;
        witness = turns[i] == TURN_BY_SHAPE || matrix->contradicts ? matrix : witness;
    }
    for (int i = 0; i <= IMPORT_READOUT; i++) {
        const struct matrix *const matrix = &matrices->matrix[i];
        open = turns[i] == TURN_NONE_ASSUMED || (contradicts && matrix->fits_both) ? matrix : open;
    }
    if (witness == NULL || open == NULL) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_INPUT,
                     "%s: %s fits only %s, so whether %s is stored [to, from] or [from, to] is "
                     "open: say --transposed no (W x) or yes (x W)",
                     table->path, witness->array->name,
                     witness->transposed ? "transposed" : "as it is", open->array->name);
}

static enum status orient(const struct import_table *table, const struct import_parts *parts,
                          bool is_psychrnn, enum orientation square, struct matrices *matrices,
                          enum import_turn *turns, struct error *error)
{
    const size_t n_hidden = parts->part[IMPORT_RECURRENT].arrays[0]->dims[0];
    for (int role = 0; role <= IMPORT_READOUT; role++) {
        const struct import_part *const part = &parts->part[role];
        struct matrix *const matrix = &matrices->matrix[role];
        *matrix = (struct matrix){.array = part->arrays[0], .orientation = part->orientation};
        if (is_psychrnn) {
            matrix->orientation = ORIENTATION_TO_FROM;
        }
        TRY(measure(table, (enum import_role)role, n_hidden, matrix, error));
        turns[role] = turn(matrix, (enum import_role)role, n_hidden, square);
    }
    return square == ORIENTATION_UNKNOWN ? check_turns(table, matrices, turns, error) : STATUS_OK;
}

/* ---- values -------------------------------------------------------------------------------------
 */

static enum status fill_matrix(const struct import_table *table, const struct matrix *matrix,
                               double *values, struct error *error)
{
    TRY(import_table_load(table, matrix->array, error));
    const double *const from = matrix->array->values;
    const size_t rows = matrix->transposed ? matrix->columns : matrix->rows;
    const size_t columns = matrix->transposed ? matrix->rows : matrix->columns;
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++) {
            values[i * columns + j] =
                matrix->transposed ? from[j * rows + i] : from[i * columns + j];
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

static enum status fill(const struct import_table *table, const struct import_parts *parts,
                        const struct matrices *matrices, struct network *network,
                        struct error *error)
{
    const size_t n_hidden = (size_t)network->n_hidden;
    const size_t n_out = (size_t)network->n_out;
    const struct matrix *const matrix = matrices->matrix;
    TRY(fill_matrix(table, &matrix[IMPORT_RECURRENT], network->weight_hh, error));
    TRY(fill_matrix(table, &matrix[IMPORT_INPUT], network->weight_ih, error));
    TRY(fill_matrix(table, &matrix[IMPORT_READOUT], network->weight_hy, error));
    TRY(fill_vector(table, &parts->part[IMPORT_BIAS], n_hidden, network->bias_h, error));
    TRY(fill_vector(table, &parts->part[IMPORT_READOUT_BIAS], n_out, network->bias_y, error));
    return fill_vector(table, &parts->part[IMPORT_INITIAL_STATE], n_hidden, network->h0, error);
}

/* PsychRNN's state is the one before the nonlinearity: r = tanh(x). */
static void apply_tanh(struct network *network)
{
    for (int i = 0; i < network->n_hidden; i++) {
        network->h0[i] = tanh(network->h0[i]);
    }
}

enum status import_weights(const struct import_table *table, const struct import_parts *parts,
                           const struct import_dynamics *dynamics, enum orientation square,
                           struct network *network, enum import_turn turns[IMPORT_READOUT + 1],
                           struct error *error)
{
    struct matrices matrices;
    TRY(orient(table, parts, dynamics->is_psychrnn, square, &matrices, turns, error));
    const struct matrix *const matrix = matrices.matrix;
    const size_t n_hidden = matrix[IMPORT_RECURRENT].rows;
    TRY(network_create(network, (int)n_hidden, (int)(matrix[IMPORT_INPUT].array->count / n_hidden),
                       (int)(matrix[IMPORT_READOUT].array->count / n_hidden), error));
    const enum status status = fill(table, parts, &matrices, network, error);
    if (status != STATUS_OK) {
        network_release(network);
        return status;
    }
    if (dynamics->is_psychrnn) {
        apply_tanh(network);
    }
    return STATUS_OK;
}
