#include "report/comparison.h"

#include "core/job_result.h"
#include "core/memory.h"
#include "kernel/measures/measure.h"
#include "report/permutation.h"
#include "report/statistics.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_PAIRS = ABLATION_SET_COUNT * (ABLATION_SET_COUNT - 1) / 2 };

static int collect_differences(const struct study_data *data, const struct group *group, int alpha,
                               int first, int second, double *differences)
{
    int n = 0;
    for (int i = 0; i < group->n_cases; i++) {
        const double a = study_measure(data, group->cases[i], alpha, first, measure_number("fvu"));
        const double b = study_measure(data, group->cases[i], alpha, second, measure_number("fvu"));
        if (!isnan(a) && !isnan(b)) {
            differences[n++] = b - a;
        }
    }
    return n;
}

static void adjust(struct comparison *family, int m)
{
    double p[MAX_PAIRS] = {0};
    double adjusted[MAX_PAIRS] = {0};
    for (int i = 0; i < m; i++) {
        p[i] = family[i].p;
    }
    permutation_holm(p, adjusted, m);
    for (int i = 0; i < m; i++) {
        family[i].p_adjusted = adjusted[i];
    }
}

/* All pairs of one group at one alpha; returns how many. */
static int compare_sets(const struct study_data *data, const struct group *group, int group_index,
                        int alpha, double *differences, struct comparison *rows)
{
    int m = 0;
    for (int first = 0; first < data->n_sets; first++) {
        for (int second = first + 1; second < data->n_sets; second++) {
            const int n = collect_differences(data, group, alpha, first, second, differences);
            rows[m++] = (struct comparison){.group = group_index,
                                            .alpha = alpha,
                                            .first = first,
                                            .second = second,
                                            .n = n,
                                            .mean_difference = statistics_mean(differences, n),
                                            .p = permutation_sign_flip(differences, n),
                                            .smallest_p = permutation_smallest_p(n)};
        }
    }
    adjust(rows, m);
    return m;
}

enum status comparisons_create(struct comparisons *comparisons, const struct study_data *data,
                               const struct grouping *grouping, struct error *error)
{
    const size_t n_pairs = (size_t)(data->n_sets * (data->n_sets - 1) / 2);
    const size_t n_alphas = (size_t)data->n_alphas;
    double *differences = NULL;
    *comparisons = (struct comparisons){0};
    TRY(memory_array2(&comparisons->rows, (size_t)grouping->n_groups * n_alphas, n_pairs,
                      sizeof *comparisons->rows, error));
    const enum status status =
        memory_array(&differences, (size_t)data->n_cases, sizeof *differences, error);
    for (int g = 0; status == STATUS_OK && g < grouping->n_groups; g++) {
        for (int alpha = 0; alpha < data->n_alphas; alpha++) {
            comparisons->n_rows +=
                (size_t)compare_sets(data, &grouping->groups[g], g, alpha, differences,
                                     comparisons->rows + comparisons->n_rows);
        }
    }
    free(differences);
    if (status != STATUS_OK) {
        comparisons_release(comparisons);
    }
    return status;
}

void comparisons_release(struct comparisons *comparisons)
{
    free(comparisons->rows);
    *comparisons = (struct comparisons){0};
}

int comparison_verdict(const struct comparison *comparison)
{
    if (isnan(comparison->p_adjusted) || comparison->p_adjusted > COMPARISON_LEVEL) {
        return 0;
    }
    return comparison->mean_difference > 0 ? 1 : -1;
}
