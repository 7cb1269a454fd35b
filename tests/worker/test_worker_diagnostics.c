/* Diagnostics are jobs: wanted, done, failed and redone each for itself. */
#include "cases/cases.h"
#include "kernel/diagnostics/diagnostic.h"
#include "support/check.h"
#include "support/failing_diagnostic.h"
#include "support/scratch.h"
#include "support/stored_record.h"
#include "support/worker_case.h"

#include <stdlib.h>

enum {
    SINE = 0, /* cases */
    OWN = 1,
    CASES = 2,
    REMOVALS = MODEL_SWEEP_REMOVALS, /* the first jobs of a case */
    FACTS = MODEL_SWEEP_DIAGNOSTICS,
    JOBS = MODEL_SWEEP_JOBS
};

static struct error error;
static struct worker_case test;
static struct work_unit unit;

static int set_up(void **state)
{
    (void)state;
    failing_diagnostic.name = NULL;
    worker_case_create(&test, NULL);
    return 0;
}

static int tear_down(void **state)
{
    work_unit_release(&unit);
    return worker_case_remove(&test, state);
}

/* All jobs of a case, or that one. */
static void want(int32_t case_index, const int *only)
{
    work_unit_release(&unit);
    CHECK_OK(work_unit_create(&unit, 77, WORK_SWEEP, case_index, JOBS, &error));
    for (int32_t job = 0; job < JOBS; job++) {
        if (only == NULL || *only == job) {
            work_unit_want(&unit, job);
        }
    }
}

static void want_alone(int32_t case_index, int job)
{
    want(case_index, &job);
}

static struct work_report run(void)
{
    struct work_report report;
    CHECK_OK(worker_run_unit(test.worker, &unit, NULL, &report, &error));
    assert_int_equal(report.status, STATUS_OK);
    return report;
}

/* A diagnostic of a case without the worker; released by record_destroy. */
static struct record *compute_record(int case_index, int diagnostic)
{
    const struct diagnostic_spec *const spec = &test.sweep.diagnostics[diagnostic];
    const struct diagnostic_ops *const ops = diagnostic_find(spec->name);
    struct experiment *experiment = NULL;
    struct record *record = NULL;
    CHECK_OK(cases_alone(&experiment, &test.sweep, &error));
    CHECK_OK(experiment->ops->open_model(experiment, case_index, &error));
    CHECK_OK(record_create(&record, ops->variables, &test.sweep, &error));
    CHECK_OK(ops->run(experiment, spec->params, record, &error));
    experiment_destroy(experiment);
    return record;
}

static void every_wanted_diagnostic_has_the_record_of_the_kernel(void **state)
{
    (void)state;
    for (int i = 0; i < CASES; i++) {
        want(i, NULL);
        assert_int_equal(run().n_done, JOBS);
        for (int d = 0; d < FACTS; d++) {
            struct record *expected = compute_record(i, d);
            assert_int_equal(stored_state(test.results, i, d), JOB_DONE);
            check_stored_record(test.results, &test.sweep, i, d, expected);
            record_destroy(&expected);
        }
    }
}

/* Without its trials, which nobody needs. */
static void a_work_unit_of_one_diagnostic_writes_only_that(void **state)
{
    (void)state;
    drop_trials(model_path(&test.sweep, 0));
    for (int d = FACTS - 1; d >= 0; d--) {
        want_alone(1, REMOVALS + d);
        const struct work_report report = run();
        assert_int_equal(report.n_done, 1);
        assert_int_equal(report.n_failed + report.n_absent, 0);
        for (int other = 0; other < FACTS; other++) {
            assert_int_equal(stored_state(test.results, 1, other),
                             other < d ? JOB_PENDING : JOB_DONE);
            assert_int_equal(stored_state(test.results, 0, other), JOB_PENDING);
        }
        if (d > 0) {
            check_no_record(test.results, &test.sweep, 1, 0);
        }
    }
    check_case_message(test.results, 1, "");
    struct job_result *const jobs = read_jobs(test.results, NULL);
    for (int k = 0; k < CASES * REMOVALS; k++) {
        assert_int_equal(jobs[k].state, JOB_PENDING);
    }
    free(jobs);
}

/* Of the model, and of the reference too; what it has filled in before does not stay. */
static void a_diagnostic_that_fails_is_failed_alone(void **state)
{
    for (int stage = DIAGNOSTIC_OF_MODEL; stage <= DIAGNOSTIC_OF_REFERENCE; stage++) {
        (void)tear_down(state);
        (void)set_up(state);
        failing_diagnostic =
            (struct failing_diagnostic){"splits", (enum diagnostic_stage)stage, STATUS_JOB_MEMORY};
        want(0, NULL);
        const struct work_report report = run();
        assert_int_equal(report.n_done, JOBS - 1);
        assert_int_equal(report.n_failed, 1);
        check_failed_record(test.results, &test.sweep, 0, 1, STATUS_JOB_MEMORY);
        assert_int_equal(stored_state(test.results, 0, 0), JOB_DONE);
        assert_int_equal(stored_state(test.results, 0, 2), JOB_DONE);
        check_case_message(test.results, 0, "no splits today");
    }
}

static void a_failed_diagnostic_can_be_run_again(void **state)
{
    (void)state;
    struct record *expected = compute_record(0, 1);
    failing_diagnostic =
        (struct failing_diagnostic){"splits", DIAGNOSTIC_OF_MODEL, STATUS_JOB_MEMORY};
    want_alone(0, REMOVALS + 1);
    assert_int_equal(run().n_failed, 1);
    failing_diagnostic.name = NULL;
    assert_int_equal(run().n_done, 1);
    assert_int_equal(stored_state(test.results, 0, 1), JOB_DONE);
    check_stored_record(test.results, &test.sweep, 0, 1, expected);
    check_case_message(test.results, 0, "");
    record_destroy(&expected);
}

static void a_diagnostic_that_goes_wrong_otherwise_ends_the_worker(void **state)
{
    (void)state;
    struct work_report report;
    failing_diagnostic = (struct failing_diagnostic){"splits", DIAGNOSTIC_OF_MODEL, STATUS_IO};
    want(0, NULL);
    CHECK_FAILS(worker_run_unit(test.worker, &unit, NULL, &report, &error), STATUS_IO,
                "no splits today");
    assert_int_equal(report.n_done, 1); /* the one before it */
    assert_int_equal(stored_state(test.results, 0, 1), JOB_PENDING);
}

/* It is run when the reference is there, and fails with it. */
static void a_diagnostic_of_the_reference_needs_the_trials(void **state)
{
    (void)state;
    failing_diagnostic = (struct failing_diagnostic){"splits", DIAGNOSTIC_OF_REFERENCE, STATUS_OK};
    want_alone(SINE, REMOVALS + 1);
    assert_int_equal(run().n_done, 1);
    assert_int_equal(stored_state(test.results, SINE, 1), JOB_DONE);
    drop_trials(model_path(&test.sweep, 0));
    want(OWN, NULL);
    const struct work_report report = run();
    assert_int_equal(report.n_done, FACTS - 1);
    assert_int_equal(report.n_failed, REMOVALS + 1);
    check_failed_record(test.results, &test.sweep, OWN, 1, STATUS_JOB_MODEL);
    check_case_message(test.results, OWN, "m0.h5: no group /trials");
}

#define DIAGNOSTIC_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int test_worker_diagnostics(void)
{
    const struct CMUnitTest tests[] = {
        DIAGNOSTIC_TEST(every_wanted_diagnostic_has_the_record_of_the_kernel),
        DIAGNOSTIC_TEST(a_work_unit_of_one_diagnostic_writes_only_that),
        DIAGNOSTIC_TEST(a_diagnostic_that_fails_is_failed_alone),
        DIAGNOSTIC_TEST(a_failed_diagnostic_can_be_run_again),
        DIAGNOSTIC_TEST(a_diagnostic_that_goes_wrong_otherwise_ends_the_worker),
        DIAGNOSTIC_TEST(a_diagnostic_of_the_reference_needs_the_trials),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
