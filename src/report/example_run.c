/* Rollouts of an example on its trials. */
#include "core/memory.h"
#include "kernel/dynamics/rollout.h"
#include "kernel/experiment_alone.h"
#include "report/example.h"

#include <math.h>
#include <stdlib.h>

const ablation_set EXAMPLE_SETS[EXAMPLE_RUNS] = {ABLATION_NONE, 1u << COUPLING_RR,
                                                 1u << COUPLING_CR, 1u << COUPLING_CC};

/* The weights of the case, or NULL for those of the full network. */
static void set_weights(const struct experiment *experiment, struct rollout *rollout,
                        const double *weights)
{
    const struct network *const network = experiment->network;
    for (int gate = 0; gate < cell_parts(network->cell.kind)->n_gates; gate++) {
        rollout_set_gate(rollout, gate, network_gate(network, gate), (size_t)network->n_hidden);
    }
    if (weights != NULL) {
        alone_set_weights((const struct alone *)experiment, rollout, weights);
    }
}

/* outputs[n_steps, n_trials, n_out]; NaN everywhere when the network overflows. */
static enum status run_without(const struct example *example, struct rollout *rollout,
                               ablation_set set, double *outputs, struct error *error)
{
    const struct trials *const trials = &example->trials;
    const struct schur *const form = example->experiment->form;
    const struct removal removal =
        removal_of_set(example->experiment->plan->splits[0].n_blocks, set);
    const size_t count = (size_t)trials->n_steps * (size_t)trials->n_trials * (size_t)trials->n_out;
    const size_t n = (size_t)form->n;
    double *work = NULL; /* [3, n, n]: T~, a product, the weights Q T~ Q' */
    TRY(memory_array2(&work, 3 * n, n, sizeof *work, error));
    if (set != ABLATION_NONE) {
        removal_apply(&removal, form, work);
        removal_weights(form, work, work + n * n, work + 2 * n * n);
    }
    set_weights(example->experiment, rollout, set != ABLATION_NONE ? work + 2 * n * n : NULL);
    const enum status status = rollout_run(rollout, outputs, error);
    free(work);
    for (size_t i = 0; status_is_job_failure(status) && i < count; i++) {
        outputs[i] = NAN;
    }
    return status_is_job_failure(status) ? STATUS_OK : status;
}

enum status example_run(const struct example *example, double *outputs, struct error *error)
{
    const struct trials *const trials = &example->trials;
    const size_t count = (size_t)trials->n_steps * (size_t)trials->n_trials * (size_t)trials->n_out;
    struct packed_trials packed = {0};
    struct rollout *rollout = NULL;
    enum status status = packed_trials_create(&packed, trials, PRECISION_FLOAT64, error);
    /* The portable path gives the same figures everywhere. */
    THEN(status,
         rollout_create(&rollout, example->experiment->network, &packed, ISA_PORTABLE, error));
    for (int i = 0; i < EXAMPLE_RUNS && status == STATUS_OK; i++) {
        status = run_without(example, rollout, EXAMPLE_SETS[i], outputs + (size_t)i * count, error);
    }
    rollout_destroy(&rollout);
    packed_trials_release(&packed);
    return status;
}
