/* What a results file with partitions beside its alphas still needs: jobs of both are judged
 * alike. */
#include "store/results_scan.h"

#include "support/check.h"
#include "support/results_sample.h"
#include "support/scratch.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    CASES = 17,
    ALPHAS = 3,
    SETS = 8,
    PARTITIONS = 19, /* units of the widest model */
    BORDER = ALPHAS * SETS,
    REMOVALS = BORDER + PARTITIONS * SETS,
    TABLES = 3,
    JOBS = REMOVALS + TABLES,
    SLOTS = CASES * JOBS,
    SPLITS = 1 /* the table that tells which partitions there are */
};

static struct error error;
static struct results_sample sample = {.n_cases = CASES,
                                       .n_alphas = ALPHAS,
                                       .n_ablations = SETS,
                                       .with_records = true,
                                       .with_partitions = true};

/* Variables of a job; those of partitions have the prefix. */
enum { FIELDS = 11 };
static const char *const NAMES[FIELDS] = {"fvu",          "delta_fvu",   "accuracy",   "distance",
                                          "removed_mass", "sensitivity", "stabilizer", "error",
                                          "seconds",      "checksum",    "state"};

static const char *name_of(int family, size_t field)
{
    static char names[2][VARIABLE_NAME_SIZE];
    static int next;
    next = 1 - next; /* two are good at a time */
    (void)snprintf(names[next], sizeof names[next], "%s%s", family == 0 ? "" : "partition_",
                   NAMES[field]);
    return names[next];
}

static size_t size_of(const char *name)
{
    return value_size(results_type(sample.results, name));
}

/* A job: its place in its variables, and its slot in a scan. */
struct place {
    int family;
    size_t i;
    int64_t slot;
};

static struct place place_of(int64_t case_index, int64_t job)
{
    const int64_t slot = case_index * JOBS + job;
    return job < BORDER
               ? (struct place){0, (size_t)(case_index * BORDER + job), slot}
               : (struct place){1, (size_t)(case_index * (REMOVALS - BORDER) + job - BORDER), slot};
}

static int64_t job_of_partition(int64_t partition, int64_t set)
{
    return BORDER + partition * SETS + set;
}

static int64_t jobs_of_case(int64_t case_index)
{
    return BORDER + (int64_t)sample_partitions((int)case_index) * SETS;
}

/* Removals and diagnostics. */
static int64_t all_jobs(void)
{
    int64_t count = CASES * TABLES;
    for (int64_t i = 0; i < CASES; i++) {
        count += jobs_of_case(i);
    }
    return count;
}

static struct results_scan scan_jobs(bool retry_failed)
{
    struct results_scan scan;
    CHECK_OK(results_scan_create(&scan, sample.results, retry_failed, &error));
    assert_int_equal(scan.n_slots, SLOTS);
    assert_int_equal(scan.n_done + scan.n_failed + scan.n_pending, scan.n_jobs);
    assert_int_equal(scan.n_jobs + scan.n_absent, SLOTS);
    return scan;
}

/* Of all jobs but those of the places, which count as damaged. */
static void check_damaged(const struct place *places, size_t count)
{
    struct results_scan scan = scan_jobs(false);
    assert_int_equal(scan.n_damaged, count);
    assert_int_equal(scan.n_pending, count);
    assert_int_equal(scan.n_done, all_jobs() - (int64_t)count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(scan.final[places[i].slot], 0);
    }
    results_scan_release(&scan);
}

/* ---- which partitions there are -----------------------------------------------------------------
 */

static void a_finished_case_has_as_many_partitions_as_it_says(void **state)
{
    (void)state;
    struct results_scan scan = scan_jobs(false);
    assert_int_equal(scan.n_jobs, all_jobs());
    assert_int_equal(scan.n_pending, all_jobs() - CASES * TABLES);
    for (int64_t i = 0; i < CASES; i++) {
        for (int64_t job = 0; job < JOBS; job++) {
            assert_int_equal(scan.final[i * JOBS + job], job >= jobs_of_case(i));
        }
    }
    assert_false(results_scan_is_final(&scan));
    results_scan_release(&scan);
    results_sample_write_all_jobs(&sample);
    scan = scan_jobs(false);
    assert_int_equal(scan.n_done, all_jobs());
    assert_true(results_scan_is_final(&scan));
    results_scan_release(&scan);
}

static void set_state(const char *name, int64_t case_index, enum job_state state)
{
    uint8_t *const states = results_sample_load(&sample, name);
    states[case_index] = (uint8_t)state;
    results_sample_save(&sample, name, states);
}

/* Nothing is known of the partitions of a case: as many as units are pending, and what is done of
 * them stays so. */
static void check_unknown_partitions(int64_t case_index, int64_t n_damaged)
{
    const int64_t n_modes = sample.sweep.models[case_index].n_hidden;
    const int64_t n_known = jobs_of_case(case_index);
    struct results_scan scan = scan_jobs(false);
    assert_int_equal(scan.n_done, all_jobs() - 1);
    assert_int_equal(scan.n_pending, BORDER + n_modes * SETS - n_known + 1);
    assert_int_equal(scan.n_damaged, n_damaged);
    for (int64_t job = 0; job < JOBS; job++) {
        const bool is_record = job == REMOVALS + SPLITS;
        const bool is_maybe = job >= n_known && job < BORDER + n_modes * SETS;
        assert_int_equal(scan.final[case_index * JOBS + job], !is_record && !is_maybe);
    }
    results_scan_release(&scan);
}

/* Until its partitions are known, or when they cannot be trusted. */
static void another_case_may_have_as_many_as_it_has_units(void **state)
{
    (void)state;
    results_sample_write_all_jobs(&sample);
    set_state("splits_state", 4, JOB_PENDING);
    check_unknown_partitions(4, 0);
}

static void a_damaged_number_of_partitions_makes_nothing_absent(void **state)
{
    (void)state;
    results_sample_write_all_jobs(&sample);
    int32_t *const n_r = results_sample_load(&sample, "partition_n_r");
    for (int p = 0; p < PARTITIONS; p++) {
        n_r[6 * PARTITIONS + p] = -1;
    }
    results_sample_save(&sample, "partition_n_r", n_r);
    check_unknown_partitions(6, 1);
}

/* The records of a case are judged one by one, and its jobs by themselves. */
static void a_damaged_record_is_pending_alone(void **state)
{
    (void)state;
    static const char *const NAMES_OF[TABLES] = {"eigenvalue_im", "coupling_mass", "train_loss"};
    results_sample_write_all_jobs(&sample);
    for (int t = 0; t < TABLES; t += 2) {
        double *const values = results_sample_load(&sample, NAMES_OF[t]);
        const size_t count = results_count(sample.results, NAMES_OF[t]) / CASES;
        values[11 * count] = 7.0;
        results_sample_save(&sample, NAMES_OF[t], values);
        struct results_scan scan = scan_jobs(false);
        assert_int_equal(scan.n_damaged, 1);
        assert_int_equal(scan.n_pending, 1);
        assert_int_equal(scan.final[11 * JOBS + REMOVALS + t], 0);
        results_scan_release(&scan);
        struct record *record = sample_record(&sample.sweep, &sample.schema, t, 11);
        CHECK_OK(results_write_record(sample.results, t, 11, record, STATUS_OK, &error));
        record_destroy(&record);
    }
    struct results_scan scan = scan_jobs(false);
    assert_true(results_scan_is_final(&scan));
    results_scan_release(&scan);
}

/* ---- failures -----------------------------------------------------------------------------------
 */

static void fail_jobs(int64_t case_index, int64_t n_jobs)
{
    struct job_result failed[REMOVALS];
    for (int64_t job = 0; job < n_jobs; job++) {
        failed[job] = job_result_failed(STATUS_JOB_WEIGHTS_NONFINITE);
    }
    CHECK_OK(results_write_jobs(sample.results, case_index, 0, failed, n_jobs, &error));
}

static void fail_record(int table, int64_t case_index)
{
    struct record *none = NULL;
    CHECK_OK(record_create(&none, sample.schema.tables[table].variables, &sample.sweep, &error));
    CHECK_OK(results_write_record(sample.results, table, case_index, none,
                                  STATUS_JOB_WEIGHTS_NONFINITE, &error));
    record_destroy(&none);
}

/* Nothing is known of its partitions: as many as it has units have failed. */
static void a_failed_case_is_final_unless_it_is_tried_again(void **state)
{
    (void)state;
    results_sample_write_all_jobs(&sample);
    const int64_t n_jobs = BORDER + (int64_t)sample.sweep.models[2].n_hidden * SETS;
    fail_jobs(2, n_jobs);
    for (int t = 0; t < TABLES; t++) {
        fail_record(t, 2);
    }
    for (int retry = 0; retry < 2; retry++) {
        struct results_scan scan = scan_jobs(retry != 0);
        assert_int_equal(scan.n_failed, n_jobs + TABLES);
        assert_int_equal(scan.n_damaged, 0);
        assert_int_equal(scan.n_done, all_jobs() - jobs_of_case(2) - TABLES);
        assert_int_equal(results_scan_is_final(&scan), !retry);
        for (int t = 0; t < TABLES; t++) {
            assert_int_equal(scan.final[2 * JOBS + REMOVALS + t], !retry);
        }
        results_scan_release(&scan);
    }
}

/* As when a run was killed that tried a failed case again, or when the trials of a case fail after
 * its splits: they are cleared by the next one. */
static void failures_in_partitions_that_are_not_there_are_pending(void **state)
{
    (void)state;
    results_sample_write_all_jobs(&sample);
    const int64_t n_jobs = BORDER + (int64_t)sample.sweep.models[2].n_hidden * SETS;
    fail_jobs(2, n_jobs);
    struct results_scan scan = scan_jobs(false);
    assert_int_equal(scan.n_failed, jobs_of_case(2));
    assert_int_equal(scan.n_pending, n_jobs - jobs_of_case(2));
    assert_int_equal(scan.n_damaged, 0);
    assert_int_equal(scan.final[place_of(2, jobs_of_case(2)).slot], 0);
    results_scan_release(&scan);
}

/* Its spectrum and splits are there, what came later has failed: that stays as it is. */
static void a_case_that_fails_after_its_splits_is_final(void **state)
{
    (void)state;
    results_sample_write_all_jobs(&sample);
    fail_jobs(2, jobs_of_case(2));
    struct results_scan scan = scan_jobs(false);
    assert_int_equal(scan.n_failed, jobs_of_case(2));
    assert_true(results_scan_is_final(&scan));
    results_scan_release(&scan);
}

static void a_failed_job_of_a_partition_is_tried_again_alone(void **state)
{
    (void)state;
    results_sample_write_all_jobs(&sample);
    const struct job_result failed = job_result_failed(STATUS_JOB_ROLLOUT_NONFINITE);
    const int64_t job = job_of_partition(1, 5);
    CHECK_OK(results_write_jobs(sample.results, 9, job, &failed, 1, &error));
    for (int retry = 0; retry < 2; retry++) {
        struct results_scan scan = scan_jobs(retry != 0);
        assert_int_equal(scan.n_failed, 1);
        for (int64_t i = 0; i < SLOTS; i++) {
            assert_int_equal(scan.final[i], !(retry && i == place_of(9, job).slot));
        }
        results_scan_release(&scan);
    }
}

/* ---- damage -------------------------------------------------------------------------------------
 */

static void flip(void *values, size_t size, size_t i, size_t bit)
{
    unsigned char *const byte = (unsigned char *)values + i * size + bit / 8;
    *byte = (unsigned char)(*byte ^ 1u << (bit % 8));
}

/* Jobs of partitions that are there, spread over all cases. */
static struct place nth_of_partitions(size_t n)
{
    const int64_t case_index = (int64_t)n % CASES;
    const int64_t place = (int64_t)n / CASES;
    const int64_t n_places = (int64_t)sample_partitions((int)case_index) * SETS;
    assert_true(place < n_places);
    return place_of(case_index, BORDER + n_places - 1 - place);
}

static void any_flipped_bit_of_a_partition_is_found(void **state)
{
    (void)state;
    enum { AT_ONCE = 2 * SETS * CASES }; /* every model has two partitions */
    struct place places[AT_ONCE];
    size_t count = 0;
    results_sample_write_all_jobs(&sample);
    for (size_t k = 0; k < FIELDS; k++) {
        if (strcmp(NAMES[k], "seconds") == 0 || strcmp(NAMES[k], "state") == 0) {
            continue; /* not covered by the checksum */
        }
        const char *const name = name_of(1, k);
        const size_t size = size_of(name);
        for (size_t bit = 0; bit < 8 * size; bit++) {
            void *const values = results_sample_load(&sample, name);
            places[count] = nth_of_partitions(count);
            flip(values, size, places[count].i, bit);
            results_sample_save(&sample, name, values);
            if (++count == AT_ONCE) {
                check_damaged(places, count);
                results_sample_write_all_jobs(&sample);
                count = 0;
            }
        }
    }
    check_damaged(places, count);
}

static void the_time_of_a_partition_is_not_covered(void **state)
{
    (void)state;
    results_sample_write_all_jobs(&sample);
    void *const seconds = results_sample_load(&sample, "partition_seconds");
    flip(seconds, sizeof(double), 0, 3);
    results_sample_save(&sample, "partition_seconds", seconds);
    check_damaged(NULL, 0);
}

static void an_unknown_state_of_a_partition_is_damage(void **state)
{
    (void)state;
    const struct place place = place_of(3, job_of_partition(1, 1));
    results_sample_write_all_jobs(&sample);
    uint8_t *const states = results_sample_load(&sample, "partition_state");
    states[place.i] = 7;
    results_sample_save(&sample, "partition_state", states);
    check_damaged(&place, 1);
}

/* All values of a job and its checksum, in another place. */
static void copy_job(struct place from, struct place to)
{
    for (size_t k = 0; k < FIELDS; k++) {
        const char *const from_name = name_of(from.family, k);
        const char *const to_name = name_of(to.family, k);
        const size_t size = size_of(from_name);
        unsigned char *const source = results_sample_load(&sample, from_name);
        unsigned char *const target = results_sample_load(&sample, to_name);
        memcpy(target + to.i * size, source + from.i * size, size);
        free(source);
        results_sample_save(&sample, to_name, target);
    }
}

static void a_job_in_another_place_is_found(void **state)
{
    (void)state;
    const struct place first = place_of(3, job_of_partition(0, 2));
    const struct place alpha = place_of(3, 2);
    const struct place places[] = {
        place_of(3, job_of_partition(0, 3)), /* another set */
        place_of(3, job_of_partition(1, 2)), /* another partition */
        place_of(5, job_of_partition(0, 2)), /* another case */
        place_of(4, 2),                      /* an alpha from a partition */
        place_of(6, job_of_partition(0, 2)), /* a partition from an alpha of the same number */
    };
    results_sample_write_all_jobs(&sample);
    for (size_t i = 0; i < 4; i++) {
        copy_job(first, places[i]);
    }
    copy_job(alpha, places[4]);
    check_damaged(places, 5);
}

/* The same job numbers, the same case: only the kind of row differs. */
static void a_partition_is_no_alpha_of_its_case(void **state)
{
    (void)state;
    const struct place alpha = place_of(3, 1 * SETS + 2);
    const struct place partition = place_of(3, job_of_partition(1, 2));
    results_sample_write_all_jobs(&sample);
    copy_job(alpha, partition);
    check_damaged(&partition, 1);
    results_sample_write_all_jobs(&sample);
    copy_job(partition, alpha);
    check_damaged(&alpha, 1);
}

#define SCAN_TEST(function) RESULTS_SAMPLE_TEST(function, &sample)

int test_results_scan(void)
{
    const struct CMUnitTest tests[] = {
        SCAN_TEST(a_finished_case_has_as_many_partitions_as_it_says),
        SCAN_TEST(another_case_may_have_as_many_as_it_has_units),
        SCAN_TEST(a_damaged_number_of_partitions_makes_nothing_absent),
        SCAN_TEST(a_damaged_record_is_pending_alone),
        SCAN_TEST(a_failed_case_is_final_unless_it_is_tried_again),
        SCAN_TEST(failures_in_partitions_that_are_not_there_are_pending),
        SCAN_TEST(a_case_that_fails_after_its_splits_is_final),
        SCAN_TEST(a_failed_job_of_a_partition_is_tried_again_alone),
        SCAN_TEST(any_flipped_bit_of_a_partition_is_found),
        SCAN_TEST(the_time_of_a_partition_is_not_covered),
        SCAN_TEST(an_unknown_state_of_a_partition_is_damage),
        SCAN_TEST(a_job_in_another_place_is_found),
        SCAN_TEST(a_partition_is_no_alpha_of_its_case),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
