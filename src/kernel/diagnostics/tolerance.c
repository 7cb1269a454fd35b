/* How much of a removal outputs tolerate: the smallest part c of it with which they are epsilon
 * away, and how large that is beside T. Outputs need not move further with more of it, so c is the
 * first crossing that is met from below: from half of what the prediction says down to where they
 * are less than epsilon away, then up in steps of one half until they are more, and between the two
 * last ones by the secant of logarithms. Beyond 64 times the couplings none is looked for.
 *
 * Fragility says how much further outputs move, by the prediction, than for a random change of the
 * same norm: of the whole matrix, of all that is above its diagonal blocks, of the same couplings;
 * in closed form (kernel/gauss_newton/direction.h). */
#include "core/axes.h"
#include "kernel/diagnostics/diagnostic.h"
#include "kernel/diagnostics/thresholds.h"
#include "kernel/gauss_newton/direction.h"

#include <math.h>

enum { DENSE, UPPER, SECTOR, N_NULLS };

static int64_t n_nulls(const struct sweep *sweep)
{
    (void)sweep;
    return N_NULLS;
}

static struct label null_label(const struct sweep *sweep, int64_t i)
{
    static const char *const NAMES[N_NULLS] = {"dense", "upper", "sector"};
    (void)sweep;
    return (struct label){.text = NAMES[i]};
}

static const struct axis AXIS_NULL = {"null", "random changes of the same norm that are compared",
                                      VALUE_TEXT, n_nulls, null_label};

#define OF_REMOVAL(name, long_name) VARIABLE_REAL(name, long_name, &AXIS_ALPHA, &AXIS_ABLATION)

static const struct variable VARIABLES[] = {
    OF_REMOVAL("tolerance_radius",
               "norm of the part of a removal at which the distance first is epsilon, relative to "
               "that of T"),
    OF_REMOVAL("radius_strength", "that part of the removal; above 1 is more than all of it"),
    OF_REMOVAL("gn_radius", "tolerance_radius as it is predicted"),
    VARIABLE_REAL("fragility", "predicted distance relative to that of a random change",
                  &AXIS_ALPHA, &AXIS_ABLATION, &AXIS_NULL),
    {.name = NULL}};

enum { EPSILON };

static const double MOST = 64.0;
static const double GROWTH = 1.5;
static const double CLOSE = 1e-5; /* to epsilon, relative */
enum { MOST_HALVINGS = 60, MOST_SECANTS = 60 };

/* One end of an interval in which the distance crosses epsilon. */
struct point {
    double strength;
    double distance;
};

struct search {
    struct experiment *experiment;
    const struct removal *removal;
    double epsilon;
};

static enum status measure(const struct search *search, double strength, struct point *point,
                           struct error *error)
{
    struct removal part = *search->removal;
    part.strength = strength;
    point->strength = strength;
    return experiment_distance(search->experiment, &part, &point->distance, error);
}

/* *low below epsilon and *high not below it, neighbours of one another; *is_found or not. */
static enum status bracket(const struct search *search, double start, struct point *low,
                           struct point *high, bool *is_found, struct error *error)
{
    TRY(measure(search, start, low, error));
    for (int i = 0; i < MOST_HALVINGS && !(low->distance < search->epsilon); i++) {
        TRY(measure(search, low->strength / 2.0, low, error));
    }
    *high = *low;
    *is_found = false;
    while (low->distance < search->epsilon && GROWTH * low->strength <= MOST && !*is_found) {
        TRY(measure(search, GROWTH * low->strength, high, error));
        *is_found = !(high->distance < search->epsilon);
        *low = *is_found ? *low : *high;
    }
    return STATUS_OK;
}

/* Where the line through the two, in logarithms, meets epsilon; where there is none, half way. */
static double meet(const struct point *low, const struct point *high, double epsilon)
{
    const double a = log(low->distance / epsilon);
    const double b = log(high->distance / epsilon);
    const double width = log(high->strength / low->strength);
    const double part = isfinite(a) && isfinite(b) && b > a ? -a / (b - a) : 0.5;
    return low->strength * exp(part * width);
}

static enum status close_in(const struct search *search, struct point low, struct point high,
                            double *strength, struct error *error)
{
    struct point point = low;
    for (int i = 0; i < MOST_SECANTS && fabs(point.distance / search->epsilon - 1.0) > CLOSE; i++) {
        TRY(measure(search, meet(&low, &high, search->epsilon), &point, error));
        if (point.distance < search->epsilon) {
            low = point;
        } else {
            high = point;
        }
    }
    *strength = point.strength;
    return STATUS_OK;
}

/* NaN where there is no crossing. */
static enum status find_strength(const struct search *search, double predicted, double *strength,
                                 struct error *error)
{
    struct point low;
    struct point high;
    bool is_found = false;
    *strength = NAN;
    if (!(predicted > 0.0)) {
        return STATUS_OK;
    }
    TRY(bracket(search, 0.5 * search->epsilon / predicted, &low, &high, &is_found, error));
    return is_found ? close_in(search, low, high, strength, error) : STATUS_OK;
}

static enum status fill_job(struct experiment *experiment, const double *params, int job,
                            struct record *record, struct error *error)
{
    const int variant = experiment->plan->variant_of_job[job];
    const struct removal *const removal = &experiment->plan->variants[variant];
    const double epsilon = params[EPSILON];
    const struct search search = {experiment, removal, epsilon};
    const double norm = experiment->form->norm;
    const struct gauss_newton *gn = NULL;
    struct gauss_newton_source source;
    struct direction direction;
    double square = 0.0;
    double strength = NAN;
    if (variant == 0) { /* removes nothing */
        return STATUS_OK;
    }
    TRY(experiment->ops->source(experiment, &source, error));
    TRY(experiment_gauss_newton(experiment, &gn, error));
    TRY(experiment_predict(experiment, variant, &square, error));
    TRY(experiment->ops->agree(experiment,
                               direction_of(gn, source.form, removal, &direction, error), error));
    TRY(find_strength(&search, sqrt(square), &strength, error));
    const double mass = sqrt(direction.mass_square) / norm;
    const double gain = square / direction.mass_square;
    double *const fragility = record_f64(record, "fragility") + (size_t)job * N_NULLS;
    record_f64(record, "tolerance_radius")[job] = strength * mass;
    record_f64(record, "radius_strength")[job] = strength;
    record_f64(record, "gn_radius")[job] = square > 0.0 ? epsilon / sqrt(square) * mass : NAN;
    fragility[DENSE] = sqrt(gain / direction_dense_gain(gn, source.form));
    fragility[UPPER] = sqrt(gain / direction_upper_gain(gn, source.form));
    fragility[SECTOR] = sqrt(gain / direction.gain);
    return STATUS_OK;
}

static enum status run(struct experiment *experiment, const double *params, struct record *record,
                       struct error *error)
{
    return thresholds_fill(experiment, params, record, fill_job, error);
}

/* Seven are taken where outputs cross once; of the sets one removes nothing. */
static double rollouts(const struct sweep *sweep, const struct trials *trials, int width,
                       const double *params)
{
    (void)trials;
    (void)width;
    (void)params;
    return 7.0 * sweep->n_alphas * (sweep->n_ablations - 1);
}

const struct diagnostic_ops DIAGNOSTIC_TOLERANCE = {
    .name = "tolerance",
    .long_name = "how much of a removal outputs tolerate, and against random changes",
    .stage = DIAGNOSTIC_OF_REFERENCE,
    .needs_gauss_newton = true,
    .params = {{"epsilon", false, 0.1, 1e-9, 1e9, 0, false}},
    .n_params = 1,
    .variables = VARIABLES,
    .rollouts = rollouts,
    .run = run,
};
