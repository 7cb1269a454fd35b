#include "import/trials.h"

#include "core/memory.h"
#include "core/text.h"
#include "import/key_rules.h"
#include "import/parts.h"
#include "import/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_SIZE = 160 };

static const char *const INPUT_NAMES[] = {"inputs", "x", NULL};
static const char *const TARGET_NAMES[] = {"targets", "y", NULL};
static const char *const MASK_NAMES[] = {"mask", NULL};
static const char *const STATE_NAMES[] = {"h0", "initial_state", NULL};
static const char *const OUTPUT_NAMES[] = {"outputs", "output", "predictions", "y_hat", NULL};

enum {
    NAME_COUNT = (sizeof INPUT_NAMES + sizeof TARGET_NAMES + sizeof MASK_NAMES +
                  sizeof STATE_NAMES + sizeof OUTPUT_NAMES) /
                 sizeof(char *) /* with their ends */
};

static const char *const *const ALL_NAMES[] = {INPUT_NAMES, TARGET_NAMES, MASK_NAMES, STATE_NAMES,
                                               OUTPUT_NAMES};

/* A file of trials on its way into the struct. */
struct reading {
    const struct import_trials *request;
    const struct network *network;
    const struct import_table *table;
    struct trials *trials;
    struct import_trials_read *read;
};

/* ---- arrays ---- */

/* The array of one of the names, the first that fits any; NULL when there is none. */
static enum status find(const struct import_table *table, const char *const *names,
                        struct import_array **found, struct error *error)
{
    *found = NULL;
    for (int i = 0; names[i] != NULL && *found == NULL; i++) {
        for (size_t k = 0; k < table->n_arrays; k++) {
            size_t length = 0;
            if (table->arrays[k].ignored ||
                !import_key_matches(table->arrays[k].name, names[i], &length)) {
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
    return error_set(error, STATUS_INPUT, "%s: %s is %s, expected %zu x %zu x %zu%s", table->path,
                     array->name, import_array_shape(array, shape), wanted[0], wanted[1], wanted[2],
                     array->dims[0] == wanted[1] && array->dims[1] == wanted[0] &&
                             wanted[0] != wanted[1]
                         ? ": one of the files or arrays has the batch first, another the time"
                         : "");
}

/* A name that could have been meant for another counts for nothing, or for a part that is missed:
 * it is refused. A table of weights with trials in it has them in a group of their own. */
static enum status check_names(const struct import_table *table, struct error *error)
{
    const char *names[NAME_COUNT];
    char list[LIST_SIZE] = "";
    size_t count = 0;
    for (size_t i = 0; i < sizeof ALL_NAMES / sizeof ALL_NAMES[0]; i++) {
        for (const char *const *name = ALL_NAMES[i]; *name != NULL; name++) {
            const size_t used = strlen(list);
            (void)snprintf(list + used, sizeof list - used, "%s%s", used > 0 ? ", " : "", *name);
            names[count++] = *name;
        }
    }
    for (size_t k = 0; k < table->n_arrays; k++) {
        const struct import_array *const array = &table->arrays[k];
        const char *const point = strrchr(array->name, '.');
        const char *const name = point != NULL ? point + 1 : array->name;
        bool is_known = array->ignored || text_begins(array->name, "meta.");
        for (size_t i = 0; i < count && !is_known; i++) {
            size_t length = 0;
            is_known = import_key_matches(array->name, names[i], &length);
        }
        if (is_known) {
            continue;
        }
        const char *const nearest = text_nearest(name, names, count);
        return error_set(error, STATUS_INPUT,
                         "%s: unknown array '%s', %s%s%s (--ignore %s if it is no part of the "
                         "trials)",
                         table->path, array->name, nearest != NULL ? "did you mean '" : "expected ",
                         nearest != NULL ? nearest : list, nearest != NULL ? "'?" : "",
                         array->name);
    }
    return STATUS_OK;
}

/* ---- axes ---- */

/* As the file has them. */
static void get_shape_of_outputs(const struct reading *reading, size_t shape[3])
{
    const int batch_first = reading->read->batch_first;
    shape[batch_first] = (size_t)reading->trials->n_steps;
    shape[1 - batch_first] = (size_t)reading->trials->n_trials;
    shape[2] = (size_t)reading->trials->n_out;
}

/* [steps, trials, channels] from that or from [trials, steps, channels]. */
static void copy(const struct trials *trials, bool batch_first, const struct import_array *array,
                 double *values)
{
    const size_t n_trials = (size_t)trials->n_trials;
    const size_t channels = array->count / ((size_t)trials->n_steps * n_trials);
    for (size_t step = 0; step < (size_t)trials->n_steps; step++) {
        for (size_t trial = 0; trial < n_trials; trial++) {
            const size_t place =
                batch_first ? trial * (size_t)trials->n_steps + step : step * n_trials + trial;
            memcpy(values + (step * n_trials + trial) * channels, array->values + place * channels,
                   channels * sizeof *values);
        }
    }
}

/* One value per step: of the first channel, when the others say the same. */
static enum status read_mask(const struct reading *reading, struct error *error)
{
    struct import_array *array = NULL;
    const struct import_table *const table = reading->table;
    struct trials *const trials = reading->trials;
    const size_t n_steps = (size_t)trials->n_steps;
    const size_t n_trials = (size_t)trials->n_trials;
    size_t wanted[3];
    get_shape_of_outputs(reading, wanted);
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
        const size_t place = reading->read->batch_first ? i % n_trials * n_steps + i / n_trials : i;
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

/* An initial state for each trial, which may have an axis of length 1 before. */
static enum status find_states(const struct reading *reading, struct import_array **array,
                               size_t *n_states, struct error *error)
{
    char shape[IMPORT_SHAPE_SIZE];
    const size_t n_hidden = (size_t)reading->network->n_hidden;
    TRY(find(reading->table, STATE_NAMES, array, error));
    if (*array == NULL) {
        return STATUS_OK;
    }
    TRY(import_table_load(reading->table, *array, error));
    const size_t width = (*array)->rank > 0 ? (*array)->dims[(*array)->rank - 1] : 0;
    *n_states = (*array)->count / n_hidden;
    if (width != n_hidden || ((*array)->rank == 3 && (*array)->dims[0] != 1)) {
        return error_set(error, STATUS_INPUT, "%s: %s is %s, expected trials x %zu",
                         reading->table->path, (*array)->name, import_array_shape(*array, shape),
                         n_hidden);
    }
    return STATUS_OK;
}

static enum status read_states(const struct reading *reading, const struct import_array *array,
                               size_t n_states, struct error *error)
{
    struct trials *const trials = reading->trials;
    const size_t n_hidden = (size_t)reading->network->n_hidden;
    if (n_states != (size_t)trials->n_trials && n_states != 1) {
        return error_set(error, STATUS_INPUT,
                         "%s: %s has %zu states, expected %d, one for each trial",
                         reading->table->path, array->name, n_states, trials->n_trials);
    }
    TRY(trials_add_h0(trials, (int)n_hidden, error));
    for (size_t i = 0; i < (size_t)trials->n_trials; i++) {
        memcpy(trials->h0 + i * n_hidden, array->values + (n_states == 1 ? 0 : i) * n_hidden,
               n_hidden * sizeof *trials->h0);
    }
    return STATUS_OK;
}

/* ---- outputs ---- */

/* Of the file of trials they lie as the trials do; those of another file tell by their shape when
 * they lie otherwise. */
static enum status take_outputs(const struct reading *reading, const struct import_table *table,
                                struct import_array *array, struct error *error)
{
    struct trials *const trials = reading->trials;
    const size_t n_steps = (size_t)trials->n_steps;
    const size_t n_trials = (size_t)trials->n_trials;
    size_t wanted[3];
    get_shape_of_outputs(reading, wanted);
    TRY(import_table_load(table, array, error));
    const bool is_other =
        table != reading->table && array->dims[0] == wanted[1] && array->dims[1] == wanted[0];
    if (array->rank < 2 || array->dims[2] != wanted[2] ||
        !(is_other || (array->dims[0] == wanted[0] && array->dims[1] == wanted[1]))) {
        return bad_shape(table, array, wanted, error);
    }
    TRY(trials_add_outputs(trials, error));
    copy(trials, reading->read->batch_first != (is_other && n_steps != n_trials), array,
         trials->outputs);
    return STATUS_OK;
}

/* Another file may have them under any name when it has no other array. */
static enum status read_outputs_file(const struct reading *reading, struct error *error)
{
    struct import_table table;
    struct import_array *array = NULL;
    TRY(import_table_open(&table, reading->request->outputs_path, error));
    enum status status = find(&table, OUTPUT_NAMES, &array, error);
    array = array == NULL && table.n_arrays == 1 ? &table.arrays[0] : array;
    if (status == STATUS_OK && array == NULL) {
        status = error_set(error, STATUS_INPUT,
                           "%s: no array outputs, expected steps x trials x outputs", table.path);
    }
    THEN(status, take_outputs(reading, &table, array, error));
    import_table_release(&table);
    return status;
}

static enum status read_outputs(const struct reading *reading, struct error *error)
{
    struct import_array *array = NULL;
    if (reading->request->outputs_path != NULL) {
        return read_outputs_file(reading, error);
    }
    TRY(find(reading->table, OUTPUT_NAMES, &array, error));
    return array != NULL ? take_outputs(reading, reading->table, array, error) : STATUS_OK;
}

/* ---- trials ---- */

static enum status read_metric(const struct reading *reading, struct error *error)
{
    const struct import_table *const table = reading->table;
    struct trials *const trials = reading->trials;
    trials->metric = reading->request->metric;
    for (size_t i = 0; i < table->n_notes; i++) {
        const struct import_note *const note = &table->notes[i];
        size_t length = 0;
        enum metric_kind metric = METRIC_FVU;
        if (note->ignored || !import_key_matches(note->key, "metric", &length)) {
            continue;
        }
        if (!metric_kind_from_name(note->text, &metric) ||
            (reading->request->tells_metric && metric != reading->request->metric)) {
            return error_set(error, STATUS_INPUT, "%s: %s is '%.60s', expected %s", table->path,
                             note->key, note->text,
                             reading->request->tells_metric ? "what --metric says" : METRIC_NAMES);
        }
        trials->metric = metric;
    }
    return STATUS_OK;
}

/* Without targets they are the outputs. */
static enum status fill(const struct reading *reading, const struct import_array *inputs,
                        const struct import_array *targets, struct error *error)
{
    struct trials *const trials = reading->trials;
    struct import_array *states = NULL;
    size_t n_states = 0;
    TRY(find_states(reading, &states, &n_states, error));
    const size_t *const dims = inputs->dims;
    if (reading->read->layout_is_open && states != NULL && dims[0] != dims[1]) {
        reading->read->batch_first = n_states == dims[0];
        reading->read->layout_is_open = n_states != dims[0] && n_states != dims[1];
    }
    const int first = (int)dims[0];
    const int second = (int)dims[1];
    TRY(trials_create(trials, reading->read->batch_first ? second : first,
                      reading->read->batch_first ? first : second, reading->network->n_in,
                      reading->network->n_out, error));
    copy(trials, reading->read->batch_first, inputs, trials->inputs);
    if (targets != NULL) {
        copy(trials, reading->read->batch_first, targets, trials->targets);
    }
    TRY(read_metric(reading, error));
    if (states != NULL) {
        TRY(read_states(reading, states, n_states, error));
    }
    TRY(read_mask(reading, error));
    TRY(read_outputs(reading, error));
    if (targets == NULL) {
        memcpy(trials->targets, trials->outputs,
               (size_t)trials->n_steps * (size_t)trials->n_trials * (size_t)trials->n_out *
                   sizeof *trials->targets);
    }
    const enum status status = trials_check(trials, error);
    return status == STATUS_OK ? status : error_prefix(error, status, "%s", reading->table->path);
}

static enum status read_trials(struct reading *reading, struct error *error)
{
    struct import_array *inputs = NULL;
    struct import_array *targets = NULL;
    struct import_array *outputs = NULL;
    const struct import_table *const table = reading->table;
    TRY(find(table, TARGET_NAMES, &targets, error));
    TRY(find(table, OUTPUT_NAMES, &outputs, error));
    reading->read->has_no_targets =
        targets == NULL && (outputs != NULL || reading->request->outputs_path != NULL);
    TRY(find_loaded(table, INPUT_NAMES, &inputs, error));
    if (!reading->read->has_no_targets) {
        TRY(find_loaded(table, TARGET_NAMES, &targets, error));
    }
    if (inputs == NULL) {
        return error_set(error, STATUS_INTERNAL, "%s: trials were not loaded", table->path);
    }
    const size_t *const dims = inputs->dims;
    const size_t wanted_in[3] = {dims[0], dims[1], (size_t)reading->network->n_in};
    const size_t wanted_out[3] = {dims[0], dims[1], (size_t)reading->network->n_out};
    if (memcmp(dims, wanted_in, sizeof wanted_in) != 0) {
        return bad_shape(table, inputs, wanted_in, error);
    }
    if (targets != NULL && memcmp(targets->dims, wanted_out, sizeof wanted_out) != 0) {
        return bad_shape(table, targets, wanted_out, error);
    }
    if (!reading->request->is_of_weights) {
        TRY(check_names(table, error));
    }
    const enum status status = fill(reading, inputs, targets, error);
    if (status != STATUS_OK) {
        trials_release(reading->trials);
    }
    return status;
}

/* Of a model file the group of trials alone, of all others what the user has not excluded. True for
 * a model file. */
static bool ignore_rest(struct import_table *table, const char *ignored)
{
    static const char GROUP[] = "trials.";
    bool has_group = false;
    for (size_t i = 0; i < table->n_arrays; i++) {
        has_group = has_group || text_begins(table->arrays[i].name, GROUP);
    }
    for (size_t i = 0; i < table->n_arrays && has_group; i++) {
        table->arrays[i].ignored = !text_begins(table->arrays[i].name, GROUP);
    }
    import_ignore_found(table, ignored);
    return has_group;
}

enum status import_trials(const struct import_trials *request, const struct network *network,
                          struct trials *trials, struct import_trials_read *read,
                          struct error *error)
{
    struct import_table table;
    TRY(import_table_open(&table, request->path, error));
    struct reading reading = {request, network, &table, trials, read};
    const bool is_model = ignore_rest(&table, request->ignored);
    *read = (struct import_trials_read){.batch_first = request->batch_first,
                                        .layout_is_open = !request->batch_first &&
                                                          !request->time_first && !is_model};
    const enum status status = read_trials(&reading, error);
    import_table_release(&table);
    return status;
}
