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

/* What is left by the first variant, which removes nothing, is W itself. On ranks that have no room
 * for values nothing is computed: they only answer that they are there. */
static enum status fill(struct experiment *experiment, const struct gauss_newton_source *source,
                        const struct workspace *space, double *of_variants, struct error *error)
{
    const struct schur *const form = source->form;
    const struct ablation_plan *const plan = experiment->plan;
    for (int i = 0; i < plan->n_variants; i++) {
        const double *w = source->network->weight_hh;
        TRY(experiment_go_on(experiment, error));
        if (of_variants != NULL && i > 0) {
            removal_apply(&plan->variants[i], form, space->t);
            removal_weights(form, space->t, space->work, space->w);
            w = space->w;
        }
        if (of_variants != NULL) {
            of_variants[i] = violation(w, space->signs, form->n, form->norm);
        }
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

/* The same answer on all ranks. */
static bool has_signs(const struct network *network, double *signs)
{
    if (network->dale_sign != NULL) {
        memcpy(signs, network->dale_sign, (size_t)network->n_hidden * sizeof *signs);
        return true;
    }
    return find_signs(network->weight_hh, network->n_hidden, signs);
}

static enum status create(struct workspace *space, const struct experiment *experiment,
                          double **of_variants, struct error *error)
{
    const size_t n = (size_t)experiment->form->n;
    TRY(memory_array(&space->signs, n, sizeof(double), error));
    if (!experiment->is_root) {
        return STATUS_OK;
    }
    TRY(memory_array2(&space->t, n, n, sizeof(double), error));
    TRY(memory_array2(&space->work, n, n, sizeof(double), error));
    TRY(memory_array2(&space->w, n, n, sizeof(double), error));
    return memory_array(of_variants, (size_t)experiment->plan->n_variants, sizeof(double), error);
}

static enum status run(struct experiment *experiment, const double *params, struct record *record,
                       struct error *error)
{
    struct gauss_newton_source source;
    struct workspace space = {.signs = NULL};
    double *of_variants = NULL;
    (void)params;
    if (!cell_parts(experiment->network->cell.kind)->has_activation) {
        return STATUS_OK;
    }
    TRY(experiment->ops->source(experiment, &source, error));
    enum status status =
        experiment->ops->agree(experiment, create(&space, experiment, &of_variants, error), error);
    if (status == STATUS_OK && has_signs(source.network, space.signs)) {
        status = fill(experiment, &source, &space, of_variants, error);
        if (status == STATUS_OK && of_variants != NULL) {
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

/* Two products of matrices for each removal, where a rollout is one of a matrix with the states of
 * every step and trial. */
static double rollouts(const struct sweep *sweep, const struct trials *trials, int width,
                       const double *params)
{
    const double rows = sweep->n_alphas + (sweep->n_partitions > 0 ? width : 0);
    const double states = (double)trials->n_steps * trials->n_trials;
    (void)params;
    return rows * sweep->n_ablations * 2.0 * width / states;
}

const struct diagnostic_ops DIAGNOSTIC_DALE = {
    .name = "dale",
    .long_name = "how far ablated matrices break Dale's law",
    .variables = VARIABLES,
    .rollouts = rollouts,
    .run = run,
};
