#include "worker/case_sweep.h"

#include "core/clock.h"
#include "core/memory.h"
#include "kernel/diagnostics/diagnostic.h"

#include <math.h>
#include <stdlib.h>

struct case_run {
    struct experiment *experiment;
    const struct sweep *sweep;
    const struct work_unit *unit;
    struct result_buffer *buffer;
    int n_removals; /* jobs before the diagnostics */
};

static enum status agree(const struct case_run *run, enum status mine, struct error *error)
{
    return run->experiment->ops->agree(run->experiment, mine, error);
}

/* ---- diagnostics ---- */

static const struct diagnostic_ops *ops_of(const struct case_run *run, int diagnostic)
{
    return diagnostic_find(run->sweep->diagnostics[diagnostic].name);
}

static bool wants_diagnostic(const struct case_run *run, int diagnostic)
{
    return work_unit_wants(run->unit, run->n_removals + diagnostic);
}

/* One that fails is a result like any other. */
static enum status fill_and_write(const struct case_run *run, int diagnostic, struct record *record,
                                  struct error *error)
{
    const struct diagnostic_ops *const ops = ops_of(run, diagnostic);
    enum status status =
        ops->run(run->experiment, run->sweep->diagnostics[diagnostic].params, record, error);
    status = agree(run, status, error);
    if (status != STATUS_OK && !status_is_job_failure(status)) {
        return status;
    }
    const struct error reason = *error;
    const enum status failure = status;
    status = STATUS_OK;
    if (run->experiment->is_root && failure == STATUS_OK) {
        status = result_buffer_record(run->buffer, diagnostic, record, STATUS_OK, error);
    } else if (run->experiment->is_root) {
        status = results_write_message(run->buffer->results, run->unit->index, reason.text, error);
        THEN(status,
             result_buffer_fail_record(run->buffer, diagnostic, run->sweep, failure, error));
    }
    return agree(run, status, error);
}

static enum status run_diagnostics(const struct case_run *run, enum diagnostic_stage stage,
                                   struct error *error)
{
    for (int d = 0; d < run->sweep->n_diagnostics; d++) {
        const struct diagnostic_ops *const ops = ops_of(run, d);
        struct record *record = NULL;
        if (!wants_diagnostic(run, d) || ops->stage != stage) {
            continue;
        }
        TRY(experiment_go_on(run->experiment, error));
        enum status status = record_create(&record, ops->variables, run->sweep, error);
        status = agree(run, status, error);
        THEN(status, fill_and_write(run, d, record, error));
        record_destroy(&record);
        TRY(status);
    }
    return STATUS_OK;
}

/* ---- removals ---- */

static bool wants_removal(const struct case_run *run, int job, int variant)
{
    return run->experiment->plan->variant_of_job[job] == variant && work_unit_wants(run->unit, job);
}

/* Gives the result to every wanted removal of the variant, or of VARIANT_ABSENT: jobs of partitions
 * that the model has not. The first carries the time; a missing one stays missing. */
static enum status share_result(const struct case_run *run, int variant, struct job_result result,
                                struct error *error)
{
    for (int job = 0; job < run->n_removals; job++) {
        if (wants_removal(run, job, variant)) {
            TRY(result_buffer_add(run->buffer, job, &result, error));
            result.seconds = isnan(result.seconds) ? result.seconds : 0.0;
        }
    }
    return STATUS_OK;
}

/* Variants variants[first] .. of the plan, rolled out together. */
static enum status run_batch(const struct case_run *run, const int *variants, int count,
                             struct removal *removals, struct job_result *results,
                             struct error *error)
{
    const struct ablation_plan *const plan = run->experiment->plan;
    for (int i = 0; i < count; i++) {
        removals[i] = plan->variants[variants[i]];
    }
    TRY(experiment_go_on(run->experiment, error));
    const double start = clock_seconds();
    TRY(experiment_measure(run->experiment, removals, count, results, error));
    const double seconds = (clock_seconds() - start) / count;
    enum status status = STATUS_OK;
    for (int i = 0; run->experiment->is_root && i < count && status == STATUS_OK; i++) {
        results[i].seconds = seconds;
        status = share_result(run, variants[i], results[i], error);
    }
    return agree(run, status, error);
}

static enum status run_variants(const struct case_run *run, const int *variants, int n_variants,
                                struct error *error)
{
    const int at_once = run->experiment->n_at_once;
    struct removal *removals = NULL;
    struct job_result *results = NULL;
    enum status status = memory_array(&removals, (size_t)at_once, sizeof *removals, error);
    THEN(status, memory_array(&results, (size_t)at_once, sizeof *results, error));
    status = agree(run, status, error);
    for (int first = 0; first < n_variants && status == STATUS_OK; first += at_once) {
        const int left = n_variants - first;
        status = run_batch(run, variants + first, left < at_once ? left : at_once, removals,
                           results, error);
    }
    free(removals);
    free(results);
    return status;
}

/* How far from epsilon a prediction must be to decide, and how many of its standard errors. */
static const double SCREEN_FACTOR = 2.0;
static const double SCREEN_ERRORS = 3.0;

/* Whether the prediction decides a removal that partitions alone have. */
static enum status is_decided(const struct case_run *run, int variant, bool *is,
                              struct error *error)
{
    const struct ablation_plan *const plan = run->experiment->plan;
    const struct removal *const removal = &plan->variants[variant];
    const struct gauss_newton *gn = NULL;
    double se = 0.0;
    *is = false;
    if (!run->sweep->screen || ablation_plan_job(plan, variant) < plan->n_alphas * plan->n_sets) {
        return STATUS_OK;
    }
    TRY(experiment_gauss_newton(run->experiment, &gn, error));
    const double square = gauss_newton_set_square(gn, removal->n_blocks, removal->set, &se);
    const double low = sqrt(fmax(square - SCREEN_ERRORS * se, 0.0));
    const double high = sqrt(square + SCREEN_ERRORS * se);
    *is = high * SCREEN_FACTOR < run->sweep->epsilon || low > SCREEN_FACTOR * run->sweep->epsilon;
    return STATUS_OK;
}

/* Gives what the prediction decides its state; the others are left in variants[*count]. */
static enum status screen(const struct case_run *run, int *variants, int *count,
                          struct error *error)
{
    int kept = 0;
    for (int i = 0; i < *count; i++) {
        bool is = false;
        TRY(is_decided(run, variants[i], &is, error));
        if (!is) {
            variants[kept++] = variants[i];
        } else if (run->experiment->is_root) {
            TRY(share_result(run, variants[i], job_result_predicted(), error));
        }
    }
    *count = kept;
    return STATUS_OK;
}

/* Partitions that do not exist, what the full network gives, and the distinct matrices that the
 * unit wants beside it. */
static enum status run_removals(const struct case_run *run, struct error *error)
{
    const struct ablation_plan *const plan = run->experiment->plan;
    int *variants = NULL;
    int count = 0;
    enum status status = memory_array(&variants, (size_t)plan->n_variants, sizeof *variants, error);
    for (int variant = 1; status == STATUS_OK && variant < plan->n_variants; variant++) {
        bool is_wanted = false;
        for (int job = 0; job < run->n_removals && !is_wanted; job++) {
            is_wanted = wants_removal(run, job, variant);
        }
        if (is_wanted) {
            variants[count++] = variant;
        }
    }
    if (run->experiment->is_root) {
        struct job_result full = experiment_full_result(run->experiment);
        full.seconds = run->experiment->reference_seconds;
        /* Also after a failure of the whole case, which has written them. */
        THEN(status, share_result(run, VARIANT_ABSENT, job_result_absent(), error));
        THEN(status, share_result(run, 0, full, error));
    }
    status = agree(run, status, error);
    THEN(status, agree(run, screen(run, variants, &count, error), error));
    THEN(status, run_variants(run, variants, count, error));
    free(variants);
    return status;
}

/* ---- the case ---- */

/* Everything that needs what could not be had: of the model all, else what needs its reference. */
static enum status fail(const struct case_run *run, enum diagnostic_stage stage, enum status reason,
                        struct error *error)
{
    const struct error why = *error;
    const struct job_result failed = job_result_failed(reason);
    const struct job_result absent = job_result_absent();
    enum status status = STATUS_OK;
    if (run->experiment->is_root) {
        status = results_write_message(run->buffer->results, run->unit->index, why.text, error);
        for (int d = 0; d < run->sweep->n_diagnostics && status == STATUS_OK; d++) {
            if (wants_diagnostic(run, d) && ops_of(run, d)->stage >= stage) {
                status = result_buffer_fail_record(run->buffer, d, run->sweep, reason, error);
            }
        }
        for (int job = 0; job < run->n_removals && status == STATUS_OK; job++) {
            /* Failed ones in partitions that the case is known not to have would be wanted again by
             * every next run. */
            const bool is_absent =
                stage != DIAGNOSTIC_OF_MODEL && wants_removal(run, job, VARIANT_ABSENT);
            if (work_unit_wants(run->unit, job)) {
                status = result_buffer_add(run->buffer, job, is_absent ? &absent : &failed, error);
            }
        }
    }
    return agree(run, status, error);
}

static bool needs_reference(const struct case_run *run)
{
    bool is_needed = false;
    for (int job = 0; job < run->n_removals && !is_needed; job++) {
        is_needed = work_unit_wants(run->unit, job);
    }
    for (int d = 0; d < run->sweep->n_diagnostics && !is_needed; d++) {
        is_needed = wants_diagnostic(run, d) && ops_of(run, d)->stage == DIAGNOSTIC_OF_REFERENCE;
    }
    return is_needed;
}

enum status case_sweep(struct experiment *experiment, const struct sweep *sweep,
                       const struct work_unit *unit, struct heartbeat *heartbeat,
                       struct result_buffer *buffer, struct error *error)
{
    const struct case_run run = {.experiment = experiment,
                                 .sweep = sweep,
                                 .unit = unit,
                                 .buffer = buffer,
                                 .n_removals = sweep_removals_per_case(sweep)};
    experiment->go_on = heartbeat_go_on;
    experiment->go_on_context = heartbeat;
    enum status status = /* the driver may know already that nothing of the unit can be had */
        unit->failure == STATUS_OK
            ? experiment->ops->open_model(experiment, unit->index, error)
            : error_set(error, unit->failure, "%s", unit->message != NULL ? unit->message : "");
    if (status_is_job_failure(status)) {
        return fail(&run, DIAGNOSTIC_OF_MODEL, status, error);
    }
    TRY(status);
    if (experiment->is_root) { /* an earlier failure is over; those to come write their own */
        status = results_write_message(buffer->results, unit->index, "", error);
    }
    TRY(agree(&run, status, error));
    TRY(run_diagnostics(&run, DIAGNOSTIC_OF_MODEL, error));
    if (!needs_reference(&run)) {
        return STATUS_OK;
    }
    status = experiment->ops->open_trials(experiment, unit->index, error);
    if (status_is_job_failure(status)) {
        return fail(&run, DIAGNOSTIC_OF_REFERENCE, status, error);
    }
    TRY(status);
    TRY(run_removals(&run, error));
    return run_diagnostics(&run, DIAGNOSTIC_OF_REFERENCE, error);
}
