#include "import/psychrnn.h"

#include <string.h>

/* Where each matrix has its mask, of the same shape. */
static const struct {
    const char *weights;
    const char *mask;
} MASKS[] = {
    {"W_rec", "rec_connectivity"},
    {"W_in", "input_connectivity"},
    {"W_out", "output_connectivity"},
};

bool psychrnn_is_one(const struct import_table *table)
{
    const struct import_array *const weights = import_table_find(table, "W_rec");
    return weights != NULL && weights->rank == 2 && weights->dims[0] == weights->dims[1] &&
           import_table_find(table, "rec_connectivity") != NULL;
}

static enum status load_pair(const struct import_table *table, struct import_array *weights,
                             struct import_array *mask, struct error *error)
{
    char found[IMPORT_SHAPE_SIZE];
    char expected[IMPORT_SHAPE_SIZE];
    if (memcmp(weights->dims, mask->dims, sizeof weights->dims) != 0) {
        return error_set(error, STATUS_INPUT, "%s: %s is %s, expected %s as %s is", table->path,
                         mask->name, import_array_shape(mask, found),
                         import_array_shape(weights, expected), weights->name);
    }
    mask->used = true;
    TRY(import_table_load(table, weights, error));
    return import_table_load(table, mask, error);
}

static enum status check_mask(const struct import_table *table, struct import_array *weights,
                              struct import_array *mask, struct error *error)
{
    TRY(load_pair(table, weights, mask, error));
    for (size_t i = 0; i < weights->count; i++) {
        if (mask->values[i] == 0.0 && weights->values[i] != 0.0) {
            return error_set(error, STATUS_INPUT,
                             "%s: %s is %g at element %zu where %s is 0, expected masked weights: "
                             "multiply the two before saving",
                             table->path, weights->name, weights->values[i], i, mask->name);
        }
    }
    return STATUS_OK;
}

/* All weights from one unit have its sign. */
static enum status check_signs(const struct import_table *table, struct import_array *weights,
                               struct import_array *signs, struct error *error)
{
    const size_t n = weights->dims[0];
    TRY(load_pair(table, weights, signs, error));
    for (size_t i = 0; i < weights->count; i++) {
        const size_t from = i % n;
        if (weights->values[i] * signs->values[from * n + from] < 0.0) {
            return error_set(error, STATUS_INPUT,
                             "%s: W_rec is %g at element %zu against the sign of unit %zu in "
                             "Dale_rec, expected signed weights",
                             table->path, weights->values[i], i, from);
        }
    }
    return STATUS_OK;
}

/* Dale's law was used when its ratio is a number: without it, an object. */
static bool has_dale(const struct import_table *table)
{
    const struct import_array *const ratio = import_table_find(table, "dale_ratio");
    return ratio != NULL && ratio->unreadable == NULL;
}

static void mark_rest(const struct import_table *table)
{
    static const char *const REST[] = {"Dale_rec", "Dale_out", "dale_ratio"};
    for (size_t i = 0; i < sizeof REST / sizeof REST[0]; i++) {
        struct import_array *const array = import_table_find(table, REST[i]);
        if (array != NULL) {
            array->used = true;
        }
    }
}

enum status psychrnn_check(const struct import_table *table, struct error *error)
{
    for (size_t i = 0; i < sizeof MASKS / sizeof MASKS[0]; i++) {
        struct import_array *const weights = import_table_find(table, MASKS[i].weights);
        struct import_array *const mask = import_table_find(table, MASKS[i].mask);
        if (weights != NULL && mask != NULL) {
            TRY(check_mask(table, weights, mask, error));
        }
    }
    struct import_array *const signs = import_table_find(table, "Dale_rec");
    if (signs != NULL && has_dale(table)) {
        TRY(check_signs(table, import_table_find(table, "W_rec"), signs, error));
    }
    mark_rest(table);
    return STATUS_OK;
}
