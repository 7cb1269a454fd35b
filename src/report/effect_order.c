/* How the effects of the ablation sets are ordered, over alphas and over seeds. */
#include "core/memory.h"
#include "kernel/measures/measure.h"
#include "report/agreement.h"
#include "report/comparison.h"
#include "report/effect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows of effects, those that are whole, and a sum over the taus of all pairs of them. */
struct effects {
    double *rows; /* [n, n_sets - 1] delta_fvu of all sets but `none` */
    int n;
    double sum;
    double lowest;
    int n_taus;
};

/* tau-b over what both rows have; couplings that one of them does not have are left out. */
static double tau_of_both(const double *x, const double *y, int width)
{
    double both[2][ABLATION_SET_COUNT];
    int n = 0;
    for (int i = 0; i < width; i++) {
        if (!isnan(x[i]) && !isnan(y[i])) {
            both[0][n] = x[i];
            both[1][n++] = y[i];
        }
    }
    return agreement_tau_b(both[0], both[1], n);
}

/* Adds the row of a case at an alpha and its taus with those before; not if an effect is missing.
 * Couplings that the case does not have are no effects. */
static void add_effects(struct effects *effects, const struct study_data *data, int case_index,
                        int alpha)
{
    const int measure = measure_number(MEASURE_DELTA_FVU.variable.name);
    const int width = data->n_sets - 1;
    double *const own = effects->rows + (size_t)effects->n * (size_t)width;
    bool whole = width > 0;
    for (int i = 0; i < width; i++) {
        own[i] = effect_value(data, case_index, alpha, i + 1, measure);
        whole = whole && (!isnan(own[i]) || effect_is_empty(data, case_index, alpha, i + 1));
    }
    for (int k = 0; whole && k < effects->n; k++) {
        const double tau = tau_of_both(own, effects->rows + (size_t)k * (size_t)width, width);
        if (!isnan(tau)) {
            effects->sum += tau;
            effects->lowest = effects->n_taus == 0 ? tau : fmin(effects->lowest, tau);
            effects->n_taus++;
        }
    }
    effects->n += whole;
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
    TRY(memory_array2(&effects.rows, (size_t)data->n_alphas, (size_t)data->n_sets, sizeof(double),
                      error));
    for (int i = 0; i < group->n_cases; i++) {
        const int before = partitions;
        int last = -1;
        effects.n = 0;
        for (int a = 0; a < data->n_alphas; a++) { /* n_R falls or stays as alpha grows */
            const int n_r = study_n_r(data, group->cases[i], a);
            partitions += n_r >= 0 && n_r != last;
            last = n_r;
            add_effects(&effects, data, group->cases[i], a);
        }
        n_divided += partitions > before;
    }
    find_largest_change(stability, data, group, effects.rows);
    free(effects.rows);
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
    TRY(memory_array2(&effects.rows, (size_t)group->n_cases, (size_t)data->n_sets, sizeof(double),
                      error));
    for (int i = 0; i < group->n_cases; i++) {
        add_effects(&effects, data, group->cases[i], alpha);
    }
    free(effects.rows);
    *similarity = (struct seed_similarity){effects.n_taus, mean_tau(&effects), effects.lowest};
    return STATUS_OK;
}
