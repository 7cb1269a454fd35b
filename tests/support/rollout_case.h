/* A random network on random trials with its outputs by plain loops, for tests of the rollout. */
#pragma once

#include "kernel/dynamics/rollout.h"

struct rollout_shape {
    int n_hidden;
    int n_in;
    int n_out;
    int n_steps;
    int n_trials;
};

/* Odd sizes; trials around the widths of vectors, of tiles and of the block that BLAS multiplies.
 */
enum { ROLLOUT_SHAPE_COUNT = 17 };
extern const struct rollout_shape ROLLOUT_SHAPES[ROLLOUT_SHAPE_COUNT];

struct rollout_case {
    struct network network;
    struct trials trials;
    double *outputs;  /* [n_values], scratch */
    double *expected; /* [n_values], scratch */
    size_t n_values;
};

struct rollout_case rollout_case_create(const struct rollout_shape *shape, uint64_t seed);
struct rollout_case rollout_case_create_of(const struct rollout_shape *shape, enum cell_kind kind,
                                           uint64_t seed);
void rollout_case_release(struct rollout_case *test);

/* One way to compute. */
struct rollout_variant {
    enum isa path;
    enum precision precision;
    enum rollout_product product;
};
enum { ROLLOUT_VARIANTS_MOST = 4 * ISA_COUNT };

/* All that are available here, with the product of the kernel and with that of BLAS; returns their
 * number. */
int rollout_variants(struct rollout_variant variants[ROLLOUT_VARIANTS_MOST]);

#define FOR_EACH_VARIANT(variant)                                                                  \
    struct rollout_variant variants_[ROLLOUT_VARIANTS_MOST];                                       \
    const int n_variants_ = rollout_variants(variants_);                                           \
    for (const struct rollout_variant *variant = variants_; variant < variants_ + n_variants_;     \
         variant++)

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
