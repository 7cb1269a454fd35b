/* A comparison that only tests have: the largest difference of two weights in one place. */
#include "core/array.h"
#include "kernel/comparisons/comparison.h"

#include <math.h>

static const struct variable VARIABLES[] = {
    VARIABLE_REAL("dummy_difference", "largest difference of two weights in one place", NULL),
    {.name = NULL}};

static enum status run(const struct network_pair *pair, struct record *record, struct error *error)
{
    const struct network *const a = pair->networks[0].network;
    const struct network *const b = pair->networks[1].network;
    double largest = 0.0;
    (void)error;
    for (size_t i = 0; i < array_count(a->n_hidden, a->n_hidden); i++) {
        largest = fmax(largest, fabs(a->weight_hh[i] - b->weight_hh[i]));
    }
    *record_f64(record, "dummy_difference") = largest;
    return STATUS_OK;
}

const struct comparison_ops COMPARISON_DUMMY = {.name = "dummy_pair",
                                                .long_name = "largest difference of two weights",
                                                .needs = NEEDS_WEIGHTS,
                                                .variables = VARIABLES,
                                                .run = run};
