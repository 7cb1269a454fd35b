/* A random network on random trials with its answers by plain loops, for tests of the rollout. */
#ifndef SCHURSWEEP_TESTS_SUPPORT_ROLLOUT_CASE_H
#define SCHURSWEEP_TESTS_SUPPORT_ROLLOUT_CASE_H

#include "kernel/dynamics/rollout.h"

struct rollout_shape {
    int n_hidden;
    int n_in;
    int n_out;
    int n_steps;
    int n_trials;
};

/* Odd sizes; trials around the widths of vectors and tiles; the last three are multiplied by BLAS,
 * with trials around the width of its block. */
enum { ROLLOUT_SHAPE_COUNT = 18, ROLLOUT_FUSED_SHAPES = 15 };
extern const struct rollout_shape ROLLOUT_SHAPES[ROLLOUT_SHAPE_COUNT];

struct rollout_case {
    struct network network;
    struct trials trials;
    double *outputs;  /* [n_values], scratch */
    double *expected; /* [n_values], scratch */
    size_t n_values;
};

struct rollout_case rollout_case_create(const struct rollout_shape *shape, uint64_t seed);
void rollout_case_release(struct rollout_case *test);

/* A vector path and a precision; all that are available here. */
struct rollout_variant {
    enum vector_path path;
    enum precision precision;
};
int rollout_variants(struct rollout_variant variants[2 * VECTOR_PATH_COUNT]);

/* Trials and rollout together, so that one call makes and one releases both. */
struct rollout_run {
    struct packed_trials packed;
    struct rollout *rollout;
};
void rollout_run_begin(struct rollout_run *run, const struct rollout_case *test,
                       struct rollout_variant variant);
void rollout_run_end(struct rollout_run *run);

/* outputs[n_values] of the network with weight_hh in the place of its own; must succeed. */
void rollout_outputs(const struct rollout_case *test, struct rollout_variant variant,
                     const double *weight_hh, double *outputs);

#endif
