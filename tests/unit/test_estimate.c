#include "cli/estimate.h"

#include "support/check.h"
#include "support/models.h"
#include "support/samples.h"
#include "support/scratch.h"
#include "worker/case_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MODELS = 2, CASES = 2 * MODELS };

static struct error error;
static struct sweep sweep;
static struct estimate estimate;
static unsigned char missing[CASES]; /* the sweep lists as many models as cases */

static int set_up(void **state)
{
    (void)state;
    sweep = model_sweep(MODELS);
    memset(missing, 0, sizeof missing);
    return 0;
}

static int tear_down(void **state)
{
    estimate_release(&estimate);
    sweep_release(&sweep);
    return scratch_clear(state);
}

static void make_estimate(void)
{
    CHECK_OK(estimate_create(&estimate, &sweep, missing, &error));
}

static void a_case_counts_its_distinct_matrices(void **state)
{
    (void)state;
    int total = 0;
    struct case_data data = case_data_begin(&sweep);
    make_estimate();
    for (int i = 0; i < CASES; i++) {
        CHECK_OK(case_data_load_model(&data, i, &error));
        assert_int_equal(estimate.cases[i].n_rollouts, data.decomposition.plan.n_variants);
        assert_false(estimate.cases[i].is_bound);
        total += estimate.cases[i].n_rollouts;
    }
    assert_int_equal(estimate.n_rollouts, total);
    assert_true(total < CASES * MODEL_SWEEP_JOBS); /* some matrices are shared */
    assert_int_equal(estimate.n_missing, 0);
    CHECK_SAME(estimate.training_seconds, 0.0);
    case_data_release(&data);
}

static void the_schur_form_counts_once_per_model(void **state)
{
    (void)state;
    double total = 0.0;
    make_estimate();
    for (int i = 0; i < CASES; i++) {
        assert_int_equal(estimate.cases[i].schur_seconds > 0.0, i % 2 == 0);
        assert_true(estimate.cases[i].seconds > estimate.cases[i].schur_seconds);
        total += estimate.cases[i].seconds;
    }
    CHECK_NEAR(estimate.seconds, total, 1e-9 * total);
}

static void memory_is_that_of_the_largest_case(void **state)
{
    (void)state;
    int64_t largest = 0;
    make_estimate();
    for (int i = 0; i < CASES; i++) {
        const int64_t n = 5 + i / 2;
        assert_true(estimate.cases[i].memory > 8 * 8 * n * n);
        assert_true(estimate.cases[i].memory < 10000000);
        largest = estimate.cases[i].memory > largest ? estimate.cases[i].memory : largest;
    }
    assert_int_equal(estimate.worker_memory, largest);
}

static void a_model_that_fails_counts_nothing(void **state)
{
    (void)state;
    assert_int_equal(unlink(model_path(&sweep, 0)), 0);
    make_estimate();
    for (int i = 0; i < CASES; i++) {
        assert_int_equal(estimate.cases[i].n_rollouts > 0, i >= 2);
    }
}

static void the_file_is_about_as_large_as_foretold(void **state)
{
    (void)state;
    struct stat info;
    estimate_release(&estimate);
    sweep_release(&sweep);
    sweep = sample_sweep(300, 20, 8);
    static unsigned char all[300];
    memset(all, 1, sizeof all);
    for (int i = 0; i < 300; i++) {
        sweep.models[i].n_hidden = 6;
        sweep.models[i].is_trained = true;
        sweep.models[i].training = (struct training_spec){
            .construction = "dense_default",
            .recipe = {.base = "tail", .steps = 10, .batch = 2, .rate = 1e-3, .clip = 1.0}};
    }
    sample_results(scratch_path("out.h5"), &sweep);
    CHECK_OK(estimate_create(&estimate, &sweep, all, &error));
    assert_int_equal(stat(scratch_path("out.h5"), &info), 0);
    CHECK_NEAR((double)estimate.file_bytes / (double)info.st_size, 1.0, 0.1);
}

static void a_missing_model_counts_what_it_can_have_at_most(void **state)
{
    (void)state;
    missing[1] = 1;
    sweep.models[1].is_trained = true;
    sweep.models[1].training = (struct training_spec){
        .construction = "dense_default",
        .recipe = {.base = "tail", .steps = 1000, .batch = 8, .rate = 1e-3, .clip = 1.0}};
    sweep.n_cases = 3; /* the last case has trials of its own, which no model to train has */
    assert_int_equal(unlink(model_path(&sweep, 1)), 0);
    make_estimate();
    assert_int_equal(estimate.n_missing, 1);
    assert_true(estimate.training_seconds > 0.0);
    assert_true(estimate.cases[2].is_bound);
    assert_false(estimate.cases[0].is_bound);
    /* The full model, all couplings removed, and six sets at each threshold. */
    assert_int_equal(estimate.cases[2].n_rollouts, 2 + 6 * MODEL_SWEEP_ALPHAS);
    assert_true(estimate.cases[2].n_rollouts >= estimate.cases[0].n_rollouts);
    sweep.n_cases = CASES;
}

#define ESTIMATE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ESTIMATE_TEST(a_case_counts_its_distinct_matrices),
        ESTIMATE_TEST(the_schur_form_counts_once_per_model),
        ESTIMATE_TEST(memory_is_that_of_the_largest_case),
        ESTIMATE_TEST(a_model_that_fails_counts_nothing),
        ESTIMATE_TEST(the_file_is_about_as_large_as_foretold),
        ESTIMATE_TEST(a_missing_model_counts_what_it_can_have_at_most),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
