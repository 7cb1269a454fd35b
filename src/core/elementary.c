#include "core/elementary.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Two numbers at a time, each by the same operations as alone. */
typedef double pair __attribute__((vector_size(16)));
typedef int64_t pair_bits __attribute__((vector_size(16)));

static pair both(double x)
{
    return (pair){x, x};
}

/* log x = k ln2 + log m with m in [sqrt(1/2), sqrt 2), and log m = 2 atanh(s), s = (m - 1) / (m +
 * 1), by its series in s^2 < .0295. */
static pair log_of(pair x)
{
    static const int64_t ROOT_HALF = 0x3fe6a09e667f3bcd;
    static const double SHIFT = 0x1p52 + 1023.0; /* whose last bit is worth 1 */
    static const int64_t ONE = 0x3ff0000000000000;
    const pair_bits shifted = (pair_bits)x + (ONE - ROOT_HALF);
    const pair_bits exponent = (pair_bits)((pair_bits)both(0x1p52) | (shifted >> 52));
    const pair k = (pair)exponent - both(SHIFT);
    const pair m = (pair)((shifted & 0xfffffffffffff) + ROOT_HALF);
    const pair s = (m - 1.0) / (m + 1.0);
    const pair z = s * s;
    pair p = both(2.0 / 21.0);
    for (int i = 19; i > 0; i -= 2) {
        p = p * z + 2.0 / i;
    }
    return k * 0x1.62e42fefa39efp-1 + s * p;
}

/* With q the integer nearest to 4 turns and y = 2 pi (turns - q / 4), |y| <= pi / 4, by the series
 * of both; an odd q swaps them, and the signs are those of the quadrant. */
static void circle_of(pair turns, pair *cosine, pair *sine)
{
    static const double SHIFT = 0x1.8p52; /* whose last bit is worth 1 */
    const pair shifted = turns * 4.0 + SHIFT;
    const pair q = shifted - SHIFT;
    const pair y = (turns - q * 0.25) * 6.283185307179586476925;
    const pair z = y * y;
    pair sin_y = both(1.0);
    pair cos_y = both(1.0);
    for (int i = 16; i > 1; i -= 2) { /* 1 - z / (i (i + 1)) (1 - ...), and with i (i - 1) */
        sin_y = 1.0 - z * sin_y * (1.0 / (i * (i + 1)));
        cos_y = 1.0 - z * cos_y * (1.0 / (i * (i - 1)));
    }
    sin_y *= y;
    const pair_bits quadrant = (pair_bits)shifted;
    const pair_bits swap = -(quadrant & 1);
    const pair_bits c = ((pair_bits)cos_y & ~swap) | ((pair_bits)sin_y & swap);
    const pair_bits s = ((pair_bits)sin_y & ~swap) | ((pair_bits)cos_y & swap);
    *cosine = (pair)(c ^ (((quadrant + 1) & 2) << 62));
    *sine = (pair)(s ^ ((quadrant & 2) << 62));
}

double elementary_log(double x)
{
    return log_of(both(x))[0];
}

void elementary_circle(double turns, double *cosine, double *sine)
{
    pair c;
    pair s;
    circle_of(both(turns), &c, &s);
    *cosine = c[0];
    *sine = s[0];
}

void elementary_normals(const double *radius, const double *turns, double *out, size_t count)
{
    for (size_t i = 0; i < count; i += 2) {
        const size_t last = i + 1 < count ? i + 1 : i;
        const pair squared = log_of((pair){radius[i], radius[last]}) * -2.0;
        const pair length = {sqrt(squared[0]), sqrt(squared[1])};
        pair c;
        pair s;
        circle_of((pair){turns[i], turns[last]}, &c, &s);
        for (size_t j = i; j <= last; j++) {
            out[2 * j] = length[j - i] * c[j - i];
            out[2 * j + 1] = length[j - i] * s[j - i];
        }
    }
}
