#include "core/memory.h"
#include "core/text.h"
#include "store/format3.h"
#include "store/h5.h"
#include "store/results_internal.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- writing ---- */

bool results_write_study(hid_t file, const struct sweep *sweep)
{
    const struct team_spec *const team = &sweep->team;
    const int32_t grid[] = {team->n_ranks, team->from_hidden, team->n_rows, team->n_cols,
                            team->block};
    return (!sweep->of_pairs || h5_write_text(file, RESULTS_SOURCES, sweep->sources)) &&
           h5_write_text(file, "study", sweep->name) &&
           h5_write_text(file, "study_canonical", sweep->canonical) &&
           h5_write_number(file, "seed", H5T_STD_I64LE, &sweep->seed) &&
           h5_write_number(file, "epsilon", H5T_IEEE_F64LE, &sweep->epsilon) &&
           h5_write_text(file, "precision", precision_name(sweep->precision)) &&
           h5_write_number(file, "screen", H5T_STD_U8LE, &(uint8_t){sweep->screen ? 1 : 0}) &&
           h5_write_text(file, "gauss_newton", GAUSS_NEWTON_NAMES[sweep->gauss_newton]) &&
           h5_write_numbers(file, "team", H5T_NATIVE_INT32, sizeof grid / sizeof grid[0], grid) &&
           results_write_tasks(file, sweep) && results_write_oods(file, sweep);
}

/* ---- reading ---- */

/* Which matrices of its cell a case took apart. */
static enum status read_matrix(const struct results *results, int index, const char *cell,
                               const char *matrix, struct sweep *sweep, struct error *error)
{
    struct case_spec *const spec = &sweep->cases[index];
    enum cell_kind *const kind = &sweep->models[index].cell.kind;
    sweep->models[index].cell = CELL_DEFAULT;
    if (!cell_kind_from_name(cell, kind) || !gate_set_from_name(*kind, matrix, &spec->form.gates)) {
        return error_set(error, STATUS_DAMAGED,
                         "%s: case %d is of matrix '%s' of cell '%s', expected " CELL_KIND_NAMES
                         " and its matrices",
                         results->path, index, matrix, cell);
    }
    return memory_string(&spec->matrix, matrix, error);
}

static enum status read_matrices(const struct results *results, struct sweep *sweep,
                                 struct error *error)
{
    char *cells = NULL;
    char *matrices = NULL;
    char *orders = NULL;
    int32_t *gauge = NULL;
    size_t strides[3] = {0};
    enum status status = results_read_texts(results, "cell", &cells, &strides[0], error);
    THEN(status, results_read_texts(results, "matrix", &matrices, &strides[1], error));
    THEN(status, results_read_texts(results, "order", &orders, &strides[2], error));
    THEN(status, results_read_new(results, "gauge", &gauge, error));
    for (int i = 0; i < sweep->n_cases && status == STATUS_OK; i++) {
        status = read_matrix(results, i, cells + (size_t)i * strides[0],
                             matrices + (size_t)i * strides[1], sweep, error);
        sweep->cases[i].form.gauge = gauge[i];
        if (status == STATUS_OK &&
            !mode_order_from_name(orders + (size_t)i * strides[2], &sweep->cases[i].form.order)) {
            status =
                results_damaged(results->path, "order", "is none of step and recurrent", error);
        }
    }
    free(cells);
    free(matrices);
    free(orders);
    free(gauge);
    return status;
}

/* What else a file tells of a cell; the first files of format 4 have no leak. */
static enum status read_cells(const struct results *results, struct sweep *sweep,
                              struct error *error)
{
    char *activations = NULL;
    char *forms = NULL;
    double *leaks = NULL;
    size_t strides[2] = {0};
    enum status status =
        results_read_texts(results, "activation", &activations, &strides[0], error);
    THEN(status, results_read_texts(results, "leak_form", &forms, &strides[1], error));
    THEN(status, results_read_new(results, "leak", &leaks, error));
    const bool has_leak = layout_find(&results->layout, "leak")->id > 0;
    for (int i = 0; i < sweep->n_cases && status == STATUS_OK; i++) {
        struct cell *const cell = &sweep->models[i].cell;
        cell->leak = has_leak ? leaks[i] : CELL_DEFAULT.leak;
        if (!activation_from_name(activations + (size_t)i * strides[0], &cell->activation) ||
            !leak_form_from_name(forms + (size_t)i * strides[1], &cell->leak_form)) {
            status = results_damaged(results->path, "activation", "or leak_form has no known name",
                                     error);
        }
    }
    free(activations);
    free(forms);
    free(leaks);
    return status;
}

static enum status read_labels(const struct results *results, struct sweep *sweep,
                               struct error *error)
{
    static const char *const names[] = {"model",          "task",    "construction",
                                        "model_identity", "model_2", "model_identity_2"};
    enum { N_NAMES = sizeof names / sizeof names[0], N_ALONE = 4 };
    const int n = sweep->of_pairs ? N_NAMES : N_ALONE;
    char *texts[N_NAMES] = {NULL};
    size_t strides[N_NAMES] = {0};
    enum status status = STATUS_OK;
    for (int k = 0; k < n && status == STATUS_OK; k++) {
        status = results_read_texts(results, names[k], &texts[k], &strides[k], error);
    }
    for (int i = 0; i < sweep->n_cases && status == STATUS_OK; i++) {
        struct model_spec *const model = &sweep->models[i];
        struct model_spec *const partner = &sweep->models[sweep->cases[i].partner];
        char **const to[N_NAMES] = {&model->label,        &sweep->cases[i].task_label,
                                    &model->construction, &model->identity,
                                    &partner->label,      &partner->identity};
        for (int k = 0; k < n && status == STATUS_OK; k++) {
            status = memory_string(to[k], texts[k] + (size_t)i * strides[k], error);
        }
    }
    for (int k = 0; k < n; k++) {
        free(texts[k]);
    }
    return status;
}

static enum status read_partners(const struct results *results, struct sweep *sweep,
                                 struct error *error)
{
    int64_t *seeds = NULL;
    int64_t *hashes = NULL;
    enum status status = results_read_new(results, "seed_2", &seeds, error);
    THEN(status, results_read_new(results, "inputs_hash", &hashes, error));
    for (int i = 0; i < sweep->n_cases && status == STATUS_OK; i++) {
        sweep->models[sweep->cases[i].partner].seed = seeds[i];
        sweep->cases[i].inputs_hash = (uint64_t)hashes[i];
    }
    free(seeds);
    free(hashes);
    return status;
}

static enum status read_numbers(const struct results *results, struct sweep *sweep,
                                struct error *error)
{
    const int64_t n_modes = results_length(results, "mode");
    int32_t *hidden = NULL;
    int64_t *seeds = NULL;
    enum status status = results_read_new(results, "hidden", &hidden, error);
    THEN(status, results_read_new(results, "seed", &seeds, error));
    for (int i = 0; i < sweep->n_cases && status == STATUS_OK; i++) {
        sweep->models[i].n_hidden = hidden[i];
        sweep->models[i].seed = seeds[i];
        if (hidden[i] < 1 || (n_modes > 0 && hidden[i] > n_modes)) {
            status =
                error_set(error, STATUS_DAMAGED, "%s: hidden is %d in case %d, expected 1 to %lld",
                          results->path, hidden[i], i, (long long)n_modes);
        }
    }
    free(hidden);
    free(seeds);
    return status;
}

static enum status read_ablations(const struct results *results, struct sweep *sweep,
                                  struct error *error)
{
    char *texts = NULL;
    size_t stride = 0;
    const int64_t n = results_length(results, "ablation");
    if (sweep->of_pairs) {
        return STATUS_OK;
    }
    if (n < 1 || n > ABLATION_SET_COUNT) {
        return error_set(error, STATUS_DAMAGED, "%s: %lld ablation sets, expected 1 to %d",
                         results->path, (long long)n, ABLATION_SET_COUNT);
    }
    TRY(results_read_texts(results, "ablation", &texts, &stride, error));
    enum status status = STATUS_OK;
    for (int i = 0; i < (int)n && status == STATUS_OK; i++) {
        const char *const name = texts + (size_t)i * stride;
        if (!ablation_from_name(name, &sweep->ablations[i]) ||
            (i == 0) != (sweep->ablations[i] == ABLATION_NONE)) {
            status = error_set(error, STATUS_DAMAGED, "%s: ablation set %d is '%s', expected %s",
                               results->path, i, name, i == 0 ? "none" : "a set of couplings");
        }
    }
    free(texts);
    sweep->n_ablations = (int)n;
    return status;
}

static enum status read_grid(const struct results *results, struct sweep *sweep,
                             struct error *error)
{
    if (!sweep->of_pairs) {
        TRY(results_read_new(results, "alpha", &sweep->alphas, error));
    }
    sweep->n_alphas = (int)results_length(results, "alpha");
    sweep->n_partitions = (int)results_length(results, "partition");
    TRY(read_ablations(results, sweep, error));
    const struct schema *const schema = results_schema(results);
    TRY(memory_array(&sweep->diagnostics, (size_t)schema->n_tables, sizeof *sweep->diagnostics,
                     error));
    for (int t = 0; t < schema->n_tables; t++) {
        struct diagnostic_spec *const spec = &sweep->diagnostics[t];
        const hid_t state = layout_table_field(&results->layout, t, TABLE_STATE)->id;
        TRY(memory_string(&spec->name, schema->tables[t].name, error));
        sweep->n_diagnostics++;
        for (int i = 0; i < schema->tables[t].n_params; i++) {
            if (!h5_read_real_attribute(state, schema->tables[t].params[i].name,
                                        &spec->params[i])) {
                return results_damaged(results->path, schema->tables[t].params[i].name,
                                       "is missing or no number", error);
            }
        }
        const int refused =
            params_refused(schema->tables[t].params, spec->params, schema->tables[t].n_params);
        if (refused >= 0) {
            return results_damaged(results->path, schema->tables[t].params[refused].name,
                                   "is no value that it may have", error);
        }
    }
    return STATUS_OK;
}

static enum status read_head(const struct results *results, struct sweep *sweep,
                             struct error *error)
{
    char *name = NULL;
    TRY(results_read_attribute(results, "study", &sweep->name, error));
    TRY(results_read_attribute(results, "study_canonical", &sweep->canonical, error));
    if (sweep->of_pairs) {
        TRY(results_read_attribute(results, RESULTS_SOURCES, &sweep->sources, error));
    }
    text_clean(sweep->name);
    if (H5Aexists(results->file, "seed") <= 0 ||
        h5_read_integer_attribute(results->file, results->path, "seed", &sweep->seed, error) !=
            STATUS_OK) {
        return results_damaged(results->path, "seed", "is missing or no integer", error);
    }
    TRY(results_read_number(results, "epsilon", &sweep->epsilon, error));
    TRY(results_read_attribute(results, "isa", &name, error));
    if (!isa_from_name(name, &sweep->isa)) { /* of another build: values can be read all the same */
        sweep->isa = ISA_UNKNOWN;
    }
    free(name);
    return STATUS_OK;
}

/* Files from before there was a choice have none. */
static enum status read_choice(const struct results *results, struct sweep *sweep,
                               struct error *error)
{
    char *name = NULL;
    int64_t screen = 0;
    int choice = GAUSS_NEWTON_BY_PRICE;
    if (H5Aexists(results->file, "gauss_newton") <= 0) {
        return STATUS_OK;
    }
    TRY(h5_read_integer_attribute(results->file, results->path, "screen", &screen, error));
    sweep->screen = screen != 0;
    TRY(results_read_attribute(results, "gauss_newton", &name, error));
    while (choice < GAUSS_NEWTON_CHOICES && strcmp(name, GAUSS_NEWTON_NAMES[choice]) != 0) {
        choice++;
    }
    free(name);
    if (choice == GAUSS_NEWTON_CHOICES) {
        return results_damaged(results->path, "gauss_newton", "has no value that is known", error);
    }
    sweep->gauss_newton = (enum gauss_newton_choice)choice;
    return STATUS_OK;
}

static enum status read_numerics(const struct results *results, struct sweep *sweep,
                                 struct error *error)
{
    int32_t grid[5] = {0};
    char *name = NULL;
    TRY(results_read_attribute(results, "precision", &name, error));
    sweep->precision = strcmp(name, precision_name(PRECISION_FLOAT32)) == 0 ? PRECISION_FLOAT32
                                                                            : PRECISION_FLOAT64;
    free(name);
    TRY(read_choice(results, sweep, error));
    if (!h5_read_numbers(results->file, "team", H5T_NATIVE_INT32, 5, grid)) {
        return results_damaged(results->path, "team", "is missing", error);
    }
    sweep->team = (struct team_spec){.n_ranks = grid[0],
                                     .from_hidden = grid[1],
                                     .n_rows = grid[2],
                                     .n_cols = grid[3],
                                     .block = grid[4]};
    return STATUS_OK;
}

/* Records are as long as the sweep says, arrays as the file has them. */
static enum status check_lengths(const struct results *results, const struct sweep *sweep,
                                 struct error *error)
{
    const struct layout *const layout = &results->layout;
    for (int i = 0; i < layout->n_axes; i++) {
        if (layout->lengths[i] != (hsize_t)layout->axes[i]->length(sweep)) {
            return error_set(error, STATUS_DAMAGED, "%s: axis %s has length %llu, expected %lld",
                             results->path, layout->axes[i]->name,
                             (unsigned long long)layout->lengths[i],
                             (long long)layout->axes[i]->length(sweep));
        }
    }
    return sweep->n_partitions == 0 || sweep->n_partitions == sweep_max_modes(sweep)
               ? STATUS_OK
               : results_damaged(results->path, "partition", "is not as long as the widest case",
                                 error);
}

static enum status read_sweep(const struct results *results, struct sweep *sweep,
                              struct error *error)
{
    const bool is_old = results->version == RESULTS_FORMAT_OLDEST;
    sweep->of_pairs = results_schema(results)->of_pairs;
    TRY(read_head(results, sweep, error));
    if (is_old) {
        format3_read_numerics(sweep);
    } else {
        TRY(read_numerics(results, sweep, error));
    }
    const struct team_spec *const team = &sweep->team;
    const bool is_grid = team->n_rows > 0 && team->n_cols > 0 && team->block > 0 &&
                         (int64_t)team->n_rows * team->n_cols == team->n_ranks;
    if (team->n_ranks != 0 && !is_grid) {
        return results_damaged(results->path, "team", "is no grid of ranks", error);
    }
    TRY(is_old ? format3_read_tasks(results, sweep, error)
               : results_read_tasks(results, sweep, error));
    TRY(read_labels(results, sweep, error));
    TRY(read_matrices(results, sweep, error));
    TRY(read_cells(results, sweep, error));
    TRY(read_numbers(results, sweep, error));
    if (sweep->of_pairs) {
        TRY(read_partners(results, sweep, error));
    }
    /* A shard is as wide as its study, of which it may lack the widest model: one without a case
     * stands for that. */
    const int n_modes = (int)results_length(results, "mode");
    if (n_modes > sweep_max_modes(sweep)) {
        sweep->models[sweep->n_models++].n_hidden = n_modes;
    }
    TRY(results_read_oods(results, sweep, error));
    TRY(read_grid(results, sweep, error));
    return check_lengths(results, sweep, error);
}

enum status results_read_sweep(const struct results *results, struct sweep *sweep,
                               struct error *error)
{
    *sweep = (struct sweep){0};
    TRY(memory_string(&sweep->output, results->path, error));
    const enum status status = read_sweep(results, sweep, error);
    if (status != STATUS_OK) {
        sweep_release(sweep);
    }
    return status;
}
