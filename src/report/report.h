/* Everything that tables, figures and page are made from. */
#pragma once

#include "report/comparison.h"
#include "report/degeneracy.h"
#include "report/dominance.h"
#include "report/ensembles.h"
#include "report/groups.h"
#include "report/names.h"
#include "report/reasons.h"
#include "report/study_data.h"
#include "report/summary.h"

struct report_options {
    double alpha;        /* the threshold that the page shows first: the nearest one is taken */
    bool has_epsilon;    /* judge by `epsilon` instead of that of the files */
    double epsilon;      /* largest distance of a stabilizer */
    bool converged_only; /* leave out networks that missed their target */
    bool all_jobs;       /* a table of every job, however many there are */
    const char *models;  /* folder where the weights are, or NULL: where the study had them */
};

struct report {
    struct report_options options;
    struct study_data data;
    struct short_names names; /* of the cases */
    struct grouping grouping;
    struct ensembles ensembles;
    struct summaries summaries;
    struct comparisons comparisons;
    struct effect_stability *stability; /* [n_groups] */
    struct seed_similarity *similarity; /* [n_groups, n_alphas] */
    struct case_partitions *partitions; /* [n_cases] */
    size_t *first_partitions;           /* [n_cases + 1] partitions of the cases before */
    struct dominance *dominance;        /* [n_groups] */
    struct degeneracy *degeneracy;      /* [n_groups]; NULL where nobody asks for it */
    struct reasons *reasons;            /* [n_groups, n_alphas, n_sets]; NULL without factors */
    double *scratch;                    /* [n_cases] for those who read it */
    int n_with_partitions;              /* cases that have one, not left out */
    struct job_counts counts;
    int main_alpha;
    int n_values;   /* study_value_count */
    int n_excluded; /* cases in no group: left out by converged_only, and copies */
};

/* Reads the results files, for what is told of single cases: data, grouping, partitions.
 * Statuses as study_data_read. On failure too released by report_release. Local. */
MUST_CHECK enum status report_read(struct report *report, const char *const *paths, int n_paths,
                                   const struct report_options *options, struct error *error);

/* The same, and all statistics. */
MUST_CHECK enum status report_create(struct report *report, const char *const *paths, int n_paths,
                                     const struct report_options *options, struct error *error);
void report_release(struct report *report);

/* Why a set can go, or cannot; NULL where no network was asked. */
const struct reasons *report_reasons(const struct report *report, int group, int alpha, int set);

/* Group of a case; -1 when it is left out, and of a copy. */
int report_group_of(const struct report *report, int case_index);

/* Whether a case has partitions and is not left out. */
bool report_has_partitions(const struct report *report, int case_index);

/* Cases of a group that have partitions. */
int report_count_with_partitions(const struct report *report, const struct group *group);

/* Whether there is a table of every job: up to REPORT_JOBS_MAX of them, or when it is wanted. */
enum { REPORT_JOBS_MAX = 1000000 };
bool report_writes_jobs(const struct report *report);

/* True when the full network has the measure in a case of the group. */
bool report_has_measure(const struct report *report, int group, const struct measure_ops *measure);
