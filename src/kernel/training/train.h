/* Training of one model: batched back-propagation through time (Werbos 1990), Adam (Kingma and Ba
 * 2015), clipping by the global norm (Pascanu, Mikolov, Bengio 2013), fresh trials every batch. */
#pragma once

#include "core/network.h"
#include "core/training_spec.h"
#include "core/training_state.h"
#include "kernel/tasks/task.h"

/* Raised when the same spec would give other bits; test_training_identity.c has the history. */
#define TRAINING_NUMERICS_VERSION 3

struct training_result {
    struct network network; /* of float64 weights; released with the result */
    double *loss_history;   /* [steps] loss of every batch, before its update */
    int steps;              /* that were taken */
    double loss;            /* mean over the last hundredth of the steps */
    double metric;  /* of the task, float64, on trials of the model's own that no batch has seen */
    bool converged; /* the metric reaches the recipe's target */
    double seconds; /* of the training, by a monotonic clock */
};

/* Who is told about every step, and keeps the training on its way. */
struct training_watcher {
    /* False ends the training with STATUS_STOPPED. */
    bool (*go_on)(void *context, int step, int steps, double loss);
    /* Fills in what was kept of this very training before; false, and nothing changed, when that is
     * nothing. May be NULL. */
    bool (*load)(void *context, struct training_state *state);
    /* Offered after every step; no other follows when it is stopping. May be NULL. */
    void (*save)(void *context, const struct training_state *state, bool is_stopping);
    void *context;
};

/* Identity of a model: hash of the task and its parameters (but not how many trials are held out,
 * nor the horizon that the recipe sets), cell, construction, width, seed, all recipe values and the
 * numerics version. It keys every random number of the training. STATUS_INTERNAL without memory.
 * Local. */
MUST_CHECK enum status training_identity(const struct training_spec *spec, int n_hidden,
                                         const struct task_ops *task, const double *params,
                                         uint64_t key[2], struct error *error);

/* Trains a model of width n_hidden, with activations on the best isa of this processor, until the
 * steps of its recipe are taken or, where that looks (check), the mean of the weights of late steps
 * meets the target, and is the network. The result depends on the spec, bit for bit: avx2 and
 * avx512 give the same, the portable path another one, as it has no fused operations.
 * STATUS_JOB_TRAINING_DIVERGED when loss or gradient become NaN or Inf, naming the step;
 * STATUS_STOPPED when the watcher says so; STATUS_INTERNAL without memory or for an unknown
 * construction. A training that was kept goes on with the same bits. `watcher` may be NULL; free
 * with training_release. Local. */
MUST_CHECK enum status train_model(const struct training_spec *spec, int n_hidden,
                                   const struct task_ops *task, const double *params,
                                   const struct training_watcher *watcher,
                                   struct training_result *result, struct error *error);
void training_release(struct training_result *result);
