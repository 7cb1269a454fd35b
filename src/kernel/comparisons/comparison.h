/* Comparisons: how far two networks of a group are from each other. A comparison is one const
 * struct in one file, comparisons.def names them all; it is one more job of every pair, with a
 * state and a checksum of its own, as a diagnostic is of a case. */
#pragma once

#include "core/network.h"
#include "core/record.h"
#include "core/rng.h"
#include "core/sweep.h"

/* One of the two, with what it brings to all its pairs. */
struct compared_network {
    const struct network *network; /* in the form in which it is taken apart; NULL unless some
                                      wanted comparison needs weights or dynamics */
    const struct partition_distances *partitions; /* [n_partitions] */
    int n_partitions;
    const double *dynamics; /* [DYNAMICS_RANK, DYNAMICS_RANK] (comparisons/dynamics.h); NULL unless
                               wanted */
};

struct network_pair {
    struct compared_network networks[2];
    struct rng_key key; /* of random numbers that belong to the two */
    /* Asked between pieces of work that take long, as in struct experiment; NULL: nobody asks. */
    enum status (*go_on)(void *context, struct error *error);
    void *go_on_context;
};

enum comparison_needs {
    NEEDS_PARTITIONS,
    NEEDS_WEIGHTS,
    NEEDS_DYNAMICS /* and weights, which make them */
};

struct comparison_ops {
    const char *name;
    const char *long_name; /* one line */
    enum comparison_needs needs;
    const struct variable *variables; /* ends with a NULL name */
    /* Fills the record, which arrives with missing values. A job failure leaves the comparison
     * failed. Local. */
    enum status (*run)(const struct network_pair *pair, struct record *record, struct error *error);
};

/* All comparisons, NULL at the end. */
extern const struct comparison_ops *const COMPARISONS[];

/* The comparison of that name, or NULL. */
const struct comparison_ops *comparison_find(const char *name);

/* Adds all of them to a sweep of pairs that has none. Local. */
MUST_CHECK enum status comparisons_add(struct sweep *sweep, struct error *error);
