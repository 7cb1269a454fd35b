#include "worker/worker.h"

#include "cases/cases.h"
#include "core/rng.h"
#include "kernel/diagnostics/diagnostic.h"
#include "store/model_file.h"
#include "support/check.h"
#include "support/models.h"
#include "support/results_sample.h"
#include "support/rollout_fault.h"
#include "support/scratch.h"
#include "support/stored_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    MODELS = 2,
    CASES = 2 * MODELS,
    REMOVALS = MODEL_SWEEP_REMOVALS, /* the first jobs of a case */
    DIAGNOSTICS_HERE = MODEL_SWEEP_DIAGNOSTICS,
    JOBS = MODEL_SWEEP_JOBS
};

static struct error error;
static struct sweep sweep;
static struct results *results;
static struct worker *worker;
static struct work_unit unit;

/* ---- set-up -------------------------------------------------------------------------------------
 */

static int set_up(void **state)
{
    (void)state;
    rollouts_lack_memory = false;
    sweep = model_sweep(MODELS);
    results = open_new_results(&sweep);
    CHECK_OK(worker_create(&worker, &sweep, results, "schursweep 0", NULL, &error));
    return 0;
}

static int tear_down(void **state)
{
    work_unit_release(&unit);
    worker_destroy(&worker);
    return close_new_results(&results, &sweep, state);
}

static void want(int32_t case_index, const bool *wanted)
{
    work_unit_release(&unit);
    CHECK_OK(work_unit_create(&unit, 77, WORK_SWEEP, case_index, JOBS, &error));
    for (int32_t job = 0; job < JOBS; job++) {
        if (wanted == NULL || wanted[job]) {
            work_unit_want(&unit, job);
        }
    }
}

static struct work_report run(void)
{
    struct work_report report;
    CHECK_OK(worker_run_unit(worker, &unit, NULL, &report, &error));
    assert_int_equal(report.unit, 77);
    assert_int_equal(report.status, STATUS_OK);
    assert_true(report.seconds >= 0.0);
    return report;
}

/* Removals of a case as the kernel gives them, without the worker. */
static void compute_jobs(int case_index, struct job_result *jobs, int *variants)
{
    struct experiment *experiment = NULL;
    CHECK_OK(cases_alone(&experiment, &sweep, &error));
    CHECK_OK(experiment->ops->open_model(experiment, case_index, &error));
    CHECK_OK(experiment->ops->open_trials(experiment, case_index, &error));
    for (int job = 0; job < REMOVALS; job++) {
        variants[job] = experiment->plan->variant_of_job[job];
        if (variants[job] == 0) {
            jobs[job] = experiment_full_result(experiment);
        } else {
            CHECK_OK(experiment_measure(experiment, &experiment->plan->variants[variants[job]], 1,
                                        &jobs[job], &error));
        }
    }
    experiment_destroy(experiment);
}

static bool same_values(const struct job_result *stored, struct job_result expected)
{
    expected.seconds = stored->seconds;
    return same_job(stored, &expected);
}

/* ---- done jobs ----------------------------------------------------------------------------------
 */

static void every_wanted_job_has_the_values_of_the_kernel(void **state)
{
    (void)state;
    for (int i = 0; i < CASES; i++) {
        struct job_result expected[REMOVALS];
        int variants[REMOVALS];
        compute_jobs(i, expected, variants);
        want(i, NULL);
        const struct work_report report = run();
        assert_int_equal(report.n_done, JOBS);
        assert_int_equal(report.n_failed, 0);
        struct job_result *const jobs = read_jobs(results, NULL);
        for (int job = 0; job < REMOVALS; job++) {
            assert_true(same_values(&jobs[i * REMOVALS + job], expected[job]));
        }
        for (int k = (i + 1) * REMOVALS; k < CASES * REMOVALS; k++) {
            assert_int_equal(jobs[k].state, JOB_PENDING);
        }
        free(jobs);
        check_case_message(results, i, "");
    }
}

/* Every variant that is wanted has its time in the first wanted job, and 0 in the others. */
static void check_seconds(const struct job_result *jobs, const int *variants, const bool *wanted)
{
    bool seen[REMOVALS + 1] = {false};
    for (int job = 0; job < REMOVALS; job++) {
        if (!wanted[job]) {
            assert_int_equal(jobs[job].state, JOB_PENDING);
            continue;
        }
        if (seen[variants[job]]) {
            CHECK_SAME(jobs[job].seconds, 0.0);
        } else {
            assert_true(jobs[job].seconds > 0.0);
        }
        seen[variants[job]] = true;
    }
}

static void any_set_of_jobs_gets_the_same_values_and_one_time_each(void **state)
{
    struct rng rng = rng_stream((struct rng_key){{3, 1}}, 0, 0);
    struct job_result expected[REMOVALS];
    int variants[REMOVALS];
    compute_jobs(1, expected, variants);
    for (int round = 0; round < 25; round++) {
        bool wanted[JOBS];
        int count = 0;
        for (int job = 0; job < JOBS; job++) {
            wanted[job] = rng_below(&rng, 3) == 0;
            count += wanted[job];
        }
        want(1, wanted);
        assert_int_equal(run().n_done, count);
        struct job_result *const jobs = read_jobs(results, NULL);
        for (int job = 0; job < REMOVALS; job++) {
            assert_true(!wanted[job] || same_values(&jobs[REMOVALS + job], expected[job]));
        }
        check_seconds(jobs + REMOVALS, variants, wanted);
        for (int d = 0; d < DIAGNOSTICS_HERE; d++) {
            assert_int_equal(stored_state(results, 1, d),
                             wanted[REMOVALS + d] ? JOB_DONE : JOB_PENDING);
        }
        free(jobs);
        (void)tear_down(state);
        (void)set_up(state);
    }
}

static void jobs_with_one_matrix_share_their_values(void **state)
{
    (void)state;
    struct job_result expected[REMOVALS];
    int variants[REMOVALS];
    int n_variants = 0;
    compute_jobs(0, expected, variants);
    for (int job = 0; job < REMOVALS; job++) {
        n_variants = variants[job] >= n_variants ? variants[job] + 1 : n_variants;
    }
    assert_true(n_variants < REMOVALS); /* or this test would show nothing */
    want(0, NULL);
    (void)run();
    struct job_result *const jobs = read_jobs(results, NULL);
    for (int job = 0; job < REMOVALS; job++) {
        for (int other = 0; other < job; other++) {
            assert_true(variants[job] != variants[other] || same_values(&jobs[job], jobs[other]));
        }
    }
    free(jobs);
}

static void a_work_unit_that_wants_nothing_writes_no_job(void **state)
{
    (void)state;
    static const bool NONE[JOBS];
    want(0, NONE);
    const struct work_report report = run();
    assert_int_equal(report.n_done + report.n_failed, 0);
    struct job_result *const jobs = read_jobs(results, NULL);
    for (int k = 0; k < CASES * REMOVALS; k++) {
        assert_int_equal(jobs[k].state, JOB_PENDING);
    }
    for (int k = 0; k < CASES * DIAGNOSTICS_HERE; k++) {
        assert_int_equal(stored_state(results, k / DIAGNOSTICS_HERE, k % DIAGNOSTICS_HERE),
                         JOB_PENDING);
    }
    free(jobs);
}

/* ---- failed jobs --------------------------------------------------------------------------------
 */

/* All removals of case `i` have failed for that reason, with a message that contains `part`, and
 * all diagnostics too or none. */
static void check_case_failed(int i, enum status reason, bool whole, const char *part)
{
    const struct job_result expected = job_result_failed(reason);
    want(i, NULL);
    const struct work_report report = run();
    assert_int_equal(report.n_done, whole ? 0 : DIAGNOSTICS_HERE);
    assert_int_equal(report.n_failed, whole ? JOBS : REMOVALS);
    struct job_result *const jobs = read_jobs(results, NULL);
    for (int job = 0; job < REMOVALS; job++) {
        assert_true(same_values(&jobs[i * REMOVALS + job], expected));
    }
    free(jobs);
    for (int d = 0; d < DIAGNOSTICS_HERE; d++) {
        if (whole) {
            check_failed_record(results, &sweep, i, d, reason);
        } else {
            assert_int_equal(stored_state(results, i, d), JOB_DONE);
        }
    }
    check_case_message(results, i, part);
}

/* The worker is none the worse for it. */
static void check_next_case(int i)
{
    want(i, NULL);
    assert_int_equal(run().n_done, JOBS);
}

static void rewrite_model(const struct model_recipe *recipe)
{
    struct network network;
    struct model_labels labels;
    put_model(model_path(&sweep, 0), recipe);
    CHECK_OK(model_file_read(model_path(&sweep, 0), &network, &labels, &error));
    CHECK_OK(network_hash(&network, &sweep.models[0].weights_hash, &error));
    network_release(&network);
}

static void a_model_whose_answers_overflow_fails(void **state)
{
    (void)state;
    const struct model_recipe recipe = {.n_hidden = 5, .output = 1e308};
    rewrite_model(&recipe);
    check_case_failed(0, STATUS_JOB_ROLLOUT_NONFINITE, false, "full");
    check_next_case(2);
}

static void a_model_whose_matrix_overflows_ends_in_done_or_failed_jobs(void **state)
{
    (void)state;
    const struct model_recipe recipe = {.n_hidden = 5, .scale = 1e308};
    rewrite_model(&recipe);
    want(0, NULL);
    const struct work_report report = run();
    assert_int_equal(report.n_done + report.n_failed, JOBS);
    check_next_case(2);
}

static void a_model_that_changed_since_the_study_fails(void **state)
{
    (void)state;
    const struct model_recipe recipe = {.n_hidden = 5, .seed = 1234};
    put_model(model_path(&sweep, 0), &recipe);
    check_case_failed(0, STATUS_JOB_MODEL, true,
                      "m0.h5: content has changed since the study began");
    check_next_case(2);
}

static void a_model_that_is_gone_fails(void **state)
{
    (void)state;
    assert_int_equal(unlink(model_path(&sweep, 0)), 0);
    check_case_failed(1, STATUS_JOB_MODEL, true, "m0.h5: No such file");
    check_next_case(3);
}

static void trials_that_are_gone_fail_their_case_alone(void **state)
{
    (void)state;
    drop_trials(model_path(&sweep, 0));
    check_case_failed(1, STATUS_JOB_MODEL, false, "m0.h5: no group /trials");
    check_next_case(0); /* the same model on another task */
    double radius[CASES];
    CHECK_OK(results_read(results, "spectral_radius", radius, &error));
    CHECK_SAME(radius[1], radius[0]); /* the spectral values are there all the same */
}

static void a_case_without_memory_fails_alone(void **state)
{
    (void)state;
    rollouts_lack_memory = true;
    check_case_failed(0, STATUS_JOB_MEMORY, false, "out of memory");
    rollouts_lack_memory = false;
    check_next_case(1);
}

static void only_the_wanted_jobs_of_a_failed_case_are_touched(void **state)
{
    (void)state;
    bool wanted[JOBS] = {false};
    wanted[3] = true;
    wanted[JOBS - 1] = true;
    assert_int_equal(unlink(model_path(&sweep, 0)), 0);
    want(0, wanted);
    const struct work_report report = run();
    assert_int_equal(report.n_failed, 2);
    struct job_result *const jobs = read_jobs(results, NULL);
    for (int job = 0; job < REMOVALS; job++) {
        assert_int_equal(jobs[job].state, wanted[job] ? JOB_FAILED : JOB_PENDING);
    }
    for (int d = 0; d < DIAGNOSTICS_HERE; d++) {
        assert_int_equal(stored_state(results, 0, d),
                         wanted[REMOVALS + d] ? JOB_FAILED : JOB_PENDING);
    }
    free(jobs);
}

static void the_cases_of_a_model_that_was_not_trained_fail_for_that_reason(void **state)
{
    (void)state;
    want(0, NULL);
    unit.failure = STATUS_JOB_TRAINING_DIVERGED;
    unit.message = strdup("m0: loss is nan at step 3");
    struct work_report report;
    CHECK_OK(worker_run_unit(worker, &unit, NULL, &report, &error));
    assert_int_equal(report.n_failed, JOBS);
    struct job_result *const jobs = read_jobs(results, NULL);
    assert_int_equal(jobs[0].error, STATUS_JOB_TRAINING_DIVERGED);
    check_failed_record(results, &sweep, 0, 0, STATUS_JOB_TRAINING_DIVERGED);
    check_case_message(results, 0, "m0: loss is nan at step 3");
    free(jobs);
}

static void a_failed_case_can_be_run_again(void **state)
{
    (void)state;
    file_copy(model_path(&sweep, 0), scratch_path("kept.h5"));
    assert_int_equal(unlink(model_path(&sweep, 0)), 0);
    check_case_failed(0, STATUS_JOB_MODEL, true, "No such file");
    file_copy(scratch_path("kept.h5"), model_path(&sweep, 0));
    check_next_case(0);
    assert_int_equal(stored_state(results, 0, 0), JOB_DONE);
    check_case_message(results, 0, "");
}

/* ---- what is no failure of a job ----------------------------------------------------------------
 */

static void a_work_unit_that_does_not_fit_is_an_internal_error(void **state)
{
    (void)state;
    struct work_report report;
    want(CASES, NULL);
    CHECK_FAILS(worker_run_unit(worker, &unit, NULL, &report, &error), STATUS_INTERNAL,
                "work unit 77 does not fit the sweep");
    want(0, NULL);
    unit.n_jobs--;
    CHECK_FAILS(worker_run_unit(worker, &unit, NULL, &report, &error), STATUS_INTERNAL,
                "does not fit");
    unit.n_jobs++;
    unit.failure = STATUS_IO; /* not one of a job */
    CHECK_FAILS(worker_run_unit(worker, &unit, NULL, &report, &error), STATUS_INTERNAL,
                "does not fit");
    want(0, NULL);
    unit.kind = WORK_TRAIN; /* a model that came from elsewhere */
    CHECK_FAILS(worker_run_unit(worker, &unit, NULL, &report, &error), STATUS_INTERNAL,
                "does not fit");
}

static void a_file_that_cannot_be_written_is_an_input_output_error(void **state)
{
    (void)state;
    struct work_report report;
    const struct schema schema = diagnostics_schema(&sweep);
    worker_destroy(&worker);
    CHECK_OK(results_close(&results, &error));
    CHECK_OK(results_open(&results, scratch_path("out.h5"), RESULTS_READ, &schema, &error));
    CHECK_OK(worker_create(&worker, &sweep, results, "", NULL, &error));
    want(0, NULL);
    CHECK_FAILS(worker_run_unit(worker, &unit, NULL, &report, &error), STATUS_IO,
                "out.h5: cannot write");
    assert_int_equal(report.n_done, 0);
}

#define WORKER_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int test_worker(void)
{
    const struct CMUnitTest tests[] = {
        WORKER_TEST(every_wanted_job_has_the_values_of_the_kernel),
        WORKER_TEST(any_set_of_jobs_gets_the_same_values_and_one_time_each),
        WORKER_TEST(jobs_with_one_matrix_share_their_values),
        WORKER_TEST(a_work_unit_that_wants_nothing_writes_no_job),
        WORKER_TEST(a_model_whose_answers_overflow_fails),
        WORKER_TEST(a_model_whose_matrix_overflows_ends_in_done_or_failed_jobs),
        WORKER_TEST(a_model_that_changed_since_the_study_fails),
        WORKER_TEST(a_model_that_is_gone_fails),
        WORKER_TEST(trials_that_are_gone_fail_their_case_alone),
        WORKER_TEST(a_case_without_memory_fails_alone),
        WORKER_TEST(only_the_wanted_jobs_of_a_failed_case_are_touched),
        WORKER_TEST(the_cases_of_a_model_that_was_not_trained_fail_for_that_reason),
        WORKER_TEST(a_failed_case_can_be_run_again),
        WORKER_TEST(a_work_unit_that_does_not_fit_is_an_internal_error),
        WORKER_TEST(a_file_that_cannot_be_written_is_an_input_output_error),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
