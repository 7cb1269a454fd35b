/* All partitions: what dominates in a partition, over how much of alpha, near which thresholds.
 */
#include "report/case_partitions.h"

#include "core/rng.h"
#include "report/dominance.h"
#include "report/groups.h"
#include "support/check.h"
#include "support/report_case.h"
#include "support/scratch.h"

#include <stdio.h>
#include <string.h>

static struct error error;

enum { N_POINTS = 5 };
static const double EPSILON = 0.1;

/* Over [0.5, 1] CC dominates for 0.09, CR for 0.11, RR for 0.005, and nothing for 0.295. */
static const struct case_partition POINTS[N_POINTS] = {
    {0.91, 1.0, 1, {0.0, 0.3, 0.5}, COUPLING_CC},
    {0.8, 0.91, 2, {0.2, 0.7, 0.1}, COUPLING_CR},
    {0.795, 0.8, 4, {0.6, 0.2, 0.1}, COUPLING_RR},
    {0.3, 0.795, 5, {0.05, 0.08, 0.02}, DOMINANT_NONE},
    {0.0, 0.3, 6, {0.9, 0.0, 0.0}, COUPLING_RR},
};

/* `points` receives a copy, so that a test can change it. */
static struct case_partitions example_partitions(struct case_partition points[N_POINTS])
{
    memcpy(points, POINTS, sizeof POINTS);
    return (struct case_partitions){points, N_POINTS};
}

/* ---- what dominates ---- */

static void the_largest_distance_dominates(void **state)
{
    (void)state;
    for (int p = 0; p < N_POINTS; p++) {
        assert_int_equal(dominant_of(POINTS[p].distance, EPSILON), POINTS[p].dominant);
    }
}

static void nothing_dominates_within_epsilon(void **state)
{
    (void)state;
    const double zeros[] = {0.0, 0.0, 0.0};
    const double equal[] = {0.0, EPSILON, 0.0};
    const double beyond[] = {0.0, nextafter(EPSILON, 1.0), 0.0};
    assert_int_equal(dominant_of(zeros, 0.0), DOMINANT_NONE);
    assert_int_equal(dominant_of(equal, EPSILON), DOMINANT_NONE);
    assert_int_equal(dominant_of(beyond, EPSILON), COUPLING_CR);
}

static void a_missing_distance_leaves_it_open(void **state)
{
    (void)state;
    for (int k = 0; k < COUPLING_COUNT; k++) {
        double distance[] = {3.0, 3.0, 3.0};
        distance[k] = NAN;
        assert_int_equal(dominant_of(distance, EPSILON), DOMINANT_UNKNOWN);
    }
    assert_string_equal(dominant_name(DOMINANT_UNKNOWN), "");
    assert_string_equal(dominant_name(DOMINANT_NONE), "none");
    assert_string_equal(dominant_name(COUPLING_CR), "CR");
}

/* ---- where a threshold lies ---- */

static void a_threshold_belongs_to_the_interval_that_it_ends(void **state)
{
    (void)state;
    struct case_partition points[N_POINTS];
    const struct case_partitions partitions = example_partitions(points);
    const struct case_partitions empty = {0};
    assert_int_equal(partitions_at(&partitions, 1.0), 0);
    assert_int_equal(partitions_at(&partitions, 0.911), 0);
    assert_int_equal(partitions_at(&partitions, 0.91), 1);
    assert_int_equal(partitions_at(&partitions, 0.91 * (1.0 + 0.5e-10)),
                     1); /* a tie, as in a sweep */
    assert_int_equal(partitions_at(&partitions, 0.91 * (1.0 + 2e-10)), 0);
    assert_int_equal(partitions_at(&partitions, 0.8), 2);
    assert_int_equal(partitions_at(&partitions, 0.1), 4);
    assert_int_equal(partitions_at(&empty, 0.5), -1);
}

static void break_points_lie_between_partitions(void **state)
{
    (void)state;
    struct case_partition points[N_POINTS];
    const struct case_partitions partitions = example_partitions(points);
    const struct case_partitions single = {points, 1};
    CHECK_NEAR(partitions_break_distance(&partitions, 0.9), 0.01, 1e-15);
    CHECK_NEAR(partitions_break_distance(&partitions, 0.85), 0.05, 1e-15);
    CHECK_NEAR(partitions_break_distance(&partitions, 1.0), 0.09, 1e-15); /* 1 itself is none */
    CHECK_SAME(partitions_break_distance(&partitions, 0.8), 0.0);
    assert_true(isnan(partitions_break_distance(&single, 0.9)));
}

static void thresholds_between_two_break_points_are_one(void **state)
{
    (void)state;
    struct case_partition points[N_POINTS];
    const struct case_partitions partitions = example_partitions(points);
    const struct case_partitions empty = {0};
    const double usual[] = {0.85, 0.9, 0.95};
    const double all[] = {0.1, 0.2, 0.5, 0.797, 0.799, 0.85, 1.0};
    assert_int_equal(partitions_count_distinct(&partitions, usual, 3), 2);
    assert_int_equal(partitions_count_distinct(&partitions, usual, 2), 1);
    assert_int_equal(partitions_count_distinct(&partitions, all, 7), 5);
    assert_int_equal(partitions_count_distinct(&empty, usual, 3), 0);
}

static void narrow_partitions_are_counted(void **state)
{
    (void)state;
    struct case_partition points[N_POINTS];
    const struct case_partitions partitions = example_partitions(points);
    const struct alpha_window low = {0.1, 0.2};
    int n_narrow = -1;
    assert_int_equal(partitions_count(&partitions, WIDE_WINDOW, &n_narrow), 4);
    assert_int_equal(n_narrow, 1);
    assert_int_equal(partitions_count(&partitions, low, &n_narrow), 1);
    assert_int_equal(n_narrow, 0);
}

/* ---- shares ---- */

static void shares_are_lengths_of_alpha(void **state)
{
    (void)state;
    struct case_partition points[N_POINTS];
    const struct case_partitions partitions = example_partitions(points);
    double shares[DOMINANT_COUNT];
    partitions_shares(&partitions, WIDE_WINDOW, shares);
    CHECK_NEAR(shares[COUPLING_RR], 0.01, 1e-15);
    CHECK_NEAR(shares[COUPLING_CR], 0.22, 1e-15);
    CHECK_NEAR(shares[COUPLING_CC], 0.18, 1e-15);
    CHECK_NEAR(shares[DOMINANT_NONE], 0.59, 1e-15);
    CHECK_SAME(shares[DOMINANT_UNKNOWN], 0.0);
    assert_int_equal(partitions_main_dominant(&partitions, WIDE_WINDOW), DOMINANT_NONE);
    assert_int_equal(partitions_main_dominant(&partitions, USUAL_WINDOW),
                     COUPLING_CR); /* 0.06 of 0.1 */
}

static void what_is_missing_is_unknown(void **state)
{
    (void)state;
    struct case_partition points[N_POINTS];
    const struct case_partitions partitions = example_partitions(points);
    const struct case_partitions empty = {0};
    double shares[DOMINANT_COUNT];
    points[1].dominant = DOMINANT_UNKNOWN;
    partitions_shares(&partitions, WIDE_WINDOW, shares);
    CHECK_NEAR(shares[DOMINANT_UNKNOWN], 0.22, 1e-15);
    assert_int_equal(partitions_main_dominant(&partitions, WIDE_WINDOW), DOMINANT_UNKNOWN);
    partitions_shares(&empty, WIDE_WINDOW, shares);
    CHECK_SAME(shares[DOMINANT_UNKNOWN], 1.0);
    assert_int_equal(partitions_main_dominant(&empty, WIDE_WINDOW), DOMINANT_UNKNOWN);
}

enum { RANDOM_POINTS = 12, GRID = 20000 };

/* Intervals from 0 to 1 with random ends. */
static struct case_partitions random_partitions(struct rng *rng,
                                                struct case_partition points[RANDOM_POINTS])
{
    double high = 1.0;
    for (int p = 0; p < RANDOM_POINTS; p++) {
        const double low = p + 1 < RANDOM_POINTS ? high * (0.7 + 0.3 * rng_uniform(rng)) : 0.0;
        points[p] = (struct case_partition){low, high, p + 1, {0}, (int)rng_below(rng, 4)};
        high = low;
    }
    return (struct case_partitions){points, RANDOM_POINTS};
}

/* What dominates at the middle of every job of a fine grid. */
static void count_on_grid(const struct case_partitions *partitions, struct alpha_window window,
                          double shares[DOMINANT_COUNT])
{
    memset(shares, 0, DOMINANT_COUNT * sizeof *shares);
    for (int i = 0; i < GRID; i++) {
        const double alpha = window.low + (window.high - window.low) * (i + 0.5) / GRID;
        shares[partitions->list[partitions_at(partitions, alpha)].dominant] += 1.0 / GRID;
    }
}

static void shares_are_those_of_a_fine_grid(void **state)
{
    (void)state;
    const struct rng_key key = {{11, 0}};
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct rng rng = rng_stream(key, seed, 0);
        struct case_partition points[RANDOM_POINTS];
        const struct case_partitions partitions = random_partitions(&rng, points);
        const struct alpha_window window = {0.2 + 0.4 * rng_uniform(&rng), 0.7};
        double exact[DOMINANT_COUNT];
        double counted[DOMINANT_COUNT];
        double sum = 0.0;
        partitions_shares(&partitions, window, exact);
        count_on_grid(&partitions, window, counted);
        for (int k = 0; k < DOMINANT_COUNT; k++) {
            CHECK_NEAR(exact[k], counted[k], (double)RANDOM_POINTS / GRID);
            sum += exact[k];
        }
        CHECK_NEAR(sum, 1.0, 1e-13);
    }
}

/* ---- groups ---- */

/* Two complete models, one with a gap, one without partitions. */
static void a_group_sums_up_its_complete_models(void **state)
{
    (void)state;
    struct case_partition points[3][N_POINTS];
    struct case_partitions of_cases[4] = {example_partitions(points[0]),
                                          example_partitions(points[1]),
                                          {0},
                                          example_partitions(points[2])};
    int cases[] = {0, 1, 2, 3};
    const struct group group = {.cases = cases, .n_cases = 4};
    struct dominance dominance;
    points[1][3].dominant = COUPLING_CR; /* the 0.295 too: 0.81 in all */
    points[2][0].dominant = DOMINANT_UNKNOWN;
    CHECK_OK(dominance_find(&dominance, of_cases, &group, &error));
    assert_int_equal(dominance.n, 2);
    assert_int_equal(dominance.n_incomplete, 1);
    CHECK_NEAR(dominance.shares[COUPLING_CR].sample.mean, (0.22 + 0.81) / 2, 1e-15);
    CHECK_NEAR(dominance.shares[COUPLING_CR].least, 0.22, 1e-15);
    CHECK_NEAR(dominance.shares[COUPLING_CR].most, 0.81, 1e-15);
    CHECK_NEAR(dominance.shares[DOMINANT_NONE].sample.median, 0.295, 1e-15);
    const struct group nobody = {.cases = &cases[2], .n_cases = 1};
    CHECK_OK(dominance_find(&dominance, of_cases, &nobody, &error));
    assert_int_equal(dominance.n, 0);
    assert_true(isnan(dominance.shares[0].sample.mean) && isnan(dominance.shares[0].least));
}

/* CR dominates over most of [0.85, 0.95] in two models, CC in the third. */
static void a_threshold_is_judged_by_its_neighbours(void **state)
{
    (void)state;
    struct case_partition points[4][N_POINTS];
    struct case_partitions of_cases[4] = {
        example_partitions(points[0]), example_partitions(points[1]), example_partitions(points[2]),
        example_partitions(points[3])};
    int cases[] = {0, 1, 2, 3};
    const struct group group = {.cases = cases, .n_cases = 4};
    points[2][0].alpha_low = points[2][1].alpha_high = 0.89;
    points[3][1].dominant = DOMINANT_UNKNOWN; /* does not count */
    struct agreement_count count = dominance_at(of_cases, &group, 0.9);
    assert_int_equal(count.n, 3);
    assert_int_equal(count.n_same, 3);
    count = dominance_at(of_cases, &group, 0.85);
    assert_int_equal(count.n_same, 2);
    count = dominance_at(of_cases, &group, 0.95);
    assert_int_equal(count.n_same, 1);
    points[0][4].dominant = DOMINANT_UNKNOWN; /* outside, but the threshold's own */
    count = dominance_at(of_cases, &group, 0.2);
    assert_int_equal(count.n, 2);
    assert_int_equal(count.n_same, 0);
}

/* ---- from a file ---- */

enum { N_ALPHAS = 2, N_SETS = 4 };

/* Without coupling `set` in partition p of case c. */
static double effect(int c, int p, int set)
{
    return set == 0 ? 0.0 : 0.125 * (c + 1) + (set - 1 == p ? 1.0 : 0.0);
}

static struct job_result rows(int c, int row, int set)
{
    const bool is_pending = c == 1 && row == N_ALPHAS + 2 && set == 3;
    return is_pending ? empty_job(JOB_PENDING) : effect_job(effect(c, row - N_ALPHAS, set));
}

static void read_file(struct study_data *data, int n_sets, int n_partitions)
{
    char path[4096];
    const char *paths[] = {path};
    struct sweep sweep = report_sweep(2, N_ALPHAS, n_sets);
    sweep.n_partitions = n_partitions;
    (void)snprintf(path, sizeof path, "%s", scratch_path("partitions.h5"));
    report_file(path, &sweep, rows, NULL);
    sweep_release(&sweep);
    CHECK_OK(study_data_read(data, paths, 1, NULL, &error));
}

static void partitions_are_what_the_file_holds(void **state)
{
    (void)state;
    struct study_data data;
    struct case_partitions partitions;
    read_file(&data, N_SETS, 4);
    assert_int_equal(study_partitions(&data, 0), 4);
    CHECK_OK(partitions_create(&partitions, &data, 1, &error));
    assert_int_equal(partitions.n, 4);
    for (int p = 0; p < 4; p++) {
        CHECK_SAME(partitions.list[p].alpha_high, ldexp(1.0, -p));
        CHECK_SAME(partitions.list[p].alpha_low, p < 3 ? ldexp(0.5, -p) : 0.0);
        assert_int_equal(partitions.list[p].n_r, p + 1);
        assert_int_equal(partitions.list[p].dominant, p == 2   ? DOMINANT_UNKNOWN
                                                      : p == 3 ? COUPLING_RR
                                                               : p);
    }
    CHECK_SAME(partitions.list[1].distance[COUPLING_CR], 1.25);
    assert_true(isnan(partitions.list[2].distance[COUPLING_CC]));
    const struct job_counts counts = study_count_jobs(&data);
    assert_int_equal(counts.n_done, 2 * ((N_ALPHAS + 4) * N_SETS + 3) - 1); /* 3 diagnostics */
    assert_int_equal(counts.n_pending, 1);
    partitions_release(&partitions);
    study_data_release(&data);
}

static void a_file_without_partitions_has_none(void **state)
{
    (void)state;
    struct study_data data;
    struct case_partitions partitions;
    read_file(&data, N_SETS, 0);
    assert_int_equal(study_partitions(&data, 0), 0);
    CHECK_OK(partitions_create(&partitions, &data, 0, &error));
    assert_int_equal(partitions.n, 0);
    partitions_release(&partitions);
    study_data_release(&data);
}

static void a_study_without_one_of_the_sets_leaves_it_open(void **state)
{
    (void)state;
    struct study_data data;
    struct case_partitions partitions;
    read_file(&data, 3, 4); /* none, RR, CR */
    assert_int_equal(partitions_set_of(&data, COUPLING_CR), 2);
    assert_int_equal(partitions_set_of(&data, COUPLING_CC), -1);
    CHECK_OK(partitions_create(&partitions, &data, 0, &error));
    assert_int_equal(partitions.n, 4);
    CHECK_SAME(partitions.list[0].distance[COUPLING_RR], 1.125);
    assert_int_equal(partitions.list[0].dominant, DOMINANT_UNKNOWN);
    partitions_release(&partitions);
    study_data_release(&data);
}

int test_case_partitions(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_distance_dominates),
        cmocka_unit_test(nothing_dominates_within_epsilon),
        cmocka_unit_test(a_missing_distance_leaves_it_open),
        cmocka_unit_test(a_threshold_belongs_to_the_interval_that_it_ends),
        cmocka_unit_test(break_points_lie_between_partitions),
        cmocka_unit_test(thresholds_between_two_break_points_are_one),
        cmocka_unit_test(narrow_partitions_are_counted),
        cmocka_unit_test(shares_are_lengths_of_alpha),
        cmocka_unit_test(what_is_missing_is_unknown),
        cmocka_unit_test(shares_are_those_of_a_fine_grid),
        cmocka_unit_test(a_group_sums_up_its_complete_models),
        cmocka_unit_test(a_threshold_is_judged_by_its_neighbours),
        SCRATCH_TEST(partitions_are_what_the_file_holds),
        SCRATCH_TEST(a_file_without_partitions_has_none),
        SCRATCH_TEST(a_study_without_one_of_the_sets_leaves_it_open),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
