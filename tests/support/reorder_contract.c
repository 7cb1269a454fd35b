#include "support/reorder_contract.h"

#include "kernel/spectral/reorder.h"
#include "kernel/spectral/reorder_blocked.h"

#include "core/rng.h"
#include "kernel/spectral/split.h"
#include "support/check.h"
#include "support/matgen.h"

#include <complex.h>
#include <stdio.h>
#include <stdlib.h>

static struct error error;

int reorder_widest_move;

void __real_dtrexc_(const char *compq, const int *n, double *t, const int *ldt, double *q,
                    const int *ldq, int *ifst, int *ilst, double *work, int *info,
                    size_t length_compq);
void __wrap_dtrexc_(const char *compq, const int *n, double *t, const int *ldt, double *q,
                    const int *ldq, int *ifst, int *ilst, double *work, int *info,
                    size_t length_compq);

void __wrap_dtrexc_(const char *compq, const int *n, double *t, const int *ldt, double *q,
                    const int *ldq, int *ifst, int *ilst, double *work, int *info,
                    size_t length_compq)
{
    reorder_widest_move = *n > reorder_widest_move ? *n : reorder_widest_move;
    __real_dtrexc_(compq, n, t, ldt, q, ldq, ifst, ilst, work, info, length_compq);
}

const char *const REORDER_PATH_NAMES[REORDER_PATHS] = {"plain", "blocked"};

void reorder_problem_create(struct reorder_problem *problem, const char *name, int n)
{
    *problem = (struct reorder_problem){.n = n, .spread = 1e-10, .disorder = 1e-9};
    (void)snprintf(problem->name, sizeof problem->name, "%s n=%d", name, n);
    problem->t = matgen_zeros(matgen_square(n));
    problem->q = matgen_zeros(matgen_square(n));
    problem->w = matgen_zeros(matgen_square(n));
    for (int i = 0; i < n; i++) {
        problem->q[(size_t)i * (size_t)n + (size_t)i] = 1.0;
    }
}

void reorder_problem_release(struct reorder_problem *problem)
{
    free(problem->t);
    free(problem->q);
    free(problem->w);
}

void reorder_run_path(int path, const struct reorder_problem *problem, struct schur *schur)
{
    const int n = problem->n;
    *schur = (struct schur){.n = n, .order = {.leak = 1.0}};
    schur->t = matgen_zeros(matgen_square(n));
    schur->q = matgen_zeros(matgen_square(n));
    schur->blocks = calloc((size_t)n, sizeof *schur->blocks);
    double *const work = matgen_zeros((size_t)n);
    assert_non_null(schur->blocks);
    memcpy(schur->t, problem->t, matgen_square(n) * sizeof(double));
    memcpy(schur->q, problem->q, matgen_square(n) * sizeof(double));
    reorder_widest_move = 0;
    if (path == REORDER_BLOCKED) {
        CHECK_OK(schur_reorder_blocked(schur, &error));
    } else {
        schur->certificate.n_unswapped = schur_reorder(schur->t, schur->q, n, schur->order,
                                                       schur->blocks, &schur->n_blocks, work);
    }
    free(work);
    for (int i = 0; i < schur->n_blocks; i++) {
        schur->radius = fmax(schur->radius, schur->blocks[i].modulus);
    }
    schur->norm = matgen_norm(schur->t, matgen_square(n));
}

/* y = a x or a' x, a column-major. */
static void apply(const double *a, int n, bool transposed, const double *x, double *y)
{
    memset(y, 0, (size_t)n * sizeof *y);
    for (size_t column = 0; column < (size_t)n; column++) {
        for (size_t row = 0; row < (size_t)n; row++) {
            const double value = a[column * (size_t)n + row];
            y[transposed ? column : row] += value * x[transposed ? row : column];
        }
    }
}

/* |b - a| / scale in units of 2^-52. */
static double relative_error(const double *a, const double *b, int n, double scale)
{
    double *const difference = matgen_zeros((size_t)n);
    for (int i = 0; i < n; i++) {
        difference[i] = b[i] - a[i];
    }
    const double found = matgen_norm(difference, (size_t)n) / scale * 0x1p52;
    free(difference);
    return found;
}

/* The residuals are seen through random vectors: a plain product of large matrices takes minutes
 * under the sanitizers. |A x| is about |A|_F for these x of variance 1. */
static void check_similar(const struct reorder_problem *problem, const struct schur *schur,
                          int path)
{
    const int n = problem->n;
    const double norm = fmax(matgen_norm(problem->w, matgen_square(n)), 0x1p-1000);
    struct rng rng = rng_stream((struct rng_key){{0x70726f6265, 1}}, (uint64_t)n, 0);
    double *const vectors = matgen_zeros(4 * (size_t)n);
    double *const x = vectors;
    double *const y = vectors + n;
    double *const z = vectors + 2 * (size_t)n;
    double *const wx = vectors + 3 * (size_t)n;
    for (int i = 0; i < n; i++) {
        x[i] = rng_normal(&rng);
    }
    apply(problem->w, n, false, x, wx);
    apply(schur->q, n, true, x, y);
    apply(schur->q, n, false, y, z);
    const double orthogonality_loss = relative_error(x, z, n, sqrt((double)n));
    apply(schur->t, n, false, y, z);
    apply(schur->q, n, false, z, y);
    const double residual = relative_error(wx, y, n, norm);
    free(vectors);
    const double limit = 30.0 + 12.0 * sqrt((double)n);
    REORDER_DEMAND(orthogonality_loss <= limit, problem, path, "orthogonality_loss %g eps",
                   orthogonality_loss);
    REORDER_DEMAND(residual <= limit, problem, path, "residual %g eps", residual);
}

static void check_blocks(const struct reorder_problem *problem, const struct schur *schur, int path)
{
    const int n = problem->n;
    struct schur_block *const blocks = calloc((size_t)n, sizeof *blocks);
    assert_non_null(blocks);
    assert_int_equal(schur_scan_blocks(schur->t, n, schur->order, blocks), schur->n_blocks);
    assert_memory_equal(blocks, schur->blocks, (size_t)schur->n_blocks * sizeof *blocks);
    free(blocks);
    for (int i = 0; i < schur->n_blocks; i++) {
        const int end = schur->blocks[i].start + schur->blocks[i].size;
        for (int column = schur->blocks[i].start; column < end; column++) {
            const double *const below = schur->t + (size_t)column * (size_t)n + end;
            REORDER_DEMAND(matgen_norm(below, (size_t)(n - end)) == 0.0, problem, path,
                           "column %d is not zero below its block", column);
        }
    }
}

static void check_order(const struct reorder_problem *problem, const struct schur *schur, int path)
{
    const double tolerance = problem->disorder * schur->radius;
    double smallest = INFINITY;
    for (int i = 0; i < schur->n_blocks; i++) {
        const double modulus = schur->blocks[i].modulus;
        REORDER_DEMAND(modulus <= smallest + tolerance, problem, path,
                       "block %d: modulus %.17g after %.17g, %d refusals", i, modulus, smallest,
                       schur->certificate.n_unswapped);
        smallest = fmin(smallest, modulus);
    }
}

/* Eigenvalues by row, from 2x2 blocks by the quadratic formula. */
static double complex *eigenvalues(const double *t, int n)
{
    double complex *const values = calloc((size_t)n, sizeof *values);
    assert_non_null(values);
    for (int i = 0; i < n; i++) {
        const double *const d = t + (size_t)i * (size_t)n + (size_t)i;
        values[i] = d[0];
        if (i + 1 < n && d[1] != 0.0) {
            const double mean = (d[0] + d[n + 1]) / 2.0;
            const double half = (d[0] - d[n + 1]) / 2.0;
            const double complex root = csqrt(half * half + d[1] * d[n]);
            values[i] = mean + root;
            values[i + 1] = mean - root;
            i++;
        }
    }
    return values;
}

/* Each eigenvalue of one list finds its own in the other. */
static double multiset_distance(const double complex *a, double complex *b, int n)
{
    double worst = 0.0;
    for (int i = 0; i < n; i++) {
        int nearest = i;
        for (int j = i + 1; j < n; j++) {
            nearest = cabs(b[j] - a[i]) < cabs(b[nearest] - a[i]) ? j : nearest;
        }
        worst = fmax(worst, cabs(b[nearest] - a[i]));
        b[nearest] = b[i];
    }
    return worst;
}

static void check_eigenvalues(const struct reorder_problem *problem, const struct schur *schur,
                              int path)
{
    double complex *const before = eigenvalues(problem->t, problem->n);
    double complex *const after = eigenvalues(schur->t, problem->n);
    const double distance = multiset_distance(before, after, problem->n);
    free(before);
    free(after);
    REORDER_DEMAND(distance <= problem->spread * schur->radius, problem, path,
                   "an eigenvalue moved by %g", distance);
}

/* The same blocks at the same places, and the same masses of the sectors. */
static void check_agreement(const struct reorder_problem *problem,
                            const struct schur found[REORDER_PATHS])
{
    static const double ALPHAS[] = {0.1, 0.5, 0.85, 0.9, 0.95, 1.0};
    const double tolerance = problem->spread * found[REORDER_PLAIN].radius;
    assert_int_equal(found[REORDER_PLAIN].n_blocks, found[REORDER_BLOCKED].n_blocks);
    double complex *const plain = eigenvalues(found[REORDER_PLAIN].t, problem->n);
    double complex *const blocked = eigenvalues(found[REORDER_BLOCKED].t, problem->n);
    for (int i = 0; i < problem->n; i++) {
        REORDER_DEMAND(cabs(plain[i] - blocked[i]) <= tolerance, problem, REORDER_BLOCKED,
                       "row %d: eigenvalue %g %g, plain %g %g", i, creal(blocked[i]),
                       cimag(blocked[i]), creal(plain[i]), cimag(plain[i]));
    }
    free(plain);
    free(blocked);
    for (size_t i = 0; i < sizeof ALPHAS / sizeof *ALPHAS; i++) {
        const struct split a = split_at(&found[REORDER_PLAIN], ALPHAS[i]);
        const struct split b = split_at(&found[REORDER_BLOCKED], ALPHAS[i]);
        assert_int_equal(a.n_r, b.n_r);
        for (int j = 0; j < COUPLING_COUNT; j++) {
            CHECK_NEAR(a.mass[j], b.mass[j], problem->spread);
        }
    }
}

/* The windows left nothing to do on the whole matrix: else blocking gains nothing. */
static void check_windows(const struct reorder_problem *problem, const struct schur *schur)
{
    enum { WIDER_THAN_A_WINDOW = 100 };
    if (problem->n >= WIDER_THAN_A_WINDOW) {
        REORDER_DEMAND(reorder_widest_move < WIDER_THAN_A_WINDOW, problem, REORDER_BLOCKED,
                       "a move in width %d", reorder_widest_move);
        assert_int_equal(schur->certificate.n_unswapped, 0);
    }
}

void reorder_check_contract(const struct reorder_problem *problem)
{
    struct schur found[REORDER_PATHS];
    for (int path = 0; path < REORDER_PATHS; path++) {
        reorder_run_path(path, problem, &found[path]);
        check_similar(problem, &found[path], path);
        check_blocks(problem, &found[path], path);
        check_order(problem, &found[path], path);
        if (isfinite(problem->spread)) {
            check_eigenvalues(problem, &found[path], path);
        }
    }
    if (isfinite(problem->spread)) {
        check_windows(problem, &found[REORDER_BLOCKED]);
        check_agreement(problem, found);
    }
    schur_release(&found[REORDER_PLAIN]);
    schur_release(&found[REORDER_BLOCKED]);
}
