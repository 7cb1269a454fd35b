#include "support/rollout_case.h"

#include "support/check.h"
#include "support/matgen.h"
#include "support/netgen.h"

#include <stdlib.h>

const struct rollout_shape ROLLOUT_SHAPES[ROLLOUT_SHAPE_COUNT] = {
    {1, 1, 1, 1, 1},     {1, 3, 2, 7, 5},     {2, 1, 1, 9, 127}, {3, 2, 5, 6, 24},
    {5, 1, 3, 4, 25},    {17, 7, 1, 11, 131}, {33, 1, 4, 5, 47}, {64, 3, 3, 8, 300},
    {129, 5, 2, 6, 33},  {8, 4, 9, 200, 3},   {7, 2, 8, 3, 16},  {9, 1, 6, 3, 49},
    {16, 2, 7, 2, 96},   {31, 3, 1, 2, 8},    {66, 2, 2, 3, 63}, {19, 2, 5, 4, 193},
    {140, 1, 3, 2, 192},
};

struct rollout_case rollout_case_create(const struct rollout_shape *shape, uint64_t seed)
{
    return rollout_case_create_of(shape, CELL_RNN, seed);
}

struct rollout_case rollout_case_create_of(const struct rollout_shape *shape, enum cell_kind kind,
                                           uint64_t seed)
{
    struct rollout_case test;
    struct network_shape network = {CELL_DEFAULT, shape->n_hidden, shape->n_in, shape->n_out};
    network.cell.kind = kind;
    test.network = netgen_network_of(seed, &network);
    test.trials = netgen_trials(seed, shape->n_steps, shape->n_trials, shape->n_in, shape->n_out);
    test.n_values = (size_t)shape->n_steps * (size_t)shape->n_trials * (size_t)shape->n_out;
    test.outputs = matgen_zeros(test.n_values);
    test.expected = matgen_zeros(test.n_values);
    return test;
}

void rollout_case_release(struct rollout_case *test)
{
    network_release(&test->network);
    trials_release(&test->trials);
    free(test->outputs);
    free(test->expected);
}

int rollout_variants(struct rollout_variant variants[ROLLOUT_VARIANTS_MOST])
{
    int count = 0;
    for (int i = 0; i < ROLLOUT_VARIANTS_MOST; i++) {
        const struct rollout_variant variant = {
            .path = (enum isa)(i / 4),
            .precision = i % 2 == 0 ? PRECISION_FLOAT64 : PRECISION_FLOAT32,
            .product = i / 2 % 2 == 0 ? PRODUCT_FUSED : PRODUCT_BLAS};
        if (isa_available(variant.path)) {
            variants[count++] = variant;
        }
    }
    return count;
}

void rollout_run_begin(struct rollout_run *run, const struct rollout_case *test,
                       struct rollout_variant variant)
{
    struct error error;
    run->rollout = NULL;
    CHECK_OK(packed_trials_create(&run->packed, &test->trials, variant.precision, &error));
    CHECK_OK(rollout_create_with(&run->rollout, &test->network, &run->packed, variant.path,
                                 variant.product, &error));
}

void rollout_run_end(struct rollout_run *run)
{
    rollout_destroy(&run->rollout);
    assert_null(run->rollout);
    packed_trials_release(&run->packed);
}

void rollout_outputs(const struct rollout_case *test, struct rollout_variant variant,
                     const double *weight_hh, double *outputs)
{
    struct error error;
    struct rollout_run run;
    rollout_run_begin(&run, test, variant);
    rollout_set_weights(run.rollout, weight_hh);
    CHECK_OK(rollout_run(run.rollout, outputs, &error));
    rollout_run_end(&run);
}
