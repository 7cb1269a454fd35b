/* LAPACK routines used here, Fortran calling convention: everything by address, column-major,
 * hidden lengths of CHARACTER arguments at the end. Local. Descriptions: netlib.org/lapack. */
#pragma once

#include <stddef.h>

typedef int lapack_logical;
typedef lapack_logical (*lapack_select)(const double *, const double *);

/* A = VS * T * VS', T quasi-triangular (standardised 2x2 blocks), VS orthogonal. */
void dgees_(const char *jobvs, const char *sort, lapack_select select, const int *n, double *a,
            const int *lda, int *sdim, double *wr, double *wi, double *vs, const int *ldvs,
            double *work, const int *lwork, lapack_logical *bwork, int *info, size_t length_jobvs,
            size_t length_sort);

/* Move the diagonal block at row ifst to row ilst (1-based) by swaps of neighbours; Q follows. */
void dtrexc_(const char *compq, const int *n, double *t, const int *ldt, double *q, const int *ldq,
             int *ifst, int *ilst, double *work, int *info, size_t length_compq);

/* Rotation that standardises a 2x2 block: afterwards c = 0, or a = d and b c < 0. */
void dlanv2_(double *a, double *b, double *c, double *d, double *rt1r, double *rt1i, double *rt2r,
             double *rt2i, double *cs, double *sn);

/* A = Q R in place (reflectors and R). */
void dgeqrf_(const int *m, const int *n, double *a, const int *lda, double *tau, double *work,
             const int *lwork, int *info);

/* Q of dgeqrf, explicitly. */
void dorgqr_(const int *m, const int *n, const int *k, double *a, const int *lda, const double *tau,
             double *work, const int *lwork, int *info);

/* A = U S V', singular values descending; A overwritten. */
void dgesvd_(const char *jobu, const char *jobvt, const int *m, const int *n, double *a,
             const int *lda, double *s, double *u, const int *ldu, double *vt, const int *ldvt,
             double *work, const int *lwork, int *info, size_t length_jobu, size_t length_jobvt);

/* Solves A X = B by LU with partial pivoting; both overwritten. */
void dgesv_(const int *n, const int *nrhs, double *a, const int *lda, int *ipiv, double *b,
            const int *ldb, int *info);
