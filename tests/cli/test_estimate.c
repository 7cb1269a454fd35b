#include "cli/estimate.h"

#include "cases/cases.h"
#include "support/check.h"
#include "support/models.h"
#include "support/samples.h"
#include "support/scratch.h"

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
    struct experiment *experiment = NULL;
    CHECK_OK(cases_alone(&experiment, &sweep, &error));
    make_estimate();
    for (int i = 0; i < CASES; i++) {
        CHECK_OK(experiment->ops->open_model(experiment, i, &error));
        assert_int_equal(estimate.cases[i].n_rollouts, experiment->plan->n_variants);
        assert_false(estimate.cases[i].is_bound);
        total += estimate.cases[i].n_rollouts;
    }
    assert_int_equal(estimate.n_rollouts, total);
    assert_true(total < CASES * MODEL_SWEEP_JOBS); /* some matrices are shared */
    assert_int_equal(estimate.n_missing, 0);
    CHECK_SAME(estimate.training_seconds, 0.0);
    experiment_destroy(experiment);
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
        assert_true(estimate.cases[i].memory > 6 * 8 * n * n);
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
            .cell = CELL_DEFAULT,
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
        .cell = CELL_DEFAULT,
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

static void all_partitions_count_their_matrices(void **state)
{
    (void)state;
    sweep.n_partitions = sweep_max_modes(&sweep);
    struct experiment *experiment = NULL;
    CHECK_OK(cases_alone(&experiment, &sweep, &error));
    make_estimate();
    for (int i = 0; i < CASES; i++) {
        CHECK_OK(experiment->ops->open_model(experiment, i, &error));
        const struct ablation_plan *const plan = experiment->plan;
        assert_int_equal(estimate.cases[i].n_rollouts, plan->n_variants);
        assert_true(plan->n_partitions > 1);
    }
    experiment_destroy(experiment);
}

/* ---- the bound for models to be trained ---------------------------------------------------------
 */

enum { MAX_WIDTH = 8 };

/* Couplings of real eigenvalues that a set removes after k of them: a bit for each pair. */
static uint32_t removed_pairs(int n, int k, ablation_set set)
{
    uint32_t pairs = 0;
    int bit = 0;
    for (int row = 0; row < n; row++) {
        for (int column = row + 1; column < n; column++, bit++) {
            const enum coupling coupling = column < k ? COUPLING_RR
                                           : row < k  ? COUPLING_CR
                                                      : COUPLING_CC;
            pairs |= (uint32_t)(set >> coupling & 1u) << bit;
        }
    }
    return pairs;
}

/* Distinct matrices of all partitions of n real eigenvalues, the full one among them. */
static int count_matrices(int n, const ablation_set *sets, int n_sets)
{
    uint32_t found[1 + MAX_WIDTH * ABLATION_SET_COUNT] = {0};
    int count = 1;
    for (int k = 1; k <= n; k++) {
        for (int s = 0; s < n_sets; s++) {
            const uint32_t pairs = removed_pairs(n, k, sets[s]);
            int i = 0;
            while (i < count && found[i] != pairs) {
                i++;
            }
            found[i] = pairs;
            count += i == count;
        }
    }
    return count;
}

/* `none` and those of the others whose bit is set. */
static int pick_sets(unsigned picked, ablation_set sets[ABLATION_SET_COUNT])
{
    int count = 0;
    for (int s = 0; s < ABLATION_SET_COUNT; s++) {
        if (s == 0 || (picked >> (s - 1) & 1u) != 0) {
            sets[count++] = ABLATION_ORDER[s];
        }
    }
    return count;
}

static void use_models_to_train(void)
{
    estimate_release(&estimate);
    sweep_release(&sweep);
    sweep = sample_sweep(MAX_WIDTH, 2, ABLATION_SET_COUNT);
    for (int i = 0; i < MAX_WIDTH; i++) {
        sweep.models[i].n_hidden = 1 + i;
        sweep.models[i].is_trained = true;
        sweep.models[i].training = (struct training_spec){
            .cell = CELL_DEFAULT,
            .construction = "dense_default",
            .recipe = {.base = "tail", .steps = 10, .batch = 2, .rate = 1e-3, .clip = 1.0}};
    }
    sweep.n_partitions = MAX_WIDTH;
}

/* For every choice of sets: exactly what brute force counts for a model without zeros and ties. */
static void the_bound_of_all_partitions_is_reached(void **state)
{
    (void)state;
    static unsigned char all[MAX_WIDTH];
    memset(all, 1, sizeof all);
    use_models_to_train();
    for (unsigned picked = 0; picked < 1u << (ABLATION_SET_COUNT - 1); picked++) {
        sweep.n_ablations = pick_sets(picked, sweep.ablations);
        CHECK_OK(estimate_create(&estimate, &sweep, all, &error));
        for (int i = 0; i < MAX_WIDTH; i++) {
            assert_true(estimate.cases[i].is_bound);
            assert_int_equal(estimate.cases[i].n_rollouts,
                             count_matrices(1 + i, sweep.ablations, sweep.n_ablations));
        }
        estimate_release(&estimate);
    }
    assert_int_equal(count_matrices(MAX_WIDTH, ABLATION_ORDER, ABLATION_SET_COUNT),
                     6 * MAX_WIDTH - 12);
}

/* ---- models shared by a team --------------------------------------------------------------------
 */

static double rollout_seconds_of(int case_index)
{
    const struct case_estimate *const item = &estimate.cases[case_index];
    return (item->seconds - item->schur_seconds) / item->n_rollouts;
}

/* The last of them would need 32 GiB of weights and as much packed. */
static void the_rollouts_of_wide_models_are_timed_at_one_width(void **state)
{
    (void)state;
    static const int WIDTHS[] = {4096, 8192, 65536};
    enum { WIDE = sizeof WIDTHS / sizeof WIDTHS[0] };
    sweep_release(&sweep);
    sweep = sample_sweep(WIDE, 2, ABLATION_SET_COUNT);
    sweep.team = (struct team_spec){
        .n_ranks = 4, .from_hidden = 4096, .n_rows = 2, .n_cols = 2, .block = 64};
    for (int i = 0; i < WIDE; i++) {
        sweep.models[i].n_hidden = WIDTHS[i];
    }
    make_estimate();
    for (int i = 0; i < WIDE; i++) {
        const double ratio = WIDTHS[i] / 4096.0;
        assert_true(estimate.cases[i].is_bound);
        assert_true(rollout_seconds_of(0) > 0.0);
        CHECK_NEAR(rollout_seconds_of(i) / rollout_seconds_of(0), ratio * ratio, 1e-3);
        assert_true((double)estimate.cases[i].memory > 8.0 / 4.0 * WIDTHS[i] * WIDTHS[i]);
    }
}

#define ESTIMATE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int test_estimate(void)
{
    const struct CMUnitTest tests[] = {
        ESTIMATE_TEST(a_case_counts_its_distinct_matrices),
        ESTIMATE_TEST(the_schur_form_counts_once_per_model),
        ESTIMATE_TEST(memory_is_that_of_the_largest_case),
        ESTIMATE_TEST(a_model_that_fails_counts_nothing),
        ESTIMATE_TEST(the_file_is_about_as_large_as_foretold),
        ESTIMATE_TEST(all_partitions_count_their_matrices),
        ESTIMATE_TEST(the_bound_of_all_partitions_is_reached),
        ESTIMATE_TEST(the_rollouts_of_wide_models_are_timed_at_one_width),
        ESTIMATE_TEST(a_missing_model_counts_what_it_can_have_at_most),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
