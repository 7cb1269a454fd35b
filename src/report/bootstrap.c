#include "report/bootstrap.h"

#include "core/memory.h"
#include "core/rng.h"
#include "report/statistics.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const double LOWER = 0.025;
static const struct rng_key KEY = {{0x626f6f7473747261u, 0x70u}};

struct bootstrap {
    int *strata; /* [n_strata] of the resamples that are there */
    int n_strata;
    int n;
    int32_t *draws;  /* [BOOTSTRAP_RESAMPLES, n] which values a resample consists of */
    int32_t *rank;   /* [n] place of a value among the sorted ones */
    int32_t *counts; /* [n] how often a sorted value is drawn */
    double *sorted;  /* [n] */
    double *means;   /* [BOOTSTRAP_RESAMPLES] */
    double *iqms;
};

enum status bootstrap_create(struct bootstrap **out, struct error *error)
{
    TRY(memory_array(out, 1, sizeof **out, error));
    enum status status =
        memory_array(&(*out)->means, BOOTSTRAP_RESAMPLES, sizeof *(*out)->means, error);
    if (status == STATUS_OK) {
        status = memory_array(&(*out)->iqms, BOOTSTRAP_RESAMPLES, sizeof *(*out)->iqms, error);
    }
    if (status != STATUS_OK) {
        bootstrap_destroy(out);
    }
    return status;
}

static void forget(struct bootstrap *bootstrap)
{
    free(bootstrap->strata);
    free(bootstrap->draws);
    free(bootstrap->rank);
    free(bootstrap->counts);
    free(bootstrap->sorted);
    bootstrap->strata = NULL;
    bootstrap->draws = NULL;
    bootstrap->rank = NULL;
    bootstrap->counts = NULL;
    bootstrap->sorted = NULL;
    bootstrap->n_strata = 0;
}

void bootstrap_destroy(struct bootstrap **bootstrap)
{
    if (*bootstrap != NULL) {
        forget(*bootstrap);
        free((*bootstrap)->means);
        free((*bootstrap)->iqms);
        free(*bootstrap);
        *bootstrap = NULL;
    }
}

static bool is_ready(const struct bootstrap *bootstrap, const int *strata, int n_strata)
{
    return bootstrap->strata != NULL && bootstrap->n_strata == n_strata &&
           memcmp(bootstrap->strata, strata, (size_t)n_strata * sizeof *strata) == 0;
}

static void draw_all(struct bootstrap *bootstrap)
{
    for (int b = 0; b < BOOTSTRAP_RESAMPLES; b++) {
        struct rng rng = rng_stream(KEY, (uint64_t)b, (uint64_t)bootstrap->n);
        int32_t *draw = bootstrap->draws + (size_t)b * (size_t)bootstrap->n;
        int first = 0;
        for (int s = 0; s < bootstrap->n_strata; s++) {
            const int size = bootstrap->strata[s];
            for (int i = 0; i < size; i++) {
                *draw++ = first + (int32_t)rng_below(&rng, (uint64_t)size);
            }
            first += size;
        }
    }
}

static enum status make_draws(struct bootstrap *bootstrap, const int *strata, int n_strata, int n,
                              struct error *error)
{
    forget(bootstrap);
    bootstrap->n = n;
    bootstrap->n_strata = n_strata;
    TRY(memory_matrix(&bootstrap->draws, BOOTSTRAP_RESAMPLES, (size_t)n, sizeof(int32_t), error));
    TRY(memory_array(&bootstrap->rank, (size_t)n, sizeof(int32_t), error));
    TRY(memory_array(&bootstrap->counts, (size_t)n, sizeof(int32_t), error));
    TRY(memory_array(&bootstrap->sorted, (size_t)n, sizeof(double), error));
    TRY(memory_array(&bootstrap->strata, (size_t)n_strata, sizeof *strata, error));
    memcpy(bootstrap->strata, strata, (size_t)n_strata * sizeof *strata);
    draw_all(bootstrap);
    return STATUS_OK;
}

static void rank_values(struct bootstrap *bootstrap, const double *values)
{
    const int n = bootstrap->n;
    for (int i = 0; i < n; i++) {
        int32_t rank = 0;
        for (int k = 0; k < n; k++) {
            rank += values[k] < values[i] || (values[k] == values[i] && k < i);
        }
        bootstrap->rank[i] = rank;
        bootstrap->sorted[rank] = values[i];
    }
}

/* Mean over the sorted values that remain of a resample when `cut` are dropped at both ends. */
static double trimmed_mean(const struct bootstrap *bootstrap, int cut)
{
    const int end = bootstrap->n - cut;
    double sum = 0.0;
    int passed = 0;
    for (int i = 0; i < bootstrap->n && passed < end; i++) {
        const int from = passed > cut ? passed : cut;
        const int to = passed + bootstrap->counts[i] < end ? passed + bootstrap->counts[i] : end;
        sum += to > from ? (to - from) * bootstrap->sorted[i] : 0.0;
        passed += bootstrap->counts[i];
    }
    return sum / (end - cut);
}

static void resample(struct bootstrap *bootstrap, int b)
{
    const size_t n = (size_t)bootstrap->n;
    const int32_t *const draw = bootstrap->draws + (size_t)b * n;
    memset(bootstrap->counts, 0, n * sizeof *bootstrap->counts);
    for (size_t i = 0; i < n; i++) {
        bootstrap->counts[bootstrap->rank[draw[i]]]++;
    }
    bootstrap->means[b] = trimmed_mean(bootstrap, 0);
    bootstrap->iqms[b] = trimmed_mean(bootstrap, bootstrap->n / 4);
}

/* Puts the k-th smallest of values[n] into its place, smaller ones before it (Hoare 1961). */
static void select_place(double *values, int n, int k)
{
    int low = 0;
    int high = n - 1;
    while (low < high) {
        const double pivot = values[k];
        int i = low;
        int j = high;
        while (i <= j) {
            while (values[i] < pivot) {
                i++;
            }
            while (values[j] > pivot) {
                j--;
            }
            if (i <= j) {
                const double value = values[i];
                values[i++] = values[j];
                values[j--] = value;
            }
        }
        if (j < k) {
            low = i;
        }
        if (k < i) {
            high = j;
        }
    }
}

/* Type 7 quantile without sorting everything. */
static double quantile(double *values, double p)
{
    const double place = p * (BOOTSTRAP_RESAMPLES - 1);
    const int below = (int)place;
    select_place(values, BOOTSTRAP_RESAMPLES, below);
    double above = values[below + 1];
    for (int i = below + 2; i < BOOTSTRAP_RESAMPLES; i++) {
        above = fmin(above, values[i]);
    }
    return values[below] + (place - below) * (above - values[below]);
}

static struct interval percentile_interval(double *values)
{
    const double low = quantile(values, LOWER);
    return (struct interval){low, quantile(values, 1.0 - LOWER)};
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
    if (n < 2) {
        return STATUS_OK;
    }
    if (!is_ready(bootstrap, strata, n_strata)) {
        TRY(make_draws(bootstrap, strata, n_strata, n, error));
    }
    rank_values(bootstrap, values);
    for (int b = 0; b < BOOTSTRAP_RESAMPLES; b++) {
        resample(bootstrap, b);
    }
    *mean = percentile_interval(bootstrap->means);
    *iqm = percentile_interval(bootstrap->iqms);
    return STATUS_OK;
}
