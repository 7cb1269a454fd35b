#include "kernel/dynamics/rollout.h"

#include "core/memory.h"
#include "kernel/dynamics/tanh.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Fixed, so that the products of a trial never depend on how trials are shared out. */
enum { ROLLOUT_TILE = 128 };

#define REAL double
#define REAL_NAME(name) double_##name
#define REAL_GEMM cblas_dgemm
#define REAL_TANH tanh_array_double
#include "kernel/dynamics/rollout_real.inc"
#undef REAL
#undef REAL_NAME
#undef REAL_GEMM
#undef REAL_TANH

#define REAL float
#define REAL_NAME(name) single_##name
#define REAL_GEMM cblas_sgemm
#define REAL_TANH tanh_array_single
#include "kernel/dynamics/rollout_real.inc"
#undef REAL
#undef REAL_NAME
#undef REAL_GEMM
#undef REAL_TANH

struct rollout {
    const struct network *network;
    const struct trials *trials;
    enum precision precision;
    struct double_workspace in_double;
    struct single_workspace in_single;
};

enum status rollout_create(struct rollout **out, const struct network *network,
                           const struct trials *trials, enum precision precision,
                           struct error *error)
{
    TRY(memory_array(out, 1, sizeof **out, error));
    struct rollout *const rollout = *out;
    rollout->network = network;
    rollout->trials = trials;
    rollout->precision = precision;
    const size_t n_augmented = (size_t)network->n_hidden + (size_t)network->n_in + 1;
    const enum status status =
        precision == PRECISION_DOUBLE
            ? double_allocate(&rollout->in_double, network, n_augmented, error)
            : single_allocate(&rollout->in_single, network, n_augmented, error);
    if (status != STATUS_OK) {
        rollout_destroy(out);
    }
    return status;
}

void rollout_destroy(struct rollout **rollout)
{
    if (*rollout != NULL) {
        double_release(&(*rollout)->in_double);
        single_release(&(*rollout)->in_single);
        free(*rollout);
        *rollout = NULL;
    }
}

enum status rollout_run(struct rollout *rollout, const double *weight_hh, double *outputs,
                        struct error *error)
{
    return rollout->precision == PRECISION_DOUBLE
               ? double_run(&rollout->in_double, rollout->network, rollout->trials, weight_hh,
                            outputs, error)
               : single_run(&rollout->in_single, rollout->network, rollout->trials, weight_hh,
                            outputs, error);
}

size_t rollout_memory(int n_hidden, int n_in, int n_out, enum precision precision)
{
    const size_t hidden = (size_t)n_hidden;
    const size_t outs = (size_t)n_out;
    const size_t augmented = hidden + (size_t)n_in + 1;
    const size_t values =
        (hidden + outs + ROLLOUT_TILE) * augmented + ROLLOUT_TILE * (hidden + outs);
    return values * (precision == PRECISION_DOUBLE ? sizeof(double) : sizeof(float));
}
