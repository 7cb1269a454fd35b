/* Cases of a study that differ by their seed, or file, alone: what a plan lists. Local. */
#pragma once

#include "cli/estimate.h"

struct plan_group {
    int first_case; /* which shows what they have in common */
    int n_cases;
    int n_missing;
    int64_t n_rollouts;
    bool has_bounds;
    double seconds; /* of one core, to sweep them */
    double training_seconds;
};

/* *out: [*n] in the order of their first cases; released by free. `missing` has the models to
 * train. */
MUST_CHECK enum status plan_groups_create(struct plan_group **out, int *n,
                                          const struct sweep *sweep,
                                          const struct estimate *estimate,
                                          const unsigned char *missing, struct error *error);

/* A line for each group. */
MUST_CHECK enum status plan_groups_print(const struct plan_group *groups, int n,
                                         const struct sweep *sweep, struct error *error);

/* "relu, leak 0.5", "gru, r"; "" for plain tanh networks. */
void plan_cell_label(const struct sweep *sweep, int case_index, char *text, size_t size);
