/* One contract for both ways of ordering, on the same Schur forms. */
#include "kernel/spectral/order.h"
#include "kernel/spectral/order_blocked.h"

#include "core/rng.h"
#include "kernel/lapack.h"
#include "kernel/spectral/sector.h"
#include "support/check.h"
#include "support/matgen.h"

#include <complex.h>
#include <stdio.h>
#include <stdlib.h>

static struct error error;

/* Linked with --wrap=dtrexc_: the width of the largest matrix in which it moved a block. */
static int widest_move;

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
    widest_move = *n > widest_move ? *n : widest_move;
    __real_dtrexc_(compq, n, t, ldt, q, ldq, ifst, ilst, work, info, length_compq);
}

enum { PLAIN, BLOCKED, PATHS };
static const char *const PATH_NAMES[PATHS] = {"plain", "blocked"};

static size_t square(int n)
{
    return (size_t)n * (size_t)n;
}

/* A Schur form to order, with what must come out. Column-major. */
struct problem {
    char name[64];
    int n;
    double *t;
    double *q;
    double *w;       /* q t q' */
    double spread;   /* how far eigenvalues may move, relative to the largest; INFINITY: no claim */
    double disorder; /* how far moduli may be out of order, relative to the largest */
};

static void problem_create(struct problem *problem, const char *name, int n)
{
    *problem = (struct problem){.n = n, .spread = 1e-10, .disorder = 1e-9};
    (void)snprintf(problem->name, sizeof problem->name, "%s n=%d", name, n);
    problem->t = matgen_zeros(square(n));
    problem->q = matgen_zeros(square(n));
    problem->w = matgen_zeros(square(n));
    for (int i = 0; i < n; i++) {
        problem->q[(size_t)i * (size_t)n + (size_t)i] = 1.0;
    }
}

static void problem_release(struct problem *problem)
{
    free(problem->t);
    free(problem->q);
    free(problem->w);
}

static void run_path(int path, const struct problem *problem, struct schur *schur)
{
    const int n = problem->n;
    *schur = (struct schur){.n = n};
    schur->t = matgen_zeros(square(n));
    schur->q = matgen_zeros(square(n));
    schur->blocks = calloc((size_t)n, sizeof *schur->blocks);
    double *const work = matgen_zeros((size_t)n);
    assert_non_null(schur->blocks);
    memcpy(schur->t, problem->t, square(n) * sizeof(double));
    memcpy(schur->q, problem->q, square(n) * sizeof(double));
    widest_move = 0;
    if (path == BLOCKED) {
        CHECK_OK(order_by_modulus_blocked(schur, &error));
    } else {
        schur->certificate.n_unswapped =
            order_by_modulus(schur->t, schur->q, n, schur->blocks, &schur->n_blocks, work);
    }
    free(work);
    for (int i = 0; i < schur->n_blocks; i++) {
        schur->spectral_radius = fmax(schur->spectral_radius, schur->blocks[i].modulus);
    }
    schur->norm = matgen_norm(schur->t, square(n));
}

#define DEMAND(condition, problem, path, ...)                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            print_error("%s, %s: ", (problem)->name, PATH_NAMES[path]);                            \
            fail_msg(__VA_ARGS__);                                                                 \
        }                                                                                          \
    } while (0)

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
static void check_similar(const struct problem *problem, const struct schur *schur, int path)
{
    const int n = problem->n;
    const double norm = fmax(matgen_norm(problem->w, square(n)), 0x1p-1000);
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
    const double orthogonality = relative_error(x, z, n, sqrt((double)n));
    apply(schur->t, n, false, y, z);
    apply(schur->q, n, false, z, y);
    const double residual = relative_error(wx, y, n, norm);
    free(vectors);
    const double limit = 30.0 + 12.0 * sqrt((double)n);
    DEMAND(orthogonality <= limit, problem, path, "orthogonality %g eps", orthogonality);
    DEMAND(residual <= limit, problem, path, "residual %g eps", residual);
}

static void check_blocks(const struct problem *problem, const struct schur *schur, int path)
{
    const int n = problem->n;
    struct schur_block *const blocks = calloc((size_t)n, sizeof *blocks);
    assert_non_null(blocks);
    assert_int_equal(order_scan_blocks(schur->t, n, blocks), schur->n_blocks);
    assert_memory_equal(blocks, schur->blocks, (size_t)schur->n_blocks * sizeof *blocks);
    free(blocks);
    for (int i = 0; i < schur->n_blocks; i++) {
        const int end = schur->blocks[i].start + schur->blocks[i].size;
        for (int column = schur->blocks[i].start; column < end; column++) {
            const double *const below = schur->t + (size_t)column * (size_t)n + end;
            DEMAND(matgen_norm(below, (size_t)(n - end)) == 0.0, problem, path,
                   "column %d is not zero below its block", column);
        }
    }
}

static void check_order(const struct problem *problem, const struct schur *schur, int path)
{
    const double tolerance = problem->disorder * schur->spectral_radius;
    double smallest = INFINITY;
    for (int i = 0; i < schur->n_blocks; i++) {
        const double modulus = schur->blocks[i].modulus;
        DEMAND(modulus <= smallest + tolerance, problem, path,
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

static void check_eigenvalues(const struct problem *problem, const struct schur *schur, int path)
{
    double complex *const before = eigenvalues(problem->t, problem->n);
    double complex *const after = eigenvalues(schur->t, problem->n);
    const double distance = multiset_distance(before, after, problem->n);
    free(before);
    free(after);
    DEMAND(distance <= problem->spread * schur->spectral_radius, problem, path,
           "an eigenvalue moved by %g", distance);
}

/* The same blocks at the same places, and the same masses of the sectors. */
static void check_agreement(const struct problem *problem, const struct schur found[PATHS])
{
    static const double ALPHAS[] = {0.1, 0.5, 0.85, 0.9, 0.95, 1.0};
    const double tolerance = problem->spread * found[PLAIN].spectral_radius;
    assert_int_equal(found[PLAIN].n_blocks, found[BLOCKED].n_blocks);
    double complex *const plain = eigenvalues(found[PLAIN].t, problem->n);
    double complex *const blocked = eigenvalues(found[BLOCKED].t, problem->n);
    for (int i = 0; i < problem->n; i++) {
        DEMAND(cabs(plain[i] - blocked[i]) <= tolerance, problem, BLOCKED,
               "row %d: eigenvalue %g %g, plain %g %g", i, creal(blocked[i]), cimag(blocked[i]),
               creal(plain[i]), cimag(plain[i]));
    }
    free(plain);
    free(blocked);
    for (size_t i = 0; i < sizeof ALPHAS / sizeof *ALPHAS; i++) {
        const struct sector_split a = sector_split_at(&found[PLAIN], ALPHAS[i]);
        const struct sector_split b = sector_split_at(&found[BLOCKED], ALPHAS[i]);
        assert_int_equal(a.leading_dim, b.leading_dim);
        for (int j = 0; j < COUPLING_COUNT; j++) {
            CHECK_NEAR(a.mass[j], b.mass[j], problem->spread);
        }
    }
}

/* The windows left nothing to do on the whole matrix: else blocking gains nothing. */
static void check_windows(const struct problem *problem, const struct schur *schur)
{
    enum { WIDER_THAN_A_WINDOW = 100 };
    if (problem->n >= WIDER_THAN_A_WINDOW) {
        DEMAND(widest_move < WIDER_THAN_A_WINDOW, problem, BLOCKED, "a move in width %d",
               widest_move);
        assert_int_equal(schur->certificate.n_unswapped, 0);
    }
}

static void check_contract(const struct problem *problem)
{
    struct schur found[PATHS];
    for (int path = 0; path < PATHS; path++) {
        run_path(path, problem, &found[path]);
        check_similar(problem, &found[path], path);
        check_blocks(problem, &found[path], path);
        check_order(problem, &found[path], path);
        if (isfinite(problem->spread)) {
            check_eigenvalues(problem, &found[path], path);
        }
    }
    if (isfinite(problem->spread)) {
        check_windows(problem, &found[BLOCKED]);
        check_agreement(problem, found);
    }
    schur_release(&found[PLAIN]);
    schur_release(&found[BLOCKED]);
}

/* Schur forms made from their blocks. */

struct maker {
    const char *name;
    /* Modulus of the block at row i of n. */
    double (*modulus)(struct rng *rng, int i, int n);
    double coupling; /* |couplings| of a row, about */
    double spread;
    double disorder;
};

static double modulus_random(struct rng *rng, int i, int n)
{
    (void)i;
    (void)n;
    return 0.1 + rng_uniform(rng);
}

static double modulus_reversed(struct rng *rng, int i, int n)
{
    (void)rng;
    return 0.5 + 0.5 * (i + 1) / n;
}

static double modulus_sorted(struct rng *rng, int i, int n)
{
    (void)rng;
    return 1.0 - 0.5 * i / n;
}

static double modulus_tied(struct rng *rng, int i, int n)
{
    (void)rng;
    (void)i;
    (void)n;
    return 1.0;
}

/* Four moduli, each many times: ties among what moves. */
static double modulus_clustered(struct rng *rng, int i, int n)
{
    (void)i;
    (void)n;
    return 1.0 - 0.2 * floor(4.0 * rng_uniform(rng));
}

static double modulus_graded(struct rng *rng, int i, int n)
{
    (void)i;
    (void)n;
    return pow(10.0, -6.0 * rng_uniform(rng));
}

static double modulus_tight(struct rng *rng, int i, int n)
{
    (void)rng;
    return 1.0 + 1e-6 * i / n;
}

/* The last one must travel all the way, everything else stays. */
static double modulus_last_first(struct rng *rng, int i, int n)
{
    return i + 2 >= n ? 2.0 : modulus_sorted(rng, i, n);
}

enum { RANDOM, REVERSED, SORTED, TIED };

static const struct maker MAKERS[] = {
    [RANDOM] = {"random", modulus_random, 0.05, 1e-10, 1e-9},
    [REVERSED] = {"reversed", modulus_reversed, 0.05, 1e-10, 1e-9},
    [SORTED] = {"sorted", modulus_sorted, 0.05, 1e-10, 1e-9},
    [TIED] = {"tied", modulus_tied, 0.05, 1e-10, 1e-9},
    {"clustered", modulus_clustered, 0.0, 1e-10, 1e-9},
    {"graded", modulus_graded, 0.05, 1e-10, 1e-9},
    {"last first", modulus_last_first, 0.05, 1e-10, 1e-9},
    {"tight cluster", modulus_tight, 0.05, INFINITY, 1e-6},
};

enum { MAKER_COUNT = sizeof MAKERS / sizeof *MAKERS };

/* Blocks of both sizes in rows from .. to, standardised; those of one row have either sign. */
static void put_blocks(struct problem *problem, const struct maker *maker, struct rng *rng,
                       size_t from, size_t to)
{
    const size_t n = (size_t)problem->n;
    for (size_t i = from; i < to; i++) {
        double *const d = problem->t + i * n + i;
        const double modulus = maker->modulus(rng, (int)i, problem->n);
        const double angle = 0.2 + 2.7 * rng_uniform(rng);
        if (i + 1 == to || rng_sign(rng) > 0.0) {
            d[0] = modulus * rng_sign(rng);
            continue;
        }
        d[0] = d[n + 1] = modulus * cos(angle);
        d[1] = modulus * sin(angle) / 1.5;
        d[n] = -modulus * sin(angle) * 1.5;
        i++;
    }
}

static void couple(struct problem *problem, struct rng *rng, double size)
{
    const size_t n = (size_t)problem->n;
    for (size_t column = 1; column < n; column++) {
        const bool second = problem->t[(column - 1) * n + column] != 0.0;
        for (size_t row = 0; row + (second ? 1 : 0) < column; row++) {
            problem->t[column * n + row] = size / sqrt((double)n) * rng_normal(rng);
        }
    }
}

static void make(const struct maker *maker, int n, uint64_t seed, struct problem *problem)
{
    struct rng rng = rng_stream((struct rng_key){{0x7061746873, seed}}, (uint64_t)n, 0);
    problem_create(problem, maker->name, n);
    put_blocks(problem, maker, &rng, 0, (size_t)n);
    couple(problem, &rng, maker->coupling);
    memcpy(problem->w, problem->t, square(n) * sizeof(double));
    problem->spread = maker->spread;
    problem->disorder = maker->disorder;
}

static void check_made(int maker, int n)
{
    struct problem problem;
    make(&MAKERS[maker], n, 1, &problem);
    check_contract(&problem);
    problem_release(&problem);
}

static void forms_made_from_blocks_in_every_small_width(void **state)
{
    (void)state;
    for (int maker = 0; maker < MAKER_COUNT; maker++) {
        for (int n = 1; n <= 40; n++) {
            check_made(maker, n);
        }
    }
}

static void forms_made_from_blocks_in_awkward_widths(void **state)
{
    (void)state;
    static const int WIDTHS[] = {47, 67, 68, 69, 101, 128, 129, 200};
    for (int maker = 0; maker < MAKER_COUNT; maker++) {
        for (size_t i = 0; i < sizeof WIDTHS / sizeof *WIDTHS; i++) {
            check_made(maker, WIDTHS[i]);
        }
    }
}

static void what_is_ordered_already_is_not_touched(void **state)
{
    (void)state;
    static const int WIDTHS[] = {1, 2, 40, 128, 200};
    for (size_t i = 0; i < 2 * sizeof WIDTHS / sizeof *WIDTHS; i++) {
        struct problem problem;
        make(&MAKERS[i % 2 == 0 ? SORTED : TIED], WIDTHS[i / 2], 1, &problem);
        for (int path = 0; path < PATHS; path++) {
            struct schur schur;
            run_path(path, &problem, &schur);
            DEMAND(widest_move == 0, &problem, path, "a move");
            assert_memory_equal(schur.t, problem.t, square(problem.n) * sizeof(double));
            assert_memory_equal(schur.q, problem.q, square(problem.n) * sizeof(double));
            schur_release(&schur);
        }
        problem_release(&problem);
    }
}

static void large_forms_made_from_blocks(void **state)
{
    (void)state;
    for (int maker = 0; maker < MAKER_COUNT; maker++) {
        check_made(maker, 513);
    }
    check_made(RANDOM, 1024);
}

/* Schur forms as dgees leaves them. */

static void factor(struct problem *problem)
{
    const int n = problem->n;
    const int work_size = 64 * n;
    int sdim = 0;
    int info = 0;
    double *const work = matgen_zeros(66 * (size_t)n);
    memcpy(problem->t, problem->w, square(n) * sizeof(double));
    dgees_("V", "N", NULL, &n, problem->t, &n, &sdim, work + work_size, work + work_size + n,
           problem->q, &n, work, &work_size, NULL, &info, 1, 1);
    free(work);
    assert_int_equal(info, 0);
}

static void check_factored(enum matgen_kind kind, int n)
{
    struct problem problem;
    problem_create(&problem, matgen_name(kind), n);
    matgen_fill(kind, 7, problem.w, n); /* read as columns: another matrix of the kind */
    if (kind == MATGEN_DEFECTIVE || kind == MATGEN_RANK_ONE) {
        problem.spread = INFINITY;
        problem.disorder = 1e-6;
    }
    factor(&problem);
    check_contract(&problem);
    problem_release(&problem);
}

static const enum matgen_kind KINDS[] = {
    MATGEN_GAUSSIAN,  MATGEN_NEAR_ORTHOGONAL, MATGEN_ORTHOGONAL,    MATGEN_NORMAL,
    MATGEN_DEFECTIVE, MATGEN_SYMMETRIC,       MATGEN_REAL_SPECTRUM, MATGEN_BLOCK_DIAGONAL,
    MATGEN_RANK_ONE,  MATGEN_COMPLEX_SPECTRUM};

enum { KIND_COUNT = sizeof KINDS / sizeof *KINDS };

static void factored_matrices_in_every_small_width(void **state)
{
    (void)state;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        for (int n = 1; n <= 40; n++) {
            check_factored(KINDS[kind], n);
        }
    }
}

static void factored_matrices_in_awkward_widths(void **state)
{
    (void)state;
    static const int WIDTHS[] = {47, 69, 128, 200};
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        for (size_t i = 0; i < sizeof WIDTHS / sizeof *WIDTHS; i++) {
            check_factored(KINDS[kind], WIDTHS[i]);
        }
    }
}

static void large_factored_matrices(void **state)
{
    (void)state;
    check_factored(MATGEN_GAUSSIAN, 513);
    check_factored(MATGEN_NEAR_ORTHOGONAL, 513);
}

/* Pairs 1 +- i y (1 + tiny), far from normal, so that dtrexc gives up on many a swap of them; the
 * larger ones behind. */
static void put_close_pairs(struct problem *problem, struct rng *rng, size_t from, size_t to)
{
    const size_t n = (size_t)problem->n;
    const double stretch = pow(10.0, 2.5 + rng_uniform(rng));
    const double height = 2.0 + 4.0 * rng_uniform(rng);
    double gap = 0.0;
    for (size_t i = from; i < to; i += 2) {
        double *const d = problem->t + i * n + i;
        d[0] = d[n + 1] = 1.0 + gap;
        d[1] = -height * stretch;
        d[n] = height / stretch;
        gap += pow(10.0, -7.0 - 2.0 * rng_uniform(rng));
    }
}

static void make_refusing(int n, uint64_t seed, struct problem *problem)
{
    struct rng rng = rng_stream((struct rng_key){{0x72656675, seed}}, (uint64_t)n, 0);
    problem_create(problem, "refusing", n);
    const size_t from = (size_t)n - 12;
    put_blocks(problem, &MAKERS[REVERSED], &rng, 0, from);
    put_close_pairs(problem, &rng, from, from + 8);
    put_blocks(problem, &MAKERS[REVERSED], &rng, from + 8, (size_t)n);
    couple(problem, &rng, 0.03);
    memcpy(problem->w, problem->t, square(n) * sizeof(double));
    problem->spread = INFINITY;
    problem->disorder = 1e-5;
}

/* A refusal is counted, costs no similarity, and holds up no other block. */
static void forms_with_blocks_that_dtrexc_will_not_swap(void **state)
{
    (void)state;
    int refused = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct problem problem;
        struct schur schur;
        make_refusing(seed % 2 == 0 ? 100 : 31, seed, &problem);
        check_contract(&problem);
        run_path(BLOCKED, &problem, &schur);
        refused += schur.certificate.n_unswapped > 0;
        schur_release(&schur);
        problem_release(&problem);
    }
    assert_true(refused > 0); /* else nothing was tested here */
}

static void the_blocked_way_gives_the_same_bits_each_time(void **state)
{
    (void)state;
    struct problem problem;
    struct schur once;
    struct schur again;
    make(&MAKERS[RANDOM], 300, 5, &problem);
    run_path(BLOCKED, &problem, &once);
    run_path(BLOCKED, &problem, &again);
    assert_memory_equal(once.t, again.t, square(300) * sizeof(double));
    assert_memory_equal(once.q, again.q, square(300) * sizeof(double));
    schur_release(&once);
    schur_release(&again);
    problem_release(&problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_made_from_blocks_in_every_small_width),
        cmocka_unit_test(forms_made_from_blocks_in_awkward_widths),
        cmocka_unit_test(what_is_ordered_already_is_not_touched),
        cmocka_unit_test(large_forms_made_from_blocks),
        cmocka_unit_test(factored_matrices_in_every_small_width),
        cmocka_unit_test(factored_matrices_in_awkward_widths),
        cmocka_unit_test(large_factored_matrices),
        cmocka_unit_test(forms_with_blocks_that_dtrexc_will_not_swap),
        cmocka_unit_test(the_blocked_way_gives_the_same_bits_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
