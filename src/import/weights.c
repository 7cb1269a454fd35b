#include "import/weights.h"

#include "store/model_file.h"

#include <assert.h>
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

struct widths {
    size_t n_hidden;
    size_t n_rows; /* of all gates */
};

static bool is_fit(enum import_role role, size_t rows, size_t columns, struct widths widths)
{
    return role == IMPORT_READOUT
               ? columns == widths.n_hidden
               : rows == widths.n_rows && (role != IMPORT_RECURRENT || columns == widths.n_hidden);
}

/* A vector of weights belongs to a single input or output. */
static enum status measure(const struct import_table *table, enum import_role role,
                           struct widths widths, struct matrix *matrix, struct error *error)
{
    char shape[IMPORT_SHAPE_SIZE];
    struct import_array *const array = matrix->array;
    const bool is_row = array->rank == 1 && role == IMPORT_READOUT;
    if (array->unreadable != NULL) {
        return import_table_load(table, array, error);
    }
    matrix->rows = is_row ? 1 : array->dims[0];
    matrix->columns = is_row ? array->dims[0] : array->dims[1];
    matrix->fits = is_fit(role, matrix->rows, matrix->columns, widths);
    matrix->fits_transposed = is_fit(role, matrix->columns, matrix->rows, widths);
    if (array->rank < 1 || array->rank > 2 || !(matrix->fits || matrix->fits_transposed)) {
        return error_set(error, STATUS_INPUT, "%s: %s is %s, expected %s with %zu units",
                         table->path, array->name, import_array_shape(array, shape), WANTED[role],
                         role == IMPORT_READOUT ? widths.n_hidden : widths.n_rows);
    }
    const size_t channels =
        array->count / (role == IMPORT_READOUT ? widths.n_hidden : widths.n_rows);
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
    const size_t *const dims = parts->part[IMPORT_RECURRENT].arrays[0]->dims;
    const size_t n_hidden = dims[0] < dims[1] ? dims[0] : dims[1];
    const struct widths widths = {n_hidden,
                                  n_hidden * (size_t)cell_parts(findings->cell.kind)->n_gates};
    for (int i = 0; i < IMPORT_MATRIX_COUNT; i++) {
        struct import_part *const part = &parts->part[i];
        matrices[i] = (struct matrix){.array = part->arrays[0],
                                      .orientation = findings->orientation != ORIENTATION_UNKNOWN
                                                         ? findings->orientation
                                                         : part->orientation};
        TRY(measure(table, (enum import_role)i, widths, &matrices[i], error));
        matrices[i].turn = turn_of(&matrices[i], square);
        part->turn = matrices[i].turn;
    }
    return square == ORIENTATION_UNKNOWN ? check_turns(table, matrices, error) : STATUS_OK;
}

/* ---- values ---- */

/* The rows of one gate, as they stand in the file, row-major into values; all of a matrix is gate 0
 * of one. */
static void fill_gate(const struct matrix *matrix, size_t gate, size_t n_gates, double *values)
{
    const bool transposed = is_transposed(matrix);
    const double *const from = matrix->array->values;
    const size_t all_rows = transposed ? matrix->columns : matrix->rows;
    const size_t columns = transposed ? matrix->rows : matrix->columns;
    const size_t rows = all_rows / n_gates;
    for (size_t i = 0; i < rows; i++) {
        const size_t row = gate * rows + i;
        for (size_t j = 0; j < columns; j++) {
            values[i * columns + j] =
                transposed ? from[j * all_rows + row] : from[row * columns + j];
        }
    }
}

static enum status fill_matrices(const struct import_table *table,
                                 const struct import_findings *findings,
                                 const struct matrix *matrices, struct network *network,
                                 struct error *error)
{
    const size_t n_gates = (size_t)cell_parts(network->cell.kind)->n_gates;
    const size_t inputs = (size_t)network->n_hidden * (size_t)network->n_in;
    for (int i = 0; i < IMPORT_MATRIX_COUNT; i++) {
        TRY(import_table_load(table, matrices[i].array, error));
    }
    for (size_t gate = 0; gate < n_gates; gate++) {
        const size_t in_file = (size_t)findings->gate_in_file[gate];
        fill_gate(&matrices[IMPORT_RECURRENT], in_file, n_gates, network_gate(network, (int)gate));
        fill_gate(&matrices[IMPORT_INPUT], in_file, n_gates, network->weight_ih + gate * inputs);
    }
    return STATUS_OK;
}

/* Read-outs one below the other; the first is oriented already. */
static enum status stack_readouts(const struct import_table *table, enum orientation square,
                                  const struct import_part *part, const struct matrix *first,
                                  struct network *network, struct error *error)
{
    const size_t n = (size_t)network->n_hidden;
    const struct widths widths = {n, n};
    double *to = network->weight_hy;
    for (int i = 0; i < part->n_arrays; i++) {
        struct matrix one = *first;
        if (i > 0) {
            one = (struct matrix){.array = part->arrays[i], .orientation = first->orientation};
            TRY(measure(table, IMPORT_READOUT, widths, &one, error));
            one.turn = turn_of(&one, square);
        }
        TRY(import_table_load(table, one.array, error));
        fill_gate(&one, 0, 1, to);
        to += one.array->count;
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
        if (array->unreadable == NULL && (array->count != size || longest != size)) {
            char shape[IMPORT_SHAPE_SIZE];
            return error_set(error, STATUS_INPUT, "%s: %s is %s, expected %zu values", table->path,
                             array->name, import_array_shape(array, shape), size);
        }
        TRY(import_table_load(table, array, error));
        for (size_t i = 0; i < size; i++) {
            values[i] += array->values[i];
        }
    }
    return STATUS_OK;
}

/* Adds values[gates, units] of the file, of the bias beside W_ih or of that beside W_hh. */
static void add_gate_biases(const struct import_findings *findings, const double *values,
                            bool is_of_units, struct network *network)
{
    const struct cell_parts *const parts = cell_parts(network->cell.kind);
    const int apart = cell_gate_apart(network->cell.kind);
    const size_t n = (size_t)network->n_hidden;
    for (int gate = 0; gate < parts->n_gates; gate++) {
        double *const to =
            is_of_units && gate == apart ? network->bias_hn : network->bias_h + (size_t)gate * n;
        assert(to != NULL);
        for (size_t i = 0; i < n; i++) {
            to[i] += values[(size_t)findings->gate_in_file[gate] * n + i];
        }
    }
}

/* Keras keeps the two in one array, [2, gates x units]. */
static enum status add_bias(const struct import_table *table,
                            const struct import_findings *findings, struct import_array *array,
                            struct network *network, struct error *error)
{
    char shape[IMPORT_SHAPE_SIZE];
    size_t prefix = 0;
    const size_t size = (size_t)cell_parts(network->cell.kind)->n_gates * (size_t)network->n_hidden;
    const struct key_rule *const rule = import_key_rule(array->name, IMPORT_BIAS, &prefix);
    const bool is_both =
        size > 1 && array->rank == 2 && array->dims[0] == 2 && array->dims[1] == size;
    if (array->unreadable == NULL && !is_both && (array->count != size || array->rank > 1)) {
        return error_set(error, STATUS_INPUT, "%s: %s is %s, expected %zu values", table->path,
                         array->name, import_array_shape(array, shape), size);
    }
    TRY(import_table_load(table, array, error));
    add_gate_biases(findings, array->values, rule != NULL && rule->of_units, network);
    if (is_both) {
        add_gate_biases(findings, array->values + size, true, network);
    }
    return STATUS_OK;
}

/* Of a gru one bias alone may be either, and a network of another equation. */
static enum status fill_gate_biases(const struct import_table *table,
                                    const struct import_findings *findings,
                                    const struct import_part *part, struct network *network,
                                    struct error *error)
{
    const bool has_both =
        part->n_arrays == 2 || (part->n_arrays == 1 && part->arrays[0]->rank == 2);
    if (network->bias_hn != NULL && part->n_arrays > 0 && !has_both) {
        return error_set(
            error, STATUS_INPUT,
            "%s: %s is the only bias of a gru, expected one beside W_ih and one beside "
            "W_hh: reset_after = False of Keras is another cell",
            table->path, part->arrays[0]->name);
    }
    for (int k = 0; k < part->n_arrays; k++) {
        TRY(add_bias(table, findings, part->arrays[k], network, error));
    }
    return STATUS_OK;
}

/* The bias of each read-out in its outputs, in their order; of one read-out they are summed. */
static enum status fill_readout_biases(const struct import_table *table,
                                       const struct import_part *readouts,
                                       const struct import_part *biases, struct network *network,
                                       struct error *error)
{
    double *to = network->bias_y;
    if (readouts->n_arrays == 1 || biases->n_arrays == 0) {
        return fill_vector(table, biases, (size_t)network->n_out, to, error);
    }
    for (int i = 0; i < readouts->n_arrays; i++) {
        const struct import_part one = {.arrays = {biases->arrays[i]}, .n_arrays = 1};
        const size_t size = readouts->arrays[i]->count / (size_t)network->n_hidden;
        TRY(fill_vector(table, &one, size, to, error));
        to += size;
    }
    return STATUS_OK;
}

static enum status fill_cell_state(const struct import_table *table, const struct import_part *part,
                                   struct network *network, struct error *error)
{
    if (part->n_arrays > 0 && network->c0 == NULL) {
        return error_set(error, STATUS_INPUT,
                         "%s: %s is the second state of an lstm, found beside an %s (--ignore %s "
                         "if it is no part of the network)",
                         table->path, part->arrays[0]->name, cell_parts(network->cell.kind)->name,
                         part->arrays[0]->name);
    }
    return fill_vector(table, part, (size_t)network->n_hidden, network->c0, error);
}

/* Weights that do not have the signs are multiplied by them, or by them and their moduli, where the
 * network runs: which, the file does not say. */
static enum status check_dale_signs(const struct import_table *table,
                                    const struct import_array *signs, const struct network *network,
                                    struct error *error)
{
    const size_t n = (size_t)network->n_hidden;
    for (size_t i = 0; i < n * n; i++) {
        if (network->weight_hh[i] * network->dale_sign[i % n] < 0.0) {
            return error_set(error, STATUS_INPUT,
                             "%s: the weight from unit %zu to unit %zu is %g, against the sign of "
                             "unit %zu in %s, expected signed weights: multiply the two before "
                             "saving (--dale-sign none if the weights are used as they are)",
                             table->path, i % n, i / n, network->weight_hh[i], i % n, signs->name);
        }
    }
    return STATUS_OK;
}

/* Signs stand one by one, or on the diagonal of a matrix. */
static enum status fill_dale_signs(const struct import_table *table, const struct import_part *part,
                                   struct network *network, struct error *error)
{
    char shape[IMPORT_SHAPE_SIZE];
    struct import_array *const array = part->arrays[0];
    const size_t n = (size_t)network->n_hidden;
    if (part->n_arrays == 0) {
        return STATUS_OK;
    }
    TRY(import_table_load(table, array, error));
    const bool is_matrix = array->rank == 2 && array->dims[0] == n && array->dims[1] == n;
    if (!is_matrix && array->count != n) {
        return error_set(error, STATUS_INPUT,
                         "%s: %s is %s, expected %zu signs or a diagonal matrix of them (--ignore "
                         "%s if it means something else)",
                         table->path, array->name, import_array_shape(array, shape), n,
                         array->name);
    }
    if (!cell_parts(network->cell.kind)->has_activation) {
        return error_set(error, STATUS_INPUT,
                         "%s: %s has signs of Dale's law, found beside a %s, expected an rnn for "
                         "them (--ignore %s leaves them out)",
                         table->path, array->name, cell_parts(network->cell.kind)->name,
                         array->name);
    }
    TRY(network_add_dale_sign(network, error));
    for (size_t i = 0; i < array->count; i++) {
        const bool is_sign = !is_matrix || i / n == i % n;
        if (is_sign ? fabs(array->values[i]) != 1.0 : array->values[i] != 0.0) {
            return error_set(error, STATUS_INPUT,
                             "%s: %s is %g at element %zu, expected %s (--ignore %s if it means "
                             "something else)",
                             table->path, array->name, array->values[i], i,
                             is_sign ? "1 or -1" : "0 beside the diagonal", array->name);
        }
        if (is_sign) {
            network->dale_sign[i % n] = array->values[i];
        }
    }
    return check_dale_signs(table, array, network, error);
}

enum status import_weights(const struct import_table *table, const struct import_findings *findings,
                           enum orientation square, struct import_parts *parts,
                           struct network *network, struct error *error)
{
    struct matrix matrices[IMPORT_MATRIX_COUNT];
    TRY(orient(table, findings, square, parts, matrices, error));
    const struct import_part *const part = parts->part;
    const struct matrix *const recurrent = &matrices[IMPORT_RECURRENT];
    const size_t n_rows =
        recurrent->rows > recurrent->columns ? recurrent->rows : recurrent->columns;
    const size_t n_hidden = n_rows / (size_t)cell_parts(findings->cell.kind)->n_gates;
    size_t n_out = 0;
    for (int i = 0; i < part[IMPORT_READOUT].n_arrays; i++) {
        n_out += part[IMPORT_READOUT].arrays[i]->count / n_hidden;
    }
    if (part[IMPORT_READOUT].n_arrays > 1 && part[IMPORT_READOUT_BIAS].n_arrays > 0 &&
        part[IMPORT_READOUT_BIAS].n_arrays != part[IMPORT_READOUT].n_arrays) {
        return error_set(error, STATUS_INPUT,
                         "%s: %d biases of %d read-outs, expected one for each", table->path,
                         part[IMPORT_READOUT_BIAS].n_arrays, part[IMPORT_READOUT].n_arrays);
    }
    const struct network_shape shape = {.cell = findings->cell,
                                        .n_hidden = (int)n_hidden,
                                        .n_in = (int)(matrices[IMPORT_INPUT].array->count / n_rows),
                                        .n_out = (int)n_out};
    TRY(network_create(network, &shape, error));
    TRY(fill_matrices(table, findings, matrices, network, error));
    TRY(cell_parts(findings->cell.kind)->n_gates > 1
            ? fill_gate_biases(table, findings, &part[IMPORT_BIAS], network, error)
            : fill_vector(table, &part[IMPORT_BIAS], n_hidden, network->bias_h, error));
    TRY(stack_readouts(table, square, &part[IMPORT_READOUT], &matrices[IMPORT_READOUT], network,
                       error));
    TRY(fill_readout_biases(table, &part[IMPORT_READOUT], &part[IMPORT_READOUT_BIAS], network,
                            error));
    TRY(fill_vector(table, &part[IMPORT_INITIAL_STATE], n_hidden, network->h0, error));
    TRY(fill_cell_state(table, &part[IMPORT_CELL_STATE], network, error));
    TRY(fill_dale_signs(table, &part[IMPORT_DALE_SIGN], network, error));
    for (int i = 0; i < network->n_hidden && findings->h0_before_tanh; i++) {
        network->h0[i] = tanh(network->h0[i]);
    }
    return STATUS_OK;
}
