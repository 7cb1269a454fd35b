/* Dynamical similarity analysis (Ostrow et al. 2023): how far the linear dynamics of two networks
 * (comparisons/dynamics.h) are from being one in other coordinates,
 *
 *     dsa = min over orthogonal C of |A - C B C'|,
 *
 * in the Frobenius norm. With s = |A| + |B| (spectral norms) and A, B replaced by A + s I, B + s I,
 * <A, C B C'> is convex in C, so that C <- polar(A C B' + A' C B) never lets it fall: no step size.
 * Some starts, since it may end in a local maximum: the identity, then random rotations.
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

enum { R = DYNAMICS_RANK, SIZE = R * R, STARTS = 8, STEPS_MAX = 400, WORK = 8 * R * R };

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

static enum status spectral_norm(const double *a, double *norm, struct error *error)
{
    double copy[SIZE];
    double u[SIZE];
    double vt[SIZE];
    double s[R];
    memcpy(copy, a, sizeof copy);
    TRY(singular(copy, u, s, vt, error));
    *norm = s[0];
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

/* |a - c b c'|^2 */
static double square_at(const double *a, const double *b, const double *c)
{
    double cb[SIZE];
    double rest[SIZE];
    product(c, false, b, false, 0.0, cb);
    product(cb, false, c, true, 0.0, rest);
    double sum = 0.0;
    for (int i = 0; i < SIZE; i++) {
        sum += (a[i] - rest[i]) * (a[i] - rest[i]);
    }
    return sum;
}

/* Goes on from c while the square falls. */
static enum status descend(const double *a, const double *b, double shift, double *c,
                           double *square, struct error *error)
{
    double shifted_a[SIZE];
    double shifted_b[SIZE];
    for (int i = 0; i < SIZE; i++) {
        const double add = i % (R + 1) == 0 ? shift : 0.0;
        shifted_a[i] = a[i] + add;
        shifted_b[i] = b[i] + add;
    }
    *square = square_at(a, b, c);
    for (int step = 0; step < STEPS_MAX; step++) {
        const double before = *square;
        double work[SIZE];
        double g[SIZE];
        product(shifted_a, false, c, false, 0.0, work);
        product(work, false, shifted_b, true, 0.0, g);
        product(shifted_a, true, c, false, 0.0, work);
        product(work, false, shifted_b, false, 1.0, g);
        TRY(polar(g, c, error));
        *square = square_at(a, b, c);
        if (!(*square < before * (1.0 - GAIN_LEAST))) {
            *square = fmin(*square, before);
            break;
        }
    }
    return STATUS_OK;
}

static enum status find_distance(const struct network_pair *pair, double *distance,
                                 struct error *error)
{
    const double *const a = pair->networks[0].dynamics;
    const double *const b = pair->networks[1].dynamics;
    double norms[2];
    double best = INFINITY;
    TRY(spectral_norm(a, &norms[0], error));
    TRY(spectral_norm(b, &norms[1], error));
    for (int start = 0; start < STARTS; start++) {
        double c[SIZE];
        double square = 0.0;
        if (pair->go_on != NULL) {
            TRY(pair->go_on(pair->go_on_context, error));
        }
        TRY(begin(start, c, error));
        TRY(descend(a, b, norms[0] + norms[1], c, &square, error));
        best = fmin(best, square);
    }
    *distance = sqrt(best);
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
