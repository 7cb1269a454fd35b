#include "report/resamples.h"

#include "core/memory.h"
#include "core/rng.h"
#include "report/weighted.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    AT_ONCE = 4, /* samples in one pass over the counts */
    SMALL = 8,   /* resamples of so few seeds are often the same: each kind is looked at once */
    TILE = 256   /* draws whose sums stay near */
};

static const double LOWER = 0.025;
static const struct rng_key KEY = {{0x726573616d706c65u, 0x73u}};

struct resamples {
    int n;
    int n_kinds;
    float *counts;          /* [n, n_kinds] how often a rank is in a resample of a kind */
    float *trimmed;         /* [n, n_kinds] and without the n / 4 smallest and largest of it */
    int *weights;           /* [n_kinds] how often the kind was drawn */
    double *sums;           /* [AT_ONCE, TILE] */
    struct weighted *items; /* [2, AT_ONCE, n_kinds] means and interquartile means */
};

void resamples_destroy(struct resamples **resamples)
{
    struct resamples *const self = *resamples;
    if (self != NULL) {
        free(self->counts);
        free(self->trimmed);
        free(self->weights);
        free(self->sums);
        free(self->items);
        free(self);
        *resamples = NULL;
    }
}

int resamples_size(const struct resamples *resamples)
{
    return resamples->n;
}

/* ---- draws ---- */

/* rows[n_draws, n] are zero at first. */
static void draw(uint16_t *rows, int n_draws, int n)
{
    for (int b = 0; b < n_draws; b++) {
        struct rng rng = rng_stream(KEY, (uint64_t)b, (uint64_t)n);
        uint16_t *const row = rows + (size_t)b * (size_t)n;
        for (int i = 0; i < n; i++) {
            row[rng_below(&rng, (uint64_t)n)]++;
        }
    }
}

static int compare_rows(const void *a, const void *b, void *size)
{
    return memcmp(a, b, *(const size_t *)size);
}

/* Puts the different rows first, in a fixed order, and counts each. */
static int find_kinds(uint16_t *rows, int n_draws, int n, int *weights)
{
    size_t size = (size_t)n * sizeof *rows;
    int n_kinds = 0;
    if (n <= SMALL) {
        qsort_r(rows, (size_t)n_draws, size, compare_rows, &size);
    }
    for (int b = 0; b < n_draws; b++) {
        uint16_t *const next = rows + (size_t)n_kinds * (size_t)n;
        const uint16_t *const row = rows + (size_t)b * (size_t)n;
        if (n > SMALL || b == 0 || memcmp(row, next - n, size) != 0) {
            memmove(next, row, size);
            n_kinds++;
        }
        weights[n_kinds - 1]++;
    }
    return n_kinds;
}

/* Of a row that is walked over in ascending order, what stands at places n / 4 .. n - n / 4 - 1. */
static void keep_row(struct resamples *self, const uint16_t *row, int kind)
{
    const int cut = self->n / 4;
    const int end = self->n - cut;
    int passed = 0;
    for (int i = 0; i < self->n; i++) {
        const size_t place = (size_t)i * (size_t)self->n_kinds + (size_t)kind;
        const int next = passed + row[i];
        const int from = passed > cut ? passed : cut;
        const int to = next < end ? next : end;
        self->counts[place] = (float)row[i];
        self->trimmed[place] = to > from ? (float)(to - from) : 0.0F;
        passed = next;
    }
}

static enum status fill(struct resamples *self, uint16_t *rows, int n_draws, struct error *error)
{
    const size_t n = (size_t)self->n;
    TRY(memory_array(&self->weights, (size_t)n_draws, sizeof *self->weights, error));
    draw(rows, n_draws, self->n);
    self->n_kinds = find_kinds(rows, n_draws, self->n, self->weights);
    const size_t n_kinds = (size_t)self->n_kinds;
    TRY(memory_array2(&self->counts, n, n_kinds, sizeof *self->counts, error));
    TRY(memory_array2(&self->trimmed, n, n_kinds, sizeof *self->trimmed, error));
    TRY(memory_array2(&self->items, (size_t)2 * AT_ONCE, n_kinds, sizeof *self->items, error));
    TRY(memory_array2(&self->sums, AT_ONCE, TILE, sizeof *self->sums, error));
    for (int k = 0; k < self->n_kinds; k++) {
        keep_row(self, rows + (size_t)k * n, k);
    }
    return STATUS_OK;
}

enum status resamples_create(struct resamples **out, int n, struct error *error)
{
    const int n_draws = n > RESAMPLES_MANY ? RESAMPLES_FEW : BOOTSTRAP_RESAMPLES;
    uint16_t *rows = NULL;
    TRY(memory_array(out, 1, sizeof **out, error));
    (*out)->n = n;
    enum status status = memory_array2(&rows, (size_t)n_draws, (size_t)n, sizeof *rows, error);
    THEN(status, fill(*out, rows, n_draws, error));
    free(rows);
    if (status != STATUS_OK) {
        resamples_destroy(out);
    }
    return status;
}

/* ---- the product ---- */

/* sums[s, k] += counts[k] values[s] for the kinds of a tile; the order of the sum over ranks is
 * that of the calls, whatever the width of the processor's vectors. */
static void add_rank(double *restrict sums, const float *restrict counts, int n_kinds,
                     const double values[AT_ONCE])
{
    double *restrict const a = sums;
    double *restrict const b = sums + TILE;
    double *restrict const c = sums + (size_t)2 * TILE;
    double *restrict const d = sums + (size_t)3 * TILE;
    for (int k = 0; k < n_kinds; k++) {
        const double count = counts[k];
        a[k] += count * values[0];
        b[k] += count * values[1];
        c[k] += count * values[2];
        d[k] += count * values[3];
    }
}

/* items[s, k]: sum over ranks of counts times values, over `divisor`. */
static void find_means(const struct resamples *self, const float *counts,
                       const double *const *values, int m, int divisor, struct weighted *items)
{
    for (int first = 0; first < self->n_kinds; first += TILE) {
        const int size = self->n_kinds - first < TILE ? self->n_kinds - first : TILE;
        memset(self->sums, 0, (size_t)(AT_ONCE * TILE) * sizeof *self->sums);
        for (int i = 0; i < self->n; i++) {
            double ranked[AT_ONCE] = {0};
            for (int s = 0; s < m; s++) {
                ranked[s] = values[s][i];
            }
            add_rank(self->sums, counts + (size_t)i * (size_t)self->n_kinds + first, size, ranked);
        }
        for (int s = 0; s < m; s++) {
            for (int k = 0; k < size; k++) {
                items[(size_t)s * (size_t)self->n_kinds + (size_t)(first + k)] =
                    (struct weighted){self->sums[s * TILE + k] / divisor, self->weights[first + k]};
            }
        }
    }
}

static struct interval interval_of(struct weighted *items, int n)
{
    const double low = weighted_quantile(items, n, LOWER);
    return (struct interval){low, weighted_quantile(items, n, 1.0 - LOWER)};
}

void resamples_intervals(struct resamples *self, const double *const *values, int m,
                         struct interval *mean, struct interval *iqm)
{
    const size_t n_kinds = (size_t)self->n_kinds;
    struct weighted *const second = self->items + AT_ONCE * n_kinds;
    for (int s = 0; s < m; s += AT_ONCE) {
        const int count = m - s < AT_ONCE ? m - s : AT_ONCE;
        find_means(self, self->counts, values + s, count, self->n, self->items);
        find_means(self, self->trimmed, values + s, count, self->n - 2 * (self->n / 4), second);
        for (int k = 0; k < count; k++) {
            mean[s + k] = interval_of(self->items + (size_t)k * n_kinds, self->n_kinds);
            iqm[s + k] = interval_of(second + (size_t)k * n_kinds, self->n_kinds);
        }
    }
}
