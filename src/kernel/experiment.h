/* A case, opened: network, ordered Schur form, plan of removals, trials, reference outputs. Alone
 * on one rank or shared by a team; whoever works on one need not know which. */
#pragma once

#include "core/job_result.h"
#include "core/network.h"
#include "core/training_facts.h"
#include "kernel/gauss_newton/gauss_newton.h"
#include "kernel/measures/measure.h"
#include "kernel/spectral/ablation_plan.h"
#include "kernel/spectral/schur.h"

/* How the Schur form of a case was had. */
enum schur_route {
    SCHUR_ROUTE_LOCAL = 0,     /* LAPACK on one rank, as planned */
    SCHUR_ROUTE_SCALAPACK = 1, /* shared by a team of ranks */
    SCHUR_ROUTE_FALLBACK = 2   /* LAPACK on one rank of a team, because ScaLAPACK's was wrong */
};

/* Where changed trials of a case come from. */
struct changed_trials {
    const struct ood_spec *oods; /* [n_oods] of the sweep, borrowed */
    int n_oods;
    const char *task; /* the built-in one that the case is evaluated on, borrowed; NULL: none */
    int64_t seed;     /* of the study */
    enum precision precision;
};

struct experiment {
    const struct experiment_ops *ops;
    bool is_root;  /* this rank writes and reports: alone, or the first of a team */
    int n_at_once; /* removals that are rolled out at the same time; of a case with a reference */
    double epsilon;
    enum gauss_newton_choice choice;
    /* Asked between pieces of work that take long: sends a heartbeat, and gives STATUS_STOPPED when
     * the work is to be left. NULL: nobody asks. */
    enum status (*go_on)(void *context, struct error *error);
    void *go_on_context;
    /* Of the model that is open: the same on all ranks of a team. */
    const struct network *network; /* without weight_hh on a team */
    gate_set gates;                /* whose matrices are taken apart */
    const struct schur *form;      /* on a team without T and Q */
    const struct ablation_plan *plan;
    double nonnormality;
    enum schur_route route;
    uint64_t weights_hash; /* on the root */
    struct training_facts training;
    /* Of the reference, the full network on the trials. */
    struct baseline baseline;
    double reference_seconds; /* that its rollout took */
    struct changed_trials changed;
    /* Of the removal that was measured last, the first of several: [n_trials], on the root. */
    const struct trial_score *scores;
    struct gauss_newton *gauss_newton; /* see experiment_gauss_newton */
    double *tangents; /* [plan->n_variants] see experiment_predict; NULL: not asked for yet */
};

/* All collective over the ranks that share the experiment, with the same status on all of them. */
struct experiment_ops {
    /* Makes network, form and plan those of the case's model, unless they are already. A job
     * failure when the file is not what the study saw, or when the Schur form cannot be had. */
    enum status (*open_model)(struct experiment *experiment, int case_index, struct error *error);
    /* Of the open model: trials of the case, reference outputs, baseline. Whatever an earlier case
     * left is released. STATUS_JOB_ROLLOUT_NONFINITE when the full network itself fails. */
    enum status (*open_trials)(struct experiment *experiment, int case_index, struct error *error);
    /* See experiment_measure. */
    enum status (*measure)(struct experiment *experiment, const struct removal *removals, int count,
                           struct job_result *results, struct error *error);
    /* The result with weights[form->n, form->n] (row-major), each matrix of `gates` in its block of
     * the diagonal, in the place of the matrices. On a team the root has weights, all others NULL.
     */
    enum status (*measure_weights)(struct experiment *experiment, const double *weights,
                                   double removed_mass, struct job_result *result,
                                   struct error *error);
    /* The case in this rank's memory: network, form with T and Q, and its part of the trials, of
     * which there may be none. Valid until another case is opened. */
    enum status (*source)(struct experiment *experiment, struct gauss_newton_source *source,
                          struct error *error);
    /* values[count] become their sums over all ranks, added in the order of the ranks, on all of
     * them. */
    enum status (*add_up)(const struct experiment *experiment, double *values, size_t count,
                          struct error *error);
    /* This rank's status so far -> that of the lowest rank that failed. */
    enum status (*agree)(const struct experiment *experiment, enum status mine,
                         struct error *error);
    void (*destroy)(struct experiment *experiment);
};

/* Results of removals[count], 1 <= count <= n_at_once, on the root (elsewhere results may be NULL);
 * a rollout that overflows gives a failed result, where outputs have no bound infinite measures.
 * `seconds` is left 0. Collective like the ops. */
MUST_CHECK enum status experiment_measure(struct experiment *experiment,
                                          const struct removal *removals, int count,
                                          struct job_result *results, struct error *error);

/* *distance of what is left by a removal, infinite where outputs leave the numbers; on all ranks.
 * Collective like the ops. */
MUST_CHECK enum status experiment_distance(struct experiment *experiment,
                                           const struct removal *removal, double *distance,
                                           struct error *error);

/* values[count] of the root go to all ranks. Collective like the ops. */
MUST_CHECK enum status experiment_share(const struct experiment *experiment, double *values,
                                        size_t count, struct error *error);

/* The result of the full network: nothing is removed. On the root; local. */
struct job_result experiment_full_result(const struct experiment *experiment);

/* The result of a network with these scores on all trials. On the root; local. */
struct job_result experiment_result(const struct experiment *experiment,
                                    const struct trial_score *score, double removed_mass);

/* The baseline of a reference with these scores, summed over all trials, and these
 * outputs[n_steps, n_trials, n_out] (row-major). STATUS_JOB_ROLLOUT_NONFINITE when they are not
 * finite, STATUS_JOB_MODEL when they are far from trials->outputs. Local. */
MUST_CHECK enum status experiment_set_baseline(struct experiment *experiment,
                                               const struct trials *trials,
                                               const struct trial_score *full,
                                               const double *outputs, struct error *error);

/* The Gauss-Newton form of the case, made when it is first asked for and kept until other trials
 * are opened; the same on all ranks. Owned by the experiment. Collective like the ops. */
MUST_CHECK enum status experiment_gauss_newton(struct experiment *experiment,
                                               const struct gauss_newton **gn, struct error *error);

/* *square of the predicted distance of a variant of the plan that some threshold has: from the form
 * where that is exact, else by tangents, which always are, of all these variants the first time. On
 * all ranks. Collective like the ops. */
MUST_CHECK enum status experiment_predict(struct experiment *experiment, int variant,
                                          double *square, struct error *error);

/* squares[count] of the predicted distances of removals[count], exactly, by tangents; on all ranks.
 * Collective like the ops. */
MUST_CHECK enum status experiment_tangents(struct experiment *experiment,
                                           const struct removal *removals, int count,
                                           double *squares, struct error *error);

/* Whether to go on; the same answer on all ranks. Collective like the ops. */
MUST_CHECK enum status experiment_go_on(const struct experiment *experiment, struct error *error);

/* Releases what was made of trials that are open no longer. Local. */
void experiment_forget(struct experiment *experiment);

/* NULL is accepted. */
void experiment_destroy(struct experiment *experiment);
