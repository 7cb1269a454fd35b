/* Couplings that are removed in part: (1 - c) T_X in the place of T_X, at one threshold. */
#include "core/axes.h"
#include "kernel/diagnostics/diagnostic.h"
#include "kernel/spectral/split.h"

#include <math.h>

static const double STRENGTHS[] = {0.025, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0};
enum { N_STRENGTHS = sizeof STRENGTHS / sizeof *STRENGTHS };

static int64_t n_strengths(const struct sweep *sweep)
{
    (void)sweep;
    return N_STRENGTHS;
}

static struct label strength_label(const struct sweep *sweep, int64_t i)
{
    (void)sweep;
    return (struct label){.real = STRENGTHS[i]};
}

static const struct axis AXIS_STRENGTH = {"strength", "part of every removed entry that goes",
                                          VALUE_F64, n_strengths, strength_label};

static const struct variable VARIABLES[] = {
    VARIABLE_REAL("graded_distance", "distance with couplings removed in part", &AXIS_ABLATION,
                  &AXIS_STRENGTH),
    VARIABLE_REAL("graded_delta_fvu", "delta_fvu with couplings removed in part", &AXIS_ABLATION,
                  &AXIS_STRENGTH),
    {.name = NULL}};

enum { ALPHA };

static enum status measure(struct experiment *experiment, const struct removal *removal,
                           double *distance, double *delta_fvu, struct error *error)
{
    struct job_result result = job_result_absent();
    TRY(experiment_go_on(experiment, error));
    TRY(experiment_measure(experiment, removal, 1, &result, error));
    if (experiment->is_root && result.state == JOB_DONE) {
        *distance = result.values[measure_number("distance")];
        *delta_fvu = result.values[measure_number("delta_fvu")];
    }
    return STATUS_OK;
}

static enum status run(struct experiment *experiment, const double *params, struct record *record,
                       struct error *error)
{
    const struct ablation_plan *const plan = experiment->plan;
    const struct split split = split_blocks(experiment->form, params[ALPHA]);
    for (int set = 0; set < plan->n_sets; set++) {
        struct removal removal = removal_of_set(split.n_blocks, plan->sets[set]);
        for (int i = 0; i < N_STRENGTHS && plan->sets[set] != ABLATION_NONE; i++) {
            const size_t place = (size_t)set * N_STRENGTHS + (size_t)i;
            removal.strength = STRENGTHS[i];
            TRY(measure(experiment, &removal, &record_f64(record, "graded_distance")[place],
                        &record_f64(record, "graded_delta_fvu")[place], error));
        }
    }
    return STATUS_OK;
}

static double rollouts(const struct sweep *sweep, const struct trials *trials, int width,
                       const double *params)
{
    (void)trials;
    (void)width;
    (void)params;
    return (double)N_STRENGTHS * (sweep->n_ablations - 1);
}

const struct diagnostic_ops DIAGNOSTIC_GRADED = {
    .name = "graded",
    .long_name = "couplings removed in part",
    .stage = DIAGNOSTIC_OF_REFERENCE,
    .params = {{"alpha", false, 0.9, 1e-9, 1.0, 0, false}},
    .n_params = 1,
    .variables = VARIABLES,
    .rollouts = rollouts,
    .run = run,
};
