/* Predicted distance of every removal, by the Gauss-Newton form (kernel/gauss_newton): to first
 * order in what is removed, all entries together. Its coherence is the square of this distance
 * relative to the sum of the squares of its pairs alone: below 1 they cancel, above they add up.
 *
 * Gains say how far outputs move for a random change of the matrix that has the norm of all of it:
 * of a dense change, and of one above the diagonal blocks, in squares of the distance. */
#include "core/axes.h"
#include "kernel/diagnostics/diagnostic.h"
#include "kernel/diagnostics/thresholds.h"
#include "kernel/gauss_newton/direction.h"

#include <math.h>

static const struct variable VARIABLES[] = {
    VARIABLE_REAL("gn_distance", "predicted distance of the outputs from those of the full model",
                  &AXIS_ALPHA, &AXIS_ABLATION),
    VARIABLE_REAL("coherence",
                  "square of the predicted distance, relative to the sum over the pairs removed",
                  &AXIS_ALPHA, &AXIS_ABLATION),
    VARIABLE_REAL("partition_gn_distance", "predicted distance in a partition", &AXIS_PARTITION,
                  &AXIS_ABLATION),
    VARIABLE_REAL("partition_gn_distance_se",
                  "standard error of partition_gn_distance, 0 where it is exact", &AXIS_PARTITION,
                  &AXIS_ABLATION),
    VARIABLE_REAL("dense_gain",
                  "squared distance by a random dense change of the matrix, of the same norm",
                  NULL),
    VARIABLE_REAL("upper_gain",
                  "squared distance by a random change above the diagonal, of the same norm", NULL),
    VARIABLE_REAL("mean_gain", "slope of the activation, mean over units, steps and trials", NULL),
    {"gn_probes",
     "1",
     "random probes of the prediction, 0 where it is exact",
     VALUE_I32,
     FILL_MARKED,
     {NULL}},
    {.name = NULL}};

static double coherence_of(const struct gauss_newton *gn, const struct removal *removal,
                           double square)
{
    double alone = 0.0;
    if (gn->n_in_group > 1) {
        return NAN;
    }
    for (int row = 0; row < gn->n_blocks; row++) {
        for (int col = row + 1; col < gn->n_blocks; col++) {
            if (removal_takes(removal, row, col)) {
                alone += gauss_newton_pair_square(gn, gauss_newton_pair(gn, row, col), NULL);
            }
        }
    }
    return alone > 0.0 ? square / alone : NAN;
}

static enum status fill_job(struct experiment *experiment, const double *params, int job,
                            struct record *record, struct error *error)
{
    const int variant = experiment->plan->variant_of_job[job];
    const struct gauss_newton *gn = NULL;
    double square = 0.0;
    (void)params;
    TRY(experiment_gauss_newton(experiment, &gn, error));
    TRY(experiment_predict(experiment, variant, &square, error));
    record_f64(record, "gn_distance")[job] = sqrt(square);
    record_f64(record, "coherence")[job] =
        coherence_of(gn, &experiment->plan->variants[variant], square);
    return STATUS_OK;
}

static void fill_partitions(const struct experiment *experiment, const struct gauss_newton *gn,
                            struct record *record)
{
    const struct ablation_plan *const plan = experiment->plan;
    double *const distances = record_f64(record, "partition_gn_distance");
    double *const errors = record_f64(record, "partition_gn_distance_se");
    for (int place = 0; place < plan->n_partitions * plan->n_sets; place++) {
        const int job = plan->n_alphas * plan->n_sets + place;
        const struct removal *const removal = &plan->variants[plan->variant_of_job[job]];
        double se = 0.0;
        distances[place] = sqrt(gauss_newton_set_square(gn, removal->n_blocks, removal->set, &se));
        errors[place] = distances[place] > 0.0 ? se / (2.0 * distances[place]) : 0.0;
    }
}

static enum status run(struct experiment *experiment, const double *params, struct record *record,
                       struct error *error)
{
    const double square = experiment->form->norm * experiment->form->norm;
    struct gauss_newton_source source;
    const struct gauss_newton *gn = NULL;
    TRY(experiment->ops->source(experiment, &source, error));
    TRY(experiment_gauss_newton(experiment, &gn, error));
    TRY(thresholds_fill(experiment, params, record, fill_job, error));
    fill_partitions(experiment, gn, record);
    *record_f64(record, "dense_gain") = direction_dense_gain(gn, source.form) * square;
    *record_f64(record, "upper_gain") = direction_upper_gain(gn, source.form) * square;
    *record_i32(record, "gn_probes") = gn->n_probes;
    if (cell_parts(experiment->network->cell.kind)->has_activation) {
        *record_f64(record, "mean_gain") = *gn->slopes / *gn->n_states;
    }
    return STATUS_OK;
}

const struct diagnostic_ops DIAGNOSTIC_GN = {
    .name = "gn",
    .long_name = "predicted distance of every removal",
    .stage = DIAGNOSTIC_OF_REFERENCE,
    .needs_gauss_newton = true,
    .variables = VARIABLES,
    .run = run,
};
