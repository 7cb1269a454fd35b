/* Results files put together: of one kind they must be, and each case counts once. */
#include "core/axes.h"
#include "core/bits.h"
#include "core/index_map.h"
#include "core/memory.h"
#include "kernel/diagnostics/diagnostic.h"
#include "kernel/tasks/task.h"
#include "report/study_alphas.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- of one kind ---- */

/* The files that are compared. */
struct two_inputs {
    const struct results_input *first;
    const struct results_input *other;
    bool any_epsilon;
    struct error *error;
};

static enum status other_kind(const struct two_inputs *two, const char *what, const char *found,
                              const char *expected)
{
    return error_set(two->error, STATUS_MISMATCH,
                     "%s: of another kind of study than %s: %s is %s, expected %s",
                     two->other->path, two->first->path, what, found, expected);
}

/* Whether `what`, a number of both files, is the same; to the last bit. */
static enum status check_number(const struct two_inputs *two, const char *what, double first,
                                double other)
{
    char found[32];
    char expected[32];
    (void)snprintf(found, sizeof found, "%.15g", other);
    (void)snprintf(expected, sizeof expected, "%.15g", first);
    return same_bits(first, other) ? STATUS_OK : other_kind(two, what, found, expected);
}

/* Parameters of a task or of a diagnostic: "tasks.copy.bits". */
static enum status check_params(const struct two_inputs *two, const char *kind, const char *name,
                                const struct param_spec *params, int n_params, const double *first,
                                const double *other)
{
    for (int i = 0; i < n_params; i++) {
        char what[256];
        (void)snprintf(what, sizeof what, "%s.%.100s.%s", kind, name, params[i].name);
        TRY(check_number(two, what, first[i], other[i]));
    }
    return STATUS_OK;
}

/* Tasks and diagnostics of the same name; those that only one of the files has are no matter. */
static enum status check_named(const struct two_inputs *two)
{
    const struct sweep *const a = &two->first->sweep;
    const struct sweep *const b = &two->other->sweep;
    for (int i = 0; i < a->n_tasks * b->n_tasks; i++) {
        const struct task_spec *const x = &a->tasks[i / b->n_tasks];
        const struct task_spec *const y = &b->tasks[i % b->n_tasks];
        const struct task_ops *const ops = x->path == NULL ? task_find(x->name) : NULL;
        if (strcmp(x->name, y->name) != 0) {
            continue;
        }
        if ((x->path == NULL) != (y->path == NULL) || x->trials_hash != y->trials_hash) {
            return error_set(two->error, STATUS_MISMATCH,
                             "%s: of another kind of study than %s: task '%s' has other trials",
                             two->other->path, two->first->path, x->name);
        }
        if (ops != NULL) {
            double first[PARAMS_MAX];
            double other[PARAMS_MAX];
            task_complete_params(ops, x->params, first);
            task_complete_params(ops, y->params, other);
            TRY(check_params(two, "tasks", x->name, ops->params, ops->n_params, first, other));
        }
    }
    for (int i = 0; i < a->n_diagnostics * b->n_diagnostics; i++) {
        const struct diagnostic_spec *const x = &a->diagnostics[i / b->n_diagnostics];
        const struct diagnostic_spec *const y = &b->diagnostics[i % b->n_diagnostics];
        if (strcmp(x->name, y->name) == 0) {
            const struct schema *const schema = &two->first->schema;
            const struct table *const table = &schema->tables[schema_find(schema, x->name)];
            TRY(check_params(two, "diagnostics", x->name, table->params, table->n_params, x->params,
                             y->params));
        }
    }
    return STATUS_OK;
}

/* The name, the shard, the alphas and the seed of the held-out trials may differ, and whether there
 * are partitions. */
static enum status check_kind(const struct two_inputs *two)
{
    const struct sweep *const a = &two->first->sweep;
    const struct sweep *const b = &two->other->sweep;
    const struct {
        const char *what;
        double first;
        double other;
    } numbers[] = {{"number of ablations", a->n_ablations, b->n_ablations},
                   {"team.from_hidden", a->team.from_hidden, b->team.from_hidden},
                   {"rows of a team's grid", a->team.n_rows, b->team.n_rows},
                   {"columns of a team's grid", a->team.n_cols, b->team.n_cols},
                   {"team.block", a->team.block, b->team.block}};
    char what[32];
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        TRY(check_number(two, numbers[i].what, numbers[i].first, numbers[i].other));
    }
    if (!two->any_epsilon && !same_bits(a->epsilon, b->epsilon)) {
        return error_set(two->error, STATUS_MISMATCH,
                         "%s: of another kind of study than %s: epsilon is %.15g, expected %.15g; "
                         "'report --epsilon E' judges both by one",
                         two->other->path, two->first->path, b->epsilon, a->epsilon);
    }
    for (int i = 0; i < a->n_oods && i < b->n_oods; i++) {
        if (strcmp(a->oods[i].label, b->oods[i].label) != 0) {
            (void)snprintf(what, sizeof what, "ood[%d]", i);
            return other_kind(two, what, b->oods[i].label, a->oods[i].label);
        }
    }
    for (int i = 0; i < a->n_ablations; i++) {
        if (a->ablations[i] != b->ablations[i]) {
            (void)snprintf(what, sizeof what, "ablations[%d]", i);
            return other_kind(two, what, ablation_name(b->ablations[i]),
                              ablation_name(a->ablations[i]));
        }
    }
    return a->precision == b->precision ? check_named(two)
                                        : other_kind(two, "precision", precision_name(b->precision),
                                                     precision_name(a->precision));
}

/* ---- one case in two files ---- */

/* Of a case's model, by its name or by its identity, on its task. */
static enum status hash_case(const struct study_data *data, struct case_place place,
                             const char *model, struct hash128 *key, struct error *error)
{
    const struct results_input *const input = &data->inputs[place.input];
    struct hasher *hasher = NULL;
    TRY(hasher_create(&hasher, error));
    hasher_string(hasher, results_input_text(input, model, place.row));
    hasher_string(hasher, results_input_text(input, "task", place.row));
    hasher_string(hasher, results_input_text(input, "matrix", place.row));
    if (input->sweep.of_pairs) {
        hasher_string(hasher, results_input_text(input, "model_identity_2", place.row));
    }
    hasher_u64(hasher, (uint64_t)input->sweep.cases[place.row].form.gauge);
    hasher_u64(hasher, (uint64_t)input->sweep.cases[place.row].form.order);
    *key = hasher_digest128(hasher);
    hasher_destroy(&hasher);
    return STATUS_OK;
}

/* The state of value (i, k) of a column; one for the whole row has no axes. */
static int state_of(const struct study_column *state, int row, size_t i, size_t k)
{
    return *(const uint8_t *)study_column_at(state, row, i < state->lengths[0] ? i : 0,
                                             k < state->lengths[1] ? k : 0);
}

/* At an alpha that another file has brought there is nothing. */
static bool has_place(const struct results_input *input, const struct study_column *column,
                      size_t i)
{
    return column->axes[0] != &AXIS_ALPHA || results_input_has_alpha(input, (int)i);
}

/* Two rows of one variable. */
struct two_rows {
    const struct results_input *inputs[2];
    const struct study_column *columns[2];
    int rows[2];
};

/* Whether what is done in both is the same to the last bit. One axis may be longer because of a
 * wider model. */
static bool columns_agree(const struct two_rows *two)
{
    const struct study_column *const x = two->columns[0];
    const struct study_column *const y = two->columns[1];
    const int x_row = two->rows[0];
    const int y_row = two->rows[1];
    for (size_t i = 0; i < x->lengths[0] && i < y->lengths[0]; i++) {
        if (!has_place(two->inputs[0], x, i) || !has_place(two->inputs[1], y, i)) {
            continue;
        }
        for (size_t k = 0; k < x->lengths[1] && k < y->lengths[1]; k++) {
            const void *const a = study_column_at(x, x_row, i, k);
            const void *const b = study_column_at(y, y_row, i, k);
            const bool is_same = x->type == VALUE_F64
                                     ? same_bits(*(const double *)a, *(const double *)b)
                                     : memcmp(a, b, value_size(x->type)) == 0;
            if (!is_same && state_of(x->state, x_row, i, k) == JOB_DONE &&
                state_of(y->state, y_row, i, k) == JOB_DONE) {
                return false;
            }
        }
    }
    return true;
}

static bool cases_agree(const struct results_input *x, int x_row, const struct results_input *y,
                        int y_row)
{
    for (int c = 0; c < x->n_columns; c++) {
        const struct study_column *const own = &x->columns[c];
        const struct study_column *const other =
            own->state != NULL ? results_input_column(y, own->name) : NULL;
        const struct two_rows two = {{x, y}, {own, other}, {x_row, y_row}};
        if (other != NULL && other->state != NULL && !columns_agree(&two)) {
            return false;
        }
    }
    return true;
}

/* Jobs and records of a case in some state. */
static int count_states(const struct results_input *input, int row, int state)
{
    int count = 0;
    for (int c = 0; c < input->n_columns; c++) {
        const struct study_column *const column = &input->columns[c];
        for (size_t i = 0; column->is_state && i < column->lengths[0]; i++) {
            for (size_t k = 0; k < column->lengths[1]; k++) {
                count += state_of(column, row, i, k) == state;
            }
        }
    }
    return count;
}

/* Adds a case, or puts it with the one that it is: the identity is a hash of all numbers of a
 * model, its name may differ between studies. Of the two that is kept which has more done, or as
 * much and more failed instead of pending, or else the first by name. */
static enum status add_case(struct study_data *data, struct index_map *known,
                            struct case_place place, struct error *error)
{
    const struct results_input *const input = &data->inputs[place.input];
    struct hash128 key;
    TRY(hash_case(data, place, "model_identity", &key, error));
    int index = index_map_find(known, key);
    while (index >= 0 && data->cases[index].input == place.input) {
        key.high++; /* twice in a study: the second of each file is the same case again */
        index = index_map_find(known, key);
    }
    if (index < 0) {
        data->cases[data->n_cases++] = place;
        return index_map_put(known, key, data->n_cases - 1, error);
    }
    const struct case_place before = data->cases[index];
    const struct results_input *const other = &data->inputs[before.input];
    if (!cases_agree(other, before.row, input, place.row)) {
        return error_set(error, STATUS_MISMATCH,
                         "%s: model '%s' on task '%s' has other values than in %s", input->path,
                         results_input_text(input, "model", place.row),
                         results_input_text(input, "task", place.row), other->path);
    }
    const int done =
        count_states(input, place.row, JOB_DONE) - count_states(other, before.row, JOB_DONE);
    const int failed =
        count_states(input, place.row, JOB_FAILED) - count_states(other, before.row, JOB_FAILED);
    data->n_duplicates++;
    data->n_divided += study_alphas_differ(input, other);
    const bool is_first = done == 0 && failed == 0 &&
                          strcmp(results_input_text(input, "model", place.row),
                                 results_input_text(other, "model", before.row)) < 0;
    data->cases[index] = done > 0 || (done == 0 && failed > 0) || is_first ? place : before;
    return STATUS_OK;
}

/* ---- the order of cases ---- */

static int compare_numbers(double a, double b)
{
    return isnan(a) || isnan(b) ? !isnan(a) - !isnan(b) : (a > b) - (a < b);
}

/* By what tells groups apart, then by seed, name and identity. */
static int compare_cases(const void *a, const void *b, void *context)
{
    static const struct {
        const char *name;
        bool is_text;
    } keys[] = {{"task", true},           {"construction", true}, {"cell", true},
                {"activation", true},     {"hidden", false},      {"leak_form", true},
                {"leak", false},          {"matrix", true},       {"order", true},
                {"gauge", false},         {"seed", false},        {"model", true},
                {"model_identity", true}, {"seed_2", false},      {"model_2", true}};
    const struct study_data *const data = context;
    const int x = *(const int *)a;
    const int y = *(const int *)b;
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
        const char *const name = keys[k].name;
        const int order =
            keys[k].is_text
                ? strcmp(study_text(data, name, x), study_text(data, name, y))
                : compare_numbers(study_real(data, name, x, 0), study_real(data, name, y, 0));
        if (order != 0) {
            return order;
        }
    }
    return (x > y) - (x < y);
}

static enum status sort_cases(struct study_data *data, struct error *error)
{
    const size_t n = (size_t)data->n_cases;
    struct case_place *sorted = NULL;
    int *order = NULL;
    TRY(memory_array(&order, n, sizeof *order, error));
    const enum status status = memory_array(&sorted, n, sizeof *sorted, error);
    for (int i = 0; status == STATUS_OK && i < data->n_cases; i++) {
        order[i] = i;
    }
    if (status == STATUS_OK) {
        qsort_r(order, n, sizeof *order, compare_cases, data);
        for (size_t i = 0; i < n; i++) {
            sorted[i] = data->cases[order[i]];
        }
        free(data->cases);
        data->cases = sorted;
    }
    free(order);
    return status;
}

static enum status find_namesakes(struct study_data *data, struct index_map *first,
                                  struct error *error)
{
    for (int c = 0; c < data->n_cases; c++) {
        struct hash128 key;
        TRY(hash_case(data, data->cases[c], "model", &key, error));
        const int before = index_map_find(first, key);
        if (before < 0) {
            TRY(index_map_put(first, key, c, error));
        } else {
            data->cases[c].has_namesake = data->cases[before].input != data->cases[c].input;
        }
    }
    return STATUS_OK;
}

/* Files of pairs go to a list of their own where there is a study that they can belong to. */
static enum status read_files(struct study_data *data, const char *const *paths, int n_paths,
                              struct error *error)
{
    int n_studies = 0;
    TRY(memory_array(&data->inputs, (size_t)n_paths, sizeof *data->inputs, error));
    TRY(memory_array(&data->pairs, (size_t)n_paths, sizeof *data->pairs, error));
    for (int i = 0; i < n_paths; i++) {
        data->n_inputs++;
        TRY(results_input_read(&data->inputs[i], paths[i], error));
        n_studies += !data->inputs[i].sweep.of_pairs;
    }
    const int n = n_studies > 0 ? data->n_inputs : 0;
    data->n_inputs -= n;
    for (int i = 0; i < n; i++) {
        const struct results_input input = data->inputs[i];
        if (input.sweep.of_pairs) {
            data->pairs[data->n_pairs++] = input;
        } else {
            data->inputs[data->n_inputs++] = input;
        }
    }
    return STATUS_OK;
}

static enum status read_all(struct study_data *data, const char *const *paths, int n_paths,
                            const double *epsilon, struct index_map maps[2], struct error *error)
{
    const bool any_epsilon = epsilon != NULL;
    size_t n_rows = 0;
    TRY(read_files(data, paths, n_paths, error));
    for (int i = 0; i < data->n_inputs; i++) {
        TRY(check_kind(
            &(struct two_inputs){&data->inputs[0], &data->inputs[i], any_epsilon, error}));
        data->seeds_differ |= data->inputs[i].sweep.seed != data->inputs[0].sweep.seed;
        n_rows += (size_t)data->inputs[i].sweep.n_cases;
    }
    const struct sweep *const first = &data->inputs[0].sweep;
    TRY(study_alphas_align(data, error));
    data->n_sets = first->n_ablations;
    data->epsilon = any_epsilon ? *epsilon : first->epsilon;
    memcpy(data->sets, first->ablations, sizeof data->sets);
    TRY(memory_array(&data->cases, n_rows, sizeof *data->cases, error));
    for (int i = 0; i < data->n_inputs; i++) {
        for (int row = 0; row < data->inputs[i].sweep.n_cases; row++) {
            TRY(add_case(data, &maps[0], (struct case_place){.input = i, .row = row}, error));
        }
    }
    TRY(sort_cases(data, error));
    return data->n_inputs > 1 ? find_namesakes(data, &maps[1], error) : STATUS_OK;
}

enum status study_data_read(struct study_data *data, const char *const *paths, int n_paths,
                            const double *epsilon, struct error *error)
{
    struct index_map maps[2] = {{0}}; /* cases by identity and by name */
    *data = (struct study_data){0};
    const enum status status = read_all(data, paths, n_paths, epsilon, maps, error);
    index_map_release(&maps[0]);
    index_map_release(&maps[1]);
    if (status != STATUS_OK) {
        study_data_release(data);
    }
    return status;
}

void study_data_release(struct study_data *data)
{
    for (int i = 0; i < data->n_inputs; i++) {
        results_input_release(&data->inputs[i]);
    }
    for (int i = 0; i < data->n_pairs; i++) {
        results_input_release(&data->pairs[i]);
    }
    free(data->pairs);
    free(data->inputs);
    free(data->cases);
    *data = (struct study_data){0};
}
