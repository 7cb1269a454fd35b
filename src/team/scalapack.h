/* ScaLAPACK, PBLAS and BLACS routines used here. Fortran calling convention: everything by address,
 * hidden lengths of CHARACTER arguments at the end; global indices from 1; a matrix is its local
 * part, the first row and column, and a descriptor of nine integers. The C interface of BLACS
 * (names with a C) takes values. Routines whose name begins with pd are collective over the context
 * of their matrices. Descriptions: netlib.org/scalapack, netlib.org/blacs. */
#pragma once

#include <mpi.h>
#include <stddef.h>

/* A number for a communicator, from which contexts are made; freed after them. Local. */
int Csys2blacs_handle(MPI_Comm comm);
void Cfree_blacs_system_handle(int handle);

/* Context over the ranks map[row + col * leading] of the handle in *context. Collective. */
void Cblacs_gridmap(int *context, int *map, int leading, int n_rows, int n_cols);
void Cblacs_gridexit(int context);

/* Sets an internal of a context: see BLACS_SUMS_REPEAT. */
void Cblacs_set(int context, int what, int *value);

/* Numbers of internals: global operations give the same bits each time, and on all processes. */
enum { BLACS_SUMS_REPEAT = 15, BLACS_SUMS_COHERENT = 16 };

/* A = Q H Q', H upper Hessenberg; the reflectors of Q stay below the subdiagonal and in tau. */
void pdgehrd_(const int *n, const int *ilo, const int *ihi, double *a, const int *ia, const int *ja,
              const int *desca, double *tau, double *work, const int *lwork, int *info);

/* C = Q C and the like, Q as pdgehrd left it. */
void pdormhr_(const char *side, const char *trans, const int *m, const int *n, const int *ilo,
              const int *ihi, const double *a, const int *ia, const int *ja, const int *desca,
              const double *tau, double *c, const int *ic, const int *jc, const int *descc,
              double *work, const int *lwork, int *info, size_t length_side, size_t length_trans);

/* Real Schur form of a Hessenberg matrix. */
void pdhseqr_(const char *job, const char *compz, const int *n, const int *ilo, const int *ihi,
              double *h, const int *desch, double *wr, double *wi, double *z, const int *descz,
              double *work, const int *lwork, int *iwork, const int *liwork, int *info,
              size_t length_job, size_t length_compz);

/* alpha outside the diagonal, beta on it. */
void pdlaset_(const char *uplo, const int *m, const int *n, const double *alpha, const double *beta,
              double *a, const int *ia, const int *ja, const int *desca, size_t length_uplo);

/* C = alpha op(A) op(B) + beta C. */
void pdgemm_(const char *transa, const char *transb, const int *m, const int *n, const int *k,
             const double *alpha, const double *a, const int *ia, const int *ja, const int *desca,
             const double *b, const int *ib, const int *jb, const int *descb, const double *beta,
             double *c, const int *ic, const int *jc, const int *descc, size_t length_transa,
             size_t length_transb);
