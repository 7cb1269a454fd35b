/* Writes of jobs, seen one by one, and killed at each of them. */
#include "store/results_internal.h"

#include "store/results_scan.h"
#include "support/check.h"
#include "support/results_sample.h"
#include "support/scratch.h"
#include "support/soak.h"
#include "support/watched_writes.h"

#include <stdlib.h>

static const int PLACES[] = {0, 1, 2, 3, 4, 5};

enum {
    CASES = 2,
    ALPHAS = 3,
    SETS = 4,
    PARTITIONS = 4, /* units of the widest model */
    TABLES = 3,
    BORDER = ALPHAS * SETS, /* the first job of a partition */
    JOBS = BORDER + PARTITIONS * SETS,
    ALL_JOBS = CASES * BORDER + (2 + 3) * SETS /* with the partitions that the models have */
};

static struct error error;
static struct results_sample sample = {.n_cases = CASES,
                                       .n_alphas = ALPHAS,
                                       .n_ablations = SETS,
                                       .with_records = true,
                                       .with_partitions = true};

/* ---- set-up -------------------------------------------------------------------------------------
 */

static int create_sample(void **state)
{
    watch_writes(NEVER);
    (void)results_sample_create(state);
    watch_writes(NEVER);
    return 0;
}

static void fill(struct job_result *jobs, int64_t case_index, int64_t first, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        jobs[i] = sample_job(case_index, first + i);
    }
}

static bool missing_alike(const struct job_result *result)
{
    const struct job_result absent = job_result_absent();
    return same_job(result, &absent);
}

/* ---- jobs --------------------------------------------------------------------------------------
 */

static uint64_t checksum_of(const struct job_result *result, int64_t case_index, int64_t job)
{
    const int64_t row = job / SETS;
    const int64_t alpha = row < ALPHAS ? row : -1 - (row - ALPHAS);
    return job_result_checksum(result, PLACES, sample.schema.n_measures,
                               (struct job_index){case_index, alpha, job % SETS});
}

/* Jobs first .. first + count of case 1 are there with their checksums, all others untouched. */
static void check_range(int64_t first, int64_t count)
{
    uint64_t *checksums = NULL;
    struct job_result *const jobs = read_jobs(sample.results, &checksums);
    for (int64_t i = 0; i < CASES * JOBS; i++) {
        const int64_t job = i - JOBS;
        if (job < first || job >= first + count) {
            assert_true(missing_alike(&jobs[i]) && checksums[i] == 0);
            continue;
        }
        const struct job_result expected = sample_job(1, job);
        assert_true(same_job(&jobs[i], &expected));
        assert_true(checksums[i] == checksum_of(&expected, 1, job));
    }
    free(jobs);
    free(checksums);
}

/* Every sixth, so that beginnings and lengths of all kinds take turns; in the soak every single
 * one, under sanitizers every twelfth. */
static void every_range_is_written_like_its_jobs_one_by_one(void **state)
{
    const int step = every(6);
    int turn = 0;
    for (int64_t first = 0; first < JOBS; first++) {
        for (int64_t count = 1; first + count <= JOBS; count++) {
            struct job_result jobs[JOBS];
            if (turn++ % step != 0) {
                continue;
            }
            fill(jobs, 1, first, count);
            CHECK_OK(results_write_jobs(sample.results, 1, first, jobs, count, &error));
            check_range(first, count);
            (void)results_sample_remove(state);
            (void)create_sample(state);
        }
    }
}

static void one_by_one(void **state)
{
    (void)state;
    for (int64_t job = 0; job < JOBS; job++) {
        const struct job_result result = sample_job(1, job);
        CHECK_OK(results_write_jobs(sample.results, 1, job, &result, 1, &error));
        check_range(0, job + 1);
    }
}

static void writing_no_job_writes_nothing(void **state)
{
    (void)state;
    CHECK_OK(results_write_jobs(sample.results, 1, 3, NULL, 0, &error));
    assert_int_equal(n_writes, 0);
    check_range(0, 0);
}

static void a_range_takes_few_contiguous_writes(void **state)
{
    (void)state;
    enum { FIELDS = 11 }; /* nine values, checksum, state */
    static const struct {
        int64_t first;
        int64_t count;
        int pieces;
    } RANGES[] = {{0, JOBS, 2}, {0, BORDER, 1},  {0, 1, 1},          {1, 3, 1},          {4, 8, 1},
                  {0, 5, 2},    {3, 2, 2},       {1, 7, 2},          {2, 10, 2},         {3, 6, 3},
                  {1, 10, 3},   {BORDER, 16, 1}, {BORDER + 5, 3, 1}, {BORDER + 2, 4, 2}, {11, 2, 2},
                  {8, 8, 2},    {9, 8, 3}};
    struct job_result jobs[JOBS];
    fill(jobs, 0, 0, JOBS);
    for (size_t i = 0; i < sizeof RANGES / sizeof RANGES[0]; i++) {
        watch_writes(NEVER);
        CHECK_OK(
            results_write_jobs(sample.results, 0, RANGES[i].first, jobs, RANGES[i].count, &error));
        assert_int_equal(n_writes, RANGES[i].pieces * FIELDS);
    }
}

static hid_t id_of(const char *name)
{
    return layout_find(&sample.results->layout, name)->id;
}

static void values_come_before_checksums_before_states(void **state)
{
    (void)state;
    struct job_result jobs[JOBS];
    fill(jobs, 0, 0, JOBS);
    CHECK_OK(results_write_jobs(sample.results, 0, 2, jobs, 20, &error));
    assert_int_equal(n_writes, 4 * 11);
    for (int i = 0; i < n_writes; i++) {
        const bool checksum =
            written[i] == id_of("checksum") || written[i] == id_of("partition_checksum");
        const bool final = written[i] == id_of("state") || written[i] == id_of("partition_state");
        assert_int_equal(checksum, i % 11 == 9);
        assert_int_equal(final, i % 11 == 10);
    }
}

static void a_place_outside_is_an_input_output_error(void **state)
{
    (void)state;
    const struct job_result result = sample_job(0, 0);
    CHECK_FAILS(results_write_jobs(sample.results, CASES, 0, &result, 1, &error), STATUS_IO,
                "out.h5: cannot write fvu");
    CHECK_FAILS(results_write_jobs(sample.results, 0, JOBS, &result, 1, &error), STATUS_IO,
                "cannot write partition_fvu");
    check_range(0, 0);
}

static void a_failed_write_names_its_variable(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"fvu",          "delta_fvu",   "accuracy",   "distance",
                                        "removed_mass", "sensitivity", "stabilizer", "error",
                                        "seconds",      "checksum",    "state"};
    const struct job_result result = sample_job(0, 0);
    for (int k = 0; k < 11; k++) {
        char part[64];
        (void)snprintf(part, sizeof part, "out.h5: cannot write %s:", NAMES[k]);
        watch_writes(k);
        CHECK_FAILS(results_write_jobs(sample.results, 0, 0, &result, 1, &error), STATUS_IO, part);
        assert_int_equal(n_writes, k + 1); /* nothing is tried after a failure */
        (void)snprintf(part, sizeof part, "out.h5: cannot write partition_%s:", NAMES[k]);
        watch_writes(k);
        CHECK_FAILS(results_write_jobs(sample.results, 0, BORDER, &result, 1, &error), STATUS_IO,
                    part);
        assert_int_equal(n_writes, k + 1);
    }
}

/* ---- killed in the middle -----------------------------------------------------------------------
 */

static void check_scan(int64_t n_done, int64_t n_pending)
{
    struct results_scan scan;
    CHECK_OK(results_scan_create(&scan, sample.results, false, &error));
    assert_int_equal(scan.n_done, n_done + CASES * TABLES);
    assert_int_equal(scan.n_pending, n_pending);
    results_scan_release(&scan);
}

static void a_kill_at_any_write_leaves_pending_or_right_jobs(void **state)
{
    (void)state;
    struct job_result jobs[JOBS];
    fill(jobs, 0, 6, 9); /* half a row, the last alpha, three of the first partition */
    static const int SIZES[] = {2, 4, 3};
    for (int k = 0; k < 33; k++) {
        int64_t expected = 0;
        for (int piece = 0; piece < k / 11; piece++) {
            expected += SIZES[piece];
        }
        watch_writes(k);
        CHECK_FAILS(results_write_jobs(sample.results, 0, 6, jobs, 9, &error), STATUS_IO, "cannot");
        watch_writes(NEVER);
        check_scan(expected, ALL_JOBS - expected);
    }
}

static void a_kill_while_a_job_is_written_anew_never_leaves_a_wrong_one(void **state)
{
    (void)state;
    const struct job_result old = sample_job(0, 5);
    const struct job_result new = sample_job(0, 6);
    for (int k = 0; k <= 22; k++) {
        const int64_t job = k / 12 == 0 ? 5 : BORDER + 5;
        watch_writes(NEVER);
        CHECK_OK(results_write_jobs(sample.results, 0, job, &old, 1, &error));
        watch_writes(k % 12);
        (void)!results_write_jobs(sample.results, 0, job, &new, 1, &error);
        watch_writes(NEVER);
        struct results_scan scan;
        struct job_result *const jobs = read_jobs(sample.results, NULL);
        CHECK_OK(results_scan_create(&scan, sample.results, false, &error));
        const bool whole = same_job(&jobs[job], &old) || same_job(&jobs[job], &new);
        assert_true(whole || scan.final[job] == 0);
        results_scan_release(&scan);
        free(jobs);
    }
}

/* A message is cut to its place, and is no part of anything that a resume relies on. */
static void a_message_takes_one_write(void **state)
{
    (void)state;
    CHECK_OK(results_write_message(sample.results, 1, "why", &error));
    assert_int_equal(n_writes, 1);
    assert_true(written[0] == id_of("message"));
}

/* ---- the file around the values -----------------------------------------------------------------
 */

static void blank_dataset(unsigned char *bytes, size_t size, hid_t dataset)
{
    const size_t first = (size_t)H5Dget_offset(dataset);
    const size_t length = (size_t)H5Dget_storage_size(dataset);
    assert_true(first + length <= size);
    memset(bytes + first, 0, length);
}

/* All bytes of the file with the raw data of every dataset blanked. Labels stay: nobody writes
 * them. */
static unsigned char *read_metadata(size_t *size)
{
    const struct results *const results = sample.results;
    assert_true(H5Fflush(results->file, H5F_SCOPE_GLOBAL) >= 0);
    unsigned char *const bytes = file_read(scratch_path("out.h5"), size);
    for (int i = 0; i < results->layout.n_datasets; i++) {
        const struct dataset *const dataset = &results->layout.datasets[i];
        if (dataset->kind != DATASET_SCALE && dataset->kind != DATASET_LABEL) {
            blank_dataset(bytes, *size, dataset->id);
        }
    }
    blank_dataset(bytes, *size, results->run[RUN_EPOCHS]);
    blank_dataset(bytes, *size, results->run[RUN_ATTEMPTS]);
    blank_dataset(bytes, *size, results->run[RUN_TRAINING]);
    return bytes;
}

static void write_everything(void)
{
    struct job_result jobs[JOBS];
    const struct epoch epoch = {.start_time = 1, .host = "node"};
    for (int64_t i = 0; i < CASES; i++) {
        for (int64_t job = 0; job < JOBS; job++) {
            jobs[job] =
                results_sample_has_job(&sample, i, job) ? sample_job(i, job) : job_result_absent();
        }
        CHECK_OK(results_write_message(sample.results, i, "not yet", &error));
        CHECK_OK(results_write_jobs(sample.results, i, 0, jobs, JOBS, &error));
    }
    sample_records(sample.results, &sample.sweep);
    for (int i = 0; i < RESULTS_EPOCHS; i++) {
        CHECK_OK(results_write_epoch(sample.results, i, &epoch, &error));
    }
}

static void writing_changes_neither_size_nor_metadata(void **state)
{
    (void)state;
    size_t sizes[3];
    unsigned char *const before = read_metadata(&sizes[0]);
    write_everything();
    unsigned char *const after = read_metadata(&sizes[1]);
    CHECK_OK(results_close(&sample.results, &error));
    CHECK_OK(results_open(&sample.results, scratch_path("out.h5"), RESULTS_WRITE, &sample.schema,
                          &error));
    unsigned char *const closed = read_metadata(&sizes[2]);
    assert_int_equal(sizes[1], sizes[0]);
    assert_int_equal(sizes[2], sizes[0]);
    assert_memory_equal(after, before, sizes[0]);
    assert_memory_equal(closed, before, sizes[0]);
    check_scan(ALL_JOBS, 0);
    free(before);
    free(after);
    free(closed);
}

/* ---- a study without partitions ----------------------------------------------------------------
 */

static void without_partitions_there_is_nothing_behind_the_alphas(void **state)
{
    struct job_result jobs[BORDER + 1];
    (void)results_sample_remove(state);
    sample.with_partitions = false;
    (void)create_sample(state);
    sample.with_partitions = true;
    fill(jobs, 1, 0, BORDER + 1);
    assert_false(results_has(sample.results, "partition_state"));
    assert_int_equal(results_count(sample.results, "partition_state"), 0);
    CHECK_FAILS(results_write_jobs(sample.results, 1, BORDER, jobs, 1, &error), STATUS_IO,
                "cannot write partition_fvu");
    watch_writes(NEVER);
    CHECK_OK(results_write_jobs(sample.results, 1, 0, jobs, BORDER, &error));
    assert_int_equal(n_writes, 11);
    uint64_t *checksums = NULL;
    struct job_result *const found = read_jobs(sample.results, &checksums);
    for (int job = 0; job < BORDER; job++) {
        assert_true(same_job(&found[BORDER + job], &jobs[job]));
        assert_true(checksums[BORDER + job] == checksum_of(&jobs[job], 1, job));
    }
    free(found);
    free(checksums);
    check_scan(BORDER, BORDER);
}

#define WRITE_TEST(function)                                                                       \
    cmocka_unit_test_prestate_setup_teardown(function, create_sample, results_sample_remove,       \
                                             &sample)

int test_results_write(void)
{
    const struct CMUnitTest tests[] = {
        WRITE_TEST(every_range_is_written_like_its_jobs_one_by_one),
        WRITE_TEST(one_by_one),
        WRITE_TEST(writing_no_job_writes_nothing),
        WRITE_TEST(a_range_takes_few_contiguous_writes),
        WRITE_TEST(values_come_before_checksums_before_states),
        WRITE_TEST(a_place_outside_is_an_input_output_error),
        WRITE_TEST(a_failed_write_names_its_variable),
        WRITE_TEST(a_kill_at_any_write_leaves_pending_or_right_jobs),
        WRITE_TEST(a_kill_while_a_job_is_written_anew_never_leaves_a_wrong_one),
        WRITE_TEST(a_message_takes_one_write),
        WRITE_TEST(writing_changes_neither_size_nor_metadata),
        WRITE_TEST(without_partitions_there_is_nothing_behind_the_alphas),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
