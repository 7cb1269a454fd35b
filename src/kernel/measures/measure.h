/* Measures: the values of a job. A measure is one const struct in one file; measures.def names them
 * all. */
#pragma once

#include "core/trials.h"
#include "core/variable.h"
#include "kernel/dynamics/rollout.h"

/* What the outputs of ablated networks are measured against. */
struct baseline {
    enum metric_kind metric; /* of the trials */
    int n_steps;             /* of a trial */
    int64_t n_counted;       /* answers that the mask counts: outputs, or steps for argmax */
    double target_variation; /* sum (y* - mean y*)^2 over them, about the means of the outputs */
    double full_variation;   /* the same of the full network's outputs */
    struct trial_score full; /* of the full network, summed over all trials */
};

/* A network that was trained on its trials has an FVU below the first, or, where answers are right
 * or wrong, an accuracy above the second. */
#define BASELINE_POOR_FVU 0.5
#define BASELINE_GOOD_ACCURACY 0.75

struct measure_ops {
    struct variable variable; /* float64, without axes: a job has them */
    bool higher_is_better;
    bool has_interval;      /* the report gives confidence intervals of its mean */
    const char *axis_title; /* of a figure */
    /* `score` is that of the ablated network, summed over all trials. NaN where it is not defined.
     */
    double (*of)(const struct trial_score *score, const struct baseline *baseline,
                 double removed_mass);
};

/* All measures, NULL at the end; at most MEASURES_MAX. */
extern const struct measure_ops *const MEASURES[];

/* Those that mean something to others. */
extern const struct measure_ops MEASURE_FVU;
extern const struct measure_ops MEASURE_DELTA_FVU;
extern const struct measure_ops MEASURE_ACCURACY;
extern const struct measure_ops MEASURE_DISTANCE;
extern const struct measure_ops MEASURE_REMOVED_MASS;
extern const struct measure_ops MEASURE_SENSITIVITY;

/* Place in the list, or -1. */
int measure_number(const char *name);

/* The measure that a task is judged by. */
const struct measure_ops *measure_of_metric(enum metric_kind metric);

/* What the trials alone tell of a baseline; the rest is 0. Local. */
MUST_CHECK enum status baseline_begin(struct baseline *baseline, const struct trials *trials,
                                      struct error *error);

/* Whether a full network with these values, of which a NaN says nothing, may be another one than
 * was meant: to be told. */
bool baseline_is_poor(double fvu, double accuracy);

/* Adds the full network: its scores, summed over all trials, and its outputs[n_steps, n_trials,
 * n_out] (row-major). STATUS_JOB_ROLLOUT_NONFINITE when they are not finite. Local. */
MUST_CHECK enum status baseline_add_full(struct baseline *baseline, const struct trials *trials,
                                         const struct trial_score *full, const double *outputs,
                                         struct error *error);
