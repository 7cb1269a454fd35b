/* Starting values of a construction under a numbered key. */
#pragma once

#include "kernel/constructions/construction.h"

struct start {
    int n;
    size_t n_params;
    double *params; /* [n_params] */
    double *fixed;  /* [n] NaN where the construction leaves it alone */
    double *w;      /* [n, n] row-major, the recurrent matrix that they give */
};

/* Every array is full of NaN before, so that nothing is left out. Released by start_release. */
struct start start_of(const struct construction_ops *construction, int n, uint64_t number);
void start_release(struct start *start);
