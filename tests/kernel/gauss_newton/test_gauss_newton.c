/* The Gauss-Newton form: against what an independent program in NumPy found for trained models,
 * against differences of rollouts, and against itself by another way, tangents. */
#include "kernel/gauss_newton/gauss_newton.h"

#include "kernel/gauss_newton/direction.h"
#include "kernel/gauss_newton/removal_order.h"
#include "support/check.h"
#include "support/netgen.h"
#include "support/oracle_case.h"
#include "support/soak.h"

#include <stdio.h>
#include <stdlib.h>

static struct error error;

static const char *const NAMES[] = {"sine_s0", "flipflop_s0", "ctxint_s0",
                                    "copy_flat_orthogonal_n72_s0"};
enum { SHORT = 3, ALL = 4 }; /* the last one takes a minute */

struct opened {
    struct alone alone;
    const struct gauss_newton *gn;
    struct pairs pairs;
};

static void open(struct opened *opened, const char *name, enum gauss_newton_choice choice)
{
    oracle_case_open(&opened->alone, name, TEST_DATA_DIR);
    opened->alone.base.choice = choice;
    CHECK_OK(experiment_gauss_newton(&opened->alone.base, &opened->gn, &error));
    CHECK_OK(pairs_create(&opened->pairs, opened->gn, &opened->alone.schur, &error));
}

static void close_opened(struct opened *opened)
{
    pairs_release(&opened->pairs);
    alone_release(&opened->alone);
}

static void near(double found, double expected, double tolerance, const char *what, int i)
{
    if (!(fabs(found - expected) <= tolerance)) {
        fail_msg("%s[%d] = %.17g, not %.17g: off by %.3g", what, i, found, expected,
                 found - expected);
    }
}

static void check_pairs(const struct opened *opened, const char *name)
{
    const double norm = opened->alone.schur.norm;
    int count = 0;
    double *const masses = oracle_case_read(name, "pair_mass2", TEST_DATA_DIR, &count);
    double *const distances = oracle_case_read(name, "pair_gn_distance", TEST_DATA_DIR, &count);
    assert_int_equal(count, opened->gn->n_pairs);
    for (int p = 0; p < count; p++) {
        const double mass = opened->pairs.list[p].mass_square / norm / norm;
        const double square = gauss_newton_pair_square(opened->gn, p, NULL);
        near(mass, masses[p], 1e-9 * masses[p] + 1e-22, "pair_mass2", p);
        near(sqrt(square), distances[p], 1e-6 * distances[p] + 1e-13, "pair_gn_distance", p);
    }
    free(masses);
    free(distances);
}

/* Stored in float32. */
static void check_gram(const struct opened *opened, const char *name)
{
    const int n_pairs = opened->gn->n_pairs;
    int count = 0;
    double *const gram = oracle_case_read(name, "gram", TEST_DATA_DIR, &count);
    assert_int_equal(count, n_pairs * n_pairs);
    for (int p = 0; p < n_pairs; p++) {
        for (int q = p; q < n_pairs; q++) {
            const double found =
                (gauss_newton_gram(opened->gn, 0, p, q) + gauss_newton_gram(opened->gn, 1, p, q)) /
                opened->gn->full_variation;
            const double scale = sqrt(gauss_newton_pair_square(opened->gn, p, NULL) *
                                      gauss_newton_pair_square(opened->gn, q, NULL));
            near(found, gram[p * n_pairs + q], 2e-7 * scale, "gram", p * n_pairs + q);
        }
    }
    free(gram);
}

static void check_sets(const struct opened *opened, const char *name)
{
    const struct alone *const alone = &opened->alone;
    int count = 0;
    double *const distances = oracle_case_read(name, "gn_distance", TEST_DATA_DIR, &count);
    assert_int_equal(count, 7);
    for (int set = 1; set < ABLATION_SET_COUNT; set++) {
        const double square = gauss_newton_set_square(
            opened->gn, alone->plan.splits[ORACLE_ALPHA_90].n_blocks, ABLATION_ORDER[set], NULL);
        near(sqrt(square), distances[set - 1], 1e-6 * distances[set - 1], "gn_distance", set);
    }
    free(distances);
}

static void check_gains(const struct opened *opened, const char *name)
{
    const struct schur *const form = &opened->alone.schur;
    const double square = form->norm * form->norm;
    int count = 0;
    double *const dense = oracle_case_read(name, "dense_gain", TEST_DATA_DIR, &count);
    double *const upper = oracle_case_read(name, "upper_gain", TEST_DATA_DIR, &count);
    near(direction_dense_gain(opened->gn, form) * square, *dense, 1e-6 * *dense, "dense_gain", 0);
    near(direction_upper_gain(opened->gn, form) * square, *upper, 1e-6 * *upper, "upper_gain", 0);
    free(dense);
    free(upper);
}

/* The order in which pairs go, and what is predicted after every tenth. */
static void check_order(const struct opened *opened, const char *name)
{
    const double variation = opened->alone.base.baseline.halves[0].full_variation;
    struct removal_order order;
    int count = 0;
    int n_distances = 0;
    double *const expected = oracle_case_read(name, "removal_order", TEST_DATA_DIR, &count);
    double *const distances =
        oracle_case_read(name, "removal_gn_distance", TEST_DATA_DIR, &n_distances);
    CHECK_OK(removal_order_create(&order, &opened->pairs, variation, &error));
    assert_int_equal(order.count, count);
    for (int i = 0; i < count; i++) {
        assert_int_equal(order.pairs[i], (int)expected[i]);
    }
    for (int i = 0; i < n_distances; i++) {
        near(sqrt(order.squares[10 * i]), distances[i], 1e-6 * distances[i] + 1e-9,
             "removal_gn_distance", i);
    }
    removal_order_release(&order);
    free(expected);
    free(distances);
}

static void trained_models_agree(void **state)
{
    struct opened opened;
    (void)state;
    for (int i = 0; i < (is_soak() ? ALL : SHORT); i++) {
        open(&opened, NAMES[i], GAUSS_NEWTON_EXACT);
        check_pairs(&opened, NAMES[i]);
        if (i < SHORT) {
            check_gram(&opened, NAMES[i]);
        }
        check_sets(&opened, NAMES[i]);
        check_gains(&opened, NAMES[i]);
        check_order(&opened, NAMES[i]);
        close_opened(&opened);
    }
}

/* ---- probes ---- */

/* The mean over random signs is right within its standard error, and says so. */
static void probes_are_right_within_their_errors(void **state)
{
    struct opened exact;
    struct opened probed;
    int n_near = 0;
    (void)state;
    open(&exact, NAMES[0], GAUSS_NEWTON_EXACT);
    open(&probed, NAMES[0], GAUSS_NEWTON_SIGNS);
    assert_int_equal(probed.gn->n_probes, GAUSS_NEWTON_PROBES);
    for (int p = 0; p < exact.gn->n_pairs; p++) {
        double se = 0.0;
        double none = 1.0;
        const double square = gauss_newton_pair_square(exact.gn, p, &none);
        const double found = gauss_newton_pair_square(probed.gn, p, &se);
        assert_true(none == 0.0 && se > 0.0 && se < square);
        assert_true(fabs(found - square) < 8.0 * se);
        n_near += fabs(found - square) < 2.0 * se;
    }
    assert_in_range(n_near, 0.8 * exact.gn->n_pairs, exact.gn->n_pairs);
    for (int k = 0; k <= exact.gn->n_blocks; k += 7) {
        double se = 0.0;
        const double square = gauss_newton_set_square(exact.gn, k, ABLATION_ALL, NULL);
        const double found = gauss_newton_set_square(probed.gn, k, ABLATION_ALL, &se);
        assert_true(se > 0.0 && fabs(found - square) < 5.0 * se);
    }
    close_opened(&probed);
    close_opened(&exact);
}

/* ---- groups of blocks ---- */

enum { WIDE = 95 };

/* A wide network whose matrix is triangular, so that it has a block for every unit. */
static void open_wide(struct opened *wide)
{
    const struct experiment_settings settings = experiment_case_settings(PRECISION_FLOAT64);
    struct network network = netgen_network(4, WIDE, 2, 1);
    struct trials trials = netgen_trials(5, 4, 6, 2, 1);
    for (int i = 0; i < WIDE; i++) {
        for (int j = 0; j < i; j++) {
            network.weight_hh[i * WIDE + j] = 0.0;
        }
        network.weight_hh[i * WIDE + i] = 0.9 - 0.009 * i;
    }
    wide->alone = alone_begin(&settings, &EXPERIMENT_IN_MEMORY);
    CHECK_OK(alone_set_network(&wide->alone, &network, &(struct network_form){.gates = 1}, &error));
    CHECK_OK(alone_set_trials(&wide->alone, &trials, &error));
    CHECK_OK(alone_run_reference(&wide->alone, &error));
    CHECK_OK(experiment_gauss_newton(&wide->alone.base, &wide->gn, &error));
    CHECK_OK(pairs_create(&wide->pairs, wide->gn, &wide->alone.schur, &error));
}

static void near_tangent(struct opened *wide, const struct removal *removal, double predicted)
{
    double square = 0.0;
    CHECK_OK(experiment_tangents(&wide->alone.base, removal, 1, &square, &error));
    near(predicted, square, 1e-10 * square, "square", 0);
}

static void many_blocks_are_grouped_and_sets_are_not(void **state)
{
    struct opened wide;
    (void)state;
    open_wide(&wide);
    assert_int_equal(wide.gn->n_blocks, WIDE);
    assert_int_equal(wide.gn->n_in_group, 2);
    assert_int_equal(wide.gn->n_pairs, 48 * 47 / 2);
    unsigned char *const bits = calloc(pairs_bits(&wide.pairs), 1);
    for (int p = 0; p < wide.gn->n_pairs; p += 97) {
        memset(bits, 0, pairs_bits(&wide.pairs));
        pairs_mark(&wide.pairs, p, bits);
        near_tangent(&wide, &(struct removal){.pairs = bits, .strength = 1.0},
                     gauss_newton_pair_square(wide.gn, p, NULL));
    }
    free(bits);
    for (int k = 1; k < WIDE; k += 13) {
        for (int set = 1; set < ABLATION_SET_COUNT; set++) {
            const struct removal removal = removal_of_set(k, ABLATION_ORDER[set]);
            near_tangent(&wide, &removal, gauss_newton_set_square(wide.gn, k, removal.set, NULL));
        }
    }
    close_opened(&wide);
}

int test_gauss_newton(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(trained_models_agree),
                                       cmocka_unit_test(probes_are_right_within_their_errors),
                                       cmocka_unit_test(many_blocks_are_grouped_and_sets_are_not)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
