#include "kernel/training/bptt.h"

#include "core/memory.h"
#include "kernel/dynamics/tanh.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#define REAL double
#define REAL_NAME(name) double_##name
#define REAL_GEMM cblas_dgemm
#define REAL_TANH tanh_rows_double
#include "kernel/training/bptt_real.inc"
#undef REAL
#undef REAL_NAME
#undef REAL_GEMM
#undef REAL_TANH

#define REAL float
#define REAL_NAME(name) single_##name
#define REAL_GEMM cblas_sgemm
#define REAL_TANH tanh_rows_single
#include "kernel/training/bptt_real.inc"
#undef REAL
#undef REAL_NAME
#undef REAL_GEMM
#undef REAL_TANH

struct bptt {
    bool single;
    int n_hidden;
    int n_in;
    int n_out;
    int n_steps; /* of the tape */
    int n_trials;
    struct double_tape in_double;
    struct single_tape in_single;
};

enum status bptt_create(struct bptt **out, bool single, int n_hidden, int n_in, int n_out,
                        struct error *error)
{
    TRY(memory_array(out, 1, sizeof **out, error));
    struct bptt *const bptt = *out;
    bptt->single = single;
    bptt->n_hidden = n_hidden;
    bptt->n_in = n_in;
    bptt->n_out = n_out;
    const enum status status = single ? single_allocate_weights(&bptt->in_single, (size_t)n_hidden,
                                                                (size_t)n_in, (size_t)n_out, error)
                                      : double_allocate_weights(&bptt->in_double, (size_t)n_hidden,
                                                                (size_t)n_in, (size_t)n_out, error);
    if (status != STATUS_OK) {
        bptt_destroy(out);
    }
    return status;
}

void bptt_destroy(struct bptt **bptt)
{
    if (*bptt != NULL) {
        double_release(&(*bptt)->in_double);
        single_release(&(*bptt)->in_single);
        free(*bptt);
        *bptt = NULL;
    }
}

static enum status fit_tape(struct bptt *bptt, const struct trials *batch, struct error *error)
{
    if (batch->n_steps <= bptt->n_steps && batch->n_trials <= bptt->n_trials) {
        return STATUS_OK;
    }
    const size_t n_steps = (size_t)batch->n_steps;
    const size_t n_trials = (size_t)batch->n_trials;
    TRY(bptt->single
            ? single_allocate_tape(&bptt->in_single, n_steps, n_trials, (size_t)bptt->n_hidden,
                                   (size_t)bptt->n_in, (size_t)bptt->n_out, error)
            : double_allocate_tape(&bptt->in_double, n_steps, n_trials, (size_t)bptt->n_hidden,
                                   (size_t)bptt->n_in, (size_t)bptt->n_out, error));
    bptt->n_steps = batch->n_steps;
    bptt->n_trials = batch->n_trials;
    return STATUS_OK;
}

enum status bptt_gradient(struct bptt *bptt, const struct network *network,
                          const struct trials *batch, struct network *gradient, double *loss,
                          struct error *error)
{
    TRY(fit_tape(bptt, batch, error));
    *loss = bptt->single ? single_gradient(&bptt->in_single, network, batch, gradient)
                         : double_gradient(&bptt->in_double, network, batch, gradient);
    return STATUS_OK;
}
