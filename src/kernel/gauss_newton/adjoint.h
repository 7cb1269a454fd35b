/* Sensitivities of outputs to recurrent weights, by the adjoint of a linearised network. A column
 * is one cotangent c of the outputs of one trial: d(sum of c y) for changes dW_g of the gates is
 *
 *     sum over g and t of lambda_gt' dW_g x_{t-1}
 *
 * and, in the coordinates Q of a Schur form, sum over t of mu_t' dT z_{t-1} with mu = Q' lambda and
 * z = Q' x. From the last step of a column to the first, with xbar and kbar the adjoints of x and k
 * and W_g' lambda_g of the step after in xbar,
 *
 *     xbar += V' c_t,    kbar += B xbar,    lambda_g = A_g kbar (A_g xbar of the direct gate)
 *     kbar = K kbar,     xbar = sum over all g of W_g' lambda_g
 *
 * All columns go back together, so that a step is one product for each gate. Everything here is
 * local. */
#pragma once

#include "kernel/gauss_newton/linearisation.h"
#include "kernel/spectral/schur.h"

struct adjoint_column {
    int trial;                /* of the linearisation, its place there */
    int last;                 /* the last step with a cotangent, from 0 */
    int output;               /* the one whose value at the last step is the column's */
    const double *cotangents; /* or [n_steps, n_out] for all steps; else NULL */
};

struct adjoint {
    const struct linearisation *linear; /* borrowed */
    const struct schur *form;           /* borrowed: of the matrices of the gates */
    gate_set gates;
    int most;   /* columns that it has room for */
    int *alive; /* [n_steps] columns that reach back to a step: the first ones */
    double *mu; /* [n_steps, most, form->n] row-major: of those alive */
    double *z;  /* [n_steps, trials, form->n] row-major: before each step */
    double *x;  /* [most, n_hidden]: xbar */
    double *k;  /* [most, n_hidden]: kbar */
    double *lambda[CELL_MAX_GATES]; /* [most, n_hidden] */
};

/* Room for `most` columns, or as many as `bytes` allow, at least one. Released by adjoint_release,
 * on failure already. STATUS_INTERNAL without memory. */
MUST_CHECK enum status adjoint_create(struct adjoint *adjoint, const struct linearisation *linear,
                                      const struct schur *form, gate_set gates, int most,
                                      size_t bytes, struct error *error);
void adjoint_release(struct adjoint *adjoint);

/* Makes z of the trials that the linearisation has now. */
void adjoint_move(struct adjoint *adjoint);

/* Makes mu of columns[count], count <= most, whose last steps do not increase. */
void adjoint_run(struct adjoint *adjoint, const struct adjoint_column *columns, int count);

/* g[n, n] (row-major) = beta g + sum over t of mu_t z_{t-1}' of a column: what its value gains for
 * an entry of T. */
void adjoint_outer(const struct adjoint *adjoint, const struct adjoint_column *columns, int column,
                   double beta, double *g);
