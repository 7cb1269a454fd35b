/* Writes of records, seen one by one, and killed at each of them. */
#include "store/results_internal.h"

#include "store/results_scan.h"
#include "support/check.h"
#include "support/results_sample.h"
#include "support/scratch.h"
#include "support/watched_writes.h"

#include <stdio.h>

enum {
    CASES = 2,
    ALPHAS = 3,
    SETS = 4,
    PARTITIONS = 4,
    TABLES = 3,
    JOBS = (ALPHAS + PARTITIONS) * SETS
};

static struct error error;
static struct results_sample sample = {.n_cases = CASES,
                                       .n_alphas = ALPHAS,
                                       .n_ablations = SETS,
                                       .with_records = true,
                                       .with_partitions = true};

static int create_sample(void **state)
{
    watch_writes(NEVER);
    (void)results_sample_create(state);
    watch_writes(NEVER);
    return 0;
}

static struct record *new_record(int table)
{
    return sample_record(&sample.sweep, &sample.schema, table, 1);
}

/* Writes of one record: its variables, then error, checksum and state. */
static int count_writes(int table)
{
    return variables_count(sample.schema.tables[table].variables) + TABLE_FIELD_COUNT;
}

static void the_state_of_a_record_is_written_last(void **state)
{
    (void)state;
    for (int t = 0; t < TABLES; t++) {
        const struct layout *const layout = &sample.results->layout;
        struct record *record = new_record(t);
        const int n = count_writes(t);
        watch_writes(NEVER);
        CHECK_OK(results_write_record(sample.results, t, 1, record, STATUS_OK, &error));
        assert_int_equal(n_writes, n);
        for (int i = 0; i < n_writes; i++) {
            assert_true(written[i] == layout->datasets[layout->tables[t] + i].id);
        }
        assert_true(written[n - 2] == layout_table_field(layout, t, TABLE_CHECKSUM)->id);
        assert_true(written[n - 1] == layout_table_field(layout, t, TABLE_STATE)->id);
        record_destroy(&record);
    }
}

static void a_failed_write_of_a_record_names_its_variable(void **state)
{
    (void)state;
    for (int t = 0; t < TABLES; t++) {
        const struct layout *const layout = &sample.results->layout;
        struct record *record = new_record(t);
        for (int k = 0; k < count_writes(t); k++) {
            char part[VARIABLE_NAME_SIZE + 32];
            (void)snprintf(part, sizeof part, "out.h5: cannot write %s:",
                           layout->datasets[layout->tables[t] + k].name);
            watch_writes(k);
            CHECK_FAILS(results_write_record(sample.results, t, 1, record, STATUS_OK, &error),
                        STATUS_IO, part);
            assert_int_equal(n_writes, k + 1);
        }
        record_destroy(&record);
    }
}

/* Whether the record of case 1 is what was written before or what was to be written. */
static bool is_whole(int table, const struct record *old, const struct record *new)
{
    const struct variable *different = NULL;
    struct record *found = new_record(table);
    CHECK_OK(results_read_record(sample.results, table, 1, found, &error));
    const bool whole = record_same(found, old, &different) || record_same(found, new, &different);
    record_destroy(&found);
    return whole;
}

/* Killed at the k-th write while `new` takes the place of `old`: a record that is final is one of
 * them, and nothing else has changed its state. */
static void check_kill(int table, int k, const struct record *old, enum status old_failure,
                       const struct record *new, enum status new_failure)
{
    struct results_scan scan;
    const int64_t slots = JOBS + TABLES;
    watch_writes(NEVER);
    CHECK_OK(results_write_record(sample.results, table, 1, old, old_failure, &error));
    watch_writes(k);
    (void)!results_write_record(sample.results, table, 1, new, new_failure, &error);
    watch_writes(NEVER);
    CHECK_OK(results_scan_create(&scan, sample.results, false, &error));
    const bool final = scan.final[slots + JOBS + table] != 0;
    assert_true(final || k < count_writes(table));
    assert_true(!final || is_whole(table, old, new));
    for (int t = 0; t < 2 * TABLES; t++) {
        if (t != TABLES + table) {
            assert_int_equal(scan.final[t / TABLES * slots + JOBS + t % TABLES], 1);
        }
    }
    assert_int_equal(scan.n_done + scan.n_failed, 2 * TABLES - !final);
    results_scan_release(&scan);
}

static void a_kill_while_a_record_is_written_leaves_it_pending_or_right(void **state)
{
    (void)state;
    for (int t = 0; t < TABLES; t++) {
        struct record *old = new_record(t);
        struct record *new = sample_record(&sample.sweep, &sample.schema, t, 0); /* other values */
        struct record *none = NULL;
        CHECK_OK(record_create(&none, sample.schema.tables[t].variables, &sample.sweep, &error));
        for (int k = 0; k <= count_writes(t); k++) {
            check_kill(t, k, old, STATUS_OK, new, STATUS_OK);
            check_kill(t, k, none, STATUS_JOB_MODEL, new, STATUS_OK);
            check_kill(t, k, none, STATUS_JOB_MODEL, none, STATUS_JOB_ROLLOUT_NONFINITE);
        }
        record_destroy(&old);
        record_destroy(&new);
        record_destroy(&none);
    }
}

/* Every place where the re-write of a failed record can stop has the state of the failed one. */
static void a_torn_new_write_of_a_failed_record_is_pending(void **state)
{
    (void)state;
    struct record *none = NULL;
    struct record *record = new_record(0);
    CHECK_OK(record_create(&none, sample.schema.tables[0].variables, &sample.sweep, &error));
    for (int k = 1; k < count_writes(0); k++) {
        struct results_scan scan;
        watch_writes(NEVER);
        CHECK_OK(results_write_record(sample.results, 0, 1, none, STATUS_JOB_MODEL, &error));
        watch_writes(k);
        CHECK_FAILS(results_write_record(sample.results, 0, 1, record, STATUS_OK, &error),
                    STATUS_IO, "cannot write");
        watch_writes(NEVER);
        CHECK_OK(results_scan_create(&scan, sample.results, false, &error));
        assert_int_equal(scan.final[JOBS + TABLES + JOBS], 0);
        assert_int_equal(scan.n_failed, 0);
        results_scan_release(&scan);
    }
    record_destroy(&none);
    record_destroy(&record);
}

#define RECORD_TEST(function)                                                                      \
    cmocka_unit_test_prestate_setup_teardown(function, create_sample, results_sample_remove,       \
                                             &sample)

int test_results_record_write(void)
{
    const struct CMUnitTest tests[] = {
        RECORD_TEST(the_state_of_a_record_is_written_last),
        RECORD_TEST(a_failed_write_of_a_record_names_its_variable),
        RECORD_TEST(a_kill_while_a_record_is_written_leaves_it_pending_or_right),
        RECORD_TEST(a_torn_new_write_of_a_failed_record_is_pending),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
