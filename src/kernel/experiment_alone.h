/* An experiment on one rank, from a network and trials in memory. */
#pragma once

#include "core/isa.h"
#include "core/sweep.h"
#include "kernel/dynamics/packed_trials.h"
#include "kernel/experiment.h"

/* What is the same for every case of a study. */
struct experiment_settings {
    struct ablation_grid grid;
    double epsilon;
    int64_t seed; /* of the study */
    enum precision precision;
    enum gauss_newton_choice gauss_newton;
    enum isa isa; /* available here */
};

struct alone {
    struct experiment base; /* comes first */
    struct experiment_settings settings;
    struct network network;
    struct network_form form;
    struct schur schur;
    struct ablation_plan plan;
    struct trials trials;
    struct packed_trials packed; /* the same trials */
    struct rollout *rollout;
    struct trial_score *scores; /* [n_trials] */
    double *t_ablated;          /* [schur.n, schur.n] column-major */
    double *product;            /* [schur.n, schur.n] */
    double *w_ablated;          /* [schur.n, schur.n] row-major */
};

/* Nothing open; the ops to open cases are the caller's. Zeros can be released. */
struct alone alone_begin(const struct experiment_settings *settings,
                         const struct experiment_ops *ops);

/* Takes the network over (also when it fails, when it is released), brings it to the form in which
 * it is taken apart, and finds the Schur form of the gates' matrices, joined if there are several,
 * and the plan. Statuses as schur_compute. Local. */
MUST_CHECK enum status alone_set_network(struct alone *alone, struct network *network,
                                         const struct network_form *form, struct error *error);

/* Takes the trials over likewise. Local. */
MUST_CHECK enum status alone_set_trials(struct alone *alone, struct trials *trials,
                                        struct error *error);

/* Rolls out the network on the trials and makes its outputs the reference of all that is measured
 * from now on. STATUS_JOB_ROLLOUT_NONFINITE when the network itself fails. Local. */
MUST_CHECK enum status alone_run_reference(struct alone *alone, struct error *error);

/* weights[schur.n, schur.n] (row-major), W~ of the case, takes the place of its matrices in a
 * rollout. Local. */
void alone_set_weights(const struct alone *alone, struct rollout *rollout, const double *weights);

/* experiment_ops.measure, .measure_weights, .source, .add_up and .agree of one rank. */
MUST_CHECK enum status alone_measure_weights(struct experiment *experiment, const double *weights,
                                             double removed_mass, struct job_result *result,
                                             struct error *error);
MUST_CHECK enum status alone_measure(struct experiment *experiment, const struct removal *removals,
                                     int count, struct job_result *results, struct error *error);
MUST_CHECK enum status alone_source(struct experiment *experiment,
                                    struct gauss_newton_source *source, struct error *error);
enum status alone_add_up(const struct experiment *experiment, double *values, size_t count,
                         struct error *error);
enum status alone_agree(const struct experiment *experiment, enum status mine, struct error *error);

/* All that is open. */
void alone_release(struct alone *alone);
