/* What a case leaves in a results file beside its jobs: records and a message. */
#include "store/results_internal.h"

#include "store/results_scan.h"
#include "support/check.h"
#include "support/results_sample.h"
#include "support/scratch.h"

#include <stdio.h>
#include <stdlib.h>

enum { SPECTRUM, SPLITS, TRAINING, TABLES };
enum { CASES = 3, ALPHAS = 3, SETS = 4, PARTITIONS = 5, JOBS = (ALPHAS + PARTITIONS) * SETS };

static struct error error;
static struct results_sample sample = {
    .n_cases = CASES, .n_alphas = ALPHAS, .n_ablations = SETS, .with_partitions = true};
static struct results_sample sound = {.n_cases = CASES,
                                      .n_alphas = ALPHAS,
                                      .n_ablations = SETS,
                                      .with_partitions = true,
                                      .with_records = true};

static struct record *new_record(const struct results_sample *of, int table, int case_index)
{
    return sample_record(&of->sweep, &of->schema, table, case_index);
}

/* ---- values ---- */

/* Values of case 1 in the file; those of the others are missing. */
static void check_row(const struct record *record, int i)
{
    const struct variable *const variable = record_variable(record, i);
    const size_t size = record_count(record, i) * value_size(variable->type);
    unsigned char *const found = results_sample_load(&sample, variable->name);
    unsigned char *const missing = malloc(size);
    assert_non_null(missing);
    variable_fill(variable, missing, record_count(record, i));
    assert_memory_equal(found, missing, size);
    assert_memory_equal(found + size, record_values(record, i), size);
    assert_memory_equal(found + 2 * size, missing, size);
    free(found);
    free(missing);
}

static uint8_t state_of(int table, int64_t case_index)
{
    uint8_t states[CASES];
    char name[VARIABLE_NAME_SIZE];
    (void)snprintf(name, sizeof name, "%s_state", sample.schema.tables[table].name);
    CHECK_OK(results_read(sample.results, name, states, &error));
    return states[case_index];
}

static void the_values_of_a_record_stand_in_its_row(void **state)
{
    (void)state;
    for (int t = 0; t < TABLES; t++) {
        struct record *record = new_record(&sample, t, 1);
        struct record *found = NULL;
        const struct variable *different = NULL;
        CHECK_OK(results_write_record(sample.results, t, 1, record, STATUS_OK, &error));
        for (int i = 0; i < record_length(record); i++) {
            check_row(record, i);
        }
        CHECK_OK(record_create(&found, sample.schema.tables[t].variables, &sample.sweep, &error));
        CHECK_OK(results_read_record(sample.results, t, 1, found, &error));
        assert_true(record_same(found, record, &different));
        assert_int_equal(state_of(t, 0), JOB_PENDING);
        assert_int_equal(state_of(t, 1), JOB_DONE);
        record_destroy(&record);
        record_destroy(&found);
    }
}

static void a_failed_record_says_why(void **state)
{
    (void)state;
    uint16_t codes[CASES];
    struct record *none = NULL;
    CHECK_OK(record_create(&none, sample.schema.tables[TRAINING].variables, &sample.sweep, &error));
    CHECK_OK(results_write_record(sample.results, TRAINING, 2, none, STATUS_JOB_MODEL, &error));
    CHECK_OK(results_read(sample.results, "training_error", codes, &error));
    assert_int_equal(codes[1], 0);
    assert_int_equal(codes[2], STATUS_JOB_MODEL);
    assert_int_equal(state_of(TRAINING, 2), JOB_FAILED);
    record_destroy(&none);
}

static void the_part_of_some_cases_is_read_alone(void **state)
{
    (void)state;
    double all[CASES * ALPHAS * COUPLING_COUNT];
    double part[2 * ALPHAS * COUPLING_COUNT];
    CHECK_OK(results_read(sound.results, "coupling_mass", all, &error));
    CHECK_OK(results_read_cases(sound.results, "coupling_mass", 1, 2, part, &error));
    assert_memory_equal(part, all + ALPHAS * COUPLING_COUNT, sizeof part);
    CHECK_FAILS(results_read_cases(sound.results, "coupling_mass", 2, 2, part, &error),
                STATUS_DAMAGED, "out.h5: cannot read coupling_mass");
}

/* ---- messages ---- */

static void check_message(const char *message, size_t kept)
{
    char *texts = NULL;
    size_t stride = 0;
    CHECK_OK(results_write_message(sample.results, 1, message, &error));
    CHECK_OK(results_read_texts(sample.results, "message", &texts, &stride, &error));
    assert_string_equal(texts, "");
    assert_int_equal(strlen(texts + stride), kept);
    assert_memory_equal(texts + stride, message, kept);
    assert_string_equal(texts + 2 * stride, "");
    free(texts);
}

static void a_message_is_cut_to_its_place(void **state)
{
    (void)state;
    char text[ERROR_TEXT_SIZE];
    static const size_t LENGTHS[] = {0, 1, 199, 200, 201, 1023};
    for (size_t i = sizeof LENGTHS / sizeof LENGTHS[0]; i-- > 0;) { /* the longest first */
        memset(text, 'a' + (int)i, sizeof text);
        text[LENGTHS[i]] = '\0';
        check_message(text, LENGTHS[i] < RESULTS_MESSAGE_SIZE ? LENGTHS[i] : RESULTS_MESSAGE_SIZE);
    }
}

static void a_message_is_never_cut_within_a_character(void **state)
{
    (void)state;
    static const char *const LETTERS[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8c\xb1"};
    for (size_t i = 0; i < sizeof LETTERS / sizeof LETTERS[0]; i++) {
        for (size_t first = RESULTS_MESSAGE_SIZE - 4; first <= RESULTS_MESSAGE_SIZE; first++) {
            char text[RESULTS_MESSAGE_SIZE + 64];
            memset(text, 'x', first);
            (void)snprintf(text + first, sizeof text - first, "%s and more", LETTERS[i]);
            const bool fits = first + strlen(LETTERS[i]) <= RESULTS_MESSAGE_SIZE;
            check_message(text, fits ? RESULTS_MESSAGE_SIZE : first);
        }
    }
}

static void an_empty_message_takes_the_place_of_an_earlier_one(void **state)
{
    (void)state;
    check_message("no such file", 12);
    check_message("", 0);
}

/* ---- damage ---- */

/* Only the record of that table and case is damaged, or none when case_index is -1. */
static void check_damaged(int table, int case_index)
{
    struct results_scan scan;
    CHECK_OK(results_scan_create(&scan, sound.results, false, &error));
    assert_int_equal(scan.n_done, CASES * TABLES - (case_index >= 0));
    assert_int_equal(scan.n_damaged, case_index >= 0);
    for (int i = 0; i < CASES; i++) {
        for (int t = 0; t < TABLES; t++) {
            assert_int_equal(scan.final[i * (JOBS + TABLES) + JOBS + t],
                             !(t == table && i == case_index));
        }
    }
    results_scan_release(&scan);
}

/* Changes a bit of a variable behind the back of the store, and back again. */
static void check_bit(const struct dataset *dataset, int table, int case_index, size_t bit)
{
    const size_t size =
        results_count(sound.results, dataset->name) / CASES * value_size(dataset->type);
    const bool is_time = strcmp(dataset->units, "s") == 0;
    for (int round = 0; round < 2; round++) {
        unsigned char *const bytes = results_sample_load(&sound, dataset->name);
        unsigned char *const byte = bytes + (size_t)case_index * size + bit / 8 % size;
        *byte = (unsigned char)(*byte ^ 1u << bit % 8);
        results_sample_save(&sound, dataset->name, bytes);
        check_damaged(table, round == 0 && !is_time ? case_index : -1);
    }
}

/* Of every variable some bits spread over its row, in one case after the other. */
static void any_changed_value_is_found_in_its_record_alone(void **state)
{
    (void)state;
    int case_index = 0;
    check_damaged(0, -1);
    for (int t = 0; t < TABLES; t++) {
        const struct layout *const layout = &sound.results->layout;
        const int n = variables_count(sound.schema.tables[t].variables);
        for (int i = 0; i < n + TABLE_STATE; i++) { /* error and checksum too */
            for (size_t bit = 0; bit < 64; bit += 7) {
                check_bit(&layout->datasets[layout->tables[t] + i], t, case_index++ % CASES, bit);
            }
        }
    }
}

static void an_unknown_state_is_damage(void **state)
{
    (void)state;
    for (int unknown = 3; unknown < 256; unknown += 36) {
        uint8_t *const states = results_sample_load(&sound, "spectrum_state");
        states[1] = (uint8_t)unknown;
        results_sample_save(&sound, "spectrum_state", states);
        check_damaged(SPECTRUM, 1);
    }
}

static void a_record_that_was_never_written_is_pending_and_no_damage(void **state)
{
    (void)state;
    struct results_scan scan;
    CHECK_OK(results_scan_create(&scan, sample.results, false, &error));
    assert_int_equal(scan.n_done, 0);
    assert_int_equal(scan.n_damaged, 0);
    results_scan_release(&scan);
    uint8_t *const states = results_sample_load(&sample, "splits_state");
    states[0] = JOB_DONE;
    states[1] = JOB_FAILED;
    results_sample_save(&sample, "splits_state", states);
    CHECK_OK(results_scan_create(&scan, sample.results, false, &error));
    assert_int_equal(scan.n_damaged, 2);
    assert_int_equal(scan.n_done + scan.n_failed, 0);
    results_scan_release(&scan);
}

/* Written whole in the wrong row. */
static void the_record_of_another_case_is_damage(void **state)
{
    (void)state;
    for (int t = 0; t < TABLES; t++) {
        const struct layout *const layout = &sound.results->layout;
        const int n = variables_count(sound.schema.tables[t].variables) + TABLE_FIELD_COUNT;
        for (int i = 0; i < n; i++) {
            const struct dataset *const dataset = &layout->datasets[layout->tables[t] + i];
            const size_t size =
                results_count(sound.results, dataset->name) / CASES * value_size(dataset->type);
            unsigned char *const bytes = results_sample_load(&sound, dataset->name);
            memcpy(bytes + 2 * size, bytes, size);
            results_sample_save(&sound, dataset->name, bytes);
        }
        check_damaged(t, 2);
        struct record *record = new_record(&sound, t, 2);
        CHECK_OK(results_write_record(sound.results, t, 2, record, STATUS_OK, &error));
        record_destroy(&record);
    }
}

/* Its checksum covers what it says of the failure. */
static void a_damaged_failed_record_is_pending(void **state)
{
    (void)state;
    struct record *none = NULL;
    CHECK_OK(record_create(&none, sound.schema.tables[SPLITS].variables, &sound.sweep, &error));
    CHECK_OK(results_write_record(sound.results, SPLITS, 1, none, STATUS_JOB_MODEL, &error));
    for (int bit = 0; bit < 16; bit++) {
        uint16_t *const codes = results_sample_load(&sound, "splits_error");
        codes[1] = (uint16_t)(STATUS_JOB_MODEL ^ 1u << bit);
        results_sample_save(&sound, "splits_error", codes);
        check_damaged(SPLITS, 1);
    }
    record_destroy(&none);
}

#define RECORD_TEST(function) RESULTS_SAMPLE_TEST(function, &sample)
#define DAMAGE_TEST(function) RESULTS_SAMPLE_TEST(function, &sound)

int test_results_record(void)
{
    const struct CMUnitTest tests[] = {
        RECORD_TEST(the_values_of_a_record_stand_in_its_row),
        RECORD_TEST(a_failed_record_says_why),
        DAMAGE_TEST(the_part_of_some_cases_is_read_alone),
        RECORD_TEST(a_message_is_cut_to_its_place),
        RECORD_TEST(a_message_is_never_cut_within_a_character),
        RECORD_TEST(an_empty_message_takes_the_place_of_an_earlier_one),
        DAMAGE_TEST(any_changed_value_is_found_in_its_record_alone),
        DAMAGE_TEST(an_unknown_state_is_damage),
        RECORD_TEST(a_record_that_was_never_written_is_pending_and_no_damage),
        DAMAGE_TEST(the_record_of_another_case_is_damage),
        DAMAGE_TEST(a_damaged_failed_record_is_pending),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
