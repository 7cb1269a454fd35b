/* Logarithm, sine and cosine by sums and products alone: a C library may round them one way on one
 * processor and another way on the next, and whatever is drawn or trained with them would be
 * another network. Relative errors are below 1e-15, of sines and cosines near 0 absolute ones.
 * Local. */
#pragma once

#include <stddef.h>

/* Of a normal number x > 0. */
double elementary_log(double x);

/* cos and sin of 2 pi turns[i], |turns| < 2^50, i < count; what one gives does not depend on the
 * others. */
void elementary_circles(const double *turns, double *cosines, double *sines, size_t count);

static inline void elementary_circle(double turns, double *cosine, double *sine)
{
    elementary_circles(&turns, cosine, sine, 1);
}

/* out[2 i], out[2 i + 1] = sqrt(-2 log radius[i]) (cos, sin)(2 pi turns[i]), i < count, of
 * 0 < radius <= 1: two normal deviates of two uniform ones (Box and Muller 1958). */
void elementary_normals(const double *radius, const double *turns, double *out, size_t count);
