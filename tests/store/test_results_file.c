#include "store/results_internal.h"

#include "kernel/diagnostics/diagnostic.h"
#include "store/h5.h"
#include "support/check.h"
#include "support/h5write.h"
#include "support/samples.h"
#include "support/scratch.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct error error;
static struct sweep sweep;
static struct schema schema;
static struct results *results;

static int create_sample(void **state)
{
    (void)state;
    sweep = sample_sweep(3, 2, 4);
    set_text(&sweep.models[1].label, "lab/r\xc3\xa9seau.h5");
    sample_results(scratch_path("out.h5"), &sweep);
    schema = diagnostics_schema(&sweep);
    return 0;
}

static int remove_sample(void **state)
{
    CHECK_OK(results_close(&results, &error));
    sweep_release(&sweep);
    return scratch_clear(state);
}

static void open_sample(enum results_access access)
{
    CHECK_OK(results_open(&results, scratch_path("out.h5"), access, &schema, &error));
}

/* ---- opening and closing ------------------------------------------------------------------------
 */

static void an_open_file_has_the_lengths_of_its_sweep(void **state)
{
    (void)state;
    static const struct axis *const AXES[] = {&AXIS_CASE,     &AXIS_ALPHA, &AXIS_ABLATION,
                                              &AXIS_COUPLING, &AXIS_MODE,  &AXIS_PARTITION};
    open_sample(RESULTS_READ);
    for (size_t i = 0; i < sizeof AXES / sizeof AXES[0]; i++) {
        assert_int_equal(results_length(results, AXES[i]->name), AXES[i]->length(&sweep));
    }
    assert_int_equal(results_length(results, "nowhere"), 0);
    assert_string_equal(results_path(results), scratch_path("out.h5"));
    assert_int_equal(results_removals_per_case(results), 8);
    assert_int_equal(results_jobs_per_case(results), 8 + 3);
    assert_int_equal(results_schema(results)->n_tables, 3);
    assert_int_equal(results_count(results, "case"), 3);
    assert_int_equal(results_count(results, "alpha_gap"), 6);
    assert_int_equal(results_count(results, "fvu"), 24);
    assert_int_equal(results_count(results, "coupling_mass"), 18);
    assert_int_equal(results_count(results, "eigenvalue_re"), 15);
    assert_int_equal(results_count(results, "partition_fvu"), 0);
}

/* Whoever declared it, by its name, with its axes; what is not in the file is left out. */
static void every_variable_of_the_file_is_told(void **state)
{
    (void)state;
    struct stored_variable variable;
    int n = 0;
    open_sample(RESULTS_READ);
    for (; results_variable(results, n, &variable); n++) {
        assert_true(results_has(results, variable.name));
        assert_int_equal(results_type(results, variable.name), variable.type);
        assert_null(strstr(variable.name, "partition"));
        assert_in_range(variable.n_axes, 1, VARIABLE_AXES_MAX + 1);
        if (strcmp(variable.name, "coupling_mass") == 0) {
            assert_int_equal(variable.n_axes, 3);
            assert_ptr_equal(variable.axes[0], &AXIS_CASE);
            assert_ptr_equal(variable.axes[1], &AXIS_ALPHA);
            assert_ptr_equal(variable.axes[2], &AXIS_COUPLING);
        }
    }
    assert_int_equal(n, 5 + 14 + 11 + 9 + 3 + 3 + 3 + 5 + 3);
    assert_true(results_has(results, "fvu"));
    assert_false(results_has(results, "partition_fvu"));
    assert_false(results_has(results, "nothing"));
}

static void access_is_what_was_asked_for(void **state)
{
    (void)state;
    static const enum results_access KINDS[] = {RESULTS_READ, RESULTS_WRITE};
    for (int i = 0; i < 2; i++) {
        unsigned intent = 99;
        open_sample(KINDS[i]);
        assert_true(H5Fget_intent(results->file, &intent) >= 0);
        assert_int_equal(intent, KINDS[i] == RESULTS_READ ? H5F_ACC_RDONLY : H5F_ACC_RDWR);
        CHECK_OK(results_close(&results, &error));
    }
}

static void closing_closes_everything_and_may_be_repeated(void **state)
{
    (void)state;
    const int before = h5write_open_handles();
    open_sample(RESULTS_WRITE);
    assert_true(h5write_open_handles() > before);
    CHECK_OK(results_close(&results, &error));
    assert_int_equal(h5write_open_handles(), before);
    assert_null(results);
    CHECK_OK(results_close(&results, &error));
}

static void opening_and_closing_change_no_byte(void **state)
{
    (void)state;
    size_t sizes[2];
    unsigned char *const before = file_read(scratch_path("out.h5"), &sizes[0]);
    open_sample(RESULTS_WRITE);
    CHECK_OK(results_close(&results, &error));
    unsigned char *const after = file_read(scratch_path("out.h5"), &sizes[1]);
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(before, after, sizes[0]);
    free(before);
    free(after);
}

static void check_refused(const char *name, enum status status, const char *message)
{
    const int before = h5write_open_handles();
    CHECK_FAILS(results_open(&results, scratch_path(name), RESULTS_WRITE, &schema, &error), status,
                message);
    assert_non_null(strstr(error.text, name));
    assert_int_equal(h5write_open_handles(), before);
    assert_null(results); /* nothing to close */
}

static void what_is_no_results_file_belongs_to_somebody_else(void **state)
{
    (void)state;
    file_write_text(scratch_path("text"), "notes\n");
    file_write_text(scratch_path("empty"), "");
    assert_int_equal(mkdir(scratch_path("folder"), 0700), 0);
    assert_int_equal(mkfifo(scratch_path("fifo"), 0600), 0);
    (void)H5Fclose(h5write_create(scratch_path("other.h5")));
    const hid_t odd = h5write_create(scratch_path("odd.h5"));
    h5write_text(odd, "format_version", "1");
    (void)H5Fclose(odd);
    check_refused("missing", STATUS_OUTPUT_TAKEN, "No such file");
    check_refused("text", STATUS_OUTPUT_TAKEN, "not an HDF5 file");
    check_refused("empty", STATUS_OUTPUT_TAKEN, "not an HDF5 file");
    check_refused("folder", STATUS_OUTPUT_TAKEN, "not a regular file");
    (void)alarm(20); /* nobody writes to it: opening it must not wait */
    check_refused("fifo", STATUS_OUTPUT_TAKEN, "not a regular file");
    (void)alarm(0);
    check_refused("other.h5", STATUS_OUTPUT_TAKEN, "no results file of this program");
    check_refused("odd.h5", STATUS_OUTPUT_TAKEN, "no results file of this program");
}

static void another_format_is_a_mismatch(void **state)
{
    (void)state;
    const hid_t file = h5write_open(scratch_path("out.h5"));
    h5write_integer(file, "format_version", RESULTS_FORMAT_VERSION + 1);
    (void)H5Fclose(file);
    check_refused("out.h5", STATUS_MISMATCH, "format_version is 5, expected 4");
}

static void a_file_cut_anywhere_is_damaged(void **state)
{
    (void)state;
    size_t size = 0;
    unsigned char *const bytes = file_read(scratch_path("out.h5"), &size);
    for (size_t length = 8; length < size; length += length < 100 ? 1 : 501) {
        file_write(scratch_path("cut.h5"), bytes, length);
        check_refused("cut.h5", STATUS_DAMAGED, "damaged or truncated");
    }
    file_write(scratch_path("cut.h5"), bytes, size - 1);
    check_refused("cut.h5", STATUS_DAMAGED, "damaged or truncated");
    file_write(scratch_path("cut.h5"), bytes, 7);
    check_refused("cut.h5", STATUS_OUTPUT_TAKEN, "not an HDF5 file");
    free(bytes);
}

/* ---- reading ------------------------------------------------------------------------------------
 */

static void texts_are_read_with_room_for_their_end(void **state)
{
    (void)state;
    static const char *const MODELS[] = {"m0.h5", "lab/r\xc3\xa9seau.h5", "m2.h5"};
    static const char *const SETS[] = {"none", "RR", "CR", "CC"};
    char *texts = NULL;
    size_t stride = 0;
    open_sample(RESULTS_READ);
    CHECK_OK(results_read_texts(results, "model", &texts, &stride, &error));
    assert_int_equal(stride, strlen(MODELS[1]) + 1);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(texts + i * stride, MODELS[i]);
    }
    free(texts);
    CHECK_OK(results_read_texts(results, "ablation", &texts, &stride, &error));
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(texts + i * stride, SETS[i]);
    }
    free(texts);
    CHECK_OK(results_read_texts(results, "message", &texts, &stride, &error));
    assert_int_equal(stride, RESULTS_MESSAGE_SIZE + 1);
    for (size_t i = 0; i < 3 * stride; i++) {
        assert_int_equal(texts[i], 0);
    }
    free(texts);
}

static void numbers_are_read_in_their_own_type(void **state)
{
    (void)state;
    double alphas[2] = {0};
    int32_t hidden[3] = {0};
    int64_t seed[3] = {0};
    uint64_t hash[3] = {1, 2, 3};
    uint8_t jobs[24] = {0};
    open_sample(RESULTS_READ);
    CHECK_OK(results_read(results, "alpha", alphas, &error));
    CHECK_OK(results_read(results, "hidden", hidden, &error));
    CHECK_OK(results_read(results, "seed", seed, &error));
    CHECK_OK(results_read(results, "weights_hash", hash, &error));
    CHECK_OK(results_read(results, "stabilizer", jobs, &error));
    CHECK_SAME(alphas[0], 0.5);
    CHECK_SAME(alphas[1], 1.0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(hidden[i], 3 + i);
        assert_int_equal(seed[i], i - 1);
        assert_true(hash[i] == 0); /* nobody has read the weights yet */
    }
    for (int i = 0; i < 24; i++) {
        assert_int_equal(jobs[i], STABILIZER_MISSING);
    }
}

static void attributes_are_new_strings_and_numbers(void **state)
{
    (void)state;
    char *text = NULL;
    double value = 0.0;
    open_sample(RESULTS_READ);
    CHECK_OK(results_read_attribute(results, "study_canonical", &text, &error));
    assert_string_equal(text, sweep.canonical);
    free(text);
    CHECK_OK(results_read_number(results, "epsilon", &value, &error));
    CHECK_SAME(value, 0.125);
    CHECK_OK(results_read_number(results, "seed", &value, &error)); /* an integer is a number */
    CHECK_SAME(value, 7.0);
}

static void put_variable_length(hid_t file, const char *name)
{
    static const char *const TEXT = "study = sample\n";
    const hid_t type = H5Tcopy(H5T_C_S1);
    const hid_t space = H5Screate(H5S_SCALAR);
    (void)H5Tset_size(type, H5T_VARIABLE);
    assert_true(H5Adelete(file, name) >= 0);
    const hid_t attribute = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(attribute >= 0 && H5Awrite(attribute, type, &TEXT) >= 0);
    (void)H5Aclose(attribute);
    (void)H5Sclose(space);
    (void)H5Tclose(type);
}

static void odd_attributes_are_damage(void **state)
{
    (void)state;
    char *text = NULL;
    double value = 0.0;
    const hid_t file = h5write_open(scratch_path("out.h5"));
    assert_true(H5Adelete(file, "file_uuid") >= 0 && H5Adelete(file, "seed") >= 0);
    h5write_integer(file, "study", 7);
    put_variable_length(file, "study_canonical");
    h5write_text(file, "epsilon", "0.1");
    (void)H5Fclose(file);
    open_sample(RESULTS_READ);
    const int before = h5write_open_handles();
    CHECK_FAILS(results_read_attribute(results, "file_uuid", &text, &error), STATUS_DAMAGED,
                "out.h5: file_uuid is missing");
    CHECK_FAILS(results_read_attribute(results, "study", &text, &error), STATUS_DAMAGED,
                "study is not a string");
    CHECK_FAILS(results_read_attribute(results, "study_canonical", &text, &error), STATUS_DAMAGED,
                "study_canonical is not a string");
    CHECK_FAILS(results_read_number(results, "seed", &value, &error), STATUS_DAMAGED,
                "seed is missing or no number");
    CHECK_FAILS(results_read_number(results, "epsilon", &value, &error), STATUS_DAMAGED,
                "epsilon is missing or no number");
    assert_int_equal(h5write_open_handles(), before);
}

static void an_array_of_strings_is_no_text(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    static char texts[COUNT][4];
    char *text = NULL;
    const hid_t file = h5write_open(scratch_path("out.h5"));
    const hid_t type = h5_string_type(sizeof texts[0]);
    const hid_t space = H5Screate_simple(1, (hsize_t[]){COUNT}, NULL);
    assert_true(H5Adelete(file, "study_canonical") >= 0);
    const hid_t attribute =
        H5Acreate2(file, "study_canonical", type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(attribute >= 0 && H5Awrite(attribute, type, texts) >= 0);
    (void)H5Aclose(attribute);
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    (void)H5Fclose(file);
    open_sample(RESULTS_READ);
    CHECK_FAILS(results_read_attribute(results, "study_canonical", &text, &error), STATUS_DAMAGED,
                "study_canonical is not a string");
}

/* A label that is a text for tables and pages, whatever the file holds. */
static void labels_are_one_line_of_valid_text(void **state)
{
    (void)state;
    const char *labels[3] = {"a\nb\033[1m", "\xff\xfe", ""};
    char *texts = NULL;
    size_t stride = 0;
    open_sample(RESULTS_WRITE);
    const hid_t type = h5_string_type(H5T_VARIABLE);
    assert_true(H5Dwrite(layout_find(&results->layout, "model")->id, type, H5S_ALL, H5S_ALL,
                         H5P_DEFAULT, labels) >= 0);
    (void)H5Tclose(type);
    CHECK_OK(results_close(&results, &error));
    open_sample(RESULTS_READ);
    CHECK_OK(results_read_texts(results, "model", &texts, &stride, &error));
    assert_string_equal(texts, "a?b?[1m");
    assert_string_equal(texts + stride, "??");
    assert_string_equal(texts + 2 * stride, "");
    free(texts);
}

static void a_label_without_end_is_damage(void **state)
{
    (void)state;
    static char longest[5000];
    const char *labels[3] = {"", longest, ""};
    char *texts = NULL;
    size_t stride = 0;
    memset(longest, 'x', sizeof longest - 1);
    open_sample(RESULTS_WRITE);
    const hid_t type = h5_string_type(H5T_VARIABLE);
    assert_true(H5Dwrite(layout_find(&results->layout, "task")->id, type, H5S_ALL, H5S_ALL,
                         H5P_DEFAULT, labels) >= 0);
    (void)H5Tclose(type);
    CHECK_OK(results_close(&results, &error));
    open_sample(RESULTS_READ);
    CHECK_FAILS(results_read_texts(results, "task", &texts, &stride, &error), STATUS_DAMAGED,
                "out.h5: task holds a text of endless length");
    assert_null(texts);
}

/* ---- epochs -------------------------------------------------------------------------------------
 */

static void an_epoch_is_written_in_its_own_place(void **state)
{
    (void)state;
    static const struct epoch EMPTY;
    struct epoch epochs[RESULTS_EPOCHS];
    struct epoch first = {.start_time = 1,
                          .done_at_start = 5,
                          .n_ranks = 3,
                          .host = "node1",
                          .isa = "avx2",
                          .blas_core = "Haswell"};
    struct epoch last = {.start_time = 9, .end_time = 10, .n_ranks = 64, .job = "4711"};
    memset(last.host, 'h', sizeof last.host); /* no NUL at all */
    memset(last.blas_core, 'b', sizeof last.blas_core);
    memcpy(last.job, "4\033[1m\xff", 6);
    memcpy(last.isa, "\xff", 1);
    open_sample(RESULTS_WRITE);
    CHECK_OK(results_write_epoch(results, 0, &first, &error));
    CHECK_OK(results_write_epoch(results, RESULTS_EPOCHS - 1, &last, &error));
    CHECK_OK(results_close(&results, &error));
    open_sample(RESULTS_READ);
    CHECK_OK(results_read_epochs(results, epochs, &error));
    assert_memory_equal(&epochs[0], &first, sizeof first);
    last.host[sizeof last.host - 1] = '\0'; /* what is read is text that can be printed */
    last.blas_core[sizeof last.blas_core - 1] = '\0';
    memcpy(last.isa, "?", 1);
    memcpy(last.job, "4?[1m?", 6);
    assert_memory_equal(&epochs[RESULTS_EPOCHS - 1], &last, sizeof last);
    for (int i = 1; i < RESULTS_EPOCHS - 1; i++) {
        assert_memory_equal(&epochs[i], &EMPTY, sizeof EMPTY);
    }
}

static void an_epoch_may_be_written_again(void **state)
{
    (void)state;
    struct epoch epochs[RESULTS_EPOCHS];
    struct epoch epoch = {.start_time = 1};
    open_sample(RESULTS_WRITE);
    CHECK_OK(results_write_epoch(results, 7, &epoch, &error));
    epoch.end_time = 2;
    CHECK_OK(results_write_epoch(results, 7, &epoch, &error));
    CHECK_OK(results_read_epochs(results, epochs, &error));
    assert_memory_equal(&epochs[7], &epoch, sizeof epoch);
    CHECK_FAILS(results_write_epoch(results, RESULTS_EPOCHS, &epoch, &error), STATUS_IO,
                "cannot write run/epochs");
}

static void writing_to_a_file_opened_for_reading_is_an_error(void **state)
{
    (void)state;
    const struct epoch epoch = {.start_time = 1};
    const struct job_result result = sample_job(0, 0);
    struct record *record = sample_record(&sweep, &schema, 1, 0);
    open_sample(RESULTS_READ);
    CHECK_FAILS(results_write_epoch(results, 0, &epoch, &error), STATUS_IO, "run/epochs");
    CHECK_FAILS(results_write_jobs(results, 0, 0, &result, 1, &error), STATUS_IO,
                "out.h5: cannot write fvu");
    CHECK_FAILS(results_write_message(results, 0, "no", &error), STATUS_IO, "cannot write message");
    CHECK_FAILS(results_write_record(results, 1, 0, record, STATUS_OK, &error), STATUS_IO,
                "out.h5: cannot write n_r");
    record_destroy(&record);
}

#define FILE_TEST(function) cmocka_unit_test_setup_teardown(function, create_sample, remove_sample)

int test_results_file(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(an_open_file_has_the_lengths_of_its_sweep),
        FILE_TEST(every_variable_of_the_file_is_told),
        FILE_TEST(access_is_what_was_asked_for),
        FILE_TEST(closing_closes_everything_and_may_be_repeated),
        FILE_TEST(opening_and_closing_change_no_byte),
        FILE_TEST(what_is_no_results_file_belongs_to_somebody_else),
        FILE_TEST(another_format_is_a_mismatch),
        FILE_TEST(a_file_cut_anywhere_is_damaged),
        FILE_TEST(texts_are_read_with_room_for_their_end),
        FILE_TEST(numbers_are_read_in_their_own_type),
        FILE_TEST(attributes_are_new_strings_and_numbers),
        FILE_TEST(odd_attributes_are_damage),
        FILE_TEST(an_array_of_strings_is_no_text),
        FILE_TEST(labels_are_one_line_of_valid_text),
        FILE_TEST(a_label_without_end_is_damage),
        FILE_TEST(an_epoch_is_written_in_its_own_place),
        FILE_TEST(an_epoch_may_be_written_again),
        FILE_TEST(writing_to_a_file_opened_for_reading_is_an_error),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
