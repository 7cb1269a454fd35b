/* Profiles: how the effect of the ablation sets is ordered, over alphas and over seeds. */
#include "core/memory.h"
#include "report/agreement.h"
#include "report/comparison.h"

#include "kernel/measures/measure.h"
#include <math.h>
#include <stdlib.h>

/* delta_fvu of all sets but `none`; false when one of them is missing. */
static bool read_profile(const struct study_data *data, int case_index, int alpha, double *profile)
{
    bool whole = data->n_sets > 1;
    for (int set = 1; set < data->n_sets; set++) {
        profile[set - 1] = study_measure(data, case_index, alpha, set, measure_number("delta_fvu"));
        whole = whole && !isnan(profile[set - 1]);
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

static double mean_tau(const struct tau_sum *taus)
{
    return taus->n > 0 ? taus->sum / taus->n : NAN;
}

/* Over all pairs of alphas of one case; profiles[n_alphas, n_sets - 1] is scratch. */
static void compare_alphas(const struct study_data *data, int case_index, double *profiles,
                           struct tau_sum *taus)
{
    const int width = data->n_sets - 1;
    for (int a = 0; a < data->n_alphas; a++) {
        double *const profile = profiles + (size_t)a * (size_t)width;
        if (!read_profile(data, case_index, a, profile)) {
            profile[0] = NAN;
            continue;
        }
        for (int b = 0; b < a; b++) {
            const double *const other = profiles + (size_t)b * (size_t)width;
            if (!isnan(other[0])) {
                add_tau(taus, profile, other, width);
            }
        }
    }
}

/* n_R falls or stays as alpha grows, so that neighbours show all distinct values. */
static int count_partitions(const struct study_data *data, int case_index)
{
    int count = 0;
    int last = -1;
    for (int a = 0; a < data->n_alphas; a++) {
        const int n_r = study_n_r(data, case_index, a);
        count += n_r >= 0 && n_r != last;
        last = n_r;
    }
    return count;
}

static bool has_all_alphas(const struct study_data *data, int case_index, int set)
{
    for (int a = 0; a < data->n_alphas; a++) {
        if (isnan(study_measure(data, case_index, a, set, measure_number("delta_fvu")))) {
            return false;
        }
    }
    return true;
}

/* Over the seeds that have all alphas, so that means at two alphas are of the same seeds. */
static double mean_effect(const struct study_data *data, const struct group *group, int alpha,
                          int set)
{
    double sum = 0.0;
    int n = 0;
    for (int i = 0; i < group->n_cases; i++) {
        if (has_all_alphas(data, group->cases[i], set)) {
            sum += study_measure(data, group->cases[i], alpha, set, measure_number("delta_fvu"));
            n++;
        }
    }
    return n > 0 ? sum / n : NAN;
}

static void find_largest_change(struct effect_stability *stability, const struct study_data *data,
                                const struct group *group)
{
    stability->largest_change = NAN;
    for (int set = 1; set < data->n_sets; set++) {
        int low = -1;
        int high = -1;
        double least = NAN;
        double most = NAN;
        for (int a = 0; a < data->n_alphas; a++) {
            const double value = mean_effect(data, group, a, set);
            if (!isnan(value) && (low < 0 || value < least)) {
                least = value;
                low = a;
            }
            if (!isnan(value) && (high < 0 || value > most)) {
                most = value;
                high = a;
            }
        }
        if (low >= 0 && !(most - least <= stability->largest_change)) {
            stability->largest_change = most - least;
            stability->change_set = set;
            stability->change_low = low;
            stability->change_high = high;
        }
    }
}

enum status effect_stability_find(struct effect_stability *stability, const struct study_data *data,
                                  const struct grouping *grouping, int group_index,
                                  struct error *error)
{
    const struct group *const group = &grouping->groups[group_index];
    struct tau_sum taus = {.lowest = NAN};
    double *profiles = NULL;
    int partitions = 0;
    int n_divided = 0; /* cases that have been divided into sectors */
    *stability = (struct effect_stability){.group = group_index};
    TRY(memory_array2(&profiles, (size_t)data->n_alphas, (size_t)data->n_sets, sizeof *profiles,
                      error));
    for (int i = 0; i < group->n_cases; i++) {
        if (data->n_sets > 1) {
            compare_alphas(data, group->cases[i], profiles, &taus);
        }
        const int count = count_partitions(data, group->cases[i]);
        partitions += count;
        n_divided += count > 0;
    }
    free(profiles);
    stability->mean_tau = mean_tau(&taus);
    stability->lowest_tau = taus.lowest;
    stability->n_pairs = taus.n;
    stability->partitions = n_divided > 0 ? (double)partitions / n_divided : NAN;
    find_largest_change(stability, data, group);
    return STATUS_OK;
}

enum status seed_similarity_find(struct seed_similarity *similarity, const struct study_data *data,
                                 const struct group *group, int alpha, struct error *error)
{
    const int width = data->n_sets - 1;
    struct tau_sum taus = {.lowest = NAN};
    double *profiles = NULL;
    int n = 0;
    TRY(memory_array2(&profiles, (size_t)group->n_cases, (size_t)data->n_sets, sizeof *profiles,
                      error));
    for (int i = 0; i < group->n_cases; i++) {
        double *const profile = profiles + (size_t)n * (size_t)width;
        if (!read_profile(data, group->cases[i], alpha, profile)) {
            continue;
        }
        for (int k = 0; k < n; k++) {
            add_tau(&taus, profile, profiles + (size_t)k * (size_t)width, width);
        }
        n++;
    }
    free(profiles);
    *similarity = (struct seed_similarity){taus.n, mean_tau(&taus), taus.lowest};
    return STATUS_OK;
}
