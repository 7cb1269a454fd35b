/* Dale's law: all weights that lead from a unit have one sign. The share of an ablated matrix that
 * breaks it is the Frobenius norm of the entries of the wrong sign, relative to that of the whole.
 * Signs are those that the model gives, or else those of W where every column of it has one. Of
 * other networks and of gated cells the values are missing. */
#include "core/array.h"
#include "core/axes.h"
#include "core/memory.h"
#include "kernel/diagnostics/diagnostic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct variable VARIABLES[] = {
    VARIABLE_REAL("dale_violation",
                  "Frobenius norm of the weights whose sign is not that of their unit, relative to "
                  "that of the matrix that is left",
                  &AXIS_ALPHA, &AXIS_ABLATION),
    VARIABLE_REAL("partition_dale_violation", "dale_violation in a partition", &AXIS_PARTITION,
                  &AXIS_ABLATION),
    {.name = NULL}};

/* What one matrix after the other is made in. */
struct workspace {
    double *signs; /* [n] +1, -1, or 0 of a unit that leads nowhere and may have either */
    double *t;     /* [n, n] column-major */
    double *work;  /* [n, n] */
    double *w;     /* [n, n] row-major */
};

/* False when a column has entries of both signs. */
static bool find_signs(const double *w, int n, double *signs)
{
    memset(signs, 0, (size_t)n * sizeof *signs);
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            const double entry = w[row_major(i, j, n)];
            if (entry * signs[j] < 0.0) {
                return false;
            }
            signs[j] = entry != 0.0 ? copysign(1.0, entry) : signs[j];
        }
    }
    return true;
}

static double violation(const double *w, const double *signs, int n, double norm)
{
    double wrong = 0.0;
    double all = 0.0;
    for (int i = 0; i < n && norm > 0.0; i++) {
        for (int j = 0; j < n; j++) {
            const double entry = w[row_major(i, j, n)] / norm;
            all += entry * entry;
            wrong += entry * signs[j] < 0.0 ? entry * entry : 0.0;
        }
    }
    return all > 0.0 ? sqrt(wrong / all) : 0.0;
}

/* What is left by the first variant, which removes nothing, is W itself. */
static enum status fill(struct experiment *experiment, const struct workspace *space,
                        double *of_variants, struct error *error)
{
    const struct schur *const form = experiment->form;
    const struct ablation_plan *const plan = experiment->plan;
    of_variants[0] = violation(experiment->network->weight_hh, space->signs, form->n, form->norm);
    for (int i = 1; i < plan->n_variants; i++) {
        TRY(experiment_go_on(experiment, error));
        removal_apply(&plan->variants[i], form, space->t);
        removal_weights(form, space->t, space->work, space->w);
        of_variants[i] = violation(space->w, space->signs, form->n, form->norm);
    }
    return STATUS_OK;
}

static void record_jobs(const struct ablation_plan *plan, const double *of_variants,
                        struct record *record)
{
    const int n_of_alphas = plan->n_alphas * plan->n_sets;
    const int count = n_of_alphas + plan->n_partitions * plan->n_sets;
    double *const of_alphas = record_f64(record, "dale_violation");
    double *const of_partitions = record_f64(record, "partition_dale_violation");
    for (int job = 0; job < count; job++) {
        *(job < n_of_alphas ? &of_alphas[job] : &of_partitions[job - n_of_alphas]) =
            of_variants[plan->variant_of_job[job]];
    }
}

static bool has_signs(const struct experiment *experiment, double *signs)
{
    const struct network *const network = experiment->network;
    if (network->dale_sign != NULL) {
        memcpy(signs, network->dale_sign, (size_t)network->n_hidden * sizeof *signs);
        return true;
    }
    return find_signs(network->weight_hh, network->n_hidden, signs);
}

static enum status run(struct experiment *experiment, const double *params, struct record *record,
                       struct error *error)
{
    const struct network *const network = experiment->network;
    const size_t n = (size_t)network->n_hidden;
    struct workspace space = {.signs = NULL};
    double *of_variants = NULL;
    (void)params;
    if (!cell_parts(network->cell.kind)->has_activation || experiment->form->t == NULL) {
        return STATUS_OK;
    }
    enum status status = memory_array(&space.signs, n, sizeof(double), error);
    THEN(status, memory_array2(&space.t, n, n, sizeof(double), error));
    THEN(status, memory_array2(&space.work, n, n, sizeof(double), error));
    THEN(status, memory_array2(&space.w, n, n, sizeof(double), error));
    THEN(status,
         memory_array(&of_variants, (size_t)experiment->plan->n_variants, sizeof(double), error));
    if (status == STATUS_OK && has_signs(experiment, space.signs)) {
        status = fill(experiment, &space, of_variants, error);
        if (status == STATUS_OK) {
            record_jobs(experiment->plan, of_variants, record);
        }
    }
    free(space.signs);
    free(space.t);
    free(space.work);
    free(space.w);
    free(of_variants);
    return status;
}

const struct diagnostic_ops DIAGNOSTIC_DALE = {
    .name = "dale",
    .long_name = "how far ablated matrices break Dale's law",
    .variables = VARIABLES,
    .run = run,
};
