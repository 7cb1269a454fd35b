/* Statistics over the seeds of a group, and over all groups of a task. */
#pragma once

#include "kernel/measures/measure.h"
#include "report/bootstrap.h"
#include "report/groups.h"
#include "report/statistics.h"

struct measure_summary {
    struct sample_summary sample;
    struct interval mean_interval; /* NaN for measures without intervals */
    struct interval iqm_interval;
};

/* One (group or task, alpha, ablation set). Only finished jobs count, and of these the ones that
 * removed something (report/effect.h); a value that is not defined (accuracy of a task without one)
 * lowers that measure's own n. */
struct summary {
    int n;       /* finished jobs of networks that have the couplings */
    int n_empty; /* finished jobs of networks that do not */
    int n_failed;
    int n_pending;
    int n_unconverged;                /* of the n, networks that missed their target */
    int n_stabilizers;                /* of the n */
    double stabilizer_share;          /* of the n; NaN for n = 0 and for `none` */
    struct measure_summary *measures; /* [n_measures] as MEASURES; borrowed */
};

/* Intervals of pooled groups are there up to so many networks. */
enum { POOLED_MOST = 100 };

struct summaries {
    int n_alphas;
    int n_sets;
    struct summary *of_groups; /* [n_groups, n_alphas, n_sets] row-major */
    struct summary *of_tasks;  /* [n_tasks, n_alphas, n_sets]; intervals are stratified by group */
    struct measure_summary *values; /* what `measures` of all of them borrow */
};

/* Borrows data and grouping only while it runs. On failure too released by summaries_release. */
MUST_CHECK enum status summaries_create(struct summaries *summaries, const struct study_data *data,
                                        const struct grouping *grouping, struct error *error);
void summaries_release(struct summaries *summaries);

/* Whether a set other than `none` is finished there: in a group at one alpha or (alpha -1) at any,
 * in a task at one alpha. */
bool summary_group_has_effects(const struct summaries *summaries, int group, int alpha);
bool summary_task_has_effects(const struct summaries *summaries, int task, int alpha);

const struct summary *summary_of_group(const struct summaries *summaries, int group, int alpha,
                                       int set);
const struct summary *summary_of_task(const struct summaries *summaries, int task, int alpha,
                                      int set);

/* What it says of a measure. */
const struct measure_summary *summary_measure(const struct summary *summary,
                                              const struct measure_ops *measure);
