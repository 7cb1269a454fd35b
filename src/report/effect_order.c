/* How the effects of the ablation sets are ordered, over alphas and over seeds. */
#include "core/memory.h"
#include "kernel/measures/measure.h"
#include "report/comparison.h"
#include "report/effect.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MANY_ROWS = 200 };

/* The order of the effects of a case at an alpha: a bit for every pair of sets. */
struct effect_order {
    uint32_t known; /* the case has both */
    uint32_t rises; /* the second is larger */
    uint32_t falls;
};

/* Orders, those that are whole, and a sum over the taus of all pairs of them. */
struct effects {
    struct effect_order *rows; /* [n] */
    int n;
    double sum;
    double lowest;
    int n_taus;
};

/* Reads the effects of a case at an alpha; false if one is missing. Couplings that the case does
 * not have are no effects. */
static bool read_order(const struct study_data *data, int case_index, int alpha,
                       struct effect_order *order)
{
    const int measure = measure_number(MEASURE_DELTA_FVU.variable.name);
    double effects[ABLATION_SET_COUNT] = {0};
    unsigned bit = 0;
    *order = (struct effect_order){0};
    for (int set = 1; set < data->n_sets; set++) {
        effects[set] = effect_value(data, case_index, alpha, set, measure);
        if (isnan(effects[set]) && !effect_is_empty(data, case_index, alpha, set)) {
            return false;
        }
        for (int before = 1; before < set; before++, bit++) {
            order->known |= (uint32_t)(!isnan(effects[set]) && !isnan(effects[before])) << bit;
            order->rises |= (uint32_t)(effects[set] > effects[before]) << bit;
            order->falls |= (uint32_t)(effects[set] < effects[before]) << bit;
        }
    }
    return data->n_sets > 1;
}

/* tau_b over the sets that both have: sum sign(x_i - x_k) sign(y_i - y_k) / sqrt(pairs untied in x
 * * pairs untied in y), as agreement_tau_b. NaN when one of them is constant. */
static double tau_of(const struct effect_order *x, const struct effect_order *y)
{
    const uint32_t both = x->known & y->known;
    const int untied_x = __builtin_popcount(both & (x->rises | x->falls));
    const int untied_y = __builtin_popcount(both & (y->rises | y->falls));
    const int alike = __builtin_popcount(both & ((x->rises & y->rises) | (x->falls & y->falls)));
    const int other = __builtin_popcount(both & ((x->rises & y->falls) | (x->falls & y->rises)));
    return untied_x > 0 && untied_y > 0
               ? (alike - other) / sqrt((double)untied_x * (double)untied_y)
               : NAN;
}

static void add_tau(struct effects *effects, int i, int k)
{
    const double tau = tau_of(&effects->rows[i], &effects->rows[k]);
    if (!isnan(tau)) {
        effects->sum += tau;
        effects->lowest = effects->n_taus == 0 ? tau : fmin(effects->lowest, tau);
        effects->n_taus++;
    }
}

/* All pairs of rows; of more than MANY_ROWS each with the next MANY_ROWS / 2, around the end. */
static void add_taus(struct effects *effects)
{
    const int n = effects->n;
    for (int i = 0; i < n; i++) {
        for (int k = 0; n <= MANY_ROWS && k < i; k++) {
            add_tau(effects, i, k);
        }
        for (int step = 1; n > MANY_ROWS && step <= MANY_ROWS / 2; step++) {
            add_tau(effects, i, (i + step) % n);
        }
    }
}

static double mean_tau(const struct effects *effects)
{
    return effects->n_taus > 0 ? effects->sum / effects->n_taus : NAN;
}

/* Means are over the seeds that have all alphas, so that those at two alphas are of the same seeds;
 * sums[n_alphas] is scratch. */
static void find_largest_change(struct effect_stability *stability, const struct study_data *data,
                                const struct group *group, double *sums)
{
    const int measure = measure_number(MEASURE_DELTA_FVU.variable.name);
    stability->largest_change = NAN;
    for (int set = 1; set < data->n_sets; set++) {
        int n = 0;
        int low = 0;
        int high = 0;
        memset(sums, 0, (size_t)data->n_alphas * sizeof *sums);
        for (int i = 0; i < group->n_cases; i++) {
            const int c = group->cases[i];
            int a = 0;
            while (a < data->n_alphas && !isnan(effect_value(data, c, a, set, measure))) {
                a++;
            }
            n += a == data->n_alphas;
            for (int k = 0; a == data->n_alphas && k < a; k++) {
                sums[k] += effect_value(data, c, k, set, measure);
            }
        }
        for (int a = 1; a < data->n_alphas; a++) {
            low = sums[a] / n < sums[low] / n ? a : low;
            high = sums[a] / n > sums[high] / n ? a : high;
        }
        const double change = sums[high] / n - sums[low] / n;
        if (n > 0 && !isnan(change) && !(change <= stability->largest_change)) {
            stability->largest_change = change;
            stability->change_set = set;
            stability->change_low = low;
            stability->change_high = high;
        }
    }
}

enum status effect_stability_find(struct effect_stability *stability, const struct study_data *data,
                                  const struct group *group, struct error *error)
{
    struct effects effects = {.lowest = NAN};
    int partitions = 0;
    int n_divided = 0; /* cases that have been divided into sectors */
    *stability = (struct effect_stability){0};
    double *sums = NULL;
    TRY(memory_array(&effects.rows, (size_t)data->n_alphas, sizeof *effects.rows, error));
    for (int i = 0; i < group->n_cases; i++) {
        const int before = partitions;
        int last = -1;
        effects.n = 0;
        for (int a = 0; a < data->n_alphas; a++) { /* n_R falls or stays as alpha grows */
            const int n_r = study_n_r(data, group->cases[i], a);
            partitions += n_r >= 0 && n_r != last;
            last = n_r;
            effects.n += read_order(data, group->cases[i], a, &effects.rows[effects.n]);
        }
        add_taus(&effects);
        n_divided += partitions > before;
    }
    free(effects.rows);
    TRY(memory_array(&sums, (size_t)data->n_alphas, sizeof *sums, error));
    find_largest_change(stability, data, group, sums);
    free(sums);
    stability->mean_tau = mean_tau(&effects);
    stability->lowest_tau = effects.lowest;
    stability->n_pairs = effects.n_taus;
    stability->partitions = n_divided > 0 ? (double)partitions / n_divided : NAN;
    return STATUS_OK;
}

enum status seed_similarity_find(struct seed_similarity *similarity, const struct study_data *data,
                                 const struct group *group, int alpha, struct error *error)
{
    struct effects effects = {.lowest = NAN};
    TRY(memory_array(&effects.rows, (size_t)group->n_cases, sizeof *effects.rows, error));
    for (int i = 0; i < group->n_cases; i++) {
        effects.n += read_order(data, group->cases[i], alpha, &effects.rows[effects.n]);
    }
    add_taus(&effects);
    free(effects.rows);
    *similarity = (struct seed_similarity){effects.n_taus, mean_tau(&effects), effects.lowest};
    return STATUS_OK;
}
