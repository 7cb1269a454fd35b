/* Ordered real Schur form W = Q T Q' with its certificate.
 *
 * Golub and Van Loan, Matrix Computations, 4th ed., section 7.4; LAPACK dgees and dtrexc.
 * Everything here is local. */
#pragma once

#include "core/status.h"

/* Difference of two moduli, relative to the largest of all, under which they are a tie. */
#define SCHUR_TIE_TOLERANCE 1e-10

/* One diagonal block of T: a real eigenvalue (size 1) or a complex pair (size 2). */
struct schur_block {
    int start; /* first row, from 0 */
    int size;
    double modulus; /* |lambda|; with a leak |mu|, see schur_order */
};

/* Which modulus of an eigenvalue lambda of W orders: |shift + leak lambda|. In a network with the
 * leak a the step operator is (1 - a) I + a W, which Q brings to (1 - a) I + a T: what persists
 * from step to step is mu = 1 - a + a lambda, and the shift is 1 - a. */
struct schur_order {
    double shift;
    double leak; /* a */
};

struct schur_certificate {
    double residual;           /* |W - Q T Q'|_F / |W|_F; 0 for W = 0 */
    double orthogonality_loss; /* |Q'Q - I|_F / sqrt(n) */
    double
        disorder; /* largest (later modulus - earlier modulus) / radius of blocks; <= 0 ordered */
    int n_unswapped; /* times dtrexc found two blocks too close to swap */
};

struct schur {
    int n;
    double *t;             /* [n, n] column-major, upper quasi-triangular, no negative zeros */
    double *q;             /* [n, n] column-major, orthogonal */
    double *eigenvalue_re; /* [n] in the order of T's diagonal */
    double *eigenvalue_im;
    struct schur_block *blocks; /* [n_blocks], moduli non-increasing up to the tie tolerance */
    int n_blocks;
    double norm;            /* |T|_F */
    double spectral_radius; /* largest |lambda| */
    struct schur_order order;
    double radius; /* largest modulus of a block */
    struct schur_certificate certificate;
};

/* Factor, order and certify w[n, n] (row-major, const), n >= 1, of a network with that leak. The
 * result is released by schur_release; on failure nothing is left to release. STATUS_INTERNAL
 * without memory; failures of the job: STATUS_JOB_WEIGHTS_NONFINITE (found before LAPACK sees it:
 * one NaN can keep dgees busy for minutes), STATUS_JOB_SCHUR_FAILED (dgees INFO > 0),
 * STATUS_JOB_SCHUR_NONFINITE, STATUS_JOB_CERTIFICATE (residual or orthogonality_loss above 100 n
 * eps, or disorder). */
MUST_CHECK enum status schur_compute(struct schur *schur, const double *w, int n, double leak,
                                     struct error *error);
void schur_release(struct schur *schur);

/* (*block_of)[n], the number of the diagonal block that each row of T lies in; owned by the caller.
 * STATUS_INTERNAL without memory. */
MUST_CHECK enum status schur_map_blocks(const struct schur *schur, int **block_of,
                                        struct error *error);

/* Departure from normality sqrt(|T|_F^2 - sum |lambda|^2) / |T|_F (Henrici 1962), summed from
 * entries so that nothing cancels; 0 for T = 0. */
double schur_nonnormality(const struct schur *schur);

/* Smallest difference of the moduli of neighbouring blocks / radius; NaN when there is one block or
 * the radius is 0. */
double schur_modulus_gap(const struct schur *schur);
