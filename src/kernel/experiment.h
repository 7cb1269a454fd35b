/* A case, opened: network, ordered Schur form, plan of removals, trials, reference outputs. Alone
 * on one rank or shared by a team; whoever works on one need not know which. */
#pragma once

#include "core/job_result.h"
#include "core/network.h"
#include "core/training_facts.h"
#include "kernel/measures/measure.h"
#include "kernel/spectral/ablation_plan.h"
#include "kernel/spectral/schur.h"

/* How the Schur form of a case was had. */
enum schur_route {
    SCHUR_ROUTE_LOCAL = 0,     /* LAPACK on one rank, as planned */
    SCHUR_ROUTE_SCALAPACK = 1, /* shared by a team of ranks */
    SCHUR_ROUTE_FALLBACK = 2   /* LAPACK on one rank of a team, because ScaLAPACK's was wrong */
};

struct experiment {
    const struct experiment_ops *ops;
    bool is_root;  /* this rank writes and reports: alone, or the first of a team */
    int n_at_once; /* removals that are rolled out at the same time; of a case with a reference */
    double epsilon;
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
    /* Of the reference, the full network on the trials; on the root. */
    struct baseline baseline;
    double reference_seconds; /* that its rollout took */
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
     * the diagonal, in the place of the matrices. NULL where ranks share the network. */
    enum status (*measure_weights)(struct experiment *experiment, const double *weights,
                                   double removed_mass, struct job_result *result,
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

/* Whether to go on; the same answer on all ranks. Collective like the ops. */
MUST_CHECK enum status experiment_go_on(const struct experiment *experiment, struct error *error);

/* NULL is accepted. */
void experiment_destroy(struct experiment *experiment);
