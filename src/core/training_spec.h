/* How a model is trained: everything that determines its weights. */
#pragma once

#include "core/cell.h"

#include <stdbool.h>
#include <stdint.h>

enum schedule { SCHEDULE_CONSTANT, SCHEDULE_TAIL, SCHEDULE_COSINE, SCHEDULE_COUNT };
enum { TRAINING_NAME_SIZE = 32 };

/* "constant", "tail" (constant, then linear to 0 over the last fifth), "cosine" (to 1e-5). */
const char *schedule_name(enum schedule schedule);

/* Resolved values of a recipe. */
struct recipe_values {
    char base[TRAINING_NAME_SIZE]; /* name of the recipe they were derived from */
    int steps;                     /* batches in all, or at most */
    int check; /* steps between looks at the mean of the weights of the later half of them, which is
                * the network where it meets the target: training ends; 0: it takes all steps */
    int batch; /* trials per batch */
    double rate; /* learning rate at the start */
    enum schedule schedule;
    double clip;        /* largest global norm of a gradient */
    int horizon;        /* answered steps of tasks that have a horizon; 0 for the others */
    double target;      /* metric from which on a model has converged */
    bool single;        /* float32 training */
    bool bias;          /* biases are trained; else they stay 0 */
    double input_scale; /* standard deviation of W_ih at the start; 0: uniform +-1/sqrt(hidden) */
};

struct training_spec {
    struct cell cell;
    char construction[TRAINING_NAME_SIZE];
    int task; /* index of a task_spec of the sweep, a built-in task */
    int64_t seed;
    struct recipe_values recipe;
    uint64_t key[2]; /* identity of the model: keys all random numbers of its training */
};
