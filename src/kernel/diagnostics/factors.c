/* Why outputs move, or do not, without a coupling: whether the states that it reads are large,
 * whether what it writes to moves the outputs, and whether the two go together
 * (kernel/gauss_newton/direction.h). The product of the three is the squared distance for each unit
 * of squared norm, relative to that of a random dense change of the matrix. */
#include "core/axes.h"
#include "kernel/diagnostics/diagnostic.h"
#include "kernel/diagnostics/thresholds.h"
#include "kernel/gauss_newton/direction.h"

#define OF_REMOVAL(name, long_name) VARIABLE_REAL(name, long_name, &AXIS_ALPHA, &AXIS_ABLATION)

static const struct variable VARIABLES[] = {
    OF_REMOVAL("exposure", "size of the states that the removed couplings read, relative to all"),
    OF_REMOVAL("visibility", "effect on outputs of what they write to, relative to all directions"),
    OF_REMOVAL("coordination",
               "squared predicted distance relative to what exposure and visibility say"),
    {.name = NULL}};

static enum status fill_job(struct experiment *experiment, const double *params, int job,
                            struct record *record, struct error *error)
{
    const int variant = experiment->plan->variant_of_job[job];
    const struct removal *const removal = &experiment->plan->variants[variant];
    const struct gauss_newton *gn = NULL;
    struct gauss_newton_source source;
    struct direction direction;
    double square = 0.0;
    (void)params;
    if (variant == 0) { /* removes nothing */
        return STATUS_OK;
    }
    TRY(experiment->ops->source(experiment, &source, error));
    TRY(experiment_gauss_newton(experiment, &gn, error));
    TRY(experiment_predict(experiment, variant, &square, error));
    TRY(experiment->ops->agree(experiment,
                               direction_of(gn, source.form, removal, &direction, error), error));
    const double gain = square / direction.mass_square / direction_dense_gain(gn, source.form);
    record_f64(record, "exposure")[job] = direction.exposure;
    record_f64(record, "visibility")[job] = direction.visibility;
    record_f64(record, "coordination")[job] = gain / direction.exposure / direction.visibility;
    return STATUS_OK;
}

static enum status run(struct experiment *experiment, const double *params, struct record *record,
                       struct error *error)
{
    return thresholds_fill(experiment, params, record, fill_job, error);
}

const struct diagnostic_ops DIAGNOSTIC_FACTORS = {
    .name = "factors",
    .long_name = "exposure, visibility and coordination of couplings",
    .stage = DIAGNOSTIC_OF_REFERENCE,
    .needs_gauss_newton = true,
    .variables = VARIABLES,
    .run = run,
};
