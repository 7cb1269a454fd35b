/* A scan beside a run that writes: between any two reads of the one something is written by the
 * other, whole jobs and pieces of them, and no job ever seems damaged. */
#include "store/results_scan.h"

#include "support/check.h"
#include "support/results_sample.h"
#include "support/scratch.h"
#include "support/soak.h"
#include "support/watched_writes.h"
#include "support/wrapped.h"

#include <stdio.h>
#include <string.h>

enum { CASES = 3, ALPHAS = 2, SETS = 4, TABLES = 3 };

WRAPPED(herr_t, H5Dread,
        (hid_t dataset, hid_t type, hid_t memory, hid_t space, hid_t transfer, void *values),
        (dataset, type, memory, space, transfer, values))

static struct error error;
static struct results_sample sample = {.n_cases = CASES,
                                       .n_alphas = ALPHAS,
                                       .n_ablations = SETS,
                                       .with_records = false,
                                       .with_partitions = true};

static int n_reads;
static int begin_at;      /* the read before which the writing begins */
static int n_writes_then; /* of its writes that happen then; the others come */
static int gap;           /* so many reads later */
static void (*write_something)(void);

static herr_t read_beside_writer(hid_t dataset, hid_t type, hid_t memory, hid_t space,
                                 hid_t transfer, void *values)
{
    const int number = n_reads++;
    if (number == begin_at || number == begin_at + gap) {
        wrapped_H5Dread = __real_H5Dread;
        watch_writes(number == begin_at ? n_writes_then : NEVER);
        write_something();
        watch_writes(NEVER);
        wrapped_H5Dread = read_beside_writer;
    }
    return __real_H5Dread(dataset, type, memory, space, transfer, values);
}

static int n_moments; /* so far; at each other values are written than before */

static void write_jobs(void)
{
    struct error ignored;
    for (int64_t job = 1; job < ALPHAS * SETS; job += 3) {
        const struct job_result result = sample_job(n_moments % 2, job);
        (void)!results_write_jobs(sample.results, 1, job, &result, 1, &ignored);
    }
    const int64_t of_partition = ALPHAS * SETS + 2;
    const struct job_result result = sample_job(n_moments % 2, of_partition);
    (void)!results_write_jobs(sample.results, 1, of_partition, &result, 1, &ignored);
}

static void write_records(void)
{
    struct error ignored;
    for (int table = 0; table < TABLES; table++) {
        struct record *record = sample_record(&sample.sweep, &sample.schema, table, n_moments % 2);
        (void)!results_write_record(sample.results, table, 2, record, STATUS_OK, &ignored);
        record_destroy(&record);
    }
}

/* Scans beside the writer, which begins before read number `at`; whether it has begun. */
static bool scan_beside(int at, int n_writes_first)
{
    struct results_scan scan;
    n_reads = 0;
    begin_at = at;
    n_writes_then = n_writes_first;
    wrapped_H5Dread = read_beside_writer;
    CHECK_OK(results_scan_create(&scan, sample.results, false, &error));
    wrapped_H5Dread = __real_H5Dread;
    assert_int_equal(scan.n_damaged, 0);
    results_scan_release(&scan);
    return n_reads > at;
}

static void forget_states(void)
{
    for (int i = 0; i < TABLES + 2; i++) {
        char name[VARIABLE_NAME_SIZE + 8];
        (void)snprintf(name, sizeof name, "%s%s",
                       i < TABLES   ? sample.schema.tables[i].name
                       : i > TABLES ? "partition"
                                    : "",
                       i == TABLES ? "state" : "_state");
        uint8_t *const states = results_sample_load(&sample, name);
        memset(states, JOB_PENDING, results_count(sample.results, name));
        results_sample_save(&sample, name, states);
    }
}

static void check_all_moments(void (*writer)(void), int most_writes)
{
    const int step = every(3);
    write_something = writer;
    for (int first = 1; first <= most_writes; first += step) {
        for (gap = 1; gap <= (is_soak() ? 3 : 1); gap++) {
            bool has_begun = true;
            for (int at = 0; has_begun; at++, n_moments++) {
                forget_states();
                has_begun = scan_beside(at, first);
            }
        }
    }
}

static void jobs_that_end_during_a_scan_are_not_damaged(void **state)
{
    (void)state;
    n_moments = 0;
    check_all_moments(write_jobs, 40);
    assert_true(n_moments > 100);
    print_message("%d moments\n", n_moments);
}

static void records_that_are_written_during_a_scan_are_not_damaged(void **state)
{
    (void)state;
    n_moments = 0;
    check_all_moments(write_records, 30);
    assert_true(n_moments > 100);
    print_message("%d moments\n", n_moments);
}

int test_results_live(void)
{
    const struct CMUnitTest tests[] = {
        RESULTS_SAMPLE_TEST(jobs_that_end_during_a_scan_are_not_damaged, &sample),
        RESULTS_SAMPLE_TEST(records_that_are_written_during_a_scan_are_not_damaged, &sample),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
