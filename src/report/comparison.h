/* Comparisons over the seeds of a group: every ablation set with the full model and with every
 * other set, and how the order of the effects changes with alpha and from seed to seed. */
#pragma once

#include "report/groups.h"

/* One pair of ablation sets at one alpha: difference of fvu, second minus first, seed by seed. */
struct comparison {
    int group;
    int alpha;
    int first; /* number of the set; 0 is the full model */
    int second;
    int n; /* seeds with both jobs finished, where the two leave different matrices */
    double mean_difference;
    int direction;     /* its sign, also where infinite differences leave no mean */
    double p;          /* sign-flip permutation test */
    double p_adjusted; /* Holm over the comparisons of the same group and alpha */
    double smallest_p; /* that n allows */
};

/* A pair counts as different below this level. */
#define COMPARISON_LEVEL 0.05

struct comparisons {
    struct comparison *rows; /* [n_rows] by group, alpha, pair */
    size_t n_rows;
};

/* On failure too released by comparisons_release. Local. */
MUST_CHECK enum status comparisons_create(struct comparisons *comparisons,
                                          const struct study_data *data,
                                          const struct grouping *grouping, struct error *error);
void comparisons_release(struct comparisons *comparisons);

/* -1 lower, 1 higher, 0 no verdict: the corrected p is above the level, or n too small for it. */
int comparison_verdict(const struct comparison *comparison);

/* The effects of a case at an alpha: its delta_fvu over all sets but `none`. Agreement of two of
 * them is Kendall's tau-b of their order. */
struct effect_stability {
    double mean_tau;       /* over all pairs of alphas of every seed; NaN with one alpha */
    double lowest_tau;     /* of a pair of alphas of one seed */
    int n_pairs;           /* pairs of alphas that have a tau, over all seeds */
    double partitions;     /* distinct n_R over the alphas, mean over the seeds that have n_R */
    double largest_change; /* of the mean of delta_fvu of one set between two alphas, over the seeds
                            * that have the set at all alphas */
    int change_set;
    int change_low; /* alphas of the smallest and the largest mean */
    int change_high;
};

/* Of one group. Local. */
MUST_CHECK enum status effect_stability_find(struct effect_stability *stability,
                                             const struct study_data *data,
                                             const struct group *group, struct error *error);

/* Agreement between the seeds of a group at one alpha. */
struct seed_similarity {
    int n_pairs; /* pairs of seeds that have a tau */
    double mean_tau;
    double lowest_tau;
};

MUST_CHECK enum status seed_similarity_find(struct seed_similarity *similarity,
                                            const struct study_data *data,
                                            const struct group *group, int alpha,
                                            struct error *error);
