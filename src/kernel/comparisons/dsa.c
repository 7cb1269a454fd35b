/* Dynamical similarity analysis (Ostrow et al. 2023): how far the linear dynamics of two networks
 * (comparisons/dynamics.h) are from being one in other coordinates,
 *
 *     dsa = min over orthogonal C of |A - C B C'|,
 *
 * in the Frobenius norm: f = <A, M>, M = C B C', is to be largest. Around C the orthogonal matrices
 * are e^X C with X skew, where f grows by <G, X>, G the skew part of A M' - M' A. Conjugate
 * gradients (Polak and Ribiere) in these X; of each direction a step of Newton's length, halved
 * until f has grown enough, by Cayley's transform (I - t X / 2)^-1 (I + t X / 2), which is
 * orthogonal and is e^(t X) to second order. Alternating projections, C <- polar(A C B' + A' C B +
 * c C), climb too, but need tens of thousands of steps for what takes some hundred here. Some
 * starts, since it may end in a local maximum: the identity, then random rotations.
 *
 * Beside it what can be had without C: the distance of the eigenvalues, which no C changes, put
 * together at the least sum of squares (Wasserstein's distance of order 2). */
#include "core/array.h"
#include "core/memory.h"
#include "kernel/comparisons/assignment.h"
#include "kernel/comparisons/comparison.h"
#include "kernel/comparisons/dynamics.h"
#include "kernel/lapack.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

enum {
    R = DYNAMICS_RANK,
    SIZE = R * R,
    STARTS = 8,
    STEPS_MAX = 400,
    HALVINGS_MAX = 40,
    WORK = 8 * R * R
};

static const double GAIN_LEAST = 1e-13; /* of a step, relative */

static const struct variable VARIABLES[] = {
    VARIABLE_REAL("dsa_distance",
                  "distance of the linear dynamics of the states over all rotations", NULL),
    VARIABLE_REAL("dsa_eigenvalue_distance",
                  "root mean square distance of the eigenvalues of these dynamics, put together "
                  "at the least sum",
                  NULL),
    {.name = NULL}};

/* All matrices here are [R, R] row-major. */
static void product(const double *a, bool is_a_transposed, const double *b, bool is_b_transposed,
                    double add_to, double *c)
{
    cblas_dgemm(CblasRowMajor, is_a_transposed ? CblasTrans : CblasNoTrans,
                is_b_transposed ? CblasTrans : CblasNoTrans, R, R, R, 1.0, a, R, b, R, add_to, c,
                R);
}

static enum status gave_up(const char *routine, int info, struct error *error)
{
    return error_set(error, STATUS_JOB_SCHUR_FAILED, "%s of the dynamics: INFO %d", routine, info);
}

/* a = U diag(s) V', destroyed. LAPACK reads the transpose, whose U and V are exchanged. */
static enum status singular(double *a, double *u, double *s, double *vt, struct error *error)
{
    const int n = R;
    const int lwork = WORK;
    double work[WORK];
    int info = 0;
    dgesvd_("A", "A", &n, &n, a, &n, s, vt, &n, u, &n, work, &lwork, &info, 1, 1);
    return info == 0 ? STATUS_OK : gave_up("dgesvd", info, error);
}

/* The orthogonal matrix nearest to g, which is destroyed. */
static enum status polar(double *g, double *c, struct error *error)
{
    double u[SIZE];
    double vt[SIZE];
    double s[R];
    TRY(singular(g, u, s, vt, error));
    product(u, false, vt, false, 0.0, c);
    return STATUS_OK;
}

/* The same for every pair. */
static enum status begin(int start, double *c, struct error *error)
{
    static const struct rng_key key = {{0x647361, 0}}; /* any constant */
    struct rng rng = rng_stream(key, (uint64_t)start, 0);
    double g[SIZE];
    for (int i = 0; i < SIZE; i++) {
        c[i] = i % (R + 1) == 0 ? 1.0 : 0.0;
        g[i] = rng_normal(&rng);
    }
    return start == 0 ? STATUS_OK : polar(g, c, error);
}

static double inner(const double *x, const double *y)
{
    return cblas_ddot(SIZE, x, 1, y, 1);
}

/* c = a b - b a */
static void commutator(const double *a, const double *b, double *c)
{
    double ba[SIZE];
    product(a, false, b, false, 0.0, c);
    product(b, false, a, false, 0.0, ba);
    cblas_daxpy(SIZE, -1.0, ba, 1, c, 1);
}

static void find_gradient(const double *a, const double *m, double *gradient)
{
    double y[SIZE];
    double rest[SIZE];
    product(a, false, m, true, 0.0, y);
    product(m, true, a, false, 0.0, rest);
    cblas_daxpy(SIZE, -1.0, rest, 1, y, 1);
    for (int i = 0; i < R; i++) {
        for (int k = 0; k < R; k++) {
            gradient[row_major(i, k, R)] = 0.5 * (y[row_major(i, k, R)] - y[row_major(k, i, R)]);
        }
    }
}

/* next = Q m Q' with Cayley's transform Q of step x. Of a skew x what is stored by rows is what
 * LAPACK reads for -x, and Q for Q'. */
static enum status rotate(const double *m, const double *x, double step, double *next,
                          struct error *error)
{
    const int n = R;
    double left[SIZE];
    double q[SIZE];
    double qm[SIZE];
    int pivots[R];
    int info = 0;
    for (int i = 0; i < SIZE; i++) {
        const double one = i % (R + 1) == 0 ? 1.0 : 0.0;
        left[i] = one - 0.5 * step * x[i];
        q[i] = one + 0.5 * step * x[i];
    }
    dgesv_(&n, &n, left, &n, pivots, q, &n, &info);
    product(q, false, m, false, 0.0, qm);
    product(qm, false, q, true, 0.0, next);
    return info == 0 ? STATUS_OK : gave_up("dgesv", info, error);
}

/* Where a climb is. */
struct climb {
    const double *a;
    double m[SIZE];
    double value; /* <A, M> */
    double gradient[SIZE];
    double direction[SIZE];
};

/* The next direction of conjugate gradients, or the gradient itself where that would not climb. */
static void turn(struct climb *climb, bool is_first)
{
    double before[SIZE];
    memcpy(before, climb->gradient, sizeof before);
    find_gradient(climb->a, climb->m, climb->gradient);
    double share = 0.0;
    if (!is_first) {
        const double old = inner(before, before);
        share =
            old > 0.0
                ? (inner(climb->gradient, climb->gradient) - inner(climb->gradient, before)) / old
                : 0.0;
    }
    for (int i = 0; i < SIZE; i++) {
        climb->direction[i] = climb->gradient[i] + fmax(share, 0.0) * climb->direction[i];
    }
    if (!(inner(climb->direction, climb->gradient) > 0.0)) {
        memcpy(climb->direction, climb->gradient, sizeof climb->direction);
    }
}

/* Goes along the direction; *gain is what f has grown by, 0 at the end of the way. */
static enum status advance(struct climb *climb, double *gain, struct error *error)
{
    static const double part = 1e-4; /* of what the slope promises (Armijo) */
    double first[SIZE];
    double second[SIZE];
    double next[SIZE];
    commutator(climb->direction, climb->m, first);
    commutator(climb->direction, first, second);
    const double slope = inner(climb->a, first);
    const double curvature = inner(climb->a, second);
    double step = curvature != 0.0 ? fabs(slope / curvature) : 1.0;
    *gain = 0.0;
    if (!(slope > 0.0)) {
        return STATUS_OK;
    }
    for (int i = 0; i < HALVINGS_MAX; i++) {
        TRY(rotate(climb->m, climb->direction, step, next, error));
        const double value = inner(climb->a, next);
        if (value >= climb->value + part * step * slope) {
            *gain = value - climb->value;
            climb->value = value;
            memcpy(climb->m, next, sizeof next);
            break;
        }
        step *= 0.5;
    }
    return STATUS_OK;
}

/* The least |a - c b c'| that is found from a rotation c. */
static enum status descend(const double *a, const double *b, const double *c, double *distance,
                           struct error *error)
{
    struct climb climb = {.a = a};
    double cb[SIZE];
    product(c, false, b, false, 0.0, cb);
    product(cb, false, c, true, 0.0, climb.m);
    climb.value = inner(a, climb.m);
    double gain = INFINITY;
    for (int step = 0; step < STEPS_MAX && gain > GAIN_LEAST * fabs(climb.value); step++) {
        turn(&climb, step == 0);
        TRY(advance(&climb, &gain, error));
    }
    double rest[SIZE];
    memcpy(rest, a, sizeof rest);
    cblas_daxpy(SIZE, -1.0, climb.m, 1, rest, 1);
    *distance = cblas_dnrm2(SIZE, rest, 1);
    return STATUS_OK;
}

static enum status find_distance(const struct network_pair *pair, double *distance,
                                 struct error *error)
{
    double best = INFINITY;
    for (int start = 0; start < STARTS; start++) {
        double c[SIZE];
        double found = 0.0;
        if (pair->go_on != NULL) {
            TRY(pair->go_on(pair->go_on_context, error));
        }
        TRY(begin(start, c, error));
        TRY(descend(pair->networks[0].dynamics, pair->networks[1].dynamics, c, &found, error));
        best = fmin(best, found);
    }
    *distance = best;
    return STATUS_OK;
}

static enum status eigenvalues(const double *a, double *re, double *im, struct error *error)
{
    const int n = R;
    const int lwork = WORK;
    const int one = 1;
    double copy[SIZE];
    double work[WORK];
    double none = 0.0;
    lapack_logical unused = 0;
    int n_selected = 0;
    int info = 0;
    memcpy(copy, a, sizeof copy); /* the transpose has the same */
    dgees_("N", "N", NULL, &n, copy, &n, &n_selected, re, im, &none, &one, work, &lwork, &unused,
           &info, 1, 1);
    return info == 0 ? STATUS_OK : gave_up("dgees", info, error);
}

static enum status find_eigenvalue_distance(const struct network_pair *pair, double *distance,
                                            struct error *error)
{
    double re[2][R];
    double im[2][R];
    double cost[SIZE];
    int column[R];
    struct assignment *assignment = NULL;
    for (int i = 0; i < 2; i++) {
        TRY(eigenvalues(pair->networks[i].dynamics, re[i], im[i], error));
    }
    for (int i = 0; i < R; i++) {
        for (int j = 0; j < R; j++) {
            const double x = re[0][i] - re[1][j];
            const double y = im[0][i] - im[1][j];
            cost[row_major(i, j, R)] = x * x + y * y;
        }
    }
    TRY(assignment_create(&assignment, R, error));
    assignment_solve(assignment, cost, column);
    double sum = 0.0;
    for (int i = 0; i < R; i++) {
        sum += cost[row_major(i, column[i], R)];
    }
    *distance = sqrt(sum / R);
    assignment_destroy(&assignment);
    return STATUS_OK;
}

static enum status run(const struct network_pair *pair, struct record *record, struct error *error)
{
    if (isnan(pair->networks[0].dynamics[0]) || isnan(pair->networks[1].dynamics[0])) {
        return STATUS_OK; /* too few directions: missing */
    }
    TRY(find_distance(pair, record_f64(record, "dsa_distance"), error));
    return find_eigenvalue_distance(pair, record_f64(record, "dsa_eigenvalue_distance"), error);
}

const struct comparison_ops COMPARISON_DSA = {
    .name = "dsa",
    .long_name = "dynamical similarity analysis, and the eigenvalues that it compares",
    .needs = NEEDS_DYNAMICS,
    .variables = VARIABLES,
    .run = run,
};
