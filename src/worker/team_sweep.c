#include "worker/team_sweep.h"

#include "core/clock.h"
#include "core/memory.h"
#include "worker/case_facts.h"
#include "worker/team_rollout.h"
#include "worker/unit_results.h"

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
                                       .nonnormality = shared->nonnormality,
                                       .route = shared->schur.route,
                                       .weights_hash = shared->weights_hash,
                                       .training = shared->training};
    const enum status status =
        is_root(shared) ? case_facts_write(&source, shared->sweep, results, case_index, error)
                        : STATUS_OK;
    return grid_agree(&shared->team->grid, status, error);
}

/* Everything up to the first ablated rollout; what takes long has a heartbeat behind it. */
static enum status prepare(struct team_case *shared, const struct work_unit *unit,
                           const struct results *results, struct heartbeat *heartbeat,
                           struct team_rollout *part, struct error *error)
{
    TRY(unit_check(unit, error));
    TRY(team_case_load_model(shared, unit->index, error));
    heartbeat_send(heartbeat);
    TRY(team_case_keep(shared, error));
    heartbeat_send(heartbeat);
    TRY(write_case(shared, results, unit->index, error));
    return team_rollout_create(part, shared, unit->index, error);
}

/* A shared work unit under way. */
struct batches {
    const struct team_case *shared;
    struct team_rollout *part;
    const struct work_unit *unit;
    struct heartbeat *heartbeat;
    struct result_buffer *buffer;
    int *variants; /* [n_variants] those to be rolled out */
    int n_variants;
    struct job_result *jobs; /* [n_groups] of one batch */
};

static enum status batches_create(struct batches *batches, struct error *error)
{
    const struct ablation_plan *const plan = &batches->shared->plan;
    TRY(memory_array(&batches->jobs, (size_t)batches->part->n_groups, sizeof *batches->jobs,
                     error));
    TRY(memory_array(&batches->variants, (size_t)plan->n_variants, sizeof *batches->variants,
                     error));
    for (int variant = 0; variant < plan->n_variants; variant++) {
        if (!plan->variants[variant].is_full && unit_wants_variant(batches->unit, plan, variant)) {
            batches->variants[batches->n_variants++] = variant;
        }
    }
    return STATUS_OK;
}

/* Cells that the full model gives, those of partitions that are not there. On the root. */
static enum status share_known(const struct batches *batches, struct error *error)
{
    const struct ablation_plan *const plan = &batches->shared->plan;
    struct job_result full = baseline_full_result(&batches->part->baseline);
    full.seconds = batches->part->full_seconds;
    TRY(unit_clear_absent(batches->unit, plan, batches->buffer, error));
    return unit_share_result(batches->unit, plan, 0, full, batches->buffer, error);
}

/* On the root. */
static enum status share_batch(const struct batches *batches, int first, int count, double seconds,
                               struct error *error)
{
    const struct ablation_plan *const plan = &batches->shared->plan;
    for (int i = 0; i < count; i++) {
        struct job_result result = batches->jobs[i];
        result.seconds = seconds / count;
        TRY(unit_share_result(batches->unit, plan, batches->variants[first + i], result,
                              batches->buffer, error));
    }
    return STATUS_OK;
}

/* A stop reaches the ranks at different times: they leave together. `status` is this rank's so far.
 */
static enum status agree_to_go_on(const struct batches *batches, enum status status,
                                  struct error *error)
{
    if (status == STATUS_OK) {
        status = heartbeat_check_stop(batches->heartbeat, error);
    }
    heartbeat_send(batches->heartbeat);
    return grid_agree(&batches->shared->team->grid, status, error);
}

/* `status` is that of the jobs that were known before. */
static enum status run_batches(struct batches *batches, enum status status, struct error *error)
{
    struct team_rollout *const part = batches->part;
    for (int first = 0; first < batches->n_variants; first += part->n_groups) {
        const int left = batches->n_variants - first;
        const int count = left < part->n_groups ? left : part->n_groups;
        TRY(agree_to_go_on(batches, status, error));
        const double start = clock_seconds();
        TRY(team_rollout_run(part, batches->variants + first, count, batches->jobs, error));
        if (is_root(batches->shared)) {
            status = share_batch(batches, first, count, clock_seconds() - start, error);
        }
    }
    return grid_agree(&batches->shared->team->grid, status, error);
}

static enum status run_variants(struct batches *batches, struct error *error)
{
    const struct team_case *const shared = batches->shared;
    enum status status = batches_create(batches, error);
    status = grid_agree(&shared->team->grid, status, error);
    if (status == STATUS_OK) {
        const enum status known = is_root(shared) ? share_known(batches, error) : STATUS_OK;
        status = run_batches(batches, known, error);
    }
    free(batches->variants);
    free(batches->jobs);
    return status;
}

enum status team_sweep(struct team_case *shared, const struct work_unit *unit,
                       struct heartbeat *heartbeat, struct result_buffer *buffer,
                       struct error *error)
{
    struct team_rollout part = {.shared = NULL};
    enum status status = prepare(shared, unit, buffer->results, heartbeat, &part, error);
    if (status == STATUS_OK) {
        struct batches batches = {.shared = shared,
                                  .part = &part,
                                  .unit = unit,
                                  .heartbeat = heartbeat,
                                  .buffer = buffer};
        status = run_variants(&batches, error);
    } else if (status_is_job_failure(status)) {
        const struct error reason = *error;
        status = is_root(shared) ? unit_fail(unit, status, reason.text, buffer, error) : STATUS_OK;
        status = grid_agree(&shared->team->grid, status, error);
    }
    team_rollout_release(&part);
    return status;
}
