/* Couplings that are not there, changes that are rounding, and what statistics make of both. */
#include "report/effect.h"

#include "report/findings.h"
#include "support/check.h"
#include "support/report_case.h"
#include "support/scratch.h"

#include <stdio.h>
#include <string.h>

static struct error error;
static struct report report;

static void begin(int n_cases, int n_alphas, int n_sets, struct job_result (*result)(int, int, int),
                  const double *epsilon)
{
    const struct report_options options = {
        .alpha = 1.0, .has_epsilon = epsilon != NULL, .epsilon = epsilon != NULL ? *epsilon : 0.0};
    struct sweep sweep = report_sweep(n_cases, n_alphas, n_sets);
    char path[4096];
    (void)snprintf(path, sizeof path, "%s", scratch_path("e.h5"));
    const char *paths[] = {path};
    (void)remove(path);
    report_file(path, &sweep, result, NULL);
    sweep_release(&sweep);
    CHECK_OK(report_create(&report, paths, 1, &options, &error));
}

/* A job that removed this part of the norm. */
static struct job_result removal(double delta_fvu, double mass)
{
    struct job_result result = effect_job(delta_fvu);
    result.values[measure_number("removed_mass")] = mass;
    result.values[measure_number("sensitivity")] = mass > 0.0 ? delta_fvu / mass : NAN;
    return result;
}

/* RR is there in the last two of six networks alone, where it is needed; CR in none but for
 * rounding; CC everywhere, and can be removed in all but the first. */
static struct job_result partly_empty(int case_index, int alpha, int set)
{
    (void)alpha;
    switch (set) {
    case 1:
        return case_index < 4 ? removal(0.0, 0.0) : removal(1.0 + case_index, 0.3);
    case 2:
        return removal(3e-16, 2e-16);
    case 3:
        return removal(case_index == 0 ? 2.0 : 1e-14, 0.5);
    default:
        return removal(0.0, 0.0);
    }
}

static void empty_couplings_are_counted_apart(void **state)
{
    (void)state;
    begin(6, 1, 4, partly_empty, NULL);
    const struct summary *const full = summary_of_group(&report.summaries, 0, 0, 0);
    const struct summary *const rr = summary_of_group(&report.summaries, 0, 0, 1);
    const struct summary *const cr = summary_of_group(&report.summaries, 0, 0, 2);
    assert_int_equal(full->n, 6);
    assert_int_equal(full->n_empty, 0);
    assert_true(isnan(full->stabilizer_share));
    assert_int_equal(rr->n, 2);
    assert_int_equal(rr->n_empty, 4);
    CHECK_NEAR(rr->stabilizer_share, 0.0, 0.0);
    CHECK_NEAR(summary_measure(rr, &MEASURE_DELTA_FVU)->sample.mean, 5.5, 1e-15);
    assert_int_equal(cr->n, 0);
    assert_int_equal(cr->n_empty, 6);
    assert_true(isnan(cr->stabilizer_share));
    assert_int_equal(summary_measure(cr, &MEASURE_SENSITIVITY)->sample.n, 0);
    report_release(&report);
}

static void changes_below_rounding_are_none(void **state)
{
    (void)state;
    begin(6, 1, 4, partly_empty, NULL);
    const int change = measure_number("delta_fvu");
    const int sensitivity = measure_number("sensitivity");
    CHECK_NEAR(effect_value(&report.data, 1, 0, 3, change), 0.0, 0.0);
    CHECK_NEAR(effect_value(&report.data, 1, 0, 3, sensitivity), 0.0, 0.0);
    CHECK_NEAR(effect_value(&report.data, 0, 0, 3, change), 2.0, 0.0);
    assert_true(isnan(effect_value(&report.data, 0, 0, 2, sensitivity)));
    assert_int_equal(effect_verdict(&report.data, 0, 0, 0), -1); /* the full network has none */
    assert_int_equal(effect_verdict(&report.data, 0, 0, 1), -1);
    assert_int_equal(effect_verdict(&report.data, 0, 0, 3), 0);
    assert_int_equal(effect_verdict(&report.data, 1, 0, 3), 1);
    report_release(&report);
}

static void check_sentence(const char *expected)
{
    char text[FINDING_TEXT_SIZE];
    finding_sentence(&report, 0, 0, text);
    assert_string_equal(text, expected);
}

static void what_was_found_is_said(void **state)
{
    (void)state;
    begin(6, 1, 4, partly_empty, NULL);
    check_sentence(
        "sine, dense_default, 4 units, 6 seeds: CC can be removed in 5 of 6 seeds; RR is "
        "needed; CR is empty; RR is empty in 4 of 6 seeds.");
    assert_int_equal(finding_of(&report, 0, 0, 1), FINDING_NEEDED);
    assert_int_equal(finding_of(&report, 0, 0, 2), FINDING_EMPTY);
    assert_int_equal(finding_of(&report, 0, 0, 3), FINDING_MIXED);
    assert_int_equal(finding_of(&report, 0, 0, -1), FINDING_UNKNOWN);
    report_release(&report);
}

/* With another epsilon the change of 2 is small. */
static void another_epsilon_is_another_verdict(void **state)
{
    (void)state;
    const double epsilon = 2.5;
    begin(6, 1, 4, partly_empty, &epsilon);
    check_sentence(
        "sine, dense_default, 4 units, 6 seeds: only CC can be removed (6 of 6 seeds); RR is "
        "needed; CR is empty; RR is empty in 4 of 6 seeds.");
    report_release(&report);
}

/* Of all eight sets: effects by their couplings. */
static double effect_of_cr = 0.0;
static double effect_together = 0.0;
static struct job_result by_couplings(int case_index, int alpha, int set)
{
    const ablation_set removed = ABLATION_ORDER[set];
    const double rr = ablation_has(removed, COUPLING_RR) ? 0.5 : 0.0;
    const double cr = ablation_has(removed, COUPLING_CR) ? effect_of_cr : 0.0;
    const bool both = ablation_has(removed, COUPLING_CR) && ablation_has(removed, COUPLING_CC);
    (void)case_index;
    return removal(rr + cr + (both ? effect_together : 0.0) + (alpha == 1 && rr > 0 ? -0.5 : 0.0),
                   removed != 0 ? 0.5 : 0.0);
}

static void what_can_be_removed_together_is_said(void **state)
{
    (void)state;
    const char *const sentences[] = {
        ("sine, dense_default, 4 units, 3 seeds: CR and CC can each be removed, both together too; "
         "RR is needed."),
        ("sine, dense_default, 4 units, 3 seeds: CR and CC can each be removed, but not both "
         "together; RR is needed."),
        ("sine, dense_default, 4 units, 3 seeds: only CC can be removed (3 of 3 seeds); RR and "
         "CR are needed.")};
    const double alone[] = {0.0, 0.0, 0.7};
    const double together[] = {0.0, 0.9, 0.0};
    for (int i = 0; i < 3; i++) {
        effect_of_cr = alone[i];
        effect_together = together[i];
        begin(3, 1, 8, by_couplings, NULL);
        check_sentence(sentences[i]);
        report_release(&report);
    }
}

static void thresholds_that_disagree_are_named(void **state)
{
    (void)state;
    char text[FINDING_TEXT_SIZE];
    effect_of_cr = 0.7;
    effect_together = 0.0;
    begin(3, 2, 8, by_couplings, NULL);
    finding_over_alphas(&report, 0, 0, text);
    assert_true(strncmp(text, "Other verdicts at alpha = 1.", 28) == 0);
    report_release(&report);
    begin(6, 2, 4, partly_empty, NULL);
    finding_over_alphas(&report, 0, 0, text);
    assert_string_equal(text, "The same at all 2 thresholds.");
    report_release(&report);
}

static struct job_result normal(int case_index, int alpha, int set)
{
    (void)case_index;
    (void)alpha;
    return removal(set * 1e-15, set * 1e-15);
}

static void a_normal_matrix_has_nothing_to_remove(void **state)
{
    (void)state;
    begin(2, 1, 8, normal, NULL);
    check_sentence("sine, dense_default, 4 units, 2 seeds: RR, CR and CC are all empty: nothing to "
                   "remove, the "
                   "matrices are normal.");
    report_release(&report);
}

/* Infinite without RR in all networks, without CR in half of them. */
static struct job_result running_away(int case_index, int alpha, int set)
{
    (void)alpha;
    const double effects[] = {0.0, INFINITY, case_index % 2 == 0 ? INFINITY : 1.0, 2.0};
    return removal(effects[set], 0.5);
}

static void infinite_values_have_quantiles_and_verdicts(void **state)
{
    (void)state;
    begin(8, 1, 4, running_away, NULL);
    const struct sample_summary rr =
        summary_measure(summary_of_group(&report.summaries, 0, 0, 1), &MEASURE_DELTA_FVU)->sample;
    const struct sample_summary cr =
        summary_measure(summary_of_group(&report.summaries, 0, 0, 2), &MEASURE_DELTA_FVU)->sample;
    assert_int_equal(rr.n_infinite, 8);
    assert_true(isinf(rr.median) && isnan(rr.mean));
    assert_int_equal(cr.n_infinite, 4);
    assert_true(isinf(cr.median) && cr.q25 == 1.0);
    CHECK_NEAR(cr.mean, 1.0, 0.0);
    assert_int_equal(finding_of(&report, 0, 0, 1), FINDING_NEEDED);
    const struct comparison *const none_rr = &report.comparisons.rows[0];
    CHECK_NEAR(none_rr->p, 2.0 / 256, 0.0);
    assert_int_equal(comparison_verdict(none_rr), 1);
    /* RR against CR: 0 where both ran away. */
    const struct comparison *const rr_cr = &report.comparisons.rows[3];
    assert_int_equal(rr_cr->n, 8);
    CHECK_NEAR(rr_cr->p, 2.0 / 16, 0.0);
    assert_int_equal(rr_cr->direction, -1);
    report_release(&report);
}

int test_effect(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(empty_couplings_are_counted_apart),
        SCRATCH_TEST(changes_below_rounding_are_none),
        SCRATCH_TEST(what_was_found_is_said),
        SCRATCH_TEST(another_epsilon_is_another_verdict),
        SCRATCH_TEST(what_can_be_removed_together_is_said),
        SCRATCH_TEST(thresholds_that_disagree_are_named),
        SCRATCH_TEST(a_normal_matrix_has_nothing_to_remove),
        SCRATCH_TEST(infinite_values_have_quantiles_and_verdicts),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
