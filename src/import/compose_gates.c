#include "import/compose.h"

#include <stdio.h>
#include <string.h>

enum { MOST_GATES = 4, SIDES = 2 };

/* Kernels [from, to] are called by their side, inputs or units, and their gate; one that only such
 * a cell has tells it. */
static const struct gated {
    const char *class;
    const char *tells;
    const char *gates; /* in PyTorch's order */
} CELLS[] = {
    {"GRUCell", "hn.kernel", "rzn"},
    {"LSTMCell", "hg.kernel", "ifgo"},
};

static const char LETTERS[SIDES] = {'i', 'h'};
static const char *const WEIGHTS[SIDES] = {"weight_ih", "weight_hh"};
static const char *const BIASES[SIDES] = {"bias_ih", "bias_hh"};

/* One cell; the table may move its arrays, not their values. */
struct cell_arrays {
    const struct gated *cell;
    char prefix[IMPORT_NAME_LENGTH + 1];
    const double *kernels[SIDES][MOST_GATES];
    const double *biases[SIDES][MOST_GATES]; /* NULL for none */
    size_t rows[SIDES];                      /* inputs, and units */
};

/* The array of that name, or NULL. */
static struct import_array *find(const struct import_table *table, const struct cell_arrays *arrays,
                                 int side, char gate, const char *name)
{
    char whole[IMPORT_NAME_LENGTH + 16];
    (void)snprintf(whole, sizeof whole, "%s%c%c.%s", arrays->prefix, LETTERS[side], gate, name);
    struct import_array *array = import_table_find(table, whole);
    if (array == NULL) { /* of names with another sign between their words */
        *strrchr(whole, '.') = '/';
        array = import_table_find(table, whole);
    }
    return array != NULL && !array->ignored ? array : NULL;
}

/* Its values, which are not read before its shape is right. */
static enum status take(const struct import_table *table, struct import_array *array, size_t rows,
                        size_t columns, const double **values, struct error *error)
{
    char shape[IMPORT_SHAPE_SIZE];
    if (array->dims[0] != rows || array->dims[1] != columns) {
        return error_set(error, STATUS_INPUT,
                         "%s: %s is %s, expected %zu x %zu as the other gates have", table->path,
                         array->name, import_array_shape(array, shape), rows, columns);
    }
    TRY(import_table_load(table, array, error));
    array->used = true;
    *values = array->values;
    return STATUS_OK;
}

static enum status gather(const struct import_table *table, struct cell_arrays *arrays, int side,
                          struct error *error)
{
    const size_t n = arrays->rows[1];
    for (int gate = 0; arrays->cell->gates[gate] != '\0'; gate++) {
        const char letter = arrays->cell->gates[gate];
        struct import_array *array = find(table, arrays, side, letter, "kernel");
        if (array == NULL) {
            return error_set(
                error, STATUS_INPUT, "%s: no array %s%c%c.kernel, expected all gates of Flax' %s",
                table->path, arrays->prefix, LETTERS[side], letter, arrays->cell->class);
        }
        arrays->rows[side] = arrays->rows[side] > 0 ? arrays->rows[side] : array->dims[0];
        TRY(take(table, array, arrays->rows[side], n, &arrays->kernels[side][gate], error));
        array = find(table, arrays, side, letter, "bias");
        if (array != NULL) {
            TRY(take(table, array, n, 1, &arrays->biases[side][gate], error));
        }
    }
    return STATUS_OK;
}

/* Gates one below the other, [to, from]; zeros where one has no bias. */
static enum status stack(struct import_table *table, const struct cell_arrays *arrays, int side,
                         struct error *error)
{
    char name[IMPORT_NAME_LENGTH + 16];
    const size_t n_gates = strlen(arrays->cell->gates);
    const size_t n = arrays->rows[1];
    const size_t columns = arrays->rows[side];
    double *values = NULL;
    (void)snprintf(name, sizeof name, "%s%s", arrays->prefix, WEIGHTS[side]);
    TRY(import_table_compute(table, name, n_gates * n, columns, &values, error));
    for (size_t i = 0; i < n_gates * n * columns; i++) {
        const size_t row = i / columns;
        values[i] = arrays->kernels[side][row / n][i % columns * n + row % n];
    }
    (void)snprintf(name, sizeof name, "%s%s", arrays->prefix, BIASES[side]);
    TRY(import_table_compute(table, name, n_gates * n, 0, &values, error));
    for (size_t i = 0; i < n_gates * n; i++) {
        const double *const bias = arrays->biases[side][i / n];
        values[i] = bias != NULL ? bias[i % n] : 0.0;
    }
    return STATUS_OK;
}

enum status import_compose_gates(struct import_table *table, struct error *error)
{
    const size_t count = table->n_arrays; /* what is added here tells nothing */
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < sizeof CELLS / sizeof CELLS[0]; k++) {
            size_t length = 0;
            const struct import_array *const array = &table->arrays[i];
            if (array->ignored || array->rank != 2 || array->dims[1] == 0 ||
                !import_key_matches(array->name, CELLS[k].tells, &length)) {
                continue;
            }
            struct cell_arrays arrays = {.cell = &CELLS[k], .rows = {0, array->dims[1]}};
            (void)snprintf(arrays.prefix, sizeof arrays.prefix, "%.*s", (int)length, array->name);
            for (int side = 0; side < SIDES; side++) {
                TRY(gather(table, &arrays, side, error));
            }
            for (int side = 0; side < SIDES; side++) {
                TRY(stack(table, &arrays, side, error));
            }
        }
    }
    return STATUS_OK;
}
