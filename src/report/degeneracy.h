/* How differently the networks of a group, which differ by their seed alone, solve their task: at
 * four levels, behaviour, dynamics, weights and what can be removed. */
#pragma once

#include "report/bootstrap.h"
#include "report/case_partitions.h"
#include "report/groups.h"

enum degeneracy_level {
    DEGENERACY_FVU, /* sd of log10 fvu */
    DEGENERACY_OOD, /* the same on changed trials, mean over them */
    DEGENERACY_DSA, /* mean over pairs, as all but the last two that follow */
    DEGENERACY_EIGENVALUES,
    DEGENERACY_WEIGHT,  /* of weight distance over its null */
    DEGENERACY_PROFILE, /* in decades, from 0.5 */
    DEGENERACY_PROFILE_USUAL,
    DEGENERACY_STABILIZERS, /* Jaccard distance of the sets that can be removed at an alpha */
    DEGENERACY_DOMINANCE,   /* entropy in bits of what dominates, over WIDE_WINDOW */
    DEGENERACY_LEVELS
};

/* In files, and for people. */
extern const char *const DEGENERACY_NAMES[DEGENERACY_LEVELS + 1]; /* NULL at the end */
extern const char *const DEGENERACY_TITLES[DEGENERACY_LEVELS];

struct degeneracy_value {
    double value;
    struct interval interval; /* 95 %, of a bootstrap over networks; NaN for less than three */
};

struct degeneracy {
    int n_networks;
    int n_pairs;                                       /* of them in the files of pairs */
    struct degeneracy_value levels[DEGENERACY_LEVELS]; /* NaN where nothing tells of it */
};

/* Whether the files have anything that only degeneracy tells of: pairs, or changed trials. */
bool degeneracy_is_asked_for(const struct study_data *data);

/* *out: [grouping->n_groups], released by free. `partitions` are those of all cases, `alpha` is a
 * number of the study's. STATUS_MISMATCH when a file of pairs is of other networks than the
 * study's. Local. */
MUST_CHECK enum status degeneracy_create(struct degeneracy **out, const struct study_data *data,
                                         const struct grouping *grouping,
                                         const struct case_partitions *partitions, int alpha,
                                         struct error *error);
