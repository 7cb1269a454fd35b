/* How the effects of the ablation sets are ordered, over alphas and over seeds. */
#include "core/memory.h"
#include "kernel/measures/measure.h"
#include "report/agreement.h"
#include "report/comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* delta_fvu of all sets but `none`; false when one of them is missing. */
static bool read_effects(const struct study_data *data, int case_index, int alpha, double *effects)
{
    const int measure = measure_number(MEASURE_DELTA_FVU.variable.name);
    bool whole = data->n_sets > 1;
    for (int set = 1; set < data->n_sets; set++) {
        effects[set - 1] = study_measure(data, case_index, alpha, set, measure);
        whole = whole && !isnan(effects[set - 1]);
    }
    return whole;
}

/* A sum of taus. */
struct tau_sum {
    double sum;
    double lowest;
    int n;
};

static void add_tau(struct tau_sum *taus, const double *x, const double *y, int n)
{
    const double tau = agreement_tau_b(x, y, n);
    if (!isnan(tau)) {
        taus->sum += tau;
        taus->lowest = taus->n == 0 ? tau : fmin(taus->lowest, tau);
        taus->n++;
    }
}

/* Over all pairs of alphas of one case; effects[n_alphas, n_sets - 1] is scratch. */
static void compare_alphas(const struct study_data *data, int case_index, double *effects,
                           struct tau_sum *taus)
{
    const int width = data->n_sets - 1;
    for (int a = 0; a < data->n_alphas; a++) {
        double *const own = effects + (size_t)a * (size_t)width;
        if (!read_effects(data, case_index, a, own)) {
            own[0] = NAN;
            continue;
        }
        for (int b = 0; b < a; b++) {
            const double *const other = effects + (size_t)b * (size_t)width;
            if (!isnan(other[0])) {
                add_tau(taus, own, other, width);
            }
        }
    }
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
            while (a < data->n_alphas && !isnan(study_measure(data, c, a, set, measure))) {
                a++;
            }
            n += a == data->n_alphas;
            for (int k = 0; a == data->n_alphas && k < a; k++) {
                sums[k] += study_measure(data, c, k, set, measure);
            }
        }
        for (int a = 1; a < data->n_alphas; a++) {
            low = sums[a] / n < sums[low] / n ? a : low;
            high = sums[a] / n > sums[high] / n ? a : high;
        }
        const double change = sums[high] / n - sums[low] / n;
        if (n > 0 && !(change <= stability->largest_change)) {
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
    struct tau_sum taus = {.lowest = NAN};
    double *effects = NULL;
    int partitions = 0;
    int n_divided = 0; /* cases that have been divided into sectors */
    *stability = (struct effect_stability){0};
    TRY(memory_array2(&effects, (size_t)data->n_alphas, (size_t)data->n_sets, sizeof *effects,
                      error));
    for (int i = 0; i < group->n_cases; i++) {
        if (data->n_sets > 1) {
            compare_alphas(data, group->cases[i], effects, &taus);
        }
        const int before = partitions;
        int last = -1;
        for (int a = 0; a < data->n_alphas; a++) { /* n_R falls or stays as alpha grows */
            const int n_r = study_n_r(data, group->cases[i], a);
            partitions += n_r >= 0 && n_r != last;
            last = n_r;
        }
        n_divided += partitions > before;
    }
    find_largest_change(stability, data, group, effects);
    free(effects);
    stability->mean_tau = taus.n > 0 ? taus.sum / taus.n : NAN;
    stability->lowest_tau = taus.lowest;
    stability->n_pairs = taus.n;
    stability->partitions = n_divided > 0 ? (double)partitions / n_divided : NAN;
    return STATUS_OK;
}

enum status seed_similarity_find(struct seed_similarity *similarity, const struct study_data *data,
                                 const struct group *group, int alpha, struct error *error)
{
    const int width = data->n_sets - 1;
    struct tau_sum taus = {.lowest = NAN};
    double *effects = NULL;
    int n = 0;
    TRY(memory_array2(&effects, (size_t)group->n_cases, (size_t)data->n_sets, sizeof *effects,
                      error));
    for (int i = 0; i < group->n_cases; i++) {
        double *const own = effects + (size_t)n * (size_t)width;
        if (!read_effects(data, group->cases[i], alpha, own)) {
            continue;
        }
        for (int k = 0; k < n; k++) {
            add_tau(&taus, own, effects + (size_t)k * (size_t)width, width);
        }
        n++;
    }
    free(effects);
    *similarity =
        (struct seed_similarity){taus.n, taus.n > 0 ? taus.sum / taus.n : NAN, taus.lowest};
    return STATUS_OK;
}
