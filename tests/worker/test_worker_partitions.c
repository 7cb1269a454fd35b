/* A worker on cases with all their partitions. */
#include "worker/worker.h"

#include "cases/cases.h"
#include "store/results_scan.h"
#include "support/check.h"
#include "support/models.h"
#include "support/results_sample.h"
#include "support/scratch.h"

#include <stdlib.h>

enum {
    MODELS = 2,
    CASES = 2 * MODELS,
    SETS = ABLATION_SET_COUNT,
    ALPHAS = MODEL_SWEEP_ALPHAS,
    PARTITIONS = 6, /* units of the widest model */
    REMOVALS = (ALPHAS + PARTITIONS) * SETS,
    JOBS = REMOVALS + MODEL_SWEEP_DIAGNOSTICS
};

static struct error error;
static struct sweep sweep;
static struct results *results;
static struct worker *worker;

static int set_up(void **state)
{
    (void)state;
    sweep = model_sweep(MODELS);
    sample_all_partitions(&sweep);
    assert_int_equal(sweep.n_partitions, PARTITIONS);
    results = open_new_results(&sweep);
    CHECK_OK(worker_create(&worker, &sweep, results, "schursweep 0", NULL, &error));
    return 0;
}

static int tear_down(void **state)
{
    worker_destroy(&worker);
    return close_new_results(&results, &sweep, state);
}

/* Jobs first .. end of a case, or their failure. */
static struct work_report run(int case_index, int first, int end, enum status failure)
{
    struct work_unit unit;
    struct work_report report;
    CHECK_OK(work_unit_create(&unit, 5, WORK_SWEEP, case_index, JOBS, &error));
    unit.failure = failure;
    for (int job = first; job < end; job++) {
        work_unit_want(&unit, job);
    }
    CHECK_OK(worker_run_unit(worker, &unit, NULL, &report, &error));
    assert_int_equal(report.n_done + report.n_failed + report.n_absent, end - first);
    work_unit_release(&unit);
    return report;
}

/* A case with its plan, released by experiment_destroy. */
static struct experiment *load(int case_index)
{
    struct experiment *experiment = NULL;
    CHECK_OK(cases_alone(&experiment, &sweep, &error));
    CHECK_OK(experiment->ops->open_model(experiment, case_index, &error));
    return experiment;
}

static void check_scan(int64_t n_done, int64_t n_failed, int64_t n_absent)
{
    struct results_scan scan;
    CHECK_OK(results_scan_create(&scan, results, false, &error));
    assert_int_equal(scan.n_done, n_done);
    assert_int_equal(scan.n_failed, n_failed);
    assert_int_equal(scan.n_absent, n_absent);
    assert_int_equal(scan.n_damaged, 0);
    results_scan_release(&scan);
}

static bool same_values(const struct job_result *a, struct job_result b)
{
    b.seconds = a->seconds;
    return same_job(a, &b);
}

static void an_alpha_has_the_jobs_of_its_partition(void **state)
{
    (void)state;
    struct experiment *const experiment = load(3);
    const struct ablation_plan *const plan = experiment->plan;
    const struct work_report report = run(3, 0, JOBS, STATUS_OK);
    assert_int_equal(report.n_absent, (PARTITIONS - plan->n_partitions) * SETS);
    assert_int_equal(report.n_failed, 0);
    struct job_result *const all = read_jobs(results, NULL);
    const struct job_result *const jobs = all + 3 * REMOVALS;
    int n_compared = 0;
    for (int i = 0; i < ALPHAS * SETS; i++) {
        for (int job = ALPHAS * SETS; job < REMOVALS; job++) {
            if (plan->variant_of_job[i] == plan->variant_of_job[job]) {
                assert_true(same_values(&jobs[i], jobs[job]));
                CHECK_SAME(jobs[job].seconds, 0.0); /* the alpha comes first */
                n_compared++;
            }
        }
    }
    assert_true(n_compared >= ALPHAS * SETS);
    free(all);
    experiment_destroy(experiment);
}

static void the_case_says_which_partitions_it_has(void **state)
{
    (void)state;
    double low[CASES * PARTITIONS];
    double high[CASES * PARTITIONS];
    int32_t dims[CASES * PARTITIONS];
    struct experiment *const experiment = load(1);
    const struct ablation_plan *const plan = experiment->plan;
    (void)run(1, REMOVALS, JOBS, STATUS_OK);
    CHECK_OK(results_read(results, "alpha_low", low, &error));
    CHECK_OK(results_read(results, "alpha_high", high, &error));
    CHECK_OK(results_read(results, "partition_n_r", dims, &error));
    assert_in_range(plan->n_partitions, 2, PARTITIONS - 1);
    for (int p = 0; p < PARTITIONS; p++) {
        const int place = 1 * PARTITIONS + p;
        if (p < plan->n_partitions) {
            CHECK_SAME(low[place], plan->partitions[p].alpha_low);
            CHECK_SAME(high[place], plan->partitions[p].alpha_high);
            assert_int_equal(dims[place], plan->partitions[p].n_r);
        } else {
            assert_true(isnan(low[place]) && isnan(high[place]));
            assert_int_equal(dims[place], -1);
        }
    }
    experiment_destroy(experiment);
}

/* Parts of a case are run by several workers: each has its own share of what is not there. */
static void every_part_counts_its_own_absent_jobs(void **state)
{
    (void)state;
    struct experiment *const experiment = load(0);
    const int n_there = (ALPHAS + experiment->plan->n_partitions) * SETS;
    int64_t n_absent = 0;
    int64_t n_expected = 0;
    int64_t n_done = 0;
    for (int first = 0; first < JOBS; first += SETS + 3) {
        const int end = first + SETS + 3 < JOBS ? first + SETS + 3 : JOBS;
        const struct work_report report = run(0, first, end, STATUS_OK);
        n_done += report.n_done;
        n_absent += report.n_absent;
        for (int job = first; job < end; job++) {
            n_expected += job >= n_there && job < REMOVALS;
        }
        assert_int_equal(n_absent, n_expected);
    }
    assert_int_equal(n_done, n_there + MODEL_SWEEP_DIAGNOSTICS);
    assert_int_equal(n_done + n_absent, JOBS);
    experiment_destroy(experiment);
}

static void nothing_is_left_of_a_failure_where_no_partition_is(void **state)
{
    (void)state;
    struct experiment *const experiment = load(0);
    const int n_modes = sweep.models[0].n_hidden;
    const int n_partitions = experiment->plan->n_partitions;
    const int n_wanted = (ALPHAS + n_modes) * SETS; /* nobody asks for more */
    assert_true(n_partitions < n_modes);
    const struct work_report failed = run(0, 0, n_wanted, STATUS_JOB_CRASHED);
    assert_int_equal(failed.n_failed, n_wanted);
    const int64_t n_beyond = (PARTITIONS - n_modes) * SETS * 2; /* of both cases of model 0 */
    check_scan(0, n_wanted, n_beyond);
    const struct work_report done = run(0, 0, n_wanted, STATUS_OK);
    assert_int_equal(done.n_absent, (n_modes - n_partitions) * SETS);
    check_scan(done.n_done, 0, n_beyond); /* nobody has told how many partitions there are */
    const struct work_report told = run(0, REMOVALS, JOBS, STATUS_OK);
    check_scan(done.n_done + told.n_done, 0, n_beyond + done.n_absent);
    uint64_t *checksums = NULL;
    struct job_result *const jobs = read_jobs(results, &checksums);
    const struct job_result absent = job_result_absent();
    for (int job = (ALPHAS + n_partitions) * SETS; job < REMOVALS; job++) {
        assert_true(same_job(&jobs[job], &absent));
        assert_true(checksums[job] == 0);
    }
    free(jobs);
    free(checksums);
    experiment_destroy(experiment);
}

#define WORKER_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int test_worker_partitions(void)
{
    const struct CMUnitTest tests[] = {
        WORKER_TEST(an_alpha_has_the_jobs_of_its_partition),
        WORKER_TEST(the_case_says_which_partitions_it_has),
        WORKER_TEST(every_part_counts_its_own_absent_jobs),
        WORKER_TEST(nothing_is_left_of_a_failure_where_no_partition_is),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
