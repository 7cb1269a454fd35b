/* The ablation profile of a network is what every removal costs at every threshold,
 *
 *     l(alpha, S) = log10 max(distance without the set S at alpha, .001),
 *
 * a step function of alpha with a step at every partition. Of two networks
 *
 *     profile_distance^2 = 1 / (1 - lo)  integral from lo to 1 of  mean over S of (l_a - l_b)^2,
 *
 * in decades. Both are constant between two neighbours of all their steps together, so that the
 * integral is a sum, and exact. Steps of the two nearer to each other than moduli that are a tie
 * are the same one, which rounding has moved. */
#include "kernel/comparisons/comparison.h"
#include "kernel/spectral/schur.h"

#include <math.h>

static const double LOWS[] = {0.5, 0.85};
enum { N_LOWS = sizeof LOWS / sizeof LOWS[0] };

static const double LEAST = 1e-3; /* what moves outputs by less counts as moving them so far */

static int64_t n_lows(const struct sweep *sweep)
{
    (void)sweep;
    return N_LOWS;
}

static struct label low_label(const struct sweep *sweep, int64_t i)
{
    (void)sweep;
    return (struct label){.real = LOWS[i]};
}

static const struct axis AXIS_LOWEST_ALPHA = {
    "lowest_alpha", "thresholds from here to 1 are compared", VALUE_F64, n_lows, low_label};

static const struct variable VARIABLES[] = {
    VARIABLE_REAL("profile_distance",
                  "root of the mean square over thresholds and ablation sets of the difference of "
                  "log10 distance",
                  &AXIS_LOWEST_ALPHA),
    {.name = NULL}};

static double level(double distance)
{
    return log10(distance > LEAST ? distance : LEAST);
}

/* Mean over the sets that both have of the square of their difference; NaN when they have none, or
 * when one of them is not known. Two that are infinite do not differ. */
static double square_at(const struct partition_distances *a, const struct partition_distances *b)
{
    double sum = 0.0;
    int n = 0;
    for (int set = 0; set < ABLATION_SET_COUNT; set++) {
        const double x = a->distance[set];
        const double y = b->distance[set];
        if (set != ABLATION_NONE && !(isnan(x) && isnan(y))) {
            const double difference = isnan(x) || isnan(y) ? NAN : level(x) - level(y);
            sum += x == y ? 0.0 : difference * difference;
            n++;
        }
    }
    return n > 0 ? sum / n : NAN;
}

/* Rows fall from 1; a profile that ends above `low` tells nothing. */
static double distance_from(const struct compared_network *a, const struct compared_network *b,
                            double low)
{
    double sum = 0.0;
    double high = 1.0;
    for (int i = 0, k = 0; high > low;) {
        if (i >= a->n_partitions || k >= b->n_partitions) {
            return NAN;
        }
        const struct partition_distances *const x = &a->partitions[i];
        const struct partition_distances *const y = &b->partitions[k];
        const double next = fmax(fmax(x->alpha_low, y->alpha_low), low);
        if (high - next > SCHUR_TIE_TOLERANCE) {
            sum += (high - next) * square_at(x, y);
        }
        high = fmin(high, next);
        i += x->alpha_low >= high;
        k += y->alpha_low >= high;
    }
    return sqrt(sum / (1.0 - low));
}

static enum status run(const struct network_pair *pair, struct record *record, struct error *error)
{
    double *const distance = record_f64(record, "profile_distance");
    (void)error;
    for (int i = 0; i < N_LOWS; i++) {
        distance[i] = distance_from(&pair->networks[0], &pair->networks[1], LOWS[i]);
    }
    return STATUS_OK;
}

const struct comparison_ops COMPARISON_PROFILE = {
    .name = "profile",
    .long_name = "distance of two ablation profiles",
    .needs = NEEDS_PARTITIONS,
    .variables = VARIABLES,
    .run = run,
};
