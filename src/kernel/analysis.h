/* The pipeline of one case: ablated matrices -> rollouts -> metrics -> jobs. */
#ifndef SCHURSWEEP_KERNEL_ANALYSIS_H
#define SCHURSWEEP_KERNEL_ANALYSIS_H

#include "core/isa.h"
#include "core/job_result.h"
#include "core/network.h"
#include "core/sweep.h"
#include "kernel/dynamics/packed_trials.h"
#include "kernel/dynamics/rollout.h"
#include "kernel/spectral/ablation.h"
#include "kernel/spectral/schur.h"

/* What is the same for every case of a study. */
struct analysis_settings {
    struct ablation_grid grid;
    double epsilon;
    enum precision precision;
    enum isa isa; /* available here */
};

/* What depends on the model alone: computed once, used for every task the model meets. */
struct decomposition {
    struct schur schur;
    struct ablation_plan plan;
};

/* Schur form, splits and distinct ablated matrices of a network. Statuses as schur_compute. Local.
 */
MUST_CHECK enum status decomposition_create(struct decomposition *decomposition,
                                            const struct network *network,
                                            const struct analysis_settings *settings,
                                            struct error *error);
void decomposition_release(struct decomposition *decomposition);

/* What the answers of ablated networks are measured against. */
struct baseline {
    const struct trials *trials; /* borrowed */
    double epsilon;
    double target_variation;
    double full_variation;
    struct trial_score full; /* of the full model, on all trials */
};

/* From the scores of the full model and its outputs[n_steps, n_trials, n_out] (row-major), which
 * are only read here. STATUS_JOB_ROLLOUT_NONFINITE when the full model itself fails. Local. */
MUST_CHECK enum status baseline_create(struct baseline *baseline, const struct trials *trials,
                                       const struct trial_score *full, const double *outputs,
                                       double epsilon, struct error *error);

/* The job of an ablated network with these scores on all trials; a failed job when they are not
 * finite. `seconds` is 0. Local. */
struct job_result baseline_measure(const struct baseline *baseline, const struct trial_score *sum,
                                   double removed_mass);

/* The job of the full model itself. Local. */
struct job_result baseline_full_result(const struct baseline *baseline);

struct analysis; /* one case with its workspace */

/* Rolls out the full model and keeps its answers. Everything passed is borrowed for the life of the
 * analysis. STATUS_JOB_ROLLOUT_NONFINITE when the full model itself fails. Local. */
MUST_CHECK enum status analysis_create(struct analysis **out, const struct network *network,
                                       const struct decomposition *decomposition,
                                       const struct packed_trials *packed,
                                       const struct analysis_settings *settings,
                                       struct error *error);
void analysis_destroy(struct analysis **analysis);

/* Values of all jobs that share variants[variant] of the plan; a rollout that overflows gives a
 * failed job. `seconds` is left 0. Local. */
struct job_result analysis_run_variant(struct analysis *analysis, int variant);

#endif
