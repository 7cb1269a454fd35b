#include "cases/team_case.h"

#include "cases/case_input.h"
#include "cases/keep_schur.h"
#include "core/memory.h"
#include "core/schur_dir.h"
#include "store/model_file.h"
#include "store/weight_blocks.h"
#include "team/matrix_move.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NO_MODEL = -1 };

struct hashed_rows {
    struct hasher *hasher;
    size_t n;
};

static void release_model(struct team_case *shared)
{
    team_rollout_release(&shared->part);
    ablation_plan_release(&shared->plan);
    team_ablation_release(&shared->ablation);
    team_schur_release(&shared->schur);
    block_cyclic_release(&shared->weights);
    network_release(&shared->network);
    shared->model = NO_MODEL;
}

static enum status read_rest(struct team_case *shared, const struct model_spec *model,
                             struct error *error)
{
    struct model_labels labels;
    TRY(model_file_read_rest(model->path, &shared->network, &labels, error));
    return shared->network.n_hidden == model->n_hidden
               ? STATUS_OK
               : error_set(error, STATUS_JOB_MODEL, "%s: content has changed since the study began",
                           model->path);
}

/* Every rank reads its own blocks. */
static enum status read_blocks(struct team_case *shared, const char *path, struct error *error)
{
    struct weight_blocks blocks;
    const struct process_grid *const grid = &shared->team->grid;
    const enum status opened = weight_blocks_open(&blocks, path, error);
    enum status status = grid_agree(grid, opened, error);
    THEN(status, matrix_read(&shared->weights, weight_blocks_read, &blocks, error));
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
static enum status check_weights(struct team_case *shared, const struct model_spec *model,
                                 struct error *error)
{
    const struct process_grid *const grid = &shared->team->grid;
    const bool is_root = grid->rank == GRID_ROOT;
    struct hashed_rows hashed = {.n = (size_t)model->n_hidden};
    enum status status =
        is_root ? network_hash_begin(&shared->network, &hashed.hasher, error) : STATUS_OK;
    TRY(grid_agree(grid, status, error));
    status = matrix_spread(&shared->weights, is_root ? hash_rows : NULL, &hashed, error);
    if (is_root) {
        shared->base.weights_hash = network_hash_end(&shared->network, &hashed.hasher);
    }
    if (is_root && status == STATUS_OK) {
        status = case_check_model(model, shared->base.weights_hash, &shared->base.training, error);
    }
    return grid_agree(grid, status, error);
}

static enum status decompose(struct team_case *shared, struct error *error)
{
    TRY(team_schur_compute(&shared->schur, &shared->weights, error));
    TRY(team_ablation_create(&shared->ablation, &shared->schur, error));
    TRY(team_nonnormality(&shared->ablation, &shared->base.nonnormality, error));
    shared->base.route = shared->schur.route;
    return team_ablation_plan(&shared->plan, &shared->ablation, &shared->grid, error);
}

static enum status load(struct team_case *shared, const struct model_spec *model,
                        struct error *error)
{
    const struct process_grid *const grid = &shared->team->grid;
    TRY(grid_agree(grid, case_as_job_failure(read_rest(shared, model, error)), error));
    TRY(block_cyclic_create(&shared->weights, grid, model->n_hidden, shared->sweep->team.block,
                            error));
    TRY(read_blocks(shared, model->path, error));
    TRY(check_weights(shared, model, error));
    return decompose(shared, error);
}

/* ---- kept Schur forms ---- */

static enum status make_folder(const struct team_case *shared, const char *folder,
                               struct error *error)
{
    if (shared->team->grid.rank == GRID_ROOT && mkdir(folder, 0777) != 0 && errno != EEXIST) {
        return error_set(error, STATUS_IO, "%s: cannot make the folder: %s", folder,
                         strerror(errno));
    }
    return STATUS_OK;
}

static enum status keep(const struct team_case *shared, const struct model_spec *model,
                        struct error *error)
{
    char folder[SCHUR_DIR_PATH];
    char path[SCHUR_DIR_PATH];
    if (!shared->sweep->team.keep_schur) {
        return STATUS_OK;
    }
    TRY(schur_dir_folder(shared->sweep->output, folder, error));
    TRY(schur_dir_file(folder, model->label, model->identity, path, error));
    TRY(grid_agree(&shared->team->grid, make_folder(shared, folder, error), error));
    const enum status status =
        keep_schur(path, &shared->schur, model->label, shared->versions, error);
    return status == STATUS_OUTPUT_TAKEN ? STATUS_OK : status;
}

/* ---- experiment ---- */

static enum status load_and_keep(struct team_case *shared, const struct model_spec *model,
                                 struct error *error)
{
    TRY(case_as_job_failure(load(shared, model, error)));
    TRY(experiment_go_on(&shared->base, error));
    return keep(shared, model, error);
}

static enum status open_model(struct experiment *experiment, int case_index, struct error *error)
{
    struct team_case *const shared = (struct team_case *)experiment;
    const int model = shared->sweep->cases[case_index].model;
    if (shared->model == model) {
        return STATUS_OK;
    }
    release_model(shared);
    const enum status status = load_and_keep(shared, &shared->sweep->models[model], error);
    if (status != STATUS_OK) {
        release_model(shared);
        return status;
    }
    shared->model = model;
    experiment->network = &shared->network;
    experiment->form = &shared->schur.form;
    experiment->plan = &shared->plan;
    return STATUS_OK;
}

static enum status open_trials(struct experiment *experiment, int case_index, struct error *error)
{
    struct team_case *const shared = (struct team_case *)experiment;
    team_rollout_release(&shared->part);
    return team_rollout_create(&shared->part, shared, case_index, error);
}

static enum status measure(struct experiment *experiment, const struct removal *removals, int count,
                           struct job_result *results, struct error *error)
{
    return team_rollout_run(&((struct team_case *)experiment)->part, removals, count, results,
                            error);
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
                                        .epsilon = sweep->epsilon},
                               .sweep = sweep,
                               .team = team,
                               .versions = versions,
                               .grid = case_grid(sweep),
                               .model = NO_MODEL};
    *out = &made->base;
    return STATUS_OK;
}
