/* Test matrices from named Philox streams, and the norms they are judged by.
 *
 * Everything is written with plain loops and uses neither BLAS nor LAPACK, so that a check made
 * with it is independent of the code under test. Matrices are row-major [n, n] unless said
 * otherwise. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum matgen_kind {
    MATGEN_GAUSSIAN,         /* N(0, 1/n) entries */
    MATGEN_NEAR_ORTHOGONAL,  /* Haar orthogonal + 0.1 N(0, 1/n) */
    MATGEN_ORTHOGONAL,       /* Haar: every modulus is 1 */
    MATGEN_NORMAL,           /* Q diag(rotations scaled by sqrt(U)) Q': no couplings */
    MATGEN_DEFECTIVE,        /* Jordan blocks, real and complex, under an orthogonal similarity */
    MATGEN_ZERO,             /* all entries 0 */
    MATGEN_BLOCK_DIAGONAL,   /* Gaussian blocks of sizes 1, 2, 3, 5, 1, 2, ... */
    MATGEN_SYMMETRIC,        /* real spectrum, normal */
    MATGEN_REAL_SPECTRUM,    /* real spectrum, not normal */
    MATGEN_COMPLEX_SPECTRUM, /* complex pairs only, and one real eigenvalue when n is odd */
    MATGEN_RANK_ONE,         /* u v' */
    MATGEN_TINY,             /* Gaussian times 1e-300 */
    MATGEN_HUGE,             /* Gaussian times 1e300 */
    MATGEN_KIND_COUNT
};

const char *matgen_name(enum matgen_kind kind);

/* Matrix `seed` of that kind into w[n, n]. */
void matgen_fill(enum matgen_kind kind, uint64_t seed, double *w, int n);

/* Haar-distributed orthogonal matrix (Stewart 1980: a product of Householder reflections). */
void matgen_haar(uint64_t seed, double *q, int n);

/* w = Q a Q'. */
void matgen_similarity(const double *q, const double *a, double *w, int n);

/* c = a b. */
void matgen_multiply(const double *a, const double *b, double *c, int n);

/* out = in', which also turns row-major into column-major. */
void matgen_transpose(const double *in, double *out, int n);

/* Number of entries of an n x n matrix. */
size_t matgen_square(int n);

/* Frobenius norm that neither overflows nor underflows; NaN when an entry is NaN. */
double matgen_norm(const double *values, size_t count);

/* Largest |a - b|. */
double matgen_distance(const double *a, const double *b, size_t count);

/* |W - Q T Q'|_F / |W|_F in units of 2^-52, with q and t column-major; 0 when both sides are 0. */
double matgen_residual(const double *w, const double *q, const double *t, int n);

/* |Q'Q - I|_F / sqrt(n) in units of 2^-52, q column-major. */
double matgen_orthogonality(const double *q, int n);

/* What rounding may leave of either in a Schur form: measured 3.3 sqrt(n) for the residual. */
double matgen_rounding_limit(int n);

/* count zeros, or the end of the program: tests have no use for a failed allocation. */
double *matgen_zeros(size_t count);
