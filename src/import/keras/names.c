#include "import/keras/names.h"

#include "core/memory.h"
#include "core/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_VARIABLES = 3 };

/* Variables of one layer; those of a group follow one another in the table. */
struct layer {
    struct import_array *variables; /* [count] */
    size_t count;                   /* may be more than any layer here has */
    size_t prefix;                  /* length of the layer's name and "." */
};

/* "<prefix>vars.<digit>"; false for other names. */
static bool is_variable(const char *name, size_t *prefix)
{
    static const char GROUP[] = "vars.";
    const size_t length = strlen(name);
    const size_t end = strlen(GROUP) + 1;
    if (length < end || strncmp(name + length - end, GROUP, strlen(GROUP)) != 0 ||
        name[length - 1] < '0' || name[length - 1] > '9') {
        return false;
    }
    *prefix = length - end;
    return *prefix == 0 || name[*prefix - 1] == '.';
}

static struct layer layer_at(struct import_table *table, size_t first, size_t prefix)
{
    struct layer layer = {&table->arrays[first], 1, prefix};
    size_t other = 0;
    while (first + layer.count < table->n_arrays &&
           is_variable(layer.variables[layer.count].name, &other) && other == prefix &&
           strncmp(layer.variables[layer.count].name, layer.variables->name, prefix) == 0) {
        layer.count++;
    }
    return layer;
}

static bool is_matrix(const struct import_array *array)
{
    return array->rank == 2 && array->unreadable == NULL;
}

/* A kernel [inputs, gates x units], that of the units [units, gates x units], perhaps a bias. */
static bool is_recurrent(const struct layer *layer)
{
    const struct import_array *const v = layer->variables;
    if (layer->count < 2 || layer->count > MOST_VARIABLES || !is_matrix(&v[0]) ||
        !is_matrix(&v[1]) || v[0].dims[1] != v[1].dims[1] || v[1].dims[0] == 0) {
        return false;
    }
    const size_t gates = v[1].dims[1] / v[1].dims[0];
    return v[1].dims[1] % v[1].dims[0] == 0 && (gates == 1 || gates == 3 || gates == 4) &&
           (layer->count == 2 || v[2].count % v[1].dims[1] == 0);
}

/* A kernel [from, to], perhaps a bias; one matrix alone may also be that of an embedding. */
static bool is_dense(const struct layer *layer)
{
    const struct import_array *const v = layer->variables;
    return is_matrix(&v[0]) &&
           (layer->count == 1 ||
            (layer->count == 2 && v[1].rank == 1 && v[1].dims[0] == v[0].dims[1])) &&
           strstr(v[0].name, "embedding") == NULL;
}

static enum status rename_array(struct import_array *array, size_t prefix, const char *name,
                                struct error *error)
{
    char text[IMPORT_NAME_LENGTH + 1];
    char *copy = NULL;
    if (prefix + strlen(name) > IMPORT_NAME_LENGTH) {
        return STATUS_OK;
    }
    (void)snprintf(text, sizeof text, "%.*s%s", (int)prefix, array->name, name);
    TRY(memory_string(&copy, text, error));
    array->stored_name = array->name;
    array->name = copy;
    return STATUS_OK;
}

static enum status name_layer(const struct layer *layer, struct error *error)
{
    static const char *const RECURRENT[] = {"kernel", "recurrent_kernel", "bias"};
    static const char *const DENSE[] = {"kernel", "bias"};
    const bool recurrent = is_recurrent(layer);
    if (!recurrent && !is_dense(layer)) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < layer->count; i++) {
        TRY(rename_array(&layer->variables[i], layer->prefix, recurrent ? RECURRENT[i] : DENSE[i],
                         error));
    }
    return STATUS_OK;
}

static bool is_of_training(const char *name)
{
    return text_begins(name, "optimizer.") || text_begins(name, "optimizer_weights.") ||
           strstr(name, "seed_generator") != NULL;
}

enum status keras_name_arrays(struct import_table *table, struct error *error)
{
    for (size_t i = 0; i < table->n_arrays;) {
        size_t prefix = 0;
        struct import_array *const array = &table->arrays[i];
        array->ignored = array->ignored || is_of_training(array->name);
        if (array->ignored || !is_variable(array->name, &prefix)) {
            i++;
            continue;
        }
        const struct layer layer = layer_at(table, i, prefix);
        TRY(name_layer(&layer, error));
        i += layer.count;
    }
    return STATUS_OK;
}
