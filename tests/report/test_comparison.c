/* Comparisons over seeds, agreement over alphas and seeds, counts and warnings of a whole report.
 */
#include "report/report.h"

#include "report/warnings.h"
#include "support/check.h"
#include "support/report_case.h"
#include "support/scratch.h"

#include <stdio.h>
#include <string.h>

enum { SEEDS = 6 };

static struct error error;
static struct report report;

static void make_report(const struct sweep *sweep, struct job_result (*result)(int, int, int),
                        const int8_t *converged, const struct report_options *options)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s", scratch_path("r.h5"));
    const char *paths[] = {path};
    report_file(path, sweep, result, converged);
    CHECK_OK(report_create(&report, paths, 1, options, &error));
}

static void begin(int n_cases, int n_alphas, int n_sets, struct job_result (*result)(int, int, int))
{
    const struct report_options options = {.alpha = 0.9};
    struct sweep sweep = report_sweep(n_cases, n_alphas, n_sets);
    make_report(&sweep, result, NULL, &options);
    sweep_release(&sweep);
}

/* ---- comparisons ---- */

/* Without RR all seeds get worse, without CR half of them. */
static struct job_result worse(int case_index, int alpha, int set)
{
    (void)alpha;
    const double effect[] = {0.0, 1.0 + case_index, case_index % 2 == 0 ? 0.5 : -0.5};
    return effect_job(effect[set]);
}

static void sets_are_compared_seed_by_seed(void **state)
{
    (void)state;
    begin(SEEDS, 1, 3, worse);
    assert_int_equal(report.comparisons.n_rows, 3);
    const struct comparison *const rows = report.comparisons.rows;
    assert_int_equal(rows[0].first, 0);
    assert_int_equal(rows[0].second, 1);
    assert_int_equal(rows[0].n, SEEDS);
    CHECK_NEAR(rows[0].mean_difference, 3.5, 1e-12);
    CHECK_NEAR(rows[0].p, 2.0 / 64, 0.0);
    CHECK_NEAR(rows[0].smallest_p, 2.0 / 64, 0.0);
    assert_int_equal(rows[1].second, 2);
    CHECK_NEAR(rows[1].p, 1.0, 0.0); /* the mean is 0 */
    assert_int_equal(rows[2].first, 1);
    CHECK_NEAR(rows[2].mean_difference, -3.5, 1e-12);
    CHECK_NEAR(rows[2].p, 2.0 / 64, 0.0);
    CHECK_NEAR(rows[0].p_adjusted, 6.0 / 64, 1e-15); /* three comparisons */
    CHECK_NEAR(rows[2].p_adjusted, 6.0 / 64, 1e-15);
    CHECK_NEAR(rows[1].p_adjusted, 1.0, 0.0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(comparison_verdict(&rows[i]), 0); /* .094 is no verdict */
    }
    report_release(&report);
}

static void eight_seeds_are_enough_for_a_verdict(void **state)
{
    (void)state;
    begin(8, 1, 3, worse);
    CHECK_NEAR(report.comparisons.rows[0].p_adjusted, 6.0 / 256, 1e-15);
    assert_int_equal(comparison_verdict(&report.comparisons.rows[0]), 1);
    assert_int_equal(comparison_verdict(&report.comparisons.rows[2]), -1);
    report_release(&report);
}

static void five_seeds_never_are(void **state)
{
    (void)state;
    begin(5, 1, 2, worse);
    assert_int_equal(report.comparisons.n_rows, 1);
    CHECK_NEAR(report.comparisons.rows[0].p_adjusted, 0.0625, 0.0);
    assert_int_equal(comparison_verdict(&report.comparisons.rows[0]), 0);
    report_release(&report);
}

static struct job_result some_missing(int case_index, int alpha, int set)
{
    if (case_index == 0 && set == 1) {
        return empty_job(JOB_FAILED);
    }
    return case_index == 1 && set == 2 ? empty_job(JOB_PENDING) : worse(case_index, alpha, set);
}

static void only_whole_pairs_count(void **state)
{
    (void)state;
    begin(SEEDS, 1, 3, some_missing);
    assert_int_equal(report.comparisons.rows[0].n, SEEDS - 1);
    assert_int_equal(report.comparisons.rows[1].n, SEEDS - 1);
    assert_int_equal(report.comparisons.rows[2].n, SEEDS - 2);
    const struct summary *const summary = summary_of_group(&report.summaries, 0, 0, 1);
    assert_int_equal(summary->n, SEEDS - 1);
    assert_int_equal(summary->n_failed, 1);
    assert_int_equal(summary->n_pending, 0);
    assert_int_equal(summary_measure(summary, &MEASURE_DELTA_FVU)->sample.n, SEEDS - 1);
    CHECK_NEAR(summary_measure(summary, &MEASURE_DELTA_FVU)->sample.mean, 4.0, 1e-15); /* 2 .. 6 */
    assert_int_equal(summary->measures[measure_number("accuracy")].sample.n, 0);
    assert_int_equal(summary_of_group(&report.summaries, 0, 0, 2)->n_pending, 1);
    report_release(&report);
}

/* ---- alphas and seeds ---- */

/* Seeds 0 and 1 order RR < CR < CC at the first alpha; at the second seed 1 turns round. */
static struct job_result turning(int case_index, int alpha, int set)
{
    static const double rising[] = {0.0, 1.0, 2.0, 3.0};
    static const double falling[] = {0.0, 3.0, 2.0, 1.0};
    return effect_job(case_index == 1 && alpha == 1 ? falling[set] : rising[set]);
}

static void agreement_of_alphas_and_seeds(void **state)
{
    (void)state;
    begin(2, 2, 4, turning);
    const struct effect_stability *const stability = &report.stability[0];
    assert_int_equal(stability->n_pairs, 2);
    CHECK_NEAR(stability->mean_tau, 0.0, 1e-15); /* 1 and -1 */
    CHECK_NEAR(stability->lowest_tau, -1.0, 1e-15);
    CHECK_NEAR(stability->partitions, 2.0, 0.0);
    CHECK_NEAR(stability->largest_change, 1.0, 1e-15); /* RR: mean 1 to mean 2 */
    assert_int_equal(stability->change_set, 1);
    assert_int_equal(stability->change_low, 0);
    assert_int_equal(stability->change_high, 1);
    CHECK_NEAR(report.similarity[0].mean_tau, 1.0, 1e-15);
    CHECK_NEAR(report.similarity[1].mean_tau, -1.0, 1e-15);
    assert_int_equal(report.similarity[1].n_pairs, 1);
    report_release(&report);
}

/* Seed 1 is there at the second alpha alone: means over other seeds must not look like a change. */
static struct job_result half_a_seed(int case_index, int alpha, int set)
{
    return case_index == 1 && alpha == 0 ? empty_job(JOB_PENDING)
                                         : effect_job(10.0 * case_index + set);
}

static void a_change_is_one_of_the_same_seeds(void **state)
{
    (void)state;
    begin(2, 2, 3, half_a_seed);
    CHECK_NEAR(report.stability[0].largest_change, 0.0, 0.0);
    assert_int_equal(report.stability[0].n_pairs, 1);
    report_release(&report);
}

static struct job_result nothing(int case_index, int alpha, int set)
{
    (void)case_index;
    (void)alpha;
    (void)set;
    return empty_job(JOB_PENDING);
}

static void an_empty_study_has_no_numbers(void **state)
{
    (void)state;
    begin(2, 2, 3, nothing);
    assert_true(isnan(report.stability[0].mean_tau) && isnan(report.stability[0].largest_change));
    assert_int_equal(report.stability[0].change_set, 0);
    assert_int_equal(report.comparisons.rows[0].n, 0);
    assert_true(isnan(report.comparisons.rows[0].p_adjusted));
    assert_int_equal(comparison_verdict(&report.comparisons.rows[0]), 0);
    assert_true(isnan(summary_of_group(&report.summaries, 0, 0, 0)->stabilizer_share));
    assert_false(summary_group_has_effects(&report.summaries, 0, -1));
    report_release(&report);
}

static void the_full_model_alone_has_nothing_to_compare(void **state)
{
    (void)state;
    begin(2, 2, 1, worse);
    assert_int_equal(report.comparisons.n_rows, 0);
    assert_int_equal(report.stability[0].n_pairs, 0);
    assert_int_equal(report.similarity[0].n_pairs, 0);
    report_release(&report);
}

/* ---- warnings ---- */

static char told[8192];

static void note(void *context, const char *line)
{
    ++*(int *)context;
    assert_null(strchr(line, '\n'));
    (void)strncat(told, line, sizeof told - strlen(told) - 1);
    (void)strncat(told, "\n", sizeof told - strlen(told) - 1);
}

static int tell_warnings(void)
{
    int count = 0;
    told[0] = '\0';
    report_warnings(&report, note, &count);
    return count;
}

static void check_told(const char *part)
{
    if (strstr(told, part) == NULL) {
        fail_msg("'%s' lacks '%s'", told, part);
    }
}

static void what_is_missing_is_told(void **state)
{
    (void)state;
    static const int8_t converged[SEEDS] = {1, 0, 1, 1, 1, 1};
    struct sweep sweep = report_sweep(SEEDS, 1, 3);
    struct report_options options = {.alpha = 0.9};
    make_report(&sweep, some_missing, converged, &options);
    assert_int_equal(tell_warnings(), 4);
    check_told("not finished: 1 of 36 jobs are pending");
    check_told("1 of 36 jobs failed");
    check_told("Failed: m0.h5 on sine: network output became NaN or Inf");
    check_told("1 network below the training target, counted like the others");
    check_told(": m1.");
    assert_int_equal(summary_of_group(&report.summaries, 0, 0, 0)->n_unconverged, 1);
    report_release(&report);
    options.converged_only = true;
    char path[4096];
    (void)snprintf(path, sizeof path, "%s", scratch_path("r.h5"));
    const char *paths[] = {path};
    CHECK_OK(report_create(&report, paths, 1, &options, &error));
    assert_int_equal(report.n_excluded, 1);
    (void)tell_warnings();
    check_told("left out of all statistics");
    assert_int_equal(summary_of_group(&report.summaries, 0, 0, 0)->n, SEEDS - 1);
    report_release(&report);
    sweep_release(&sweep);
}

static void a_whole_study_has_no_warnings(void **state)
{
    (void)state;
    begin(SEEDS, 1, 3, worse);
    assert_int_equal(tell_warnings(), 0);
    report_release(&report);
    (void)scratch_clear(NULL);
    begin(2, 1, 3, worse);
    assert_int_equal(tell_warnings(), 1);
    check_told("1 group has fewer than 3 seeds");
    report_release(&report);
}

/* 91 bytes, the last two of them one character, which a limit of 90 bytes would cut. */
static void long_names_are_cut_between_characters(void **state)
{
    (void)state;
    static const int8_t converged[SEEDS] = {1, 1, 1, 0, 1, 1};
    const struct report_options options = {.alpha = 0.9};
    char name[96];
    struct sweep sweep = report_sweep(SEEDS, 1, 3);
    memset(name, 'x', 89);
    (void)snprintf(name + 89, sizeof name - 89, "\xc3\xa9");
    set_text(&sweep.models[3].label, name);
    make_report(&sweep, worse, converged, &options);
    assert_int_equal(tell_warnings(), 1);
    check_told("x?.");
    report_release(&report);
    sweep_release(&sweep);
}

int test_comparison(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(sets_are_compared_seed_by_seed),
        SCRATCH_TEST(eight_seeds_are_enough_for_a_verdict),
        SCRATCH_TEST(five_seeds_never_are),
        SCRATCH_TEST(only_whole_pairs_count),
        SCRATCH_TEST(agreement_of_alphas_and_seeds),
        SCRATCH_TEST(a_change_is_one_of_the_same_seeds),
        SCRATCH_TEST(an_empty_study_has_no_numbers),
        SCRATCH_TEST(the_full_model_alone_has_nothing_to_compare),
        SCRATCH_TEST(what_is_missing_is_told),
        SCRATCH_TEST(a_whole_study_has_no_warnings),
        SCRATCH_TEST(long_names_are_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
