#include "cases/team_case.h"

#include "cases/case_input.h"
#include "cases/keep_schur.h"
#include "core/array.h"
#include "core/memory.h"
#include "core/schur_dir.h"
#include "core/text.h"
#include "store/model_file.h"
#include "store/weight_blocks.h"
#include "team/team_form.h"

#include <stdio.h>
#include <stdlib.h>

enum { NO_CASE = -1 };

struct hashed_rows {
    struct hasher *hasher;
    size_t n;
};

static void release_model(struct team_case *self)
{
    experiment_forget(&self->base);
    team_rollout_release(&self->part);
    team_source_release(&self->whole);
    ablation_plan_release(&self->plan);
    team_ablation_release(&self->ablation);
    for (int i = 0; i < self->n_matrices; i++) {
        team_schur_release(&self->schur[i]);
        block_cyclic_release(&self->weights[i]);
    }
    network_release(&self->network);
    self->opened = NO_CASE;
}

/* Every rank reads its own blocks. */
static enum status read_blocks(struct team_case *self, const char *path, struct error *error)
{
    struct weight_blocks blocks;
    const struct process_grid *const grid = &self->team->grid;
    const enum status opened =
        weight_blocks_open(&blocks, path, self->network.cell.kind, self->network.matrix, error);
    enum status status = grid_agree(grid, opened, error);
    THEN(status, matrix_read(&self->weights[0], weight_blocks_read, &blocks, error));
    if (opened == STATUS_OK) {
        weight_blocks_close(&blocks);
    }
    return status;
}

static void hash_rows(void *sink, int first, int count, const double *rows)
{
    const struct hashed_rows *const hashed = sink;
    (void)first;
    hasher_doubles(hashed->hasher, rows, (size_t)count * hashed->n);
}

/* The root compares what the ranks have read with what the study saw. */
static enum status check_weights(struct team_case *self, const struct model_spec *model,
                                 struct error *error)
{
    const struct process_grid *const grid = &self->team->grid;
    const bool is_root = grid->rank == GRID_ROOT;
    struct hashed_rows hashed = {.n = (size_t)model->n_hidden};
    enum status status =
        is_root ? network_hash_begin(&self->network, &hashed.hasher, error) : STATUS_OK;
    TRY(grid_agree(grid, status, error));
    status = matrix_spread(&self->weights[0], is_root ? hash_rows : NULL, &hashed, error);
    if (is_root) {
        self->base.weights_hash = network_hash_end(&self->network, &hashed.hasher);
    }
    if (is_root && status == STATUS_OK) {
        status = case_check_model(model, self->base.weights_hash, &self->base.training, error);
    }
    return grid_agree(grid, status, error);
}

static void list_gates(struct team_case *self, gate_set gates)
{
    self->n_matrices = 0;
    for (int gate = 0; gate < CELL_MAX_GATES; gate++) {
        if ((gates >> gate & 1) != 0) {
            self->gates[self->n_matrices++] = gate;
        }
    }
}

/* The matrices beside weight_hh, which every rank has. */
static enum status share_others(struct team_case *self, struct error *error)
{
    const int n = self->network.n_hidden;
    for (int i = 1; i < self->n_matrices; i++) {
        struct block_cyclic *const shared = &self->weights[i];
        const double *const whole = network_gate(&self->network, self->gates[i]);
        TRY(block_cyclic_create(shared, &self->team->grid, n, self->sweep->team.block, error));
        for (int col = 0; col < shared->n_local_cols; col++) {
            for (int row = 0; row < shared->n_local_rows; row++) {
                *block_cyclic_local(shared, row, col) = whole[row_major(
                    block_cyclic_row(shared, row), block_cyclic_col(shared, col), n)];
            }
        }
    }
    return STATUS_OK;
}

static enum status find_forms(struct team_case *self, double leak, struct error *error)
{
    self->base.route = SCHUR_ROUTE_LOCAL;
    for (int i = 0; i < self->n_matrices; i++) {
        TRY(team_schur_compute(&self->schur[i], &self->weights[i], leak, error));
        self->base.route =
            self->schur[i].route > self->base.route ? self->schur[i].route : self->base.route;
    }
    return STATUS_OK;
}

static enum status load(struct team_case *self, const struct case_spec *spec, struct error *error)
{
    const struct model_spec *const model = &self->sweep->models[spec->model];
    const struct process_grid *const grid = &self->team->grid;
    struct model_labels labels;
    list_gates(self, spec->form.gates);
    enum status status =
        model_file_read_rest(model->path, self->gates[0], &self->network, &labels, error);
    if (status == STATUS_OK && self->network.n_hidden != model->n_hidden) {
        status = error_set(error, STATUS_JOB_MODEL, "%s: content has changed since the study began",
                           model->path);
    }
    TRY(grid_agree(grid, case_as_job_failure(status), error));
    TRY(block_cyclic_create(&self->weights[0], grid, model->n_hidden, self->sweep->team.block,
                            error));
    TRY(read_blocks(self, model->path, error));
    TRY(check_weights(self, model, error));
    const double leak = spec->form.order == ORDER_STEP ? self->network.cell.leak : 1.0;
    TRY(team_change_form(&self->network, &self->weights[0], spec->form.gauge, error));
    TRY(share_others(self, error));
    TRY(find_forms(self, leak, error));
    TRY(team_ablation_create(&self->ablation, self->schur, self->n_matrices, error));
    TRY(team_nonnormality(&self->ablation, &self->base.nonnormality, error));
    return team_ablation_plan(&self->plan, &self->ablation, &self->grid, error);
}

/* The file of a form that is not the model's usual one is named after what it is. */
static enum status keep_one(const struct team_case *self, const struct case_spec *spec, int matrix,
                            struct error *error)
{
    const struct model_spec *const model = &self->sweep->models[spec->model];
    const gate_set gates = 1u << self->gates[matrix];
    const bool is_usual = gates == cell_candidate(model->cell.kind) &&
                          spec->form.gauge == cell_gauge(&model->cell) &&
                          spec->form.order == ORDER_STEP;
    char folder[SCHUR_DIR_PATH];
    char path[SCHUR_DIR_PATH];
    char name[GATE_SET_NAME_SIZE];
    char identity[GATE_SET_NAME_SIZE + 64];
    if (is_usual) {
        (void)snprintf(identity, sizeof identity, "%s", model->identity);
    } else {
        (void)snprintf(identity, sizeof identity, "%s-%s-gauge%d-%s", model->identity,
                       gate_set_name(model->cell.kind, gates, name), spec->form.gauge,
                       mode_order_name(spec->form.order));
    }
    TRY(schur_dir_folder(self->sweep->output, folder, error));
    TRY(schur_dir_file(folder, model->label, identity, path, error));
    enum status status = self->base.is_root ? path_make_folder(folder, error) : STATUS_OK;
    status = grid_agree(&self->team->grid, status, error);
    THEN(status, keep_schur(path, &self->schur[matrix], model->label, self->versions, error));
    return status == STATUS_OUTPUT_TAKEN ? STATUS_OK : status;
}

static enum status keep(const struct team_case *self, const struct case_spec *spec,
                        struct error *error)
{
    for (int i = 0; i < self->n_matrices && self->sweep->team.keep_schur; i++) {
        TRY(keep_one(self, spec, i, error));
    }
    return STATUS_OK;
}

static enum status open_model(struct experiment *experiment, int case_index, struct error *error)
{
    struct team_case *const self = (struct team_case *)experiment;
    const struct case_spec *const spec = &self->sweep->cases[case_index];
    if (self->opened != NO_CASE && case_shares_form(spec, &self->sweep->cases[self->opened])) {
        return STATUS_OK;
    }
    release_model(self);
    enum status status = case_as_job_failure(load(self, spec, error));
    THEN(status, experiment_go_on(experiment, error));
    THEN(status, keep(self, spec, error));
    if (status != STATUS_OK) {
        release_model(self);
        return status;
    }
    self->opened = case_index;
    experiment->network = &self->network;
    experiment->gates = spec->form.gates;
    experiment->form = self->ablation.form;
    experiment->plan = &self->plan;
    return STATUS_OK;
}

static enum status open_trials(struct experiment *experiment, int case_index, struct error *error)
{
    struct team_case *const self = (struct team_case *)experiment;
    team_rollout_release(&self->part);
    experiment->changed = case_changes(self->sweep, &self->sweep->cases[case_index]);
    return team_rollout_create(&self->part, self, case_index, error);
}

static enum status measure(struct experiment *experiment, const struct removal *removals, int count,
                           struct job_result *results, struct error *error)
{
    return team_rollout_run(&((struct team_case *)experiment)->part, removals, count, results,
                            error);
}

static enum status measure_weights(struct experiment *experiment, const double *weights,
                                   double removed_mass, struct job_result *result,
                                   struct error *error)
{
    return team_rollout_weights(&((struct team_case *)experiment)->part, weights, removed_mass,
                                result, error);
}

static enum status source(struct experiment *experiment, struct gauss_newton_source *source,
                          struct error *error)
{
    return team_source_get((struct team_case *)experiment, source, error);
}

static enum status add_up(const struct experiment *experiment, double *values, size_t count,
                          struct error *error)
{
    const struct process_grid *const grid = &((const struct team_case *)experiment)->team->grid;
    return grid_sum_array(grid, values, count, error);
}

static enum status agree(const struct experiment *experiment, enum status mine, struct error *error)
{
    return grid_agree(&((const struct team_case *)experiment)->team->grid, mine, error);
}

static void destroy(struct experiment *experiment)
{
    release_model((struct team_case *)experiment);
    free(experiment);
}

static const struct experiment_ops TEAM_OPS = {.open_model = open_model,
                                               .open_trials = open_trials,
                                               .measure = measure,
                                               .measure_weights = measure_weights,
                                               .source = source,
                                               .add_up = add_up,
                                               .agree = agree,
                                               .destroy = destroy};

enum status cases_of_team(struct experiment **out, const struct sweep *sweep,
                          const struct team *team, const char *versions, struct error *error)
{
    struct team_case *made = NULL;
    TRY(memory_array(&made, 1, sizeof *made, error));
    *made = (struct team_case){.base = {.ops = &TEAM_OPS,
                                        .is_root = team->grid.rank == GRID_ROOT,
                                        .n_at_once = 1,
                                        .epsilon = sweep->epsilon,
                                        .choice = sweep->gauss_newton},
                               .sweep = sweep,
                               .team = team,
                               .versions = versions,
                               .grid = case_grid(sweep),
                               .opened = NO_CASE};
    *out = &made->base;
    return STATUS_OK;
}
