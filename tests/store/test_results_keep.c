/* Results files in which older ones are kept: one more diagnostic, or another study. What is
 * wrapped can fail, or end the process. */
#include "store/results_keep.h"

#include "core/bits.h"
#include "kernel/diagnostics/diagnostic.h"
#include "store/atomic_file.h"
#include "store/results_faults.h"
#include "store/results_internal.h"
#include "store/results_resume.h"
#include "store/results_scan.h"
#include "support/check.h"
#include "support/h5write.h"
#include "support/results_sample.h"
#include "support/scratch.h"
#include "support/soak.h"
#include "support/wrapped.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CASES = 3, ALPHAS = 2, SETS = 4, KILLED = 77 };

static struct error error;
static const struct provenance PROVENANCE = {"schursweep 1\nHDF5 1", "fedcba"};
static struct results_sample sample = {.n_cases = CASES,
                                       .n_alphas = ALPHAS,
                                       .n_ablations = SETS,
                                       .with_records = true,
                                       .with_partitions = true};
static struct schema grown; /* with the probe, as the sweep has it */

/* ---- what can stop ---- */

static int steps_left = -1; /* before the next one stops; -1: none does */
static bool is_killed;      /* it ends the process, instead of failing */

static bool stops(void)
{
    if (steps_left < 0 || steps_left-- > 0) {
        return false;
    }
    if (is_killed) {
        _exit(KILLED);
    }
    steps_left = 0; /* nor does anything work after it */
    return true;
}

WRAPPED(herr_t, H5Dwrite,
        (hid_t dataset, hid_t type, hid_t memory, hid_t space, hid_t transfer, const void *values),
        (dataset, type, memory, space, transfer, values))
WRAPPED(int, fsync, (int descriptor), (descriptor))
WRAPPED(int, rename, (const char *from, const char *to), (from, to))

static herr_t stopping_write(hid_t dataset, hid_t type, hid_t memory, hid_t space, hid_t transfer,
                             const void *values)
{
    return stops() ? -1 : __real_H5Dwrite(dataset, type, memory, space, transfer, values);
}

static int stopping_fsync(int descriptor)
{
    errno = EIO;
    return stops() ? -1 : __real_fsync(descriptor);
}

static int stopping_rename(const char *from, const char *to)
{
    errno = EIO;
    return stops() ? -1 : __real_rename(from, to);
}

/* ---- set-up ---- */

static const char *path(void)
{
    return scratch_path("out.h5");
}

/* A file with something in every place that can have something; it is closed. */
static int create_sample(void **state)
{
    const struct epoch epoch = {.start_time = 5, .end_time = 6, .n_ranks = 2, .host = "node"};
    const struct job_result failed = job_result_failed(STATUS_JOB_ROLLOUT_NONFINITE);
    steps_left = -1;
    (void)results_sample_create(state);
    results_sample_write_all_jobs(&sample);
    CHECK_OK(results_write_jobs(sample.results, 1, 3, &failed, 1, &error));
    CHECK_OK(results_write_message(sample.results, 1, "outputs overflowed", &error));
    CHECK_OK(results_write_epoch(sample.results, 0, &epoch, &error));
    CHECK_OK(results_write_attempts(sample.results, 2, 1, &error));
    CHECK_OK(results_write_fault(sample.results, 0, FAULT_SWEEP_CRASH, 2, &error));
    static unsigned char surveys[CASES * RESULTS_SURVEY_SIZE];
    memset(surveys + RESULTS_SURVEY_SIZE, 7, RESULTS_SURVEY_SIZE);
    CHECK_OK(results_write_surveys(sample.results, surveys, &error));
    CHECK_OK(results_close(&sample.results, &error));
    grown = sample.schema;
    sample_add_probe(&sample.sweep, &grown);
    return 0;
}

static struct results_keep keep_of(const struct sweep *sweep, const struct schema *schema)
{
    return (struct results_keep){
        .sweep = sweep, .schema = schema, .known = schema, .provenance = PROVENANCE};
}

static enum status match(bool *is_same)
{
    struct results *results = NULL;
    TRY(results_open(&results, path(), RESULTS_READ, &grown, &error));
    const enum status status = results_match(results, &sample.sweep, &grown, is_same, &error);
    CHECK_OK(results_close(&results, &(struct error){""}));
    return status;
}

/* As a run does it. */
static enum status grow(void)
{
    bool is_same = false;
    struct results_keep keep = keep_of(&sample.sweep, &grown);
    TRY(match(&is_same));
    enum status status = results_keep_add(&keep, path(), &error);
    THEN(status, results_keep_replace(&keep, path(), &error));
    results_keep_release(&keep);
    return status;
}

static struct results *open_file(const char *file)
{
    struct results *results = NULL;
    CHECK_OK(results_open(&results, file, RESULTS_READ, &grown, &error));
    return results;
}

/* ---- comparing ---- */

static void check_same_texts(const struct results *a, const struct results *b, const char *name)
{
    char *texts[2];
    size_t strides[2];
    CHECK_OK(results_read_texts(a, name, &texts[0], &strides[0], &error));
    CHECK_OK(results_read_texts(b, name, &texts[1], &strides[1], &error));
    assert_int_equal(strides[0], strides[1]);
    for (int64_t i = 0; i < results_length(a, "case"); i++) {
        assert_string_equal(texts[0] + (size_t)i * strides[0], texts[1] + (size_t)i * strides[1]);
    }
    free(texts[0]);
    free(texts[1]);
}

static void check_same_values(const struct results *a, const struct results *b,
                              const struct stored_variable *variable)
{
    void *values[2];
    const size_t size = results_count(a, variable->name) * value_size(variable->type);
    CHECK_OK(results_read_new(a, variable->name, &values[0], &error));
    CHECK_OK(results_read_new(b, variable->name, &values[1], &error));
    assert_memory_equal(values[0], values[1], size);
    free(values[0]);
    free(values[1]);
}

static void check_same_run(const struct results *a, const struct results *b)
{
    static struct epoch epochs[2][RESULTS_EPOCHS];
    uint8_t counts[2][CASES * FAULT_COUNT] = {{0}};
    const struct results *const both[2] = {a, b};
    for (int i = 0; i < 2; i++) {
        CHECK_OK(results_read_epochs(both[i], epochs[i], &error));
        CHECK_OK(results_read_faults(both[i], counts[i], &error));
    }
    assert_memory_equal(epochs[0], epochs[1], sizeof epochs[0]);
    assert_memory_equal(counts[0], counts[1], sizeof counts[0]);
    for (int i = 0; i < 2; i++) {
        CHECK_OK(results_read_attempts(both[i], counts[i], &error));
    }
    assert_memory_equal(counts[0], counts[1], CASES);
    for (int i = 0; i < 2; i++) {
        unsigned char *surveys = NULL;
        size_t count = 0;
        CHECK_OK(results_read_surveys(results_path(both[i]), &surveys, &count, &error));
        assert_int_equal(count, CASES);
        assert_int_equal(surveys[0], 0);
        assert_int_equal(surveys[2 * RESULTS_SURVEY_SIZE - 1], 7);
        free(surveys);
    }
}

static void check_same_attribute(const struct results *a, const struct results *b, const char *name)
{
    char *texts[2];
    CHECK_OK(results_read_attribute(a, name, &texts[0], &error));
    CHECK_OK(results_read_attribute(b, name, &texts[1], &error));
    assert_string_equal(texts[0], texts[1]);
    free(texts[0]);
    free(texts[1]);
}

/* Everything that `a` has is in `b`, to the last bit. */
static void check_contains(const struct results *a, const struct results *b)
{
    struct stored_variable variable;
    for (int i = 0; results_variable(a, i, &variable); i++) {
        if (variable.type == VALUE_TEXT && variable.axes[0] == &AXIS_CASE) {
            check_same_texts(a, b, variable.name);
        } else if (value_size(variable.type) > 0) {
            check_same_values(a, b, &variable);
        }
    }
    check_same_run(a, b);
    check_same_attribute(a, b, "file_uuid");
    check_same_attribute(a, b, "study_canonical");
    check_same_attribute(a, b, "isa");
}

/* ---- growing ---- */

static void a_file_gains_a_table_and_keeps_all_that_it_had(void **state)
{
    (void)state;
    struct results_scan before;
    struct results_scan after;
    file_copy(path(), scratch_path("old.h5"));
    struct results *old = open_file(scratch_path("old.h5"));
    bool is_same = true;
    CHECK_OK(match(&is_same));
    assert_false(is_same);
    CHECK_OK(grow());
    assert_int_equal(scratch_count(), 2); /* nothing temporary is left */
    CHECK_OK(match(&is_same));
    assert_true(is_same);
    struct results *new = open_file(path());
    check_contains(old, new);
    CHECK_OK(results_scan_create(&before, old, false, &error));
    CHECK_OK(results_scan_create(&after, new, false, &error));
    assert_int_equal(after.n_done, before.n_done);
    assert_int_equal(after.n_failed, 1);
    assert_int_equal(after.n_damaged, 0);
    assert_int_equal(after.n_pending, before.n_pending + CASES);
    results_scan_release(&before);
    results_scan_release(&after);
    CHECK_OK(results_close(&old, &error));
    CHECK_OK(results_close(&new, &error));
}

/* It is a file like any other: what is in it can be written, and it can be grown no further. */
static void the_new_table_is_written_like_any_other(void **state)
{
    (void)state;
    struct results_scan scan;
    const int probe = grown.n_tables - 1;
    CHECK_OK(grow());
    CHECK_OK(results_open(&sample.results, path(), RESULTS_WRITE, &grown, &error));
    for (int i = 0; i < CASES; i++) {
        struct record *record = sample_record(&sample.sweep, &grown, probe, i);
        struct record *found = sample_record(&sample.sweep, &grown, probe, 0);
        const struct variable *different = NULL;
        CHECK_OK(results_write_record(sample.results, probe, i, record, STATUS_OK, &error));
        CHECK_OK(results_read_record(sample.results, probe, i, found, &error));
        assert_true(record_same(found, record, &different));
        record_destroy(&record);
        record_destroy(&found);
    }
    CHECK_OK(results_scan_create(&scan, sample.results, false, &error));
    assert_true(results_scan_is_final(&scan));
    results_scan_release(&scan);
}

static void check_unchanged(const unsigned char *bytes, size_t size)
{
    size_t found_size = 0;
    unsigned char *const found = file_read(path(), &found_size);
    assert_int_equal(found_size, size);
    assert_memory_equal(found, bytes, size);
    free(found);
}

static void check_refused(enum status status, const char *part)
{
    size_t size = 0;
    unsigned char *const bytes = file_read(path(), &size);
    const int before = h5write_open_handles();
    CHECK_FAILS(grow(), status, part);
    assert_null(strchr(error.text, '\n'));
    assert_int_equal(h5write_open_handles(), before);
    assert_int_equal(scratch_count(), 1);
    check_unchanged(bytes, size);
    free(bytes);
}

/* A table that is there keeps the parameters that it was computed with. */
static void other_parameters_are_a_mismatch_that_names_them(void **state)
{
    (void)state;
    struct diagnostic_spec *const probe = &sample.sweep.diagnostics[sample.sweep.n_diagnostics - 1];
    CHECK_OK(grow());
    probe->params[0] = 0.25;
    check_refused(STATUS_MISMATCH,
                  "diagnostic 'probe' was computed with epsilon = 0.5, the study has 0.25");
    probe->params[0] = 0.5;
    probe->params[1] = 4;
    check_refused(STATUS_MISMATCH,
                  "diagnostic 'probe' was computed with repeats = 3, the study has 4");
}

static void the_file_of_another_study_is_not_grown(void **state)
{
    (void)state;
    set_text(&sample.sweep.models[1].identity, "00000000000000ff");
    check_refused(STATUS_MISMATCH, "model 'm1.h5' has changed since");
}

/* The study has other diagnostics now: what was computed of those that it had is not lost. */
static void a_table_that_the_study_no_longer_names_is_not_lost(void **state)
{
    (void)state;
    CHECK_OK(grow());
    static const struct variable OTHER[] = {{"other", "1", "another", VALUE_F64, FILL_NAN, {NULL}},
                                            {.name = NULL}};
    grown.tables[grown.n_tables - 1] = (struct table){.name = "other_probe", .variables = OTHER};
    set_text(&sample.sweep.diagnostics[sample.sweep.n_diagnostics - 1].name, "other_probe");
    check_refused(STATUS_MISMATCH, "holds 'probe_");
}

static void what_is_no_results_file_is_left_alone(void **state)
{
    (void)state;
    file_write_text(path(), "notes\n");
    check_refused(STATUS_OUTPUT_TAKEN, "not an HDF5 file");
}

/* ---- stopped in the middle ---- */

/* Writes, syncs and the rename of one growth. */
static int count_steps(void)
{
    enum { MANY = 1 << 20 };
    file_copy(path(), scratch_path("old.h5"));
    steps_left = MANY;
    CHECK_OK(grow());
    const int count = MANY - steps_left;
    steps_left = -1;
    assert_int_equal(rename(scratch_path("old.h5"), path()), 0);
    return count;
}

/* Every seventh step, but each of the last ones, the sync and the rename among them. */
static int next_step(int k, int count)
{
    const int step = every(7);
    return k + (k + step >= count ? 1 : step);
}

static void a_failure_at_any_step_leaves_the_old_file(void **state)
{
    (void)state;
    size_t size = 0;
    const int count = count_steps();
    unsigned char *const bytes = file_read(path(), &size);
    assert_true(count > 50); /* values of two tables, jobs, history, one sync, one rename */
    for (int k = 0; k < count; k = next_step(k, count)) {
        const int before = h5write_open_handles();
        steps_left = k;
        assert_int_equal(grow(), STATUS_IO);
        steps_left = -1;
        assert_int_equal(h5write_open_handles(), before);
        assert_int_equal(scratch_count(), 1);
        check_unchanged(bytes, size);
    }
    free(bytes);
}

static void grow_in_child(int k)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        is_killed = true;
        steps_left = k;
        _exit((int)grow());
    }
    int result = -1;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), KILLED);
}

static void a_kill_at_any_step_leaves_the_old_file(void **state)
{
    (void)state;
    size_t size = 0;
    const int count = count_steps();
    unsigned char *const bytes = file_read(path(), &size);
    for (int k = 0; k < count; k = next_step(k, count)) {
        grow_in_child(k);
        check_unchanged(bytes, size);
        CHECK_OK(atomic_file_clear(path(), &error)); /* as the next run does */
        assert_int_equal(scratch_count(), 1);
    }
    free(bytes);
    bool is_same = false;
    CHECK_OK(grow());
    CHECK_OK(match(&is_same));
    assert_true(is_same);
}

/* ---- another study ---- */

enum { NEW_CASES = 4, NEW_ALPHAS = 4, NEW_SETS = 6 };

/* Case 2 of the old study, a new one, then 0 and 1; half of the alphas are those of the old one,
 * between others; without the probe. */
static struct sweep other_study(void)
{
    struct sweep sweep = sample_sweep(NEW_CASES, NEW_ALPHAS, NEW_SETS);
    const int order[] = {2, 3, 0, 1};
    sample_all_partitions(&sweep);
    for (int i = 0; i < NEW_CASES; i++) {
        sweep.cases[i].model = order[i];
    }
    return sweep;
}

/* Copies files into a new one for a sweep. */
static enum status keep_files(const struct sweep *sweep, const struct schema *schema,
                              const char *const *files, int n_files, int64_t *n_kept)
{
    struct results_keep keep = keep_of(sweep, schema);
    enum status status = STATUS_OK;
    for (int i = 0; i < n_files; i++) {
        THEN(status, results_keep_add(&keep, files[i], &error));
    }
    THEN(status, results_keep_count(&keep, &error));
    *n_kept = keep.n_kept;
    THEN(status, atomic_file_write(scratch_path("new.h5"), results_keep_write, &keep, &error));
    assert_true(status != STATUS_OK || keep.n_kept == *n_kept);
    results_keep_release(&keep);
    return status;
}

/* The old job of a new one, -1 when it has none. */
static int old_job(int job)
{
    const int row = job / NEW_SETS;
    const int set = job % NEW_SETS; /* the first sets are the same */
    const int old_row = row >= NEW_ALPHAS ? ALPHAS + row - NEW_ALPHAS : row % 2 == 1 ? row / 2 : -1;
    const int n_rows = sweep_rows_per_case(&sample.sweep);
    return set < SETS && old_row >= 0 && old_row < n_rows ? old_row * SETS + set : -1;
}

static void jobs_find_their_new_places(void **state)
{
    (void)state;
    const char *const file = path();
    struct sweep sweep = other_study();
    struct schema schema = diagnostics_schema(&sweep);
    struct results *old = NULL;
    struct results *new = NULL;
    int64_t n_kept = 0;
    int64_t n_found = 0;
    CHECK_OK(keep_files(&sweep, &schema, &file, 1, &n_kept));
    CHECK_OK(results_open(&old, file, RESULTS_READ, &schema, &error));
    CHECK_OK(results_open(&new, scratch_path("new.h5"), RESULTS_READ, &schema, &error));
    struct job_result *const before = read_jobs(old, NULL);
    struct job_result *const after = read_jobs(new, NULL);
    const int n_old = sweep_removals_per_case(&sample.sweep);
    const int n_new = sweep_removals_per_case(&sweep);
    for (int i = 0; i < NEW_CASES * n_new; i++) {
        const int model = sweep.cases[i / n_new].model;
        const int job = model < CASES ? old_job(i % n_new) : -1;
        const struct job_result absent = job_result_absent();
        const struct job_result *const expected = job < 0 ? &absent : &before[model * n_old + job];
        assert_true(same_job(&after[i], expected));
        n_found += after[i].state != JOB_PENDING;
    }
    assert_int_equal(n_kept, n_found + 2 * CASES); /* spectrum and training: splits lack alphas */
    struct results_scan scan;
    CHECK_OK(results_scan_create(&scan, new, false, &error));
    assert_int_equal(scan.n_damaged, 0);
    assert_int_equal(scan.n_done + scan.n_failed, n_kept);
    results_scan_release(&scan);
    free(before);
    free(after);
    CHECK_OK(results_close(&old, &error));
    CHECK_OK(results_close(&new, &error));
    sweep_release(&sweep);
}

/* The axis of modes is longer with a wider model. */
static void records_find_their_new_places(void **state)
{
    (void)state;
    enum { SPECTRUM };
    const char *const file = path();
    struct sweep sweep = other_study();
    struct schema schema = diagnostics_schema(&sweep);
    struct results *new = NULL;
    int64_t n_kept = 0;
    CHECK_OK(keep_files(&sweep, &schema, &file, 1, &n_kept));
    CHECK_OK(results_open(&new, scratch_path("new.h5"), RESULTS_READ, &schema, &error));
    for (int i = 0; i < NEW_CASES; i++) {
        const int model = sweep.cases[i].model;
        struct record *old = sample_record(&sample.sweep, &sample.schema, SPECTRUM, model % CASES);
        struct record *found = NULL;
        CHECK_OK(record_create(&found, schema.tables[SPECTRUM].variables, &sweep, &error));
        CHECK_OK(results_read_record(new, SPECTRUM, i, found, &error));
        const double *const real = record_f64(found, "eigenvalue_re");
        const double *const expected = record_f64(old, "eigenvalue_re");
        const size_t n_old = record_axis_length(old, "eigenvalue_re", 0);
        for (size_t k = 0; k < record_axis_length(found, "eigenvalue_re", 0); k++) {
            const double value = model < CASES && k < n_old ? expected[k] : NAN;
            assert_true(same_bits(real[k], value));
        }
        record_destroy(&old);
        record_destroy(&found);
    }
    CHECK_OK(results_close(&new, &error));
    sweep_release(&sweep);
}

static void verdicts_go_by_the_new_epsilon(void **state)
{
    (void)state;
    const char *const file = path();
    struct results *new = NULL;
    int64_t n_kept = 0;
    const int distance = measure_number("distance");
    sample.sweep.epsilon = 70.0; /* between the distances of the sample */
    CHECK_OK(keep_files(&sample.sweep, &sample.schema, &file, 1, &n_kept));
    CHECK_OK(results_open(&new, scratch_path("new.h5"), RESULTS_READ, &sample.schema, &error));
    struct job_result *const jobs = read_jobs(new, NULL);
    int n_stable = 0;
    int n_moved = 0;
    for (int i = 0; i < CASES * sweep_removals_per_case(&sample.sweep); i++) {
        if (jobs[i].state == JOB_DONE) {
            assert_int_equal(jobs[i].stabilizer, jobs[i].values[distance] <= 70.0);
            n_stable += jobs[i].stabilizer == 1;
            n_moved += jobs[i].stabilizer == 0;
        }
    }
    assert_true(n_stable > 0 && n_moved > 0);
    free(jobs);
    CHECK_OK(results_close(&new, &error));
}

/* ---- several files ---- */

/* Changes the values of a job of a copy. */
static const char *change_job(const char *name, int case_index, int job, int job_state)
{
    struct results *results = NULL;
    const char *const copy = scratch_path(name);
    struct job_result changed = job_state == JOB_DONE
                                    ? sample_job(case_index, job + 1)
                                    : job_result_failed(STATUS_JOB_ROLLOUT_NONFINITE);
    file_copy(path(), copy);
    CHECK_OK(results_open(&results, copy, RESULTS_WRITE, &sample.schema, &error));
    CHECK_OK(results_write_jobs(results, case_index, job, &changed, 1, &error));
    CHECK_OK(results_write_message(results, case_index, "it failed here", &error));
    CHECK_OK(results_close(&results, &error));
    return copy;
}

static void check_messages(const struct results *results, const char *const *expected)
{
    char *texts = NULL;
    size_t stride = 0;
    CHECK_OK(results_read_texts(results, "message", &texts, &stride, &error));
    for (size_t i = 0; i < CASES; i++) {
        assert_string_equal(texts + i * stride, expected[i]);
    }
    free(texts);
}

static void what_is_done_goes_before_what_has_failed(void **state)
{
    (void)state;
    char failed[4096];
    int64_t n_kept = 0;
    struct results_scan scan;
    struct results *new = NULL;
    (void)snprintf(failed, sizeof failed, "%s", change_job("failed.h5", 0, 0, JOB_FAILED));
    const char *const files[] = {failed, path()};
    CHECK_OK(keep_files(&sample.sweep, &sample.schema, files, 2, &n_kept));
    CHECK_OK(results_open(&new, scratch_path("new.h5"), RESULTS_READ, &sample.schema, &error));
    CHECK_OK(results_scan_create(&scan, new, false, &error));
    assert_int_equal(scan.n_failed, 1); /* the one that failed in both */
    assert_int_equal(scan.n_pending, 0);
    results_scan_release(&scan);
    check_messages(new, (const char *const[]){"", "outputs overflowed", ""});
    CHECK_OK(results_close(&new, &error));
}

static void files_that_contradict_each_other_are_refused(void **state)
{
    (void)state;
    char other[4096];
    int64_t n_kept = 0;
    (void)snprintf(other, sizeof other, "%s", change_job("other.h5", 2, 1, JOB_DONE));
    const char *const files[] = {path(), other};
    assert_int_equal(keep_files(&sample.sweep, &sample.schema, files, 2, &n_kept), STATUS_MISMATCH);
    assert_non_null(strstr(error.text, "other.h5: model 'm2.h5' on task 'sine' has other values"));
    assert_int_equal(scratch_count(), 2);
}

#define GROW_TEST(function)                                                                        \
    cmocka_unit_test_prestate_setup_teardown(function, create_sample, results_sample_remove,       \
                                             &sample)

int test_results_keep(void)
{
    wrapped_H5Dwrite = stopping_write;
    wrapped_fsync = stopping_fsync;
    wrapped_rename = stopping_rename;
    const struct CMUnitTest tests[] = {
        GROW_TEST(a_file_gains_a_table_and_keeps_all_that_it_had),
        GROW_TEST(the_new_table_is_written_like_any_other),
        GROW_TEST(other_parameters_are_a_mismatch_that_names_them),
        GROW_TEST(the_file_of_another_study_is_not_grown),
        GROW_TEST(a_table_that_the_study_no_longer_names_is_not_lost),
        GROW_TEST(what_is_no_results_file_is_left_alone),
        GROW_TEST(a_failure_at_any_step_leaves_the_old_file),
        GROW_TEST(a_kill_at_any_step_leaves_the_old_file),
        GROW_TEST(jobs_find_their_new_places),
        GROW_TEST(records_find_their_new_places),
        GROW_TEST(verdicts_go_by_the_new_epsilon),
        GROW_TEST(what_is_done_goes_before_what_has_failed),
        GROW_TEST(files_that_contradict_each_other_are_refused),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
