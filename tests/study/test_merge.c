/* Studies put together. */
#include "study/merge.h"

#include "core/case_identity.h"
#include "kernel/diagnostics/diagnostic.h"
#include "study/shard.h"
#include "support/check.h"
#include "support/samples.h"

#include <stdio.h>
#include <stdlib.h>

enum { CASES = 7, PARTS = 3 };

static struct error error;
static struct sweep parts[PARTS];
static struct sweep merged;

static int create(void **state)
{
    (void)state;
    for (int p = 0; p < PARTS; p++) {
        char name[32];
        (void)snprintf(name, sizeof name, "part%d.h5", p);
        parts[p] = sample_sweep(CASES, 3, 4);
        set_text(&parts[p].output, name);
    }
    return 0;
}

static int release(void **state)
{
    (void)state;
    for (int p = 0; p < PARTS; p++) {
        sweep_release(&parts[p]);
    }
    return 0;
}

static enum status merge(int n_parts)
{
    const struct sweep *const list[] = {&parts[0], &parts[1], &parts[2]};
    return study_merge(&merged, list, n_parts, "all.h5", &error);
}

static void check_models(const int *expected, int count)
{
    assert_int_equal(merged.n_cases, count);
    for (int i = 0; i < count; i++) {
        char label[16];
        (void)snprintf(label, sizeof label, "m%d.h5", expected[i]);
        assert_string_equal(merged.models[merged.cases[i].model].label, label);
    }
}

/* In whatever order they are named, as long as they are wide enough for the widest of all. */
static void shards_stand_as_in_their_study(void **state)
{
    (void)state;
    const int numbers[PARTS] = {3, 1, 2};
    for (int p = 0; p < PARTS; p++) {
        sample_all_partitions(&parts[p]);
        CHECK_OK(shard_keep_cases(&parts[p], &(struct shard){numbers[p], PARTS}, &error));
    }
    CHECK_OK(merge(PARTS));
    check_models((const int[]){0, 1, 2, 3, 4, 5, 6}, CASES);
    assert_int_equal(merged.n_partitions, CASES + 2);
    assert_null(strstr(merged.canonical, "shard"));
    assert_non_null(strstr(merged.canonical, "alphas = 0.333333333333333"));
    sweep_release(&merged);
    CHECK_OK(merge(2)); /* two of three: no case of the third, but its width */
    check_models((const int[]){0, 2, 3, 5, 6}, 5);
    assert_int_equal(sweep_max_modes(&merged), CASES + 2);
    sweep_release(&merged);
}

static void others_stand_one_after_another_each_case_once(void **state)
{
    (void)state;
    sample_keep_cases(&parts[0], 4);
    set_text(&parts[1].models[5].identity, "ff"); /* of one name, and another network */
    CHECK_OK(merge(PARTS));
    check_models((const int[]){0, 1, 2, 3, 4, 5, 6, 5}, CASES + 1);
    sweep_release(&merged);
}

static void thresholds_sets_and_diagnostics_are_united(void **state)
{
    (void)state;
    parts[1].alphas[1] = 0.5;
    parts[2].n_ablations = 2;
    parts[2].ablations[1] = ABLATION_ORDER[7];
    sample_all_partitions(&parts[2]);
    parts[1].diagnostics[parts[1].n_diagnostics++] =
        (struct diagnostic_spec){.name = strdup("gn"), .params = {0}};
    CHECK_OK(merge(PARTS));
    assert_int_equal(merged.n_alphas, 4);
    for (int i = 1; i < merged.n_alphas; i++) {
        assert_true(merged.alphas[i] > merged.alphas[i - 1]);
    }
    assert_int_equal(merged.n_ablations, 5);
    assert_int_equal(merged.ablations[4], ABLATION_ORDER[7]);
    assert_int_equal(merged.n_diagnostics, parts[0].n_diagnostics + 1);
    assert_int_equal(merged.n_partitions, sweep_max_modes(&merged));
    sweep_release(&merged);
}

static void check_refused(const char *part)
{
    CHECK_FAILS(merge(2), STATUS_MISMATCH, part);
    assert_int_equal(strncmp(error.text, "part1.h5: cannot be merged: ", 28), 0);
}

static void what_cannot_stand_in_one_file_is_refused(void **state)
{
    (void)state;
    parts[1].of_pairs = true;
    CHECK_FAILS(merge(2), STATUS_MISMATCH, "part1.h5: a file of pairs cannot be merged");
    parts[1].of_pairs = false;
    parts[1].seed++;
    check_refused("task 'sine' has other trials");
    parts[1].seed--;
    parts[1].tasks[0].params[1] = 9;
    check_refused("task 'sine' has other trials");
    parts[1].tasks[0].params[1] = parts[0].tasks[0].params[1];
    set_text(&parts[1].models[0].identity, "ff"); /* a case that only this one has */
    parts[1].precision = PRECISION_FLOAT32;
    check_refused("precision of model 'm0.h5' on task 'sine' differs");
    parts[1].precision = PRECISION_FLOAT64;
    parts[1].team = (struct team_spec){2, 1, 1, 2, 16, false};
    check_refused("team of model");
    parts[1].team = parts[0].team;
    for (int p = 0; p < 2; p++) {
        parts[p].diagnostics[parts[p].n_diagnostics++] =
            (struct diagnostic_spec){.name = strdup("tolerance"), .params = {0.1 * (p + 1)}};
    }
    check_refused("diagnostics.tolerance.epsilon is 0.2, expected 0.1");
    parts[1].diagnostics[parts[1].n_diagnostics - 1].params[0] = 0.1;
    CHECK_OK(merge(2));
    sweep_release(&merged);
    parts[1].gauss_newton = GAUSS_NEWTON_SIGNS;
    check_refused("gauss_newton is probes, expected price");
}

#define MERGE_TEST(function) cmocka_unit_test_setup_teardown(function, create, release)

int test_merge(void)
{
    const struct CMUnitTest tests[] = {
        MERGE_TEST(shards_stand_as_in_their_study),
        MERGE_TEST(others_stand_one_after_another_each_case_once),
        MERGE_TEST(thresholds_sets_and_diagnostics_are_united),
        MERGE_TEST(what_cannot_stand_in_one_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
