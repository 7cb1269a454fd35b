/* A training in the middle: all that is needed to go on with the same bits. */
#pragma once

#include <stddef.h>

struct training_state {
    int n_steps;      /* at most */
    int step;         /* taken */
    size_t n_values;  /* parameters */
    double seconds;   /* of the training, before it was kept */
    double *values;   /* [n_values] */
    double *moment_1; /* [n_values] of Adam */
    double *moment_2; /* likewise */
    double *mean;     /* [n_values] of values, where training stops at the target */
    double *losses;   /* [step], with room for [n_steps] */
};
