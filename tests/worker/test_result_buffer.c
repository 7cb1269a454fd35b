/* clock_gettime and H5Dwrite are wrapped: time passes when the test says so, and writes are
 * counted. */
#include "core/clock.h"
#include "worker/result_buffer.h"

#include "support/check.h"
#include "support/results_sample.h"
#include "support/scratch.h"
#include "support/soak.h"
#include "support/wrapped.h"

#include <hdf5.h>
#include <stdlib.h>
#include <time.h>

enum { JOBS = 12, FIELDS = 11 /* writes of one run of jobs */ };

static struct error error;
static struct sweep sweep;
static struct results *results;
static struct result_buffer buffer;

/* ---- what the linker wraps ----------------------------------------------------------------------
 */

WRAPPED(int, clock_gettime, (clockid_t clock, struct timespec *time), (clock, time))
WRAPPED(herr_t, H5Dwrite,
        (hid_t dataset, hid_t type, hid_t memory, hid_t space, hid_t transfer, const void *values),
        (dataset, type, memory, space, transfer, values))

static double now;
static int n_writes;
static bool broken; /* every write fails */

static int tell_time(clockid_t clock, struct timespec *time)
{
    assert_int_equal(clock, CLOCK_MONOTONIC);
    time->tv_sec = (time_t)now;
    time->tv_nsec = (long)((now - floor(now)) * 1e9);
    return 0;
}

static herr_t count_write(hid_t dataset, hid_t type, hid_t memory, hid_t space, hid_t transfer,
                          const void *values)
{
    n_writes++;
    return broken ? -1 : __real_H5Dwrite(dataset, type, memory, space, transfer, values);
}

static int set_up(void **state)
{
    (void)state;
    now = 1000.0;
    broken = false;
    sweep = sample_sweep(2, 3, 4);
    results = open_new_results(&sweep);
    CHECK_OK(result_buffer_create(&buffer, results, 1, JOBS, &error));
    n_writes = 0;
    return 0;
}

static int tear_down(void **state)
{
    result_buffer_release(&buffer);
    return close_new_results(&results, &sweep, state);
}

static void add(int job)
{
    const struct job_result result = sample_job(1, job);
    CHECK_OK(result_buffer_add(&buffer, job, &result, &error));
}

/* The jobs of that bit mask are in the file, and no others. */
static void check_written(unsigned mask)
{
    struct job_result *const jobs = read_jobs(results, NULL);
    for (int i = 0; i < 2 * JOBS; i++) {
        const struct job_result expected = sample_job(1, i - JOBS);
        if (i >= JOBS && (mask >> (i - JOBS) & 1u) != 0) {
            assert_true(same_job(&jobs[i], &expected));
        } else {
            assert_int_equal(jobs[i].state, JOB_PENDING);
        }
    }
    free(jobs);
}

/* ---- tests --------------------------------------------------------------------------------------
 */

static void jobs_wait_for_a_flush(void **state)
{
    (void)state;
    add(0);
    add(5);
    assert_int_equal(n_writes, 0);
    assert_int_equal(buffer.n_done, 0);
    CHECK_OK(result_buffer_flush(&buffer, &error));
    check_written(1u << 0 | 1u << 5);
    assert_int_equal(buffer.n_done, 2);
}

static void any_set_of_jobs_is_written(void **state)
{
    const unsigned step = 37U * (unsigned)every(5) | 1U; /* odd: bit 0 too */
    for (unsigned mask = 0; mask < 1u << JOBS; mask += step) {
        for (int job = 0; job < JOBS; job++) {
            if ((mask >> job & 1u) != 0) {
                add(job);
            }
        }
        CHECK_OK(result_buffer_flush(&buffer, &error));
        check_written(mask);
        assert_int_equal(buffer.n_done, __builtin_popcount(mask));
        assert_int_equal(buffer.n_ready, 0);
        (void)tear_down(state);
        (void)set_up(state);
    }
}

static void neighbours_are_written_together(void **state)
{
    (void)state;
    for (int job = 4; job < 12; job++) { /* two whole rows: one piece */
        add(job);
    }
    CHECK_OK(result_buffer_flush(&buffer, &error));
    assert_int_equal(n_writes, FIELDS);
}

static void the_order_of_adding_does_not_matter(void **state)
{
    (void)state;
    static const int ORDER[] = {7, 4, 6, 5};
    for (int i = 0; i < 4; i++) {
        add(ORDER[i]);
    }
    CHECK_OK(result_buffer_flush(&buffer, &error));
    assert_int_equal(n_writes, FIELDS);
    check_written(0xf0);
}

static void after_a_second_an_added_job_is_written_at_once(void **state)
{
    (void)state;
    now += 0.9;
    add(1);
    assert_int_equal(n_writes, 0);
    now += 0.2;
    add(8);
    check_written(1u << 1 | 1u << 8);
    const int before = n_writes;
    add(9); /* the second begins anew */
    assert_int_equal(n_writes, before);
    now += 1.1;
    add(3);
    check_written(1u << 1 | 1u << 3 | 1u << 8 | 1u << 9);
}

static void a_flush_of_nothing_writes_nothing(void **state)
{
    (void)state;
    CHECK_OK(result_buffer_flush(&buffer, &error));
    add(2);
    CHECK_OK(result_buffer_flush(&buffer, &error));
    const int before = n_writes;
    CHECK_OK(result_buffer_flush(&buffer, &error)); /* nothing is written twice */
    assert_int_equal(n_writes, before);
    assert_int_equal(buffer.n_done, 1);
}

static void a_job_added_twice_counts_once(void **state)
{
    (void)state;
    const struct job_result first = sample_job(0, 0);
    CHECK_OK(result_buffer_add(&buffer, 6, &first, &error));
    add(6); /* the later one stays */
    CHECK_OK(result_buffer_flush(&buffer, &error));
    check_written(1u << 6);
    assert_int_equal(buffer.n_done, 1);
    assert_int_equal(buffer.n_ready, 0);
}

static void done_and_failed_jobs_are_counted_apart(void **state)
{
    (void)state;
    const struct job_result failed = job_result_failed(STATUS_JOB_MODEL);
    add(0);
    CHECK_OK(result_buffer_add(&buffer, 1, &failed, &error));
    CHECK_OK(result_buffer_add(&buffer, 11, &failed, &error));
    CHECK_OK(result_buffer_flush(&buffer, &error));
    assert_int_equal(buffer.n_done, 1);
    assert_int_equal(buffer.n_failed, 2);
}

static void what_cannot_be_written_is_not_counted(void **state)
{
    (void)state;
    add(0);
    broken = true;
    CHECK_FAILS(result_buffer_flush(&buffer, &error), STATUS_IO, "cannot write fvu");
    assert_int_equal(buffer.n_done, 0);
    now += 2.0;
    const struct job_result result = sample_job(1, 1);
    CHECK_FAILS(result_buffer_add(&buffer, 1, &result, &error), STATUS_IO, "cannot write fvu");
}

static void a_release_writes_nothing(void **state)
{
    (void)state;
    add(0);
    result_buffer_release(&buffer);
    assert_int_equal(n_writes, 0);
    check_written(0);
    result_buffer_release(&buffer); /* again: nothing happens */
}

static void the_clock_counts_seconds(void **state)
{
    (void)state;
    now = 12.25;
    CHECK_NEAR(clock_seconds(), 12.25, 1e-9);
}

#define BUFFER_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int test_result_buffer(void)
{
    wrapped_clock_gettime = tell_time;
    wrapped_H5Dwrite = count_write;
    const struct CMUnitTest tests[] = {
        BUFFER_TEST(jobs_wait_for_a_flush),
        BUFFER_TEST(any_set_of_jobs_is_written),
        BUFFER_TEST(neighbours_are_written_together),
        BUFFER_TEST(the_order_of_adding_does_not_matter),
        BUFFER_TEST(after_a_second_an_added_job_is_written_at_once),
        BUFFER_TEST(a_flush_of_nothing_writes_nothing),
        BUFFER_TEST(a_job_added_twice_counts_once),
        BUFFER_TEST(done_and_failed_jobs_are_counted_apart),
        BUFFER_TEST(what_cannot_be_written_is_not_counted),
        BUFFER_TEST(a_release_writes_nothing),
        BUFFER_TEST(the_clock_counts_seconds),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
