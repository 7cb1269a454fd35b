#include "report/comparison.h"

#include "core/memory.h"
#include "report/effect.h"
#include "report/permutation.h"
#include "report/statistics.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_PAIRS = ABLATION_SET_COUNT * (ABLATION_SET_COUNT - 1) / 2 };

/* All pairs of sets of one group at one alpha, one family of Holm's correction. With d_i =
 * fvu_second,i - fvu_first,i over the seeds i that have both. */
static enum status compare_sets(const struct study_data *data, const struct group *group, int alpha,
                                double *differences, struct comparison *rows, struct error *error)
{
    double p[MAX_PAIRS] = {0};
    double adjusted[MAX_PAIRS] = {0};
    int m = 0;
    for (int first = 0; first < data->n_sets; first++) {
        for (int second = first + 1; second < data->n_sets; second++, m++) {
            int n = 0;
            for (int i = 0; i < group->n_cases; i++) {
                const double d = effect_difference(data, group->cases[i], alpha, first, second);
                if (!isnan(d)) {
                    differences[n++] = d;
                }
            }
            struct comparison *const row = &rows[m];
            *row = (struct comparison){.alpha = alpha,
                                       .first = first,
                                       .second = second,
                                       .n = n,
                                       .mean_difference = statistics_mean(differences, n),
                                       .smallest_p = permutation_smallest_p(n)};
            TRY(permutation_sign_flip(differences, n, &row->p, &row->direction, error));
            p[m] = row->p;
        }
    }
    permutation_holm(p, adjusted, m);
    for (int i = 0; i < m; i++) {
        rows[i].p_adjusted = adjusted[i];
    }
    return STATUS_OK;
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
    enum status status =
        memory_array(&differences, (size_t)data->n_cases, sizeof *differences, error);
    for (int g = 0; g < grouping->n_groups; g++) {
        for (int alpha = 0; status == STATUS_OK && alpha < data->n_alphas; alpha++) {
            struct comparison *const rows = comparisons->rows + comparisons->n_rows;
            status = compare_sets(data, &grouping->groups[g], alpha, differences, rows, error);
            for (size_t i = 0; i < n_pairs; i++) {
                rows[i].group = g;
            }
            comparisons->n_rows += n_pairs;
        }
    }
    free(differences);
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
    return comparison->direction;
}
