#include "store/results_resume.h"
#include "store/results_scan.h"

#include "support/check.h"
#include "support/h5write.h"
#include "support/results_sample.h"
#include "support/scratch.h"

#include <stdlib.h>

/* One job for each bit that the checksum covers, and one more. */
enum {
    CASES = 17,
    ALPHAS = 3,
    SETS = 8,
    JOBS = ALPHAS * SETS,
    TABLES = 3, /* diagnostics, all done */
    SLOTS = JOBS + TABLES,
    ALL_JOBS = CASES * JOBS,
    ALL_RECORDS = CASES * TABLES
};

static struct error error;
static struct results_sample sample = {
    .n_cases = CASES, .n_alphas = ALPHAS, .n_ablations = SETS, .with_records = true};

static bool is_same; /* what results_match said last */

static enum status match(void)
{
    return results_match(sample.results, &sample.sweep, &sample.schema, &is_same, &error);
}

/* What is said of the jobs alone: all diagnostics are done. */
static struct results_scan scan_jobs(bool retry_failed)
{
    struct results_scan scan;
    CHECK_OK(results_scan_create(&scan, sample.results, retry_failed, &error));
    assert_int_equal(scan.n_slots, CASES * SLOTS);
    assert_int_equal(scan.n_absent, 0);
    assert_int_equal(scan.n_jobs, ALL_JOBS + ALL_RECORDS);
    assert_int_equal(scan.n_done + scan.n_failed + scan.n_pending, scan.n_jobs);
    for (int i = 0; i < CASES; i++) {
        for (int t = 0; t < TABLES; t++) {
            assert_int_equal(scan.final[i * SLOTS + JOBS + t], 1);
        }
        memmove(scan.final + i * JOBS, scan.final + i * SLOTS, JOBS);
    }
    scan.n_jobs -= ALL_RECORDS;
    scan.n_done -= ALL_RECORDS;
    return scan;
}

static int64_t count_final(const struct results_scan *scan)
{
    int64_t count = 0;
    for (int64_t i = 0; i < scan->n_jobs; i++) {
        assert_in_range(scan->final[i], 0, 1);
        count += scan->final[i];
    }
    return count;
}

/* ---- the scan -----------------------------------------------------------------------------------
 */

static void a_new_file_is_all_pending(void **state)
{
    (void)state;
    struct results_scan scan = scan_jobs(false);
    assert_int_equal(scan.n_pending, ALL_JOBS);
    assert_int_equal(scan.n_damaged, 0);
    assert_int_equal(count_final(&scan), 0);
    results_scan_release(&scan);
    assert_null(scan.final);
    results_scan_release(&scan); /* again: nothing happens */
}

static void done_jobs_are_final_and_their_neighbours_pending(void **state)
{
    (void)state;
    results_sample_write_jobs(&sample, 3);
    struct job_result result = sample_job(5, 7);
    CHECK_OK(results_write_jobs(sample.results, 5, 7, &result, 1, &error));
    struct results_scan scan = scan_jobs(false);
    assert_int_equal(scan.n_done, JOBS + 1);
    assert_int_equal(scan.n_damaged, 0);
    for (int64_t i = 0; i < ALL_JOBS; i++) {
        assert_int_equal(scan.final[i], i / JOBS == 3 || i == 5 * JOBS + 7);
    }
    results_scan_release(&scan);
}

static void failed_jobs_are_final_unless_they_are_tried_again(void **state)
{
    (void)state;
    const struct job_result failed = job_result_failed(STATUS_JOB_ROLLOUT_NONFINITE);
    results_sample_write_jobs(&sample, 0);
    CHECK_OK(results_write_jobs(sample.results, 0, 4, &failed, 1, &error));
    CHECK_OK(results_write_jobs(sample.results, 1, 4, &failed, 1, &error));
    for (int retry = 0; retry < 2; retry++) {
        struct results_scan scan = scan_jobs(retry != 0);
        assert_int_equal(scan.n_done, JOBS - 1);
        assert_int_equal(scan.n_failed, 2);
        assert_int_equal(scan.n_damaged, 0);
        assert_int_equal(scan.final[3], 1);
        assert_int_equal(scan.final[4], !retry);
        assert_int_equal(scan.final[JOBS + 4], !retry);
        assert_int_equal(count_final(&scan), JOBS - 1 + (retry ? 0 : 2));
        results_scan_release(&scan);
    }
}

static void values_without_a_state_are_pending(void **state)
{
    (void)state;
    results_sample_write_jobs(&sample, 0);
    uint8_t *const states = results_sample_load(&sample, "state");
    memset(states, JOB_PENDING, JOBS);
    results_sample_save(&sample, "state", states);
    struct results_scan scan = scan_jobs(false);
    assert_int_equal(scan.n_pending, ALL_JOBS);
    assert_int_equal(scan.n_damaged, 0); /* killed before the state: nothing to warn of */
    results_scan_release(&scan);
}

static void an_unknown_state_is_damage_and_pending(void **state)
{
    (void)state;
    enum { UNKNOWN = 252 };
    results_sample_write_all_jobs(&sample);
    uint8_t *const states = results_sample_load(&sample, "state");
    for (int i = 0; i < UNKNOWN; i++) {
        states[i] = (uint8_t)(JOB_PREDICTED + 1 + i);
    }
    results_sample_save(&sample, "state", states);
    struct results_scan scan = scan_jobs(false);
    assert_int_equal(scan.n_damaged, UNKNOWN);
    assert_int_equal(scan.n_pending, UNKNOWN);
    assert_int_equal(scan.n_done, ALL_JOBS - UNKNOWN);
    for (int i = 0; i < ALL_JOBS; i++) {
        assert_int_equal(scan.final[i], i >= UNKNOWN);
    }
    results_scan_release(&scan);
}

/* Bit `bit` of element i of an array of elements of `size` bytes. */
static void flip(void *values, size_t size, size_t i, size_t bit)
{
    unsigned char *const byte = (unsigned char *)values + i * size + bit / 8;
    *byte = (unsigned char)(*byte ^ 1u << (bit % 8));
}

static void check_all_damaged(size_t count)
{
    struct results_scan scan = scan_jobs(false);
    assert_int_equal(scan.n_damaged, count);
    assert_int_equal(scan.n_pending, count);
    for (size_t i = 0; i < ALL_JOBS; i++) {
        assert_int_equal(scan.final[i], i >= count);
    }
    results_scan_release(&scan);
}

static void any_flipped_bit_of_a_value_is_found(void **state)
{
    (void)state;
    static const char *const FIELDS[] = {"fvu",          "delta_fvu",   "accuracy",   "distance",
                                         "removed_mass", "sensitivity", "stabilizer", "error"};
    size_t result = 0;
    results_sample_write_all_jobs(&sample);
    for (size_t k = 0; k < sizeof FIELDS / sizeof FIELDS[0]; k++) {
        const size_t size = value_size(results_type(sample.results, FIELDS[k]));
        void *const values = results_sample_load(&sample, FIELDS[k]);
        for (size_t bit = 0; bit < 8 * size; bit++) {
            flip(values, size, result++, bit);
        }
        results_sample_save(&sample, FIELDS[k], values);
    }
    assert_int_equal(result, 6 * 64 + 8 + 16);
    check_all_damaged(result);
}

static void any_flipped_bit_of_a_checksum_is_found(void **state)
{
    (void)state;
    results_sample_write_all_jobs(&sample);
    void *const values = results_sample_load(&sample, "checksum");
    for (size_t bit = 0; bit < 64; bit++) {
        flip(values, sizeof(uint64_t), bit, bit);
    }
    results_sample_save(&sample, "checksum", values);
    check_all_damaged(64);
}

static void a_whole_job_in_another_place_is_found(void **state)
{
    (void)state;
    static const char *const ALL[] = {"fvu",          "delta_fvu",   "accuracy", "distance",
                                      "removed_mass", "sensitivity", "seconds",  "stabilizer",
                                      "error",        "checksum",    "state"};
    static const size_t PLACES[] = {1, SETS, JOBS}; /* the next set, alpha, case */
    results_sample_write_all_jobs(&sample);
    for (size_t k = 0; k < sizeof ALL / sizeof ALL[0]; k++) {
        const size_t size = value_size(results_type(sample.results, ALL[k]));
        unsigned char *const values = results_sample_load(&sample, ALL[k]);
        for (size_t i = 0; i < 3; i++) {
            memcpy(values + PLACES[i] * size, values, size);
        }
        results_sample_save(&sample, ALL[k], values);
    }
    struct results_scan scan = scan_jobs(false);
    assert_int_equal(scan.n_damaged, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(scan.final[PLACES[i]], 0);
    }
    assert_int_equal(scan.final[0], 1);
    results_scan_release(&scan);
}

static void the_time_of_a_job_is_not_covered(void **state)
{
    (void)state;
    results_sample_write_all_jobs(&sample);
    void *const seconds = results_sample_load(&sample, "seconds");
    flip(seconds, sizeof(double), 0, 3);
    results_sample_save(&sample, "seconds", seconds);
    check_all_damaged(0);
}

static void a_damaged_failed_job_is_pending(void **state)
{
    (void)state;
    const struct job_result failed = job_result_failed(STATUS_JOB_MODEL);
    CHECK_OK(results_write_jobs(sample.results, 0, 0, &failed, 1, &error));
    uint16_t *const codes = results_sample_load(&sample, "error");
    codes[0]++;
    results_sample_save(&sample, "error", codes);
    struct results_scan scan = scan_jobs(false);
    assert_int_equal(scan.n_failed, 0);
    assert_int_equal(scan.n_damaged, 1);
    assert_int_equal(scan.final[0], 0);
    results_scan_release(&scan);
}

static void a_state_that_does_not_fit_the_error_is_pending(void **state)
{
    (void)state;
    struct job_result good = sample_job(0, 0);
    struct job_result bad = job_result_failed(STATUS_JOB_MODEL);
    /* Killed between checksum and state: a failed job that was tried again with success, and a
     * damaged one that failed the second time. */
    good.state = JOB_FAILED;
    bad.state = JOB_DONE;
    CHECK_OK(results_write_jobs(sample.results, 0, 0, &good, 1, &error));
    CHECK_OK(results_write_jobs(sample.results, 0, 1, &bad, 1, &error));
    struct results_scan scan = scan_jobs(false);
    assert_int_equal(scan.n_done, 0);
    assert_int_equal(scan.n_failed, 0);
    assert_int_equal(scan.final[0] + scan.final[1], 0);
    results_scan_release(&scan);
}

/* ---- the study ----------------------------------------------------------------------------------
 */

static void a_file_matches_its_own_study(void **state)
{
    (void)state;
    CHECK_OK(match());
    assert_true(is_same);
}

static void check_mismatch(const char *part)
{
    CHECK_FAILS(match(), STATUS_MISMATCH, part);
    assert_non_null(strstr(error.text, "out.h5: "));
    assert_false(is_same);
}

/* The canonical study only tells why: what counts is that there are other jobs. */
static void check_names(const char *canonical, const char *part)
{
    sample.sweep.alphas[0] += 0.01;
    set_text(&sample.sweep.canonical, canonical);
    check_mismatch(part);
    sample.sweep.alphas[0] -= 0.01;
    CHECK_OK(match());
    assert_false(is_same); /* the file is to say what the study is */
}

static void the_first_differing_key_is_named(void **state)
{
    (void)state;
    check_names("study = sample\nseed = 8\nalphas = 0.5\n",
                "'seed' differs, the file has 'seed = 7', the study 'seed = 8'");
    check_names("study = other\nepsilon = 1\nseed = 7\nalphas = 0.5\n",
                "'alphas' differs, the file has 'alphas = 0.5 1', the study 'alphas = 0.5'");
    check_names("study = sample\nseed = 7\nalphas = 0.5 1.5\n", "'alphas' differs");
}

static void a_key_more_or_less_is_named(void **state)
{
    (void)state;
    check_names("study = sample\nseed = 7\nalphas = 0.5 1\nscreen = true\n",
                "'screen' differs, the file has '', the study 'screen = true'");
    check_names("study = sample\nseed = 7\n",
                "'alphas' differs, the file has 'alphas = 0.5 1', the study ''");
    check_names("", "'seed' differs, the file has 'seed = 7', the study ''");
    check_names("study = sample\nscreen = true\nseed = 7\nalphas = 0.5 1\n",
                "'screen' differs, the file has 'seed = 7'");
}

static void a_line_without_a_value_is_named_whole(void **state)
{
    (void)state;
    check_names("seed\nalphas = 0.5 1\n", "'seed' differs");
}

static void other_cases_are_named(void **state)
{
    (void)state;
    sample.sweep.n_cases--;
    check_mismatch("has 17 cases, the study 16 of them");
    sample.sweep.n_cases++;
    sample.sweep.cases[3].model = 4;
    check_mismatch("has 17 cases, the study 17 of them");
    sample.sweep.cases[3].model = 3;
    set_text(&sample.sweep.models[2].label, "other.h5");
    set_text(&sample.sweep.models[2].identity, "00000000000000ff");
    check_mismatch("has no model 'other.h5' on task 'sine'");
}

static void names_and_epsilon_and_order_are_no_reason(void **state)
{
    (void)state;
    const struct case_spec first = sample.sweep.cases[0];
    const double epsilon = sample.sweep.epsilon;
    set_text(&sample.sweep.models[2].label, "m3.h5");
    set_text(&sample.sweep.cases[3].task_label, "copy");
    sample.sweep.models[5].seed = 99;
    CHECK_OK(match());
    assert_false(is_same);
    sample.sweep.cases[0] = sample.sweep.cases[1];
    sample.sweep.cases[1] = first;
    sample.sweep.epsilon = 2.0 * epsilon;
    set_text(&sample.sweep.canonical, "study = x\nepsilon = 0.25\nseed = 7\nalphas = 0.5 1\n");
    CHECK_OK(match());
    assert_false(is_same);
    sample.sweep.epsilon = epsilon;
}

/* A canonical text that was edited by hand must not lead the queue beyond the scan. */
static void other_numbers_of_alphas_and_sets_are_no_match(void **state)
{
    (void)state;
    sample.sweep.n_alphas--;
    check_mismatch("out.h5: ");
    sample.sweep.n_alphas++;
    sample.sweep.n_ablations--;
    check_mismatch("out.h5: ");
    sample.sweep.n_ablations++;
    sample_all_partitions(&sample.sweep);
    check_mismatch("out.h5: ");
}

static void a_changed_model_is_named(void **state)
{
    (void)state;
    set_text(&sample.sweep.models[16].identity, "00000000000000ff");
    check_mismatch("model 'm16.h5' has changed since (identity 0000000000000010, now "
                   "00000000000000ff");
}

static void what_else_of_a_case_has_changed_is_named(void **state)
{
    (void)state;
    sample.sweep.cases[4].form.order = ORDER_RECURRENT;
    check_mismatch("order of modes of model 'm4.h5' on task 'sine' differs");
    sample.sweep.cases[4].form.order = ORDER_STEP;
    sample.sweep.tasks[0].params[1] = 9;
    check_mismatch("trials of model 'm0.h5' on task 'sine' differs");
}

static void where_the_files_lie_does_not_matter(void **state)
{
    (void)state;
    set_text(&sample.sweep.output, "/elsewhere/results.h5");
    for (int i = 0; i < CASES; i++) {
        set_text(&sample.sweep.models[i].path, "/elsewhere/model.h5");
    }
    CHECK_OK(match());
    assert_true(is_same);
}

static void a_study_that_is_not_in_the_file_is_damage(void **state)
{
    (void)state;
    CHECK_OK(results_close(&sample.results, &error));
    const hid_t file = h5write_open(scratch_path("out.h5"));
    assert_true(H5Adelete(file, "study_canonical") >= 0);
    (void)H5Fclose(file);
    CHECK_OK(results_open(&sample.results, scratch_path("out.h5"), RESULTS_WRITE, &sample.schema,
                          &error));
    CHECK_FAILS(match(), STATUS_DAMAGED, "study_canonical");
}

#define RESUME_TEST(function) RESULTS_SAMPLE_TEST(function, &sample)

int test_results_resume(void)
{
    const struct CMUnitTest tests[] = {
        RESUME_TEST(a_new_file_is_all_pending),
        RESUME_TEST(done_jobs_are_final_and_their_neighbours_pending),
        RESUME_TEST(failed_jobs_are_final_unless_they_are_tried_again),
        RESUME_TEST(values_without_a_state_are_pending),
        RESUME_TEST(an_unknown_state_is_damage_and_pending),
        RESUME_TEST(any_flipped_bit_of_a_value_is_found),
        RESUME_TEST(any_flipped_bit_of_a_checksum_is_found),
        RESUME_TEST(a_whole_job_in_another_place_is_found),
        RESUME_TEST(the_time_of_a_job_is_not_covered),
        RESUME_TEST(a_damaged_failed_job_is_pending),
        RESUME_TEST(a_state_that_does_not_fit_the_error_is_pending),
        RESUME_TEST(a_file_matches_its_own_study),
        RESUME_TEST(the_first_differing_key_is_named),
        RESUME_TEST(a_key_more_or_less_is_named),
        RESUME_TEST(a_line_without_a_value_is_named_whole),
        RESUME_TEST(other_cases_are_named),
        RESUME_TEST(names_and_epsilon_and_order_are_no_reason),
        RESUME_TEST(other_numbers_of_alphas_and_sets_are_no_match),
        RESUME_TEST(a_changed_model_is_named),
        RESUME_TEST(what_else_of_a_case_has_changed_is_named),
        RESUME_TEST(where_the_files_lie_does_not_matter),
        RESUME_TEST(a_study_that_is_not_in_the_file_is_damage),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
