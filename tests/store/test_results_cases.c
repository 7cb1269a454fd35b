#include "store/results_cases.h"

#include "store/results_scan.h"
#include "support/check.h"
#include "support/results_sample.h"
#include "support/scratch.h"

#include <stdlib.h>

enum {
    CASES = 5,
    ALPHAS = 3,
    SETS = 2,
    PARTITIONS = 7, /* units of the widest model */
    JOBS = (ALPHAS + PARTITIONS) * SETS
};

static struct error error;
static struct results_sample sample = {.n_cases = CASES,
                                       .n_alphas = ALPHAS,
                                       .n_ablations = SETS,
                                       .with_values = true,
                                       .with_profile = true};

/* Jobs of a case that its model has; with its values damaged nobody knows its partitions. */
static int count_jobs(int case_index, bool is_damaged)
{
    const int n_hidden = sample.sweep.models[case_index].n_hidden;
    return (ALPHAS + (is_damaged ? n_hidden : sample_partitions(case_index))) * SETS;
}

/* Every job is done, every case has its values. */
static int create_sample(void **state)
{
    (void)results_sample_create(state);
    results_sample_write_all_jobs(&sample);
    return 0;
}

/* Changes one byte of a variable behind the back of the store: its first element of that case. */
static void change(enum variable_id id, int case_index, unsigned char mask)
{
    const size_t size = value_size(VARIABLES[id].type);
    const size_t place = results_count(&sample.results, id) / CASES * (size_t)case_index * size;
    unsigned char *const bytes = results_sample_load(&sample, id);
    bytes[place] ^= mask;
    results_sample_save(&sample, id, bytes);
}

/* That case is damaged, or none with -1; its done jobs do not count. */
static void check_damaged(int expected)
{
    unsigned char *damaged = NULL;
    struct results_scan scan;
    int n_done = 0;
    for (int i = 0; i < CASES; i++) {
        n_done += i != expected ? count_jobs(i, false) : 0;
    }
    CHECK_OK(results_find_damaged_cases(&sample.results, &damaged, &error));
    CHECK_OK(results_scan_create(&scan, &sample.results, false, &error));
    assert_int_equal(scan.n_done, n_done);
    assert_int_equal(scan.n_damaged, expected < 0 ? 0 : count_jobs(expected, false));
    assert_int_equal(scan.n_pending, expected < 0 ? 0 : count_jobs(expected, true));
    for (int i = 0; i < CASES; i++) {
        assert_int_equal(damaged[i], i == expected);
        assert_int_equal(scan.final[i * JOBS], i != expected);
    }
    results_scan_release(&scan);
    free(damaged);
}

static void any_changed_value_is_found(void **state)
{
    (void)state;
    static const enum variable_id IDS[] = {
        VAR_SPECTRAL_RADIUS, VAR_NONNORMALITY,  VAR_SCHUR_RESIDUAL, VAR_ORTHOGONALITY_LOSS,
        VAR_MODULUS_GAP,     VAR_WEIGHTS_HASH,  VAR_CONVERGED,      VAR_TRAIN_METRIC,
        VAR_TRAIN_LOSS,      VAR_TRAIN_STEPS,   VAR_CASE_CHECKSUM,  VAR_N_R,
        VAR_ALPHA_GAP,       VAR_COUPLING_MASS, VAR_EIGENVALUE_RE,  VAR_EIGENVALUE_IM,
        VAR_ALPHA_LOW,       VAR_ALPHA_HIGH,    VAR_PARTITION_N_R,  VAR_SCHUR_ROUTE};
    check_damaged(-1);
    for (size_t k = 0; k < sizeof IDS / sizeof IDS[0]; k++) {
        const int i = (int)k % CASES;
        const unsigned char mask = (unsigned char)(1u << k % 8);
        change(IDS[k], i, mask);
        check_damaged(i);
        change(IDS[k], i, mask);
        check_damaged(-1);
    }
}

static void times_are_not_covered(void **state)
{
    (void)state;
    change(VAR_TRAIN_SECONDS, 2, 1);
    check_damaged(-1);
}

static void a_width_that_no_case_has_is_damage(void **state)
{
    (void)state;
    change(VAR_HIDDEN, 4, 64);
    check_damaged(4);
}

static void a_case_that_was_never_written_is_damaged(void **state)
{
    (void)state;
    change(VAR_CASE_STATE, 1, JOB_PENDING ^ JOB_DONE);
    check_damaged(1);
    change(VAR_CASE_STATE, 1, JOB_PENDING ^ JOB_FAILED); /* later jobs of a case may fail */
    check_damaged(-1);
}

static void the_values_of_another_case_are_damage(void **state)
{
    (void)state;
    uint64_t checksums[CASES];
    CHECK_OK(results_read(&sample.results, VAR_CASE_CHECKSUM, checksums, &error));
    for (int i = 0; i < CASES; i++) {
        for (int other = 0; other < i; other++) {
            assert_true(checksums[i] != checksums[other]);
        }
    }
}

static void failed_jobs_need_no_values_of_their_case(void **state)
{
    (void)state;
    struct results_scan scan;
    struct job_result failed[JOBS];
    const int n_jobs = count_jobs(2, true);
    for (int job = 0; job < n_jobs; job++) {
        failed[job] = job_result_failed(STATUS_JOB_MODEL);
    }
    CHECK_OK(results_write_jobs(&sample.results, 2, 0, failed, n_jobs, &error));
    change(VAR_SPECTRAL_RADIUS, 2, 1);
    CHECK_OK(results_scan_create(&scan, &sample.results, false, &error));
    assert_int_equal(scan.n_failed, n_jobs);
    assert_int_equal(scan.n_damaged, 0);
    assert_int_equal(scan.final[2 * JOBS], 1);
    results_scan_release(&scan);
}

#define CASE_TEST(function)                                                                        \
    cmocka_unit_test_prestate_setup_teardown(function, create_sample, results_sample_remove,       \
                                             &sample)

int test_results_cases(void)
{
    const struct CMUnitTest tests[] = {
        CASE_TEST(any_changed_value_is_found),
        CASE_TEST(times_are_not_covered),
        CASE_TEST(a_width_that_no_case_has_is_damage),
        CASE_TEST(a_case_that_was_never_written_is_damaged),
        CASE_TEST(the_values_of_another_case_are_damage),
        CASE_TEST(failed_jobs_need_no_values_of_their_case),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
