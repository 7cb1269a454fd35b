/* Stored jobs computed once more. */
#pragma once

#include "report/study_data.h"

/* A removal or a diagnostic of a case, numbered as in sweep.h. */
struct stored_job {
    int case_index;
    int job;
};

struct recompute_outcome {
    int64_t n_equal;           /* the same bits */
    int64_t n_near;            /* of teams: the same up to rounding, since one rank computes here */
    int64_t n_different;       /* not */
    int64_t n_skipped;         /* weights or trials are not there, or others */
    double largest_difference; /* relative, of fvu */
    struct stored_job first_different;
    char why_skipped[256]; /* of the first one */
};

/* Counts n jobs that could not be computed again; the first reason is kept. */
void recompute_skip(struct recompute_outcome *outcome, size_t n, const struct error *why);

/* Computes done jobs jobs[n] again, those of one case together and only its distinct ablated
 * matrices. `folder` is where the weights are, or NULL. The jobs must be ordered by case. Local. */
MUST_CHECK enum status recompute_jobs(const struct study_data *data, const struct stored_job *jobs,
                                      size_t n, const char *folder,
                                      struct recompute_outcome *outcome, struct error *error);

/* The same of a file of pairs, from the results files that it names. */
MUST_CHECK enum status recompute_pairs(const struct study_data *data, const struct stored_job *jobs,
                                       size_t n, const char *folder,
                                       struct recompute_outcome *outcome, struct error *error);

/* Whether a record is what is stored of a case, to the last bit: *is_same. Local. */
MUST_CHECK enum status recompute_compare(const struct study_data *data, int case_index,
                                         const struct variable *variables,
                                         const struct sweep *sweep, const struct record *made,
                                         bool *is_same, struct error *error);
