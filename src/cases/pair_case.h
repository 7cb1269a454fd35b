/* Pairs of networks, opened from the files of their models. */
#pragma once

#include "core/sweep.h"
#include "kernel/comparisons/comparison.h"

struct pair_cases;

/* Of a sweep of pairs, borrowed; nothing open. Released by pair_cases_destroy. Local. */
MUST_CHECK enum status pair_cases_create(struct pair_cases **out, const struct sweep *sweep,
                                         struct error *error);
void pair_cases_destroy(struct pair_cases **pairs);

/* What a comparison needs of a pair; borrowed until another one is opened. Weights stay while the
 * next pair has them too, dynamics for good: they are made once of every network. A job failure
 * when a file is not what was swept, or when its dynamics cannot be had. Local. */
MUST_CHECK enum status pair_cases_open(struct pair_cases *pairs, int case_index,
                                       enum comparison_needs needs, struct network_pair *pair,
                                       struct error *error);
