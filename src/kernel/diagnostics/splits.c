/* Where thresholds split the spectrum, how large the couplings are there, and all partitions. */
#include "core/axes.h"
#include "kernel/diagnostics/diagnostic.h"

#include <string.h>

static const struct variable VARIABLES[] = {
    {"n_r", "1", "rows of T in sector R", VALUE_I32, FILL_MARKED, {&AXIS_ALPHA}},
    VARIABLE_REAL(
        "alpha_gap",
        "smallest distance of a modulus from the threshold, relative to the spectral radius",
        &AXIS_ALPHA),
    VARIABLE_REAL("coupling_mass",
                  "Frobenius norm of a coupling, relative to that of the Schur form", &AXIS_ALPHA,
                  &AXIS_COUPLING),
    VARIABLE_REAL("alpha_low", "a partition holds for alphas above this one", &AXIS_PARTITION),
    VARIABLE_REAL("alpha_high", "a partition holds for alphas up to this one", &AXIS_PARTITION),
    {"partition_n_r",
     "1",
     "rows of T in sector R of a partition",
     VALUE_I32,
     FILL_MARKED,
     {&AXIS_PARTITION}},
    {.name = NULL}};

static enum status run(struct experiment *experiment, const double *params, struct record *record,
                       struct error *error)
{
    const struct ablation_plan *const plan = experiment->plan;
    (void)params;
    (void)error;
    for (int a = 0; a < plan->n_alphas; a++) {
        const struct split *const split = &plan->splits[a];
        record_i32(record, "n_r")[a] = split->n_r;
        record_f64(record, "alpha_gap")[a] = split->alpha_gap;
        memcpy(record_f64(record, "coupling_mass") + (size_t)a * COUPLING_COUNT, split->mass,
               sizeof split->mass);
    }
    for (int p = 0; p < plan->n_partitions; p++) {
        record_f64(record, "alpha_low")[p] = plan->partitions[p].alpha_low;
        record_f64(record, "alpha_high")[p] = plan->partitions[p].alpha_high;
        record_i32(record, "partition_n_r")[p] = plan->partitions[p].n_r;
    }
    return STATUS_OK;
}

const struct diagnostic_ops DIAGNOSTIC_SPLITS = {
    .name = "splits",
    .long_name = "sectors at every threshold, and the partitions of the spectrum",
    .is_always = true,
    .variables = VARIABLES,
    .run = run,
};
