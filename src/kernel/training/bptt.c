#include "kernel/training/bptt.h"

#include "core/array.h"
#include "core/memory.h"
#include "kernel/dynamics/denormals.h"
#include "kernel/dynamics/rollout_kernel.h"

#include <assert.h>
#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REAL double
#define REAL_NAME(name) float64_##name
#define REAL_GEMM cblas_dgemm
#include "kernel/training/bptt_real.inc"

#define REAL float
#define REAL_NAME(name) float32_##name
#define REAL_GEMM cblas_sgemm
#include "kernel/training/bptt_real.inc"

struct bptt {
    enum precision precision;
    int n_hidden;
    int n_in;
    int n_out;
    int n_steps; /* of the tape */
    int n_trials;
    struct float64_tape float64; /* one of the two is in use */
    struct float32_tape float32;
};

enum status bptt_create(struct bptt **out, const struct network *network, bool has_bias,
                        enum precision precision, enum isa path, struct error *error)
{
    TRY(memory_array(out, 1, sizeof **out, error));
    struct bptt *const bptt = *out;
    *bptt = (struct bptt){.precision = precision,
                          .n_hidden = network->n_hidden,
                          .n_in = network->n_in,
                          .n_out = network->n_out};
    bptt->float64.has_bias = has_bias;
    bptt->float32.has_bias = has_bias;
    bptt->float64.activate = rollout_kernel_find(path, PRECISION_FLOAT64)->activate;
    bptt->float32.activate = rollout_kernel_find(path, PRECISION_FLOAT32)->activate;
    const enum status status = precision == PRECISION_FLOAT64
                                   ? float64_allocate_weights(&bptt->float64, network, error)
                                   : float32_allocate_weights(&bptt->float32, network, error);
    if (status != STATUS_OK) {
        bptt_destroy(out);
    }
    return status;
}

void bptt_destroy(struct bptt **bptt)
{
    if (*bptt != NULL) {
        float64_release(&(*bptt)->float64);
        float32_release(&(*bptt)->float32);
        free(*bptt);
        *bptt = NULL;
    }
}

enum status bptt_gradient(struct bptt *bptt, const struct network *network,
                          const struct trials *batch, struct network *gradient, double *loss,
                          struct error *error)
{
    assert(network->n_hidden == bptt->n_hidden && network->n_in == bptt->n_in &&
           network->n_out == bptt->n_out);
    assert(batch->n_in == bptt->n_in && batch->n_out == bptt->n_out);
    if (batch->n_steps > bptt->n_steps || batch->n_trials > bptt->n_trials) {
        TRY(bptt->precision == PRECISION_FLOAT64
                ? float64_allocate_tape(&bptt->float64, network, batch, error)
                : float32_allocate_tape(&bptt->float32, network, batch, error));
        bptt->n_steps = batch->n_steps;
        bptt->n_trials = batch->n_trials;
    }
    const unsigned mode = denormals_flush();
    *loss = bptt->precision == PRECISION_FLOAT64
                ? float64_gradient(&bptt->float64, network, batch, gradient)
                : float32_gradient(&bptt->float32, network, batch, gradient);
    denormals_restore(mode);
    return STATUS_OK;
}
