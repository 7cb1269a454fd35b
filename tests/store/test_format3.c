/* Results files of format 3, which are only read. The one that is looked at was made by the program
 * as it was then (revision 0f474be522cb): a network trained in 20 steps that missed its target, one
 * from a file on its own trials, and one whose Schur form overflows; two alphas, three sets, all
 * partitions. */
#include "store/atomic_file.h"
#include "store/results_internal.h"

#include "kernel/diagnostics/diagnostic.h"
#include "store/results_keep.h"
#include "store/results_resume.h"
#include "store/results_scan.h"
#include "support/check.h"
#include "support/h5write.h"
#include "support/samples.h"
#include "support/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CASES = 3, ALPHAS = 2, SETS = 3, MODES = 8, TABLES = 3, JOBS = (ALPHAS + MODES) * SETS };

static struct error error;
static struct schema schema;
static struct results *results;

static const char *path(void)
{
    return scratch_path("old.h5");
}

static int open_copy(void **state)
{
    (void)state;
    file_copy(TEST_DATA_DIR "/format3.h5", path());
    schema = diagnostics_schema(NULL);
    CHECK_OK(results_open(&results, path(), RESULTS_READ, &schema, &error));
    return 0;
}

static int close_copy(void **state)
{
    CHECK_OK(results_close(&results, &error));
    return scratch_clear(state);
}

/* ---- names ---- */

/* What is called otherwise now; NULL: it was not there. */
static const struct {
    const char *now;
    const char *then;
} NAMES[] = {
    {"coupling", "sector"},
    {"mode", "unit"},
    {"n_r", "leading_dim"},
    {"coupling_mass", "sector_mass"},
    {"nonnormality", "departure"},
    {"orthogonality_loss", "orthogonality"},
    {"partition_n_r", "profile_leading_dim"},
    {"partition_fvu", "profile_fvu"},
    {"partition_delta_fvu", "profile_delta_fvu"},
    {"partition_accuracy", "profile_accuracy"},
    {"partition_distance", "profile_distance"},
    {"partition_removed_mass", "profile_removed_mass"},
    {"partition_sensitivity", "profile_sensitivity"},
    {"partition_seconds", "profile_seconds"},
    {"partition_stabilizer", "profile_stabilizer"},
    {"partition_error", "profile_error"},
    {"partition_checksum", "profile_checksum"},
    {"partition_state", "profile_state"},
    {"spectrum_state", "case_state"},
    {"splits_state", "case_state"},
    {"training_state", "case_state"},
    {"spectrum_checksum", "case_checksum"},
    {"splits_checksum", "case_checksum"},
    {"training_checksum", "case_checksum"},
    {"spectrum_error", NULL},
    {"splits_error", NULL},
    {"training_error", NULL},
    {"matrix", NULL},
    {"gauge", NULL},
    {"order", NULL},
    {"leak", NULL},
    {"leak_form", NULL},
    {"cell", NULL},
    {"activation", NULL},
};

static const char *name_then(const char *now)
{
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (strcmp(NAMES[i].now, now) == 0) {
            return NAMES[i].then;
        }
    }
    return now;
}

/* The values of the file under the old name, with plain HDF5. */
static void check_numbers(const struct stored_variable *variable, const char *then)
{
    const size_t size = results_count(results, variable->name) * value_size(variable->type);
    void *now = NULL;
    CHECK_OK(results_read_new(results, variable->name, &now, &error));
    unsigned char *const expected = calloc(size, 1);
    assert_non_null(expected);
    if (then != NULL) {
        const hid_t dataset = H5Dopen2(results->file, then, H5P_DEFAULT);
        const hid_t type = H5Dget_type(dataset);
        assert_int_equal(H5Dget_storage_size(dataset), size);
        assert_int_equal(H5Tget_size(type), value_size(variable->type));
        assert_true(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, expected) >= 0);
        (void)H5Tclose(type);
        (void)H5Dclose(dataset);
    }
    assert_memory_equal(now, expected, size);
    free(now);
    free(expected);
}

static void every_variable_is_read_under_its_new_name(void **state)
{
    (void)state;
    struct stored_variable variable;
    int n_numbers = 0;
    for (int i = 0; results_variable(results, i, &variable); i++) {
        const char *const then = name_then(variable.name);
        if (variable.type != VALUE_TEXT) {
            check_numbers(&variable, then);
            n_numbers++;
        }
        assert_true(then == NULL || H5Lexists(results->file, then, H5P_DEFAULT) > 0);
    }
    assert_int_equal(n_numbers, 4 + 4 + 2 * 11 + (9 + 6 + 5) + 3 * TABLES);
    assert_int_equal(results_schema(results)->n_tables, TABLES);
    assert_int_equal(results_length(results, "case"), CASES);
    assert_int_equal(results_length(results, "partition"), MODES);
    assert_int_equal(results_jobs_per_case(results), JOBS + TABLES);
}

static void check_texts(const char *name, const char *first, const char *second, const char *third)
{
    const char *const expected[] = {first, second, third};
    char *texts = NULL;
    size_t stride = 0;
    CHECK_OK(results_read_texts(results, name, &texts, &stride, &error));
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(texts + i * stride, expected[i]);
    }
    free(texts);
}

static void texts_are_read_and_new_labels_are_those_that_all_files_had(void **state)
{
    (void)state;
    check_texts("model", "sine-dense_orthogonal-n8-s0-tail-c0390442", "own.h5", "huge.h5");
    check_texts("task", "sine", "own", "own");
    check_texts("construction", "dense_orthogonal", "dense_normal", "");
    check_texts("ablation", "none", "CR", "RR+CR+CC");
    check_texts("coupling", "RR", "CR", "CC");
    check_texts("matrix", "hh", "hh", "hh");
    check_texts("cell", "rnn", "rnn", "rnn");
    check_texts("activation", "tanh", "tanh", "tanh");
    check_texts("message", "", "", "Schur form of width 5 overflowed");
}

static void the_history_lacks_what_it_did_not_say(void **state)
{
    (void)state;
    struct epoch epochs[RESULTS_EPOCHS];
    CHECK_OK(results_read_epochs(results, epochs, &error));
    assert_int_equal(epochs[0].start_time, 1750000000);
    assert_int_equal(epochs[0].n_ranks, 2);
    assert_string_equal(epochs[0].host, "node");
    assert_string_equal(epochs[0].isa, "");
    assert_string_equal(epochs[0].blas_core, "");
    assert_int_equal(epochs[1].start_time, 0);
}

static void the_study_is_read_from_its_text(void **state)
{
    (void)state;
    struct sweep sweep;
    char *isa = NULL;
    CHECK_OK(results_read_attribute(results, "isa", &isa, &error));
    assert_string_equal(isa, "avx512");
    free(isa);
    CHECK_OK(results_read_sweep(results, &sweep, &error));
    assert_string_equal(sweep.name, "format3");
    assert_int_equal(sweep.seed, 7);
    CHECK_SAME(sweep.epsilon, 0.1);
    assert_int_equal(sweep.precision, PRECISION_FLOAT64);
    assert_int_equal(sweep.isa, ISA_AVX512);
    assert_int_equal(sweep.team.n_ranks, 0);
    assert_int_equal(sweep.n_tasks, 1);
    assert_string_equal(sweep.tasks[0].name, "sine");
    assert_memory_equal(sweep.tasks[0].params, ((double[]){16.0, 20.0, 5.0}), 3 * sizeof(double));
    assert_int_equal(sweep.n_cases, CASES);
    assert_int_equal(sweep.cases[0].task, 0);
    assert_int_equal(sweep.cases[1].task, CASE_TASK_OWN);
    assert_int_equal(sweep.models[sweep.cases[2].model].n_hidden, 5);
    assert_int_equal(sweep.n_diagnostics, TABLES);
    sweep_release(&sweep);
}

/* ---- the scan ---- */

static void check_scan(bool retry_failed, int64_t n_damaged, int64_t n_final)
{
    struct results_scan scan;
    int64_t found = 0;
    CHECK_OK(results_scan_create(&scan, results, retry_failed, &error));
    for (int64_t i = 0; i < scan.n_slots; i++) {
        found += scan.final[i];
    }
    assert_int_equal(scan.n_slots, CASES * (JOBS + TABLES));
    assert_int_equal(scan.n_damaged, n_damaged);
    assert_int_equal(found, n_final);
    results_scan_release(&scan);
}

static void a_sound_file_is_found_sound(void **state)
{
    (void)state;
    enum { DONE = (2 + 4) * SETS * 2, FAILED = (2 + 5) * SETS };
    struct results_scan scan;
    CHECK_OK(results_scan_create(&scan, results, false, &error));
    assert_int_equal(scan.n_done, DONE + 2 * TABLES);
    assert_int_equal(scan.n_failed, FAILED + TABLES);
    assert_int_equal(scan.n_pending, 0);
    assert_int_equal(scan.n_damaged, 0);
    assert_true(results_scan_is_final(&scan));
    results_scan_release(&scan);
    check_scan(true, 0, CASES * (JOBS + TABLES) - FAILED - TABLES);
}

/* One bit of the first value of a case, in the bytes of the file. */
static void flip_bit(const char *then, int64_t case_index, int bit)
{
    size_t size = 0;
    const hid_t dataset = H5Dopen2(results->file, then, H5P_DEFAULT);
    const size_t place = (size_t)H5Dget_offset(dataset) +
                         (size_t)(H5Dget_storage_size(dataset) / CASES) * (size_t)case_index;
    (void)H5Dclose(dataset);
    CHECK_OK(results_close(&results, &error));
    unsigned char *const bytes = file_read(path(), &size);
    bytes[place + (size_t)bit / 8] ^= (unsigned char)(1u << bit % 8);
    file_write(path(), bytes, size);
    free(bytes);
    CHECK_OK(results_open(&results, path(), RESULTS_READ, &schema, &error));
}

/* There was one checksum for all values of a case. */
static void any_flipped_bit_of_a_case_is_found(void **state)
{
    (void)state;
    static const char *const THEN[] = {
        "spectral_radius", "departure",    "schur_residual", "orthogonality", "modulus_gap",
        "train_metric",    "train_loss",   "eigenvalue_re",  "eigenvalue_im", "leading_dim",
        "alpha_gap",       "sector_mass",  "alpha_low",      "alpha_high",    "profile_leading_dim",
        "schur_route",     "weights_hash", "converged",      "train_steps",   "case_checksum"};
    for (size_t i = 0; i < sizeof THEN / sizeof THEN[0]; i++) {
        const int64_t case_index = (int64_t)i % 2;
        flip_bit(THEN[i], case_index, (int)i % 8);
        struct results_scan scan;
        CHECK_OK(results_scan_create(&scan, results, false, &error));
        assert_int_equal(scan.n_damaged, TABLES);
        for (int t = 0; t < TABLES; t++) {
            assert_int_equal(scan.final[case_index * (JOBS + TABLES) + JOBS + t], 0);
        }
        results_scan_release(&scan);
        flip_bit(THEN[i], case_index, (int)i % 8);
        check_scan(false, 0, CASES * (JOBS + TABLES));
    }
}

static void any_flipped_bit_of_a_job_is_found(void **state)
{
    (void)state;
    static const char *const FIELDS[] = {"fvu",        "delta_fvu",    "accuracy",
                                         "distance",   "removed_mass", "sensitivity",
                                         "stabilizer", "error",        "checksum"};
    for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++) {
        char profile[64];
        (void)snprintf(profile, sizeof profile, "profile_%s", FIELDS[i]);
        const char *const names[2] = {FIELDS[i], profile};
        for (int k = 0; k < 2; k++) {
            const int64_t case_index = (int64_t)i % CASES; /* a failed one too */
            flip_bit(names[k], case_index, 3);
            check_scan(false, 1, CASES * (JOBS + TABLES) - 1);
            flip_bit(names[k], case_index, 3);
        }
    }
}

/* ---- only read ---- */

static void it_is_not_opened_for_writing(void **state)
{
    (void)state;
    CHECK_OK(results_close(&results, &error));
    CHECK_FAILS(results_open(&results, path(), RESULTS_WRITE, &schema, &error), STATUS_MISMATCH,
                "old.h5: format_version is 3, expected 4");
    assert_null(results);
}

static void it_is_not_continued(void **state)
{
    (void)state;
    struct sweep sweep;
    CHECK_OK(results_read_sweep(results, &sweep, &error));
    bool is_same = false;
    CHECK_FAILS(results_match(results, &sweep, &schema, &is_same, &error), STATUS_MISMATCH,
                "old.h5: format_version is 3, expected 4");
    sweep_release(&sweep);
}

/* What it has stands in a file of the present format, with the same bits. */
static void it_is_kept_in_a_new_file(void **state)
{
    (void)state;
    struct sweep sweep;
    struct results_scan scan;
    struct results *new = NULL;
    CHECK_OK(results_read_sweep(results, &sweep, &error));
    struct results_keep keep = {.sweep = &sweep,
                                .schema = results_schema(results),
                                .known = &schema,
                                .provenance = {"schursweep 1", ""}};
    CHECK_OK(results_keep_add(&keep, path(), &error));
    CHECK_OK(atomic_file_write(scratch_path("new.h5"), results_keep_write, &keep, &error));
    CHECK_OK(results_scan_create(&scan, results, false, &error));
    assert_int_equal(keep.n_kept, scan.n_done + scan.n_failed);
    assert_true(keep.n_kept > JOBS);
    results_scan_release(&scan);
    results_keep_release(&keep);
    CHECK_OK(results_open(&new, scratch_path("new.h5"), RESULTS_READ, &schema, &error));
    CHECK_OK(results_scan_create(&scan, new, false, &error));
    assert_int_equal(scan.n_damaged, 0);
    results_scan_release(&scan);
    struct job_result *const before = read_jobs(results, NULL);
    struct job_result *const after = read_jobs(new, NULL);
    for (int i = 0; i < CASES * JOBS; i++) {
        assert_true(after[i].state == JOB_PENDING || same_job(&before[i], &after[i]));
    }
    free(before);
    free(after);
    CHECK_OK(results_close(&new, &error));
    sweep_release(&sweep);
}

/* ---- damage ---- */

static void put_canonical(const char *text)
{
    CHECK_OK(results_close(&results, &error));
    const hid_t file = h5write_open(path());
    h5write_text(file, "study_canonical", text);
    assert_true(H5Fclose(file) >= 0);
    CHECK_OK(results_open(&results, path(), RESULTS_READ, &schema, &error));
}

/* Its text was written by nobody who can be trusted. */
static void an_odd_text_of_the_study_is_read_or_refused(void **state)
{
    (void)state;
    static char long_name[600] = "tasks.";
    memset(long_name + 6, 'x', 500);
    (void)snprintf(long_name + 506, 20, " = trials 12");
    const char *const TEXTS[] = {
        " ",
        "tasks.",
        "tasks.a",
        "tasks.a = ",
        "tasks.a = trials",
        "tasks.a = trials ffffffffffffffff",
        "tasks. = 1\ntasks.. = 2\n",
        "tasks.a.b\ntasks.a.c = 1",
        "tasks.a.1 = 1\ntasks.a.2 = 2\ntasks.a.3 = 3\ntasks.a.4 = 4\ntasks.a.5 = 5\n"
        "tasks.a.6 = 6\ntasks.a.7 = 7\ntasks.a.8 = 8\ntasks.a.9 = 9\n",
        long_name,
        "team = from 1, grid 2 x 2, block 4",
        "team = from",
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        struct sweep sweep;
        put_canonical(TEXTS[i]);
        CHECK_OK(results_read_sweep(results, &sweep, &error));
        sweep_release(&sweep);
    }
    struct sweep sweep;
    put_canonical("team = from 1, grid 65536 x 65536, block 4");
    CHECK_FAILS(results_read_sweep(results, &sweep, &error), STATUS_DAMAGED,
                "team is no grid of ranks");
}

static void look_at_flips(unsigned char *bytes, size_t size)
{
    const char *const flipped = scratch_path("flipped.h5");
    for (size_t i = 0; i < size; i += size / 500) {
        struct results *other = NULL;
        struct results_scan scan;
        bytes[i] ^= 0xff;
        file_write(flipped, bytes, size);
        if (results_open(&other, flipped, RESULTS_READ, &schema, &error) == STATUS_OK &&
            results_scan_create(&scan, other, false, &error) == STATUS_OK) {
            results_scan_release(&scan);
        }
        (void)!results_close(&other, &error);
        bytes[i] ^= 0xff;
    }
}

static void a_wrong_byte_anywhere_ends_in_a_status(void **state)
{
    (void)state;
    size_t size = 0;
    unsigned char *const bytes = file_read(path(), &size);
    const pid_t child = fork(); /* what a crash of HDF5 itself would end */
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit seconds = {60, 60};
        (void)setrlimit(RLIMIT_CPU, &seconds);
        look_at_flips(bytes, size);
        _exit(0);
    }
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 0);
    free(bytes);
}

#define FORMAT3_TEST(function) cmocka_unit_test_setup_teardown(function, open_copy, close_copy)

int test_format3(void)
{
    const struct CMUnitTest tests[] = {
        FORMAT3_TEST(every_variable_is_read_under_its_new_name),
        FORMAT3_TEST(texts_are_read_and_new_labels_are_those_that_all_files_had),
        FORMAT3_TEST(the_history_lacks_what_it_did_not_say),
        FORMAT3_TEST(the_study_is_read_from_its_text),
        FORMAT3_TEST(a_sound_file_is_found_sound),
        FORMAT3_TEST(any_flipped_bit_of_a_case_is_found),
        FORMAT3_TEST(any_flipped_bit_of_a_job_is_found),
        FORMAT3_TEST(it_is_not_opened_for_writing),
        FORMAT3_TEST(it_is_not_continued),
        FORMAT3_TEST(it_is_kept_in_a_new_file),
        FORMAT3_TEST(an_odd_text_of_the_study_is_read_or_refused),
        FORMAT3_TEST(a_wrong_byte_anywhere_ends_in_a_status),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
