#include "worker/solo_sweep.h"

#include "core/clock.h"
#include "worker/case_facts.h"
#include "worker/case_input.h"
#include "worker/unit_results.h"

static enum status write_case(const struct case_data *data, const struct results *results,
                              int64_t case_index, struct error *error)
{
    const struct schur *const schur = &data->decomposition.schur;
    const struct case_source source = {.schur = schur,
                                       .plan = &data->decomposition.plan,
                                       .nonnormality = schur_nonnormality(schur),
                                       .route = SCHUR_ROUTE_LOCAL,
                                       .weights_hash = data->weights_hash,
                                       .training = data->training};
    return case_facts_write(&source, data->sweep, results, case_index, error);
}

/* Everything of a work unit up to its first ablated rollout; *seconds is the time of the full one.
 */
static enum status prepare(struct case_data *data, const struct work_unit *unit,
                           const struct results *results, struct analysis **analysis,
                           double *seconds, struct error *error)
{
    TRY(unit_check(unit, error));
    TRY(case_data_load_model(data, unit->index, error));
    TRY(write_case(data, results, unit->index, error));
    TRY(case_data_load_trials(data, unit->index, error));
    const double start = clock_seconds();
    TRY(case_as_job_failure(analysis_create(analysis, &data->network, &data->decomposition,
                                            &data->packed, &data->settings, error)));
    *seconds = clock_seconds() - start;
    return STATUS_OK;
}

static enum status run_variants(const struct ablation_plan *plan, const struct work_unit *unit,
                                struct heartbeat *heartbeat, struct analysis *analysis,
                                double full_seconds, struct result_buffer *buffer,
                                struct error *error)
{
    TRY(unit_clear_absent(unit, plan, buffer, error));
    for (int variant = 0; variant < plan->n_variants; variant++) {
        if (!unit_wants_variant(unit, plan, variant)) {
            continue;
        }
        TRY(heartbeat_check_stop(heartbeat, error));
        heartbeat_send(heartbeat);
        const double start = clock_seconds();
        struct job_result result = analysis_run_variant(analysis, variant);
        result.seconds = clock_seconds() - start;
        if (plan->variants[variant].is_full) {
            result.seconds += full_seconds;
        }
        TRY(unit_share_result(unit, plan, variant, result, buffer, error));
    }
    return STATUS_OK;
}

enum status solo_sweep(struct case_data *data, const struct work_unit *unit,
                       struct heartbeat *heartbeat, struct result_buffer *buffer,
                       struct error *error)
{
    struct analysis *analysis = NULL;
    double full_seconds = 0.0;
    enum status status = prepare(data, unit, buffer->results, &analysis, &full_seconds, error);
    if (status_is_job_failure(status)) {
        const struct error reason = *error;
        status = unit_fail(unit, status, reason.text, buffer, error);
    } else if (status == STATUS_OK) {
        status = run_variants(&data->decomposition.plan, unit, heartbeat, analysis, full_seconds,
                              buffer, error);
    }
    analysis_destroy(&analysis);
    return status;
}
