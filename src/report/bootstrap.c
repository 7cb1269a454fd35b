#include "report/bootstrap.h"

#include "core/memory.h"
#include "core/rng.h"
#include "report/weighted.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const double LOWER = 0.025;
static const struct rng_key KEY = {{0x626f6f7473747261u, 0x70u}};

/* Resamples that hold the same values equally often have the same statistics: each kind of them is
 * looked at once, and counts as often as it was drawn. */
struct bootstrap {
    int *strata; /* [n_strata] of the resamples that occur */
    int n_strata;
    int n;
    double *values; /* [n] whose intervals these are; NaN at first */
    struct interval mean;
    struct interval iqm;
    int n_kinds;
    uint16_t *counts; /* [n, n_kinds] how often a value is in a resample of a kind */
    int *weights;     /* [n_kinds] resamples of a kind */
    int *order;       /* [n] places of the values, ascending */
    int *passed;      /* [n_kinds] values that have been walked over */
    double *sums;     /* [n_kinds] */
    struct weighted *items;
};

enum status bootstrap_create(struct bootstrap **out, struct error *error)
{
    return memory_array(out, 1, sizeof **out, error);
}

static void forget(struct bootstrap *bootstrap)
{
    free(bootstrap->strata);
    free(bootstrap->values);
    free(bootstrap->counts);
    free(bootstrap->weights);
    free(bootstrap->order);
    free(bootstrap->passed);
    free(bootstrap->sums);
    free(bootstrap->items);
    *bootstrap = (struct bootstrap){0};
}

void bootstrap_destroy(struct bootstrap **bootstrap)
{
    if (*bootstrap != NULL) {
        forget(*bootstrap);
        free(*bootstrap);
        *bootstrap = NULL;
    }
}

/* ---- resamples ---- */

static int compare_rows(const void *a, const void *b, void *size)
{
    return memcmp(a, b, *(const size_t *)size);
}

static enum status keep_kinds(struct bootstrap *bootstrap, const uint16_t *rows,
                              struct error *error)
{
    const size_t n = (size_t)bootstrap->n;
    const size_t n_kinds = (size_t)bootstrap->n_kinds;
    TRY(memory_array2(&bootstrap->counts, n, n_kinds, sizeof *rows, error));
    TRY(memory_array(&bootstrap->passed, n_kinds, sizeof *bootstrap->passed, error));
    TRY(memory_array(&bootstrap->sums, n_kinds, sizeof *bootstrap->sums, error));
    TRY(memory_array(&bootstrap->items, n_kinds, sizeof *bootstrap->items, error));
    TRY(memory_array(&bootstrap->order, n, sizeof *bootstrap->order, error));
    TRY(memory_array(&bootstrap->values, n, sizeof *bootstrap->values, error));
    for (size_t i = 0; i < n; i++) {
        bootstrap->values[i] = NAN;
        for (size_t k = 0; k < n_kinds; k++) {
            bootstrap->counts[i * n_kinds + k] = rows[k * n + i];
        }
    }
    return STATUS_OK;
}

/* rows[BOOTSTRAP_RESAMPLES, n] are zero at first. */
static enum status make_resamples(struct bootstrap *bootstrap, const int *strata, int n_strata,
                                  int n, struct error *error)
{
    uint16_t *rows = NULL;
    int *known = NULL;
    forget(bootstrap);
    bootstrap->n = n;
    bootstrap->n_strata = n_strata;
    TRY(memory_array(&bootstrap->weights, BOOTSTRAP_RESAMPLES, sizeof(int), error));
    TRY(memory_array2(&rows, BOOTSTRAP_RESAMPLES, (size_t)n, sizeof *rows, error));
    for (int b = 0; b < BOOTSTRAP_RESAMPLES; b++) { /* how often each value is drawn */
        struct rng rng = rng_stream(KEY, (uint64_t)b, (uint64_t)n);
        uint16_t *stratum = rows + (size_t)b * (size_t)n;
        for (int s = 0; s < n_strata; s++) {
            for (int i = 0; i < strata[s]; i++) {
                stratum[rng_below(&rng, (uint64_t)strata[s])]++;
            }
            stratum += strata[s];
        }
    }
    /* Equal rows stand together once sorted; the first of each kind is kept, and their number. */
    size_t size = (size_t)n * sizeof *rows;
    qsort_r(rows, BOOTSTRAP_RESAMPLES, size, compare_rows, &size);
    for (size_t b = 0; b < BOOTSTRAP_RESAMPLES; b++) {
        uint16_t *const next = rows + (size_t)bootstrap->n_kinds * (size_t)n;
        if (b == 0 || memcmp(rows + b * (size_t)n, next - n, size) != 0) {
            memmove(next, rows + b * (size_t)n, size);
            bootstrap->n_kinds++;
        }
        bootstrap->weights[bootstrap->n_kinds - 1]++;
    }
    const enum status status = keep_kinds(bootstrap, rows, error);
    free(rows);
    TRY(status);
    TRY(memory_array(&known, (size_t)n_strata, sizeof *known, error));
    memcpy(known, strata, (size_t)n_strata * sizeof *known);
    bootstrap->strata = known;
    return STATUS_OK;
}

/* ---- statistics of all resamples ---- */

/* Places of values, by the values and then by themselves. */
static int compare_places(const void *a, const void *b, void *values)
{
    const int x = *(const int *)a;
    const int y = *(const int *)b;
    const double value_x = (*(const double *const *)values)[x];
    const double value_y = (*(const double *const *)values)[y];
    return value_x != value_y ? (value_x > value_y) - (value_x < value_y) : (x > y) - (x < y);
}

/* items: mean of every kind of resample when `cut` values are dropped at both ends,
 * sum x_(i) / (n - 2 cut) over i = cut .. n - cut - 1 of its sorted values. */
static void find_means(struct bootstrap *bootstrap, const double *values, int cut)
{
    const int end = bootstrap->n - cut;
    const size_t n_kinds = (size_t)bootstrap->n_kinds;
    memset(bootstrap->passed, 0, n_kinds * sizeof *bootstrap->passed);
    memset(bootstrap->sums, 0, n_kinds * sizeof *bootstrap->sums);
    for (int i = 0; i < bootstrap->n; i++) {
        const double value = values[bootstrap->order[i]];
        const uint16_t *restrict const counts =
            bootstrap->counts + (size_t)bootstrap->order[i] * n_kinds;
        int *restrict const passed = bootstrap->passed;
        double *restrict const sums = bootstrap->sums;
        for (size_t k = 0; k < n_kinds; k++) { /* as often as it stands at cut .. end - 1 */
            const int next = passed[k] + counts[k];
            const int from = passed[k] > cut ? passed[k] : cut;
            const int to = next < end ? next : end;
            const int times = to > from ? to - from : 0;
            sums[k] += times * value;
            passed[k] = next;
        }
    }
    for (size_t k = 0; k < n_kinds; k++) {
        bootstrap->items[k] =
            (struct weighted){bootstrap->sums[k] / (end - cut), bootstrap->weights[k]};
    }
}

/* ---- intervals ---- */

static struct interval percentile_interval(struct bootstrap *bootstrap)
{
    const double low = weighted_quantile(bootstrap->items, bootstrap->n_kinds, LOWER);
    return (struct interval){low,
                             weighted_quantile(bootstrap->items, bootstrap->n_kinds, 1.0 - LOWER)};
}

enum status bootstrap_intervals(struct bootstrap *bootstrap, const double *values,
                                const int *strata, int n_strata, struct interval *mean,
                                struct interval *iqm, struct error *error)
{
    int n = 0;
    for (int i = 0; i < n_strata; i++) {
        n += strata[i];
    }
    *mean = (struct interval){NAN, NAN};
    *iqm = *mean;
    if (n < BOOTSTRAP_LEAST || n > UINT16_MAX) {
        return STATUS_OK;
    }
    if (bootstrap->strata == NULL || bootstrap->n_strata != n_strata ||
        memcmp(bootstrap->strata, strata, (size_t)n_strata * sizeof *strata) != 0) {
        TRY(make_resamples(bootstrap, strata, n_strata, n, error));
    }
    if (memcmp(bootstrap->values, values, (size_t)n * sizeof *values) != 0) {
        for (int i = 0; i < n; i++) {
            bootstrap->order[i] = i;
        }
        qsort_r(bootstrap->order, (size_t)n, sizeof *bootstrap->order, compare_places, &values);
        find_means(bootstrap, values, 0);
        bootstrap->mean = percentile_interval(bootstrap);
        find_means(bootstrap, values, n / 4);
        bootstrap->iqm = percentile_interval(bootstrap);
        memcpy(bootstrap->values, values, (size_t)n * sizeof *values);
    }
    *mean = bootstrap->mean;
    *iqm = bootstrap->iqm;
    return STATUS_OK;
}
