#include "worker/team_case.h"

#include "core/memory.h"
#include "distributed/matrix_move.h"
#include "store/model_file.h"
#include "store/weight_blocks.h"
#include "worker/case_input.h"
#include "worker/keep_schur.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NO_MODEL = -1 };

enum status team_case_create(struct team_case **out, const struct sweep *sweep,
                             const struct team *team, const char *versions, struct error *error)
{
    TRY(memory_array(out, 1, sizeof **out, error));
    (*out)->versions = versions;
    (*out)->sweep = sweep;
    (*out)->team = team;
    (*out)->model = NO_MODEL;
    (*out)->grid = (struct ablation_grid){.alphas = sweep->alphas,
                                          .n_alphas = sweep->n_alphas,
                                          .n_partitions = sweep->n_partitions,
                                          .sets = sweep->ablations,
                                          .n_sets = sweep->n_ablations};
    return STATUS_OK;
}

static void release_model(struct team_case *shared)
{
    ablation_plan_release(&shared->plan);
    distributed_ablation_release(&shared->ablation);
    distributed_schur_release(&shared->schur);
    network_release(&shared->network);
    shared->model = NO_MODEL;
}

void team_case_destroy(struct team_case **shared)
{
    if (*shared != NULL) {
        release_model(*shared);
        free(*shared);
        *shared = NULL;
    }
}

/* The root looks all weights through; the others need the small arrays alone. */
static enum status read_rest(struct team_case *shared, const struct model_spec *model,
                             struct error *error)
{
    struct model_labels labels;
    const size_t n = (size_t)model->n_hidden;
    if (shared->team->grid.rank == GRID_ROOT) {
        TRY(model_file_survey(model->path, &shared->network, &labels, &shared->weights_hash,
                              error));
        TRY(case_check_model(model, shared->weights_hash, &shared->training, error));
    } else {
        TRY(model_file_read_rest(model->path, &shared->network, &labels, error));
    }
    if (shared->network.n_hidden != model->n_hidden) {
        return error_set(error, STATUS_JOB_MODEL, "%s: content has changed since the study began",
                         model->path);
    }
    return memory_matrix(&shared->network.weight_hh, n, n, sizeof(double), error);
}

/* Every rank reads its own blocks. */
static enum status read_blocks(const struct team_case *shared, const char *path,
                               struct block_cyclic *w, struct error *error)
{
    struct weight_blocks blocks;
    const struct process_grid *const grid = &shared->team->grid;
    const enum status opened = weight_blocks_open(&blocks, path, error);
    enum status status = grid_agree(grid, opened, error);
    if (status == STATUS_OK) {
        status = matrix_read(w, weight_blocks_read, &blocks, error);
    }
    if (opened == STATUS_OK) {
        weight_blocks_close(&blocks);
    }
    return status;
}

/* The file was looked through before its blocks were read, perhaps for an earlier case. */
static enum status check_unchanged(const struct team_case *shared, const char *path,
                                   struct error *error)
{
    uint64_t found = 0;
    if (shared->team->grid.rank != GRID_ROOT) {
        return STATUS_OK;
    }
    TRY(network_hash(&shared->network, &found, error));
    return case_check_hash(path, found, shared->weights_hash, error);
}

static enum status decompose(struct team_case *shared, const struct block_cyclic *w,
                             struct error *error)
{
    TRY(distributed_schur_compute(&shared->schur, w, error));
    TRY(distributed_ablation_create(&shared->ablation, &shared->schur, error));
    TRY(distributed_departure(&shared->ablation, &shared->departure, error));
    return distributed_ablation_plan(&shared->plan, &shared->ablation, &shared->grid, error);
}

static enum status read_and_decompose(struct team_case *shared, const struct model_spec *model,
                                      bool is_known, struct error *error)
{
    struct block_cyclic w;
    TRY(block_cyclic_create(&w, &shared->team->grid, model->n_hidden, shared->sweep->team.block,
                            error));
    enum status status = read_blocks(shared, model->path, &w, error);
    if (status == STATUS_OK) {
        status = matrix_spread(&w, MATRIX_ROW_MAJOR, shared->network.weight_hh, error);
    }
    if (status == STATUS_OK) {
        status = grid_agree(w.grid, check_unchanged(shared, model->path, error), error);
    }
    if (status == STATUS_OK && !is_known) {
        status = decompose(shared, &w, error);
    }
    block_cyclic_release(&w);
    return status;
}

static enum status load(struct team_case *shared, const struct model_spec *model, bool is_known,
                        struct error *error)
{
    if (!is_known) {
        release_model(shared);
        TRY(grid_agree(&shared->team->grid, case_as_job_failure(read_rest(shared, model, error)),
                       error));
    }
    return read_and_decompose(shared, model, is_known, error);
}

enum status team_case_load_model(struct team_case *shared, int case_index, struct error *error)
{
    const int model = shared->sweep->cases[case_index].model;
    const bool is_known = shared->model == model;
    const enum status status =
        case_as_job_failure(load(shared, &shared->sweep->models[model], is_known, error));
    if (status == STATUS_OK) {
        shared->model = model;
    } else {
        release_model(shared);
    }
    return status;
}

/* ---- kept forms --------------------------------------------------------------------------------
 */

/* A label may be a path: what is left of it is one name. */
static enum status name_kept(const struct sweep *sweep, const struct model_spec *model,
                             char *folder, char *path, struct error *error)
{
    static const char suffix[] = ".h5";
    const size_t length = strlen(sweep->output);
    const bool has_suffix =
        length > strlen(suffix) && strcmp(sweep->output + length - strlen(suffix), suffix) == 0;
    const int stem = (int)(has_suffix ? length - strlen(suffix) : length);
    if (snprintf(folder, PATH_MAX, "%.*s.schur", stem, sweep->output) >= PATH_MAX) {
        return error_set(error, STATUS_IO, "path too long: %.100s", sweep->output);
    }
    const int begin = (int)strlen(folder) + 1;
    if (snprintf(path, PATH_MAX, "%s/%s-%s.h5", folder, model->label, model->identity) >=
        PATH_MAX) {
        return error_set(error, STATUS_IO, "path too long: %.100s", folder);
    }
    for (char *slash = strchr(path + begin, '/'); slash != NULL; slash = strchr(slash, '/')) {
        *slash = '_';
    }
    return STATUS_OK;
}

static enum status make_folder(const struct team_case *shared, const char *folder,
                               struct error *error)
{
    if (shared->team->grid.rank == GRID_ROOT && mkdir(folder, 0777) != 0 && errno != EEXIST) {
        return error_set(error, STATUS_IO, "%s: cannot make the folder: %s", folder,
                         strerror(errno));
    }
    return STATUS_OK;
}

enum status team_case_keep(const struct team_case *shared, struct error *error)
{
    const struct model_spec *const model = &shared->sweep->models[shared->model];
    char folder[PATH_MAX];
    char path[PATH_MAX];
    if (!shared->sweep->team.keep_schur) {
        return STATUS_OK;
    }
    TRY(name_kept(shared->sweep, model, folder, path, error));
    TRY(grid_agree(&shared->team->grid, make_folder(shared, folder, error), error));
    const enum status status =
        keep_schur(path, &shared->schur, model->label, shared->versions, error);
    return status == STATUS_OUTPUT_TAKEN ? STATUS_OK : status;
}
