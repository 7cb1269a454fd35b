/* What dominates over the seeds of a group, and whether a threshold tells of its neighbours. */
#pragma once

#include "report/case_partitions.h"
#include "report/groups.h"
#include "report/statistics.h"

/* Parts of WIDE_WINDOW over which something dominates, over the models of a group. */
struct share_summary {
    struct sample_summary sample;
    double least;
    double most;
};

struct dominance {
    int n;            /* models of which all of the window is known */
    int n_incomplete; /* that have a part of it */
    struct share_summary shares[DOMINANT_KNOWN_COUNT]; /* NaN for n = 0 */
};

/* At one threshold: models of which all of USUAL_WINDOW and the partition of the threshold are
 * known, and those where the same thing dominates in both (partitions_main_dominant). */
struct agreement_count {
    int n;
    int n_same;
    int n_near; /* of all models with partitions: a break point is within NEAR_TIE of the threshold
                 */
};

/* `of_cases` are those of all cases. Local. */
MUST_CHECK enum status dominance_find(struct dominance *dominance,
                                      const struct case_partitions *of_cases,
                                      const struct group *group, struct error *error);
struct agreement_count dominance_at(const struct case_partitions *of_cases,
                                    const struct group *group, double alpha);
