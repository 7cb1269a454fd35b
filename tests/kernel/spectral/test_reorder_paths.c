/* One contract for both ways of ordering, on the same Schur forms. */
#include "core/rng.h"
#include "kernel/lapack.h"
#include "support/reorder_contract.h"
#include "support/soak.h"

#include <stdlib.h>

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
static void put_blocks(struct reorder_problem *problem, const struct maker *maker, struct rng *rng,
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

static void couple(struct reorder_problem *problem, struct rng *rng, double size)
{
    const size_t n = (size_t)problem->n;
    for (size_t column = 1; column < n; column++) {
        const bool second = problem->t[(column - 1) * n + column] != 0.0;
        for (size_t row = 0; row + (second ? 1 : 0) < column; row++) {
            problem->t[column * n + row] = size / sqrt((double)n) * rng_normal(rng);
        }
    }
}

static void make(const struct maker *maker, int n, uint64_t seed, struct reorder_problem *problem)
{
    struct rng rng = rng_stream((struct rng_key){{0x7061746873, seed}}, (uint64_t)n, 0);
    reorder_problem_create(problem, maker->name, n);
    put_blocks(problem, maker, &rng, 0, (size_t)n);
    couple(problem, &rng, maker->coupling);
    memcpy(problem->w, problem->t, matgen_square(n) * sizeof(double));
    problem->spread = maker->spread;
    problem->disorder = maker->disorder;
}

static void check_made(int maker, int n)
{
    struct reorder_problem problem;
    make(&MAKERS[maker], n, 1, &problem);
    reorder_check_contract(&problem);
    reorder_problem_release(&problem);
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
        struct reorder_problem problem;
        make(&MAKERS[i % 2 == 0 ? SORTED : TIED], WIDTHS[i / 2], 1, &problem);
        for (int path = 0; path < REORDER_PATHS; path++) {
            struct schur schur;
            reorder_run_path(path, &problem, &schur);
            REORDER_DEMAND(reorder_widest_move == 0, &problem, path, "a move");
            assert_memory_equal(schur.t, problem.t, matgen_square(problem.n) * sizeof(double));
            assert_memory_equal(schur.q, problem.q, matgen_square(problem.n) * sizeof(double));
            schur_release(&schur);
        }
        reorder_problem_release(&problem);
    }
}

static void large_forms_made_from_blocks(void **state)
{
    (void)state;
    check_made(RANDOM, 513);
    for (int maker = RANDOM + 1; maker < MAKER_COUNT && is_soak(); maker++) {
        check_made(maker, 513);
    }
    if (is_soak()) {
        check_made(RANDOM, 1024);
    }
}

/* Schur forms as dgees leaves them. */

static void factor(struct reorder_problem *problem)
{
    const int n = problem->n;
    const int work_size = 64 * n;
    int sdim = 0;
    int info = 0;
    double *const work = matgen_zeros(66 * (size_t)n);
    memcpy(problem->t, problem->w, matgen_square(n) * sizeof(double));
    dgees_("V", "N", NULL, &n, problem->t, &n, &sdim, work + work_size, work + work_size + n,
           problem->q, &n, work, &work_size, NULL, &info, 1, 1);
    free(work);
    assert_int_equal(info, 0);
}

static void check_factored(enum matgen_kind kind, int n)
{
    struct reorder_problem problem;
    reorder_problem_create(&problem, matgen_name(kind), n);
    matgen_fill(kind, 7, problem.w, n); /* read as columns: another matrix of the kind */
    if (kind == MATGEN_DEFECTIVE || kind == MATGEN_RANK_ONE) {
        problem.spread = INFINITY;
        problem.disorder = 1e-6;
    }
    factor(&problem);
    reorder_check_contract(&problem);
    reorder_problem_release(&problem);
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
    check_factored(MATGEN_NEAR_ORTHOGONAL, 513);
    if (is_soak()) {
        check_factored(MATGEN_GAUSSIAN, 513);
    }
}

/* Pairs 1 +- i y (1 + tiny), far from normal, so that dtrexc gives up on many a swap of them; the
 * larger ones behind. */
static void put_close_pairs(struct reorder_problem *problem, struct rng *rng, size_t from,
                            size_t to)
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

static void make_refusing(int n, uint64_t seed, struct reorder_problem *problem)
{
    struct rng rng = rng_stream((struct rng_key){{0x72656675, seed}}, (uint64_t)n, 0);
    reorder_problem_create(problem, "refusing", n);
    const size_t from = (size_t)n - 12;
    put_blocks(problem, &MAKERS[REVERSED], &rng, 0, from);
    put_close_pairs(problem, &rng, from, from + 8);
    put_blocks(problem, &MAKERS[REVERSED], &rng, from + 8, (size_t)n);
    couple(problem, &rng, 0.03);
    memcpy(problem->w, problem->t, matgen_square(n) * sizeof(double));
    problem->spread = INFINITY;
    problem->disorder = 1e-5;
}

/* A refusal is counted, costs no similarity, and holds up no other block. */
static void forms_with_blocks_that_dtrexc_will_not_swap(void **state)
{
    (void)state;
    int refused = 0;
    for (uint64_t seed = 0; seed < (is_soak() ? 200 : 40); seed++) {
        struct reorder_problem problem;
        struct schur schur;
        make_refusing(seed % 2 == 0 ? 100 : 31, seed, &problem);
        reorder_check_contract(&problem);
        reorder_run_path(REORDER_BLOCKED, &problem, &schur);
        refused += schur.certificate.n_unswapped > 0;
        schur_release(&schur);
        reorder_problem_release(&problem);
    }
    assert_true(refused > 0); /* else nothing was tested here */
}

static void the_blocked_way_gives_the_same_bits_each_time(void **state)
{
    (void)state;
    struct reorder_problem problem;
    struct schur once;
    struct schur again;
    make(&MAKERS[RANDOM], 300, 5, &problem);
    reorder_run_path(REORDER_BLOCKED, &problem, &once);
    reorder_run_path(REORDER_BLOCKED, &problem, &again);
    assert_memory_equal(once.t, again.t, matgen_square(300) * sizeof(double));
    assert_memory_equal(once.q, again.q, matgen_square(300) * sizeof(double));
    schur_release(&once);
    schur_release(&again);
    reorder_problem_release(&problem);
}

int test_reorder_paths(void)
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
