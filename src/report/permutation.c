#include "report/permutation.h"

#include "core/rng.h"

#include <math.h>

/* Sums of the same numbers in another order are equal but for rounding. */
static const double TIE = 1e-12;
static const struct rng_key KEY = {{0x7369676e666c6970u, 0}};

/* All 2^n signs in the order of a Gray code: neighbours differ in the sign of one difference, so
 * that a sum costs one addition. */
static double exact_p(const double *differences, int n, double sum, double limit)
{
    const unsigned count = 1u << n;
    double signs[PERMUTATION_EXACT_MAX];
    unsigned hits = fabs(sum) >= limit;
    for (int i = 0; i < n; i++) {
        signs[i] = 1.0;
    }
    for (unsigned code = 1; code < count; code++) {
        const int i = __builtin_ctz(code);
        signs[i] = -signs[i];
        sum += 2.0 * signs[i] * differences[i];
        hits += fabs(sum) >= limit;
    }
    return (double)hits / count;
}

static double drawn_p(const double *differences, int n, double limit)
{
    int hits = 0;
    for (int draw = 0; draw < PERMUTATION_DRAWS; draw++) {
        struct rng rng = rng_stream(KEY, (uint64_t)draw, (uint64_t)n);
        double sum = 0.0;
        uint64_t signs = 0;
        for (int i = 0; i < n; i++) {
            signs = i % 64 == 0 ? rng_bits(&rng) : signs >> 1;
            sum += (signs & 1) != 0 ? differences[i] : -differences[i];
        }
        hits += fabs(sum) >= limit;
    }
    return (1.0 + hits) / (1.0 + PERMUTATION_DRAWS);
}

/* p = share of the signs s in {-1, 1}^n with |sum s_i d_i| >= |sum d_i|. */
double permutation_sign_flip(const double *differences, int n)
{
    double sum = 0.0;
    double size = 0.0;
    for (int i = 0; i < n; i++) {
        sum += differences[i];
        size += fabs(differences[i]);
    }
    const double limit = fabs(sum) - TIE * size;
    return n == 0                       ? NAN
           : n <= PERMUTATION_EXACT_MAX ? exact_p(differences, n, sum, limit)
                                        : drawn_p(differences, n, limit);
}

double permutation_smallest_p(int n)
{
    return n == 0                       ? NAN
           : n <= PERMUTATION_EXACT_MAX ? ldexp(1.0, 1 - n)
                                        : 1.0 / (1.0 + PERMUTATION_DRAWS);
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
