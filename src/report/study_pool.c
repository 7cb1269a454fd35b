/* Reading results files and putting their cases together. */
#include "core/axes.h"
#include "core/bits.h"
#include "core/memory.h"
#include "core/text.h"
#include "kernel/diagnostics/diagnostic.h"
#include "kernel/measures/measure.h"
#include "kernel/tasks/task.h"
#include "report/study_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHAT_SIZE = 256 };

/* ---- one file ---- */

static void release_input(struct results_input *input)
{
    for (int i = 0; i < input->n_columns; i++) {
        free(input->columns[i].values);
        free(input->columns[i].texts);
    }
    free(input->columns);
    free(input->path);
    free(input->hash);
    free(input->uuid);
    free(input->versions);
    free(input->revision);
    free(input->models_dir);
    free(input->study_dir);
    free(input->epochs);
    sweep_release(&input->sweep);
    *input = (struct results_input){0};
}

/* Several lines of valid UTF-8. */
static void clean_lines(char *text)
{
    for (char *line = text; line != NULL;) {
        char *const end = strchr(line, '\n');
        if (end != NULL) {
            *end = '\0';
        }
        text_clean(line);
        if (end != NULL) {
            *end = '\n';
        }
        line = end != NULL ? end + 1 : NULL;
    }
}

static enum status read_texts(struct results_input *input, const struct results *results,
                              struct error *error)
{
    TRY(results_read_attribute(results, "study_hash", &input->hash, error));
    TRY(results_read_attribute(results, "file_uuid", &input->uuid, error));
    TRY(results_read_attribute(results, "versions", &input->versions, error));
    TRY(results_read_attribute(results, "git_revision", &input->revision, error));
    TRY(results_read_attribute(results, "models_dir", &input->models_dir, error));
    TRY(results_read_attribute(results, "study_dir", &input->study_dir, error));
    text_clean(input->hash);
    text_clean(input->uuid);
    text_clean(input->revision);
    clean_lines(input->versions);
    return STATUS_OK;
}

static bool ends_with(const char *text, const char *ending)
{
    const size_t length = strlen(text);
    const size_t size = strlen(ending);
    return length >= size && strcmp(text + length - size, ending) == 0;
}

/* Everything of cases but their numbers and the checksums, which others look at. */
static bool is_wanted(const struct stored_variable *variable)
{
    return variable->axes[0] == &AXIS_CASE && !ends_with(variable->name, "checksum") &&
           strcmp(variable->name, AXIS_CASE.name) != 0;
}

static enum status read_column(struct results_input *input, const struct results *results,
                               const struct stored_variable *variable, struct error *error)
{
    struct study_column *const column = &input->columns[input->n_columns++];
    *column = (struct study_column){.type = variable->type, .lengths = {1, 1}};
    (void)snprintf(column->name, sizeof column->name, "%s", variable->name);
    for (int i = 1; i < variable->n_axes; i++) {
        column->axes[i - 1] = variable->axes[i];
        column->lengths[i - 1] = (size_t)results_length(results, variable->axes[i]->name);
    }
    return variable->type == VALUE_TEXT
               ? results_read_texts(results, column->name, &column->texts, &column->stride, error)
               : results_read_new(results, column->name, &column->values, error);
}

static int compare_columns(const void *a, const void *b)
{
    return strcmp(((const struct study_column *)a)->name, ((const struct study_column *)b)->name);
}

static enum status read_columns(struct results_input *input, const struct results *results,
                                struct error *error)
{
    struct stored_variable variable;
    int n = 0;
    while (results_variable(results, n, &variable)) {
        n++;
    }
    TRY(memory_array(&input->columns, (size_t)n, sizeof *input->columns, error));
    for (int i = 0; results_variable(results, i, &variable); i++) {
        if (is_wanted(&variable)) {
            TRY(read_column(input, results, &variable, error));
        }
    }
    qsort(input->columns, (size_t)input->n_columns, sizeof *input->columns, compare_columns);
    return STATUS_OK;
}

static const struct study_column *find(const struct results_input *input, const char *name)
{
    struct study_column key;
    (void)snprintf(key.name, sizeof key.name, "%s", name);
    return bsearch(&key, input->columns, (size_t)input->n_columns, sizeof *input->columns,
                   compare_columns);
}

static void find_jobs(struct results_input *input)
{
    static const char *const prefixes[2] = {"", "partition_"};
    for (int family = 0; family < 2; family++) {
        struct job_columns *const jobs = &input->jobs[family];
        const struct {
            const char *name;
            const struct study_column **column;
        } fields[] = {
            {"state", &jobs->state}, {"error", &jobs->error}, {"stabilizer", &jobs->stabilizer}};
        char name[VARIABLE_NAME_SIZE];
        for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
            (void)snprintf(name, sizeof name, "%s%s", prefixes[family], fields[i].name);
            *fields[i].column = find(input, name);
        }
        for (int i = 0; MEASURES[i] != NULL; i++) {
            (void)snprintf(name, sizeof name, "%s%s", prefixes[family], MEASURES[i]->variable.name);
            jobs->measures[i] = find(input, name);
        }
    }
}

static enum status read_open(struct results_input *input, const struct results *results,
                             struct error *error)
{
    input->schema = *results_schema(results);
    TRY(read_texts(input, results, error));
    TRY(results_read_sweep(results, &input->sweep, error));
    TRY(memory_array(&input->epochs, RESULTS_EPOCHS, sizeof *input->epochs, error));
    TRY(results_read_epochs(results, input->epochs, error));
    TRY(read_columns(input, results, error));
    find_jobs(input);
    return STATUS_OK;
}

static enum status read_input(struct results_input *input, const char *path, struct error *error)
{
    const struct schema schema = diagnostics_schema(NULL);
    struct results *results = NULL;
    struct error ignored;
    TRY(memory_string(&input->path, path, error));
    TRY(results_open(&results, path, RESULTS_READ, &schema, error));
    const enum status status = read_open(input, results, error);
    (void)!results_close(&results, &ignored);
    text_clean(input->path); /* from here on it is only shown */
    return status;
}

/* ---- of one kind ---- */

static enum status other_kind(const struct results_input *first, const struct results_input *other,
                              const char *what, struct error *error)
{
    return error_set(error, STATUS_MISMATCH, "%s: of another kind of study than %s: %s",
                     other->path, first->path, what);
}

static enum status check_number(const struct results_input *first,
                                const struct results_input *other, const char *name, double a,
                                double b, struct error *error)
{
    char what[WHAT_SIZE];
    (void)snprintf(what, sizeof what, "%.150s = %.15g, expected %.15g", name, b, a);
    return same_bits(a, b) ? STATUS_OK : other_kind(first, other, what, error);
}

/* Tasks of the same name; those that only one of the files has are no matter. */
static enum status check_task(const struct results_input *first, const struct results_input *other,
                              const struct task_spec *a, const struct task_spec *b,
                              struct error *error)
{
    const struct task_ops *const ops = a->path == NULL ? task_find(a->name) : NULL;
    char what[WHAT_SIZE];
    for (int i = 0; ops != NULL && i < ops->n_params; i++) {
        (void)snprintf(what, sizeof what, "tasks.%.100s.%s", a->name, ops->params[i].name);
        TRY(check_number(first, other, what, a->params[i], b->params[i], error));
    }
    (void)snprintf(what, sizeof what, "tasks.%.100s has other trials", a->name);
    return (a->path == NULL) == (b->path == NULL) && a->trials_hash == b->trials_hash
               ? STATUS_OK
               : other_kind(first, other, what, error);
}

static enum status check_tasks(const struct results_input *first, const struct results_input *other,
                               struct error *error)
{
    for (int i = 0; i < first->sweep.n_tasks; i++) {
        for (int k = 0; k < other->sweep.n_tasks; k++) {
            if (strcmp(first->sweep.tasks[i].name, other->sweep.tasks[k].name) == 0) {
                TRY(check_task(first, other, &first->sweep.tasks[i], &other->sweep.tasks[k],
                               error));
            }
        }
    }
    return STATUS_OK;
}

static bool same_grid(const struct sweep *a, const struct sweep *b)
{
    return a->n_alphas == b->n_alphas && a->n_ablations == b->n_ablations &&
           memcmp(a->alphas, b->alphas, (size_t)a->n_alphas * sizeof *a->alphas) == 0 &&
           memcmp(a->ablations, b->ablations, (size_t)a->n_ablations * sizeof a->ablations[0]) == 0;
}

static bool same_team(const struct team_spec *a, const struct team_spec *b)
{
    return a->from_hidden == b->from_hidden && a->n_rows == b->n_rows && a->n_cols == b->n_cols &&
           a->block == b->block;
}

/* The name, the shard and the seed of the held-out trials may differ, and whether there are
 * partitions or other diagnostics. */
static enum status check_kind(const struct results_input *first, const struct results_input *other,
                              struct error *error)
{
    const struct sweep *const a = &first->sweep;
    const struct sweep *const b = &other->sweep;
    if (!same_grid(a, b)) {
        return error_set(error, STATUS_MISMATCH, "%s: has other axes than %s", other->path,
                         first->path);
    }
    TRY(check_number(first, other, "epsilon", a->epsilon, b->epsilon, error));
    if (a->precision != b->precision) {
        return other_kind(first, other, "precision differs", error);
    }
    if (!same_team(&a->team, &b->team)) {
        return other_kind(first, other, "team differs", error);
    }
    return check_tasks(first, other, error);
}

/* ---- putting together ---- */

static const char *text_at(const struct study_data *data, struct case_place place, const char *name)
{
    const struct study_column *const column = find(&data->inputs[place.input], name);
    return column->texts + (size_t)place.row * column->stride;
}

/* The identity is a hash of all numbers of a model; its name may differ between studies. */
static bool same_case(const struct study_data *data, struct case_place a, struct case_place b)
{
    static const char *const names[] = {"model_identity", "task", "matrix"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text_at(data, a, names[i]), text_at(data, b, names[i])) != 0) {
            return false;
        }
    }
    return true;
}

/* Value (i, k) of a case's row. */
static const char *value_at(const struct study_column *column, int row, size_t i, size_t k)
{
    const size_t place = ((size_t)row * column->lengths[0] + i) * column->lengths[1] + k;
    return (const char *)column->values + place * value_size(column->type);
}

static bool same_value(const struct study_column *x, const char *a, const char *b)
{
    double real_a = 0.0;
    double real_b = 0.0;
    if (x->type != VALUE_F64) {
        return memcmp(a, b, value_size(x->type)) == 0;
    }
    memcpy(&real_a, a, sizeof real_a);
    memcpy(&real_b, b, sizeof real_b);
    return same_bits(real_a, real_b);
}

/* The same variable of a case in two files; `state` columns tell, place by place or for the whole
 * row, what is done: NULL when it is. One axis may be longer because of a wider model. */
struct column_pair {
    const struct study_column *x;
    const struct study_column *y;
    const struct study_column *x_state;
    const struct study_column *y_state;
    int x_row;
    int y_row;
};

static int state_at(const struct study_column *state, int row, size_t i, size_t k)
{
    return state == NULL ? JOB_PENDING : *(const uint8_t *)value_at(state, row, i, k);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Of jobs, every place has a state; of a diagnostic, the whole row has one. */
static bool pair_agrees(const struct column_pair *pair, bool of_jobs)
{
    for (size_t i = 0; i < smaller(pair->x->lengths[0], pair->y->lengths[0]); i++) {
        for (size_t k = 0; k < smaller(pair->x->lengths[1], pair->y->lengths[1]); k++) {
            const size_t si = of_jobs ? i : 0;
            const size_t sk = of_jobs ? k : 0;
            if (state_at(pair->x_state, pair->x_row, si, sk) == JOB_DONE &&
                state_at(pair->y_state, pair->y_row, si, sk) == JOB_DONE &&
                !same_value(pair->x, value_at(pair->x, pair->x_row, i, k),
                            value_at(pair->y, pair->y_row, i, k))) {
                return false;
            }
        }
    }
    return true;
}

static bool columns_agree(const struct results_input *x, int x_row, const struct results_input *y,
                          int y_row, const char *name, const char *state, bool of_jobs)
{
    const struct column_pair pair = {find(x, name),  find(y, name), find(x, state),
                                     find(y, state), x_row,         y_row};
    return pair.x == NULL || pair.y == NULL || pair_agrees(&pair, of_jobs);
}

static bool jobs_agree(const struct results_input *x, int x_row, const struct results_input *y,
                       int y_row)
{
    static const char *const prefixes[] = {"", "partition_"};
    for (int i = 0; i < x->schema.n_measures; i++) {
        for (int family = 0; family < 2; family++) {
            char name[VARIABLE_NAME_SIZE];
            char state[VARIABLE_NAME_SIZE];
            (void)snprintf(name, sizeof name, "%s%s", prefixes[family],
                           x->schema.measures[i]->name);
            (void)snprintf(state, sizeof state, "%sstate", prefixes[family]);
            if (!columns_agree(x, x_row, y, y_row, name, state, true)) {
                return false;
            }
        }
    }
    return true;
}

static bool records_agree(const struct results_input *x, int x_row, const struct results_input *y,
                          int y_row)
{
    for (int t = 0; t < x->schema.n_tables; t++) {
        const struct variable *const list = x->schema.tables[t].variables;
        char state[VARIABLE_NAME_SIZE];
        (void)snprintf(state, sizeof state, "%s_state", x->schema.tables[t].name);
        for (int i = 0; list[i].name != NULL; i++) {
            if (!variable_is_time(&list[i]) &&
                !columns_agree(x, x_row, y, y_row, list[i].name, state, false)) {
                return false;
            }
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
        for (size_t i = 0; ends_with(column->name, "state") && i < column->lengths[0]; i++) {
            for (size_t k = 0; k < column->lengths[1]; k++) {
                count += state_at(column, row, i, k) == state;
            }
        }
    }
    return count;
}

/* Whether b has more done than a, or as much and more failed instead of pending. */
static bool has_more(const struct results_input *a, int a_row, const struct results_input *b,
                     int b_row)
{
    const int done = count_states(b, b_row, JOB_DONE) - count_states(a, a_row, JOB_DONE);
    const int failed = count_states(b, b_row, JOB_FAILED) - count_states(a, a_row, JOB_FAILED);
    return done > 0 || (done == 0 && failed > 0);
}

static enum status add_case(struct study_data *data, struct case_place place, struct error *error)
{
    const struct results_input *const input = &data->inputs[place.input];
    for (int i = 0; i < data->n_cases; i++) {
        const struct case_place known = data->cases[i];
        const struct results_input *const other = &data->inputs[known.input];
        if (known.input == place.input || !same_case(data, known, place)) {
            continue;
        }
        if (!jobs_agree(other, known.row, input, place.row) ||
            !records_agree(other, known.row, input, place.row)) {
            return error_set(error, STATUS_MISMATCH,
                             "%s: model '%s' on task '%s' has other values than in %s", input->path,
                             text_at(data, place, "model"), text_at(data, place, "task"),
                             other->path);
        }
        data->n_duplicates++;
        data->cases[i] = has_more(other, known.row, input, place.row) ? place : known;
        return STATUS_OK;
    }
    data->cases[data->n_cases++] = place;
    return STATUS_OK;
}

static enum status pool_cases(struct study_data *data, struct error *error)
{
    size_t n_rows = 0;
    for (int s = 0; s < data->n_inputs; s++) {
        n_rows += (size_t)data->inputs[s].sweep.n_cases;
    }
    TRY(memory_array(&data->cases, n_rows, sizeof *data->cases, error));
    for (int s = 0; s < data->n_inputs; s++) {
        for (int row = 0; row < data->inputs[s].sweep.n_cases; row++) {
            TRY(add_case(data, (struct case_place){s, row}, error));
        }
    }
    return STATUS_OK;
}

static enum status read_all(struct study_data *data, char *const *paths, int n_paths,
                            struct error *error)
{
    TRY(memory_array(&data->inputs, (size_t)n_paths, sizeof *data->inputs, error));
    for (int i = 0; i < n_paths; i++) {
        data->n_inputs++;
        TRY(read_input(&data->inputs[i], paths[i], error));
        TRY(check_kind(&data->inputs[0], &data->inputs[i], error));
        data->seeds_differ |= data->inputs[i].sweep.seed != data->inputs[0].sweep.seed;
    }
    const struct sweep *const first = &data->inputs[0].sweep;
    data->n_alphas = first->n_alphas;
    data->alphas = first->alphas;
    data->n_sets = first->n_ablations;
    data->epsilon = first->epsilon;
    memcpy(data->sets, first->ablations, sizeof data->sets);
    return pool_cases(data, error);
}

enum status study_data_read(struct study_data *data, char *const *paths, int n_paths,
                            struct error *error)
{
    *data = (struct study_data){0};
    const enum status status = read_all(data, paths, n_paths, error);
    if (status != STATUS_OK) {
        study_data_release(data);
    }
    return status;
}

void study_data_release(struct study_data *data)
{
    for (int i = 0; i < data->n_inputs; i++) {
        release_input(&data->inputs[i]);
    }
    free(data->inputs);
    free(data->cases);
    *data = (struct study_data){0};
}
