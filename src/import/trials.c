#include "import/trials.h"

#include "import/key_rules.h"
#include "import/table.h"

#include <string.h>

static const char *const INPUT_NAMES[] = {"inputs", "x", NULL};
static const char *const TARGET_NAMES[] = {"targets", "y", NULL};
static const char *const MASK_NAMES[] = {"mask", NULL};

/* The array of one of the names, the first that fits any; NULL when there is none. */
static enum status find(const struct import_table *table, const char *const *names,
                        struct import_array **found, struct error *error)
{
    *found = NULL;
    for (int i = 0; names[i] != NULL && *found == NULL; i++) {
        for (size_t k = 0; k < table->n_arrays; k++) {
            size_t length = 0;
            if (!import_key_matches(table->arrays[k].name, names[i], &length)) {
                continue;
            }
            if (*found != NULL) {
                return error_set(error, STATUS_INPUT,
                                 "%s: %s and %s may both be the %s, expected one", table->path,
                                 (*found)->name, table->arrays[k].name, names[0]);
            }
            *found = &table->arrays[k];
        }
    }
    return STATUS_OK;
}

static enum status find_loaded(const struct import_table *table, const char *const *names,
                               struct import_array **found, struct error *error)
{
    char shape[IMPORT_SHAPE_SIZE];
    TRY(find(table, names, found, error));
    if (*found == NULL) {
        return error_set(error, STATUS_INPUT, "%s: no array %s, expected steps x trials x channels",
                         table->path, names[0]);
    }
    TRY(import_table_load(table, *found, error));
    if ((*found)->rank != 3 || (*found)->count == 0) {
        return error_set(error, STATUS_INPUT,
                         "%s: %s is %s, expected three axes, steps x trials x channels",
                         table->path, (*found)->name, import_array_shape(*found, shape));
    }
    return STATUS_OK;
}

static enum status bad_shape(const struct import_table *table, const struct import_array *array,
                             const size_t wanted[3], struct error *error)
{
    char shape[IMPORT_SHAPE_SIZE];
    return error_set(error, STATUS_INPUT, "%s: %s is %s, expected %zu x %zu x %zu", table->path,
                     array->name, import_array_shape(array, shape), wanted[0], wanted[1],
                     wanted[2]);
}

/* [steps, trials, channels] from that or from [trials, steps, channels]. */
static void copy(const struct import_trials *request, const struct trials *trials,
                 const struct import_array *array, double *values)
{
    const size_t n_trials = (size_t)trials->n_trials;
    const size_t channels = array->dims[2];
    for (size_t step = 0; step < (size_t)trials->n_steps; step++) {
        for (size_t trial = 0; trial < n_trials; trial++) {
            const size_t place = request->batch_first ? trial * (size_t)trials->n_steps + step
                                                      : step * n_trials + trial;
            memcpy(values + (step * n_trials + trial) * channels, array->values + place * channels,
                   channels * sizeof *values);
        }
    }
}

/* One value per step: of the first channel, when the others say the same. */
static enum status read_mask(const struct import_table *table, const struct import_trials *request,
                             struct trials *trials, struct error *error)
{
    struct import_array *array = NULL;
    const size_t n_steps = (size_t)trials->n_steps;
    const size_t n_trials = (size_t)trials->n_trials;
    const size_t wanted[3] = {request->batch_first ? n_trials : n_steps,
                              request->batch_first ? n_steps : n_trials, (size_t)trials->n_out};
    TRY(find(table, MASK_NAMES, &array, error));
    if (array == NULL) {
        return STATUS_OK;
    }
    TRY(import_table_load(table, array, error));
    if (array->rank < 2 || array->dims[0] != wanted[0] || array->dims[1] != wanted[1] ||
        array->count == 0) {
        return bad_shape(table, array, wanted, error);
    }
    const size_t channels = array->dims[2];
    for (size_t i = 0; i < n_steps * n_trials; i++) {
        const size_t place = request->batch_first ? i % n_trials * n_steps + i / n_trials : i;
        const double *const values = array->values + place * channels;
        for (size_t k = 0; k < channels; k++) {
            if ((values[k] != 0.0 && values[k] != 1.0) || values[k] != values[0]) {
                return error_set(error, STATUS_INPUT,
                                 "%s: %s is %g at element %zu, expected 0 or 1, the same for all "
                                 "channels of a step",
                                 table->path, array->name, values[k], place * channels + k);
            }
        }
        trials->mask[i] = values[0] != 0.0;
    }
    return STATUS_OK;
}

static enum status read_trials(const struct import_table *table,
                               const struct import_trials *request, const struct network *network,
                               struct trials *trials, struct error *error)
{
    struct import_array *inputs = NULL;
    struct import_array *targets = NULL;
    TRY(find_loaded(table, INPUT_NAMES, &inputs, error));
    TRY(find_loaded(table, TARGET_NAMES, &targets, error));
    if (inputs == NULL || targets == NULL) {
        return error_set(error, STATUS_INTERNAL, "%s: trials were not loaded", table->path);
    }
    const size_t *const dims = inputs->dims;
    const size_t wanted_in[3] = {dims[0], dims[1], (size_t)network->n_in};
    const size_t wanted_out[3] = {dims[0], dims[1], (size_t)network->n_out};
    if (memcmp(dims, wanted_in, sizeof wanted_in) != 0) {
        return bad_shape(table, inputs, wanted_in, error);
    }
    if (memcmp(targets->dims, wanted_out, sizeof wanted_out) != 0) {
        return bad_shape(table, targets, wanted_out, error);
    }
    const int first = (int)dims[0];
    const int second = (int)dims[1];
    TRY(trials_create(trials, request->batch_first ? second : first,
                      request->batch_first ? first : second, network->n_in, network->n_out, error));
    copy(request, trials, inputs, trials->inputs);
    copy(request, trials, targets, trials->targets);
    trials->metric = request->metric;
    enum status status = read_mask(table, request, trials, error);
    if (status == STATUS_OK) {
        status = trials_check(trials, error);
        status = status == STATUS_OK ? status : error_prefix(error, status, "%s", table->path);
    }
    if (status != STATUS_OK) {
        trials_release(trials);
    }
    return status;
}

enum status import_trials(const struct import_trials *request, const struct network *network,
                          struct trials *trials, struct error *error)
{
    struct import_table table;
    TRY(import_table_open(&table, request->path, error));
    const enum status status = read_trials(&table, request, network, trials, error);
    import_table_release(&table);
    return status;
}
