#include "core/elementary.h"

#include "core/vector_clones.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { LANES = 8 };

/* So many numbers at a time, each by the same operations as alone. They are passed by pointers:
 * the ABI has no such vectors without AVX-512. */
typedef double vector __attribute__((vector_size(LANES * sizeof(double))));
typedef int64_t bits __attribute__((vector_size(LANES * sizeof(double))));

/* x <- log x = k ln2 + log m with m in [sqrt(1/2), sqrt 2), and log m = 2 atanh(s), s = (m - 1) /
 * (m + 1), by its series in s^2 < .0295. */
WITHIN_CLONES void take_log(vector *x)
{
    static const int64_t ROOT_HALF = 0x3fe6a09e667f3bcd;
    static const double SHIFT = 0x1p52 + 1023.0; /* whose last bit is worth 1 */
    static const int64_t ONE = 0x3ff0000000000000;
    static const int64_t SHIFT_BITS = 0x4330000000000000;
    const bits shifted = (bits)*x + (ONE - ROOT_HALF);
    const vector k = (vector)(SHIFT_BITS | (shifted >> 52)) - SHIFT;
    const vector m = (vector)((shifted & 0xfffffffffffff) + ROOT_HALF);
    const vector s = (m - 1.0) / (m + 1.0);
    const vector z = s * s;
    vector p = (vector){0} + 2.0 / 21.0;
    for (int i = 19; i > 0; i -= 2) {
        p = p * z + 2.0 / i;
    }
    *x = k * 0x1.62e42fefa39efp-1 + s * p;
}

/* cos and sin of 2 pi turns. With q the integer nearest to 4 turns and y = 2 pi (turns - q / 4),
 * |y| <= pi / 4, by the series of both; an odd q swaps them, and the signs are those of the
 * quadrant. */
WITHIN_CLONES void take_circle(const vector *turns, vector *cosine, vector *sine)
{
    static const double SHIFT = 0x1.8p52; /* whose last bit is worth 1 */
    const vector shifted = *turns * 4.0 + SHIFT;
    const vector q = shifted - SHIFT;
    const vector y = (*turns - q * 0.25) * 6.283185307179586476925;
    const vector z = y * y;
    vector sin_y = (vector){0} + 1.0;
    vector cos_y = sin_y;
    for (int i = 16; i > 1; i -= 2) { /* 1 - z / (i (i + 1)) (1 - ...), and with i (i - 1) */
        sin_y = 1.0 - z * sin_y * (1.0 / (i * (i + 1)));
        cos_y = 1.0 - z * cos_y * (1.0 / (i * (i - 1)));
    }
    sin_y *= y;
    const bits quadrant = (bits)shifted;
    const bits swap = -(quadrant & 1);
    const bits c = ((bits)cos_y & ~swap) | ((bits)sin_y & swap);
    const bits s = ((bits)sin_y & ~swap) | ((bits)cos_y & swap);
    *cosine = (vector)(c ^ (((quadrant + 1) & 2) << 62));
    *sine = (vector)(s ^ ((quadrant & 2) << 62));
}

/* The next numbers of `left`; behind the last one it is repeated. */
WITHIN_CLONES void load(vector *to, const double *from, size_t left)
{
    if (left >= LANES) { /* of a size that is known, else it goes through memory number by number */
        memcpy(to, from, sizeof *to);
        return;
    }
    double lanes[LANES];
    for (size_t i = 0; i < LANES; i++) {
        lanes[i] = from[i < left ? i : left - 1];
    }
    memcpy(to, lanes, sizeof lanes);
}

WITHIN_CLONES void store(double *to, const vector *from, size_t left)
{
    if (left >= LANES) {
        memcpy(to, from, sizeof *from);
    } else {
        memcpy(to, from, left * sizeof *to);
    }
}

double elementary_log(double x)
{
    vector all;
    load(&all, &x, 1);
    take_log(&all);
    return all[0];
}

VECTOR_CLONES void elementary_circles(const double *turns, double *cosines, double *sines,
                                      size_t count)
{
    for (size_t i = 0; i < count; i += LANES) {
        vector angle;
        vector c;
        vector s;
        load(&angle, turns + i, count - i);
        take_circle(&angle, &c, &s);
        store(cosines + i, &c, count - i);
        store(sines + i, &s, count - i);
    }
}

VECTOR_CLONES void elementary_normals(const double *radius, const double *turns, double *out,
                                      size_t count)
{
    for (size_t i = 0; i < count; i += LANES) {
        vector squared;
        vector angle;
        vector c;
        vector s;
        load(&squared, radius + i, count - i);
        load(&angle, turns + i, count - i);
        take_log(&squared);
        take_circle(&angle, &c, &s);
        vector pairs[2];
        for (int j = 0; j < LANES; j++) {
            const double length = sqrt(-2.0 * squared[j]);
            pairs[2 * j / LANES][2 * j % LANES] = length * c[j];
            pairs[2 * j / LANES][2 * j % LANES + 1] = length * s[j];
        }
        store(out + 2 * i, &pairs[0], 2 * (count - i));
        if (count - i > LANES / 2) {
            store(out + 2 * i + LANES, &pairs[1], 2 * (count - i) - LANES);
        }
    }
}
