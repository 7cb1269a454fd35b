#include "report/permutation.h"

#include "core/memory.h"
#include "core/rng.h"
#include "report/statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sums of the same numbers in another order are equal but for rounding. */
static const double TIE = 1e-12;
static const struct rng_key KEY = {{0x7369676e666c6970u, 0}};

/* sums[2^n]: of the n differences with all signs, ascending. Those of one more difference are two
 * ascending lists, which are merged. */
static void sign_sums(const double *differences, int n, double *sums, double *scratch)
{
    sums[0] = 0.0;
    for (int i = 0; i < n; i++) {
        const size_t count = (size_t)1 << i;
        const double d = fabs(differences[i]);
        size_t low = 0;
        size_t high = 0;
        for (size_t k = 0; k < 2 * count; k++) {
            const bool takes_low =
                high == count || (low < count && sums[low] - d <= sums[high] + d);
            scratch[k] = takes_low ? sums[low++] - d : sums[high++] + d;
        }
        memcpy(sums, scratch, 2 * count * sizeof *sums);
    }
}

/* The 2^n sums are those of two halves of the differences, one added to the other (Horowitz and
 * Sahni 1974): for each sum of the one, ascending, those of the other reach the limit from a place
 * on that falls. The sums are symmetric about 0, so that one tail tells of both. */
static enum status exact_p(const double *differences, int n, double limit, double *p,
                           struct error *error)
{
    const int n_first = n / 2;
    const size_t n_a = (size_t)1 << n_first;
    const size_t n_b = (size_t)1 << (n - n_first);
    double *sums = NULL; /* [n_a], [n_b], and scratch */
    TRY(memory_array(&sums, n_a + 2 * n_b, sizeof *sums, error));
    const double *const a = sums;
    const double *const b = sums + n_a;
    sign_sums(differences, n_first, sums, sums + n_a + n_b);
    sign_sums(differences + n_first, n - n_first, sums + n_a, sums + n_a + n_b);
    size_t from = n_b;
    double hits = 0.0; /* whole numbers up to 2^24 */
    for (size_t i = 0; i < n_a; i++) {
        while (from > 0 && a[i] + b[from - 1] >= limit) {
            from--;
        }
        hits += (double)(n_b - from);
    }
    free(sums);
    *p = limit <= 0.0 ? 1.0 : 2.0 * hits / ldexp(1.0, n);
    return STATUS_OK;
}

static int count_draws(int n)
{
    return n > PERMUTATION_MANY ? PERMUTATION_FEW : PERMUTATION_DRAWS;
}

static enum status draw_signs(struct permutation *permutation, int n, struct error *error)
{
    const size_t n_draws = (size_t)count_draws(n);
    if (permutation->n == n) {
        return STATUS_OK;
    }
    permutation_release(permutation);
    TRY(memory_array2(&permutation->signs, ((size_t)n + 7) / 8, n_draws, 1, error));
    TRY(memory_array(&permutation->sums, n_draws, sizeof *permutation->sums, error));
    for (size_t draw = 0; draw < n_draws; draw++) {
        struct rng rng = rng_stream(KEY, draw, (uint64_t)n);
        uint64_t signs = 0;
        for (size_t byte = 0; byte < ((size_t)n + 7) / 8; byte++) {
            signs = byte % 8 == 0 ? rng_bits(&rng) : signs >> 8;
            permutation->signs[byte * n_draws + draw] = (unsigned char)signs;
        }
    }
    permutation->n = n;
    return STATUS_OK;
}

/* table[256]: sums of eight differences with all their signs; a set bit is a plus. */
static void fill_table(const double *differences, int count, double table[256])
{
    for (int code = 0; code < 256; code++) {
        double sum = 0.0;
        for (int i = 0; i < count; i++) {
            sum += (code >> i & 1) != 0 ? differences[i] : -differences[i];
        }
        table[code] = sum;
    }
}

static enum status drawn_p(struct permutation *permutation, const double *differences, int n,
                           double limit, double *p, struct error *error)
{
    const int n_draws = count_draws(n);
    int hits = 0;
    TRY(draw_signs(permutation, n, error));
    memset(permutation->sums, 0, (size_t)n_draws * sizeof *permutation->sums);
    for (int first = 0; first < n; first += 8) {
        const unsigned char *const signs =
            permutation->signs + (size_t)(first / 8) * (size_t)n_draws;
        double table[256];
        fill_table(differences + first, n - first < 8 ? n - first : 8, table);
        for (int draw = 0; draw < n_draws; draw++) {
            permutation->sums[draw] += table[signs[draw]];
        }
    }
    for (int draw = 0; draw < n_draws; draw++) {
        hits += fabs(permutation->sums[draw]) >= limit;
    }
    *p = (1.0 + hits) / (1.0 + n_draws);
    return STATUS_OK;
}

void permutation_release(struct permutation *permutation)
{
    free(permutation->signs);
    free(permutation->sums);
    *permutation = (struct permutation){0};
}

/* What stands for infinity: more than any sum of the finite differences can even out. */
static double beyond(const double *differences, int n)
{
    double size = 0.0;
    for (int i = 0; i < n; i++) {
        size += isfinite(differences[i]) ? fabs(differences[i]) : 0.0;
    }
    return size > 0.0 ? 4.0 * size : 1.0;
}

/* p = share of the signs s in {-1, 1}^n with |sum s_i d_i| >= |sum d_i|. */
enum status permutation_sign_flip(struct permutation *permutation, const double *differences, int n,
                                  double *p, int *direction, struct error *error)
{
    const double infinite = beyond(differences, n);
    double *sorted = NULL;
    double sum = 0.0;
    double size = 0.0;
    *p = NAN;
    *direction = 0;
    TRY(memory_array(&sorted, (size_t)n, sizeof *sorted, error));
    for (int i = 0; i < n; i++) {
        sorted[i] = isfinite(differences[i]) ? differences[i] : copysign(infinite, differences[i]);
    }
    statistics_sort(sorted, n);
    for (int i = 0; i < n; i++) {
        sum += sorted[i];
        size += fabs(sorted[i]);
    }
    enum status status = STATUS_OK;
    const double limit = fabs(sum) - TIE * size;
    *direction = fabs(sum) > TIE * size ? (sum > 0.0) - (sum < 0.0) : 0;
    if (n > PERMUTATION_EXACT_MAX) {
        status = drawn_p(permutation, sorted, n, limit, p, error);
    } else if (n > 0) {
        status = exact_p(sorted, n, limit, p, error);
    }
    free(sorted);
    return status;
}

double permutation_smallest_p(int n)
{
    return n == 0                       ? NAN
           : n <= PERMUTATION_EXACT_MAX ? ldexp(1.0, 1 - n)
                                        : 1.0 / (1.0 + count_draws(n));
}

/* With p_(1) <= ... <= p_(m): adjusted_(k) = max over i <= k of min(1, (m - i + 1) p_(i)). */
void permutation_holm(const double *p, double *adjusted, int m)
{
    int left = 0;
    for (int i = 0; i < m; i++) {
        adjusted[i] = NAN;
        left += !isnan(p[i]);
    }
    double largest = 0.0;
    for (; left > 0; left--) {
        int next = -1;
        for (int i = 0; i < m; i++) {
            if (!isnan(p[i]) && isnan(adjusted[i]) && (next < 0 || p[i] < p[next])) {
                next = i;
            }
        }
        largest = fmax(largest, fmin(1.0, left * p[next]));
        adjusted[next] = largest;
    }
}
