#include "worker/team_sweep.h"

#include "core/memory.h"
#include "worker/case_facts.h"
#include "worker/item_cells.h"
#include "worker/team_rollout.h"

#include <stdlib.h>

static bool is_root(const struct team_case *shared)
{
    return shared->team->grid.rank == GRID_ROOT;
}

static enum status write_case(const struct team_case *shared, const struct results *results,
                              int64_t case_index, struct error *error)
{
    const struct case_source source = {.schur = &shared->schur.form,
                                       .plan = &shared->plan,
                                       .departure = shared->departure,
                                       .route = shared->schur.route,
                                       .weights_hash = shared->weights_hash,
                                       .training = shared->training};
    const enum status status =
        is_root(shared) ? case_facts_write(&source, shared->sweep, results, case_index, error)
                        : STATUS_OK;
    return grid_agree(&shared->team->grid, status, error);
}

static enum status prepare(struct team_case *shared, const struct item *item,
                           const struct results *results, struct team_rollout *part,
                           struct error *error)
{
    if (item->failure != STATUS_OK) {
        return error_set(error, item->failure, "%s", item->message != NULL ? item->message : "");
    }
    TRY(team_case_load_model(shared, item->index, error));
    TRY(team_case_keep(shared, error));
    TRY(write_case(shared, results, item->index, error));
    return team_rollout_create(part, shared, item->index, error);
}

/* The wanted variants, the full model left out, into list[n_variants]; returns their number. */
static int list_wanted(const struct team_case *shared, const struct item *item, int *list)
{
    int count = 0;
    for (int variant = 0; variant < shared->plan.n_variants; variant++) {
        if (!shared->plan.variants[variant].is_full &&
            item_wants_variant(item, &shared->plan, variant)) {
            list[count++] = variant;
        }
    }
    return count;
}

/* Cells that the full model gives, those of partitions that are not there. */
static enum status share_known(const struct team_rollout *part, const struct item *item,
                               double seconds, struct cell_buffer *buffer, struct error *error)
{
    const struct ablation_plan *const plan = &part->shared->plan;
    struct cell full = baseline_full_cell(&part->baseline);
    full.seconds = seconds;
    TRY(item_clear_absent(item, plan, buffer, error));
    return item_share_cell(item, plan, 0, full, buffer, error);
}

static enum status share_batch(const struct team_case *shared, const struct item *item,
                               const int *variants, int count, struct cell *cells, double seconds,
                               struct cell_buffer *buffer, struct error *error)
{
    for (int i = 0; i < count; i++) {
        cells[i].seconds = seconds / count;
        TRY(item_share_cell(item, &shared->plan, variants[i], cells[i], buffer, error));
    }
    return STATUS_OK;
}

/* A stop reaches the ranks at different times: they leave together. `status` is this rank's so far.
 */
static enum status agree_to_go_on(const struct team_case *shared, struct vital_signs *signs,
                                  enum status status, struct error *error)
{
    if (status == STATUS_OK) {
        status = vital_signs_check_stop(signs, error);
    }
    vital_signs_give(signs);
    return grid_agree(&shared->team->grid, status, error);
}

static enum status run_batches(struct team_rollout *part, const struct item *item,
                               const int *variants, int n_variants, struct cell *cells,
                               enum status status, struct vital_signs *signs,
                               struct cell_buffer *buffer, struct error *error)
{
    struct team_case *const shared = part->shared;
    for (int first = 0; first < n_variants; first += part->n_groups) {
        const int left = n_variants - first;
        const int count = left < part->n_groups ? left : part->n_groups;
        TRY(agree_to_go_on(shared, signs, status, error));
        const double start = worker_clock();
        TRY(team_rollout_run(part, variants + first, count, cells, error));
        if (is_root(shared)) {
            status = share_batch(shared, item, variants + first, count, cells,
                                 worker_clock() - start, buffer, error);
        }
    }
    return grid_agree(&shared->team->grid, status, error);
}

static enum status run_variants(struct team_rollout *part, const struct item *item,
                                double full_seconds, struct vital_signs *signs,
                                struct cell_buffer *buffer, struct error *error)
{
    const struct team_case *const shared = part->shared;
    int *variants = NULL;
    struct cell *cells = NULL;
    enum status status =
        memory_array(&variants, (size_t)shared->plan.n_variants, sizeof *variants, error);
    if (status == STATUS_OK) {
        status = memory_array(&cells, (size_t)part->n_groups, sizeof *cells, error);
    }
    status = grid_agree(&shared->team->grid, status, error);
    if (status == STATUS_OK) {
        const enum status known =
            is_root(shared) ? share_known(part, item, full_seconds, buffer, error) : STATUS_OK;
        status = run_batches(part, item, variants, list_wanted(shared, item, variants), cells,
                             known, signs, buffer, error);
    }
    free(variants);
    free(cells);
    return status;
}

enum status team_sweep(struct team_case *shared, const struct item *item, struct vital_signs *signs,
                       struct cell_buffer *buffer, struct error *error)
{
    struct team_rollout part = {.shared = NULL};
    const double start = worker_clock();
    enum status status = prepare(shared, item, buffer->results, &part, error);
    if (status == STATUS_OK) {
        status = run_variants(&part, item, worker_clock() - start, signs, buffer, error);
    } else if (status_is_job_failure(status)) {
        const struct error reason = *error;
        status = is_root(shared) ? item_fail(item, status, reason.text, buffer, error) : STATUS_OK;
        status = grid_agree(&shared->team->grid, status, error);
    }
    team_rollout_release(&part);
    return status;
}
