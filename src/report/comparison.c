#include "report/comparison.h"

#include "core/memory.h"
#include "kernel/measures/measure.h"
#include "report/effect.h"
#include "report/permutation.h"
#include "report/statistics.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_PAIRS = ABLATION_SET_COUNT * (ABLATION_SET_COUNT - 1) / 2 };

/* What the comparisons of a group at an alpha are made from; the arrays have room for all cases. */
struct comparer {
    const struct study_data *data;
    struct permutation permutation;
    double *fvu;         /* [n_sets, n_cases] of a group; NaN unless done */
    double *rounding;    /* [n_sets, n_cases] below which a difference is none */
    ablation_set *there; /* [n_cases] couplings that the case has */
    double *differences; /* [n_cases] */
};

static void read_group(const struct comparer *comparer, const struct group *group, int alpha)
{
    const int fvu = measure_number(MEASURE_FVU.variable.name);
    for (int i = 0; i < group->n_cases; i++) {
        const int c = group->cases[i];
        comparer->there[i] = effect_couplings(comparer->data, c, alpha);
        for (int set = 0; set < comparer->data->n_sets; set++) {
            const int place = set * group->n_cases + i;
            comparer->fvu[place] = study_measure(comparer->data, c, alpha, set, fvu);
            comparer->rounding[place] = effect_rounding(comparer->data, c, comparer->fvu[place]);
        }
    }
}

/* fvu_second,i - fvu_first,i over the seeds i that have both, where the two sets leave different
 * matrices; below rounding 0, and between two infinite ones too. Returns how many. */
static int find_differences(const struct comparer *comparer, int n_cases, int first, int second)
{
    const ablation_set differ = comparer->data->sets[first] ^ comparer->data->sets[second];
    int n = 0;
    for (int i = 0; i < n_cases; i++) {
        const double a = comparer->fvu[first * n_cases + i];
        const double b = comparer->fvu[second * n_cases + i];
        const double rounding =
            fmin(comparer->rounding[first * n_cases + i], comparer->rounding[second * n_cases + i]);
        if (!isnan(a) && !isnan(b) && (differ & comparer->there[i]) != 0) {
            comparer->differences[n++] = a == b || fabs(b - a) < rounding ? 0.0 : b - a;
        }
    }
    return n;
}

/* All pairs of sets of one group at one alpha, one family of Holm's correction. */
static enum status compare_sets(struct comparer *comparer, const struct group *group, int alpha,
                                struct comparison *rows, struct error *error)
{
    const int n_sets = comparer->data->n_sets;
    double p[MAX_PAIRS] = {0};
    double adjusted[MAX_PAIRS] = {0};
    int m = 0;
    read_group(comparer, group, alpha);
    for (int first = 0; first < n_sets; first++) {
        for (int second = first + 1; second < n_sets; second++, m++) {
            const int n = find_differences(comparer, group->n_cases, first, second);
            struct comparison *const row = &rows[m];
            *row = (struct comparison){.alpha = alpha,
                                       .first = first,
                                       .second = second,
                                       .n = n,
                                       .mean_difference = statistics_mean(comparer->differences, n),
                                       .smallest_p = permutation_smallest_p(n)};
            TRY(permutation_sign_flip(&comparer->permutation, comparer->differences, n, &row->p,
                                      &row->direction, error));
            p[m] = row->p;
        }
    }
    permutation_holm(p, adjusted, m);
    for (int i = 0; i < m; i++) {
        rows[i].p_adjusted = adjusted[i];
    }
    return STATUS_OK;
}

static enum status allocate(struct comparer *comparer, struct error *error)
{
    const size_t n_cases = (size_t)comparer->data->n_cases;
    const size_t n_sets = (size_t)comparer->data->n_sets;
    TRY(memory_array2(&comparer->fvu, n_sets, n_cases, sizeof *comparer->fvu, error));
    TRY(memory_array2(&comparer->rounding, n_sets, n_cases, sizeof *comparer->rounding, error));
    TRY(memory_array(&comparer->there, n_cases, sizeof *comparer->there, error));
    return memory_array(&comparer->differences, n_cases, sizeof *comparer->differences, error);
}

enum status comparisons_create(struct comparisons *comparisons, const struct study_data *data,
                               const struct grouping *grouping, struct error *error)
{
    const size_t n_pairs = (size_t)(data->n_sets * (data->n_sets - 1) / 2);
    const size_t n_alphas = (size_t)data->n_alphas;
    struct comparer comparer = {.data = data};
    *comparisons = (struct comparisons){0};
    TRY(memory_array2(&comparisons->rows, (size_t)grouping->n_groups * n_alphas, n_pairs,
                      sizeof *comparisons->rows, error));
    enum status status = allocate(&comparer, error);
    for (int g = 0; g < grouping->n_groups; g++) {
        for (int alpha = 0; status == STATUS_OK && alpha < data->n_alphas; alpha++) {
            struct comparison *const rows = comparisons->rows + comparisons->n_rows;
            status = compare_sets(&comparer, &grouping->groups[g], alpha, rows, error);
            for (size_t i = 0; i < n_pairs; i++) {
                rows[i].group = g;
            }
            comparisons->n_rows += n_pairs;
        }
    }
    permutation_release(&comparer.permutation);
    free(comparer.fvu);
    free(comparer.rounding);
    free(comparer.there);
    free(comparer.differences);
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
