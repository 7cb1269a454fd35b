#include "core/record.h"

#include "core/axes.h"
#include "core/hash.h"
#include "core/sweep.h"
#include "support/check.h"

#include <stdlib.h>

enum { VARIABLES = 9, ALPHAS = 2 };

/* One of each type, a time, a table, and one over an axis that may have no length. */
static const struct variable LIST[] = {
    {"real", "1", "a real", VALUE_F64, FILL_NAN, {NULL}},
    {"time", "s", "a time", VALUE_F64, FILL_NAN, {NULL}},
    {"table", "1", "a table", VALUE_F64, FILL_NAN, {&AXIS_ALPHA, &AXIS_COUPLING}},
    {"count", "1", "a count", VALUE_I32, FILL_MARKED, {&AXIS_ALPHA}},
    {"hash", "1", "a hash", VALUE_U64, FILL_ZERO, {NULL}},
    {"route", "1", "a route", VALUE_U8, FILL_MARKED, {NULL}},
    {"sign", "1", "a sign", VALUE_I8, FILL_MARKED, {NULL}},
    {"curve", "1", "a curve", VALUE_F64, FILL_NAN, {&AXIS_PARTITION}},
    {"step", "1", "a step", VALUE_I32, FILL_MARKED, {&AXIS_PARTITION, &AXIS_COUPLING}},
    {.name = NULL}};

static struct error error;
static const struct sweep SWEEP = {.n_alphas = ALPHAS};
static const struct sweep WITH_PARTITIONS = {.n_alphas = ALPHAS, .n_partitions = 4};

static struct record *new_record(const struct sweep *sweep)
{
    struct record *record = NULL;
    CHECK_OK(record_create(&record, LIST, sweep, &error));
    return record;
}

/* Other bits in every place. */
static struct record *sample(void)
{
    struct record *const record = new_record(&WITH_PARTITIONS);
    for (int i = 0; i < VARIABLES; i++) {
        unsigned char *const bytes = record_values(record, i);
        const size_t size = record_count(record, i) * value_size(LIST[i].type);
        for (size_t k = 0; k < size; k++) {
            bytes[k] = (unsigned char)(16 * i + (int)k);
        }
    }
    return record;
}

static uint64_t checksum(const struct record *record, int64_t case_index)
{
    uint64_t sum = 0;
    CHECK_OK(record_checksum(record, case_index, &sum, &error));
    return sum;
}

static void a_new_record_has_all_values_missing(void **state)
{
    (void)state;
    struct record *record = new_record(&WITH_PARTITIONS);
    assert_int_equal(record_length(record), VARIABLES);
    assert_true(isnan(*record_f64(record, "real")) && isnan(*record_f64(record, "time")));
    for (int i = 0; i < ALPHAS * COUPLING_COUNT; i++) {
        assert_true(isnan(record_f64(record, "table")[i]));
    }
    assert_int_equal(record_i32(record, "count")[0], -1);
    assert_int_equal(record_i32(record, "count")[1], -1);
    assert_true(*record_u64(record, "hash") == 0);
    assert_int_equal(*record_u8(record, "route"), 255);
    assert_int_equal(*record_i8(record, "sign"), -1);
    assert_true(isnan(record_f64(record, "curve")[3]));
    assert_int_equal(record_i32(record, "step")[4 * COUPLING_COUNT - 1], -1);
    record_destroy(&record);
    assert_null(record);
    record_destroy(&record); /* again: nothing happens */
}

static void variables_are_found_by_name_and_by_number(void **state)
{
    (void)state;
    static const size_t COUNTS[VARIABLES] = {1, 1, ALPHAS * COUPLING_COUNT, ALPHAS, 1, 1,
                                             1, 4, 4 * COUPLING_COUNT};
    struct record *record = new_record(&WITH_PARTITIONS);
    for (int i = 0; i < VARIABLES; i++) {
        assert_ptr_equal(record_variable(record, i), &LIST[i]);
        assert_int_equal(record_count(record, i), COUNTS[i]);
    }
    assert_ptr_equal(record_f64(record, "table"), record_values(record, 2));
    assert_ptr_equal(record_i8(record, "sign"), record_values(record, 6));
    record_destroy(&record);
}

static void an_axis_without_length_leaves_no_values(void **state)
{
    (void)state;
    struct record *record = new_record(&SWEEP);
    struct record *other = new_record(&SWEEP);
    const struct variable *different = NULL;
    assert_int_equal(record_length(record), VARIABLES);
    assert_int_equal(record_count(record, 7), 0);
    assert_int_equal(record_count(record, 8), 0);
    assert_null(record_f64(record, "curve"));
    assert_null(record_i32(record, "step"));
    assert_true(record_same(record, other, &different));
    assert_true(checksum(record, 0) == checksum(other, 0));
    record_destroy(&record);
    record_destroy(&other);
}

static void a_list_without_variables_makes_an_empty_record(void **state)
{
    (void)state;
    struct record *record = NULL;
    CHECK_OK(record_create(&record, LIST + VARIABLES, &SWEEP, &error));
    assert_int_equal(record_length(record), 0);
    assert_true(checksum(record, 1) != checksum(record, 2));
    record_destroy(&record);
}

/* The layout that a results file promises: the case, then the values in the order of the list. */
static void the_checksum_is_of_the_documented_bytes(void **state)
{
    (void)state;
    struct record *record = sample();
    unsigned char bytes[1024];
    const int64_t case_index = 3;
    size_t size = sizeof case_index;
    memcpy(bytes, &case_index, sizeof case_index);
    for (int i = 0; i < VARIABLES; i++) {
        const size_t more = record_count(record, i) * value_size(LIST[i].type);
        if (strcmp(LIST[i].name, "time") != 0) {
            memcpy(bytes + size, record_values(record, i), more);
            size += more;
        }
    }
    assert_true(checksum(record, case_index) == hash_bytes128(bytes, size).low);
    record_destroy(&record);
}

/* Calls `check` with the record, after one bit of variable i was changed. */
static void for_every_bit(void (*check)(struct record *changed, int i))
{
    struct record *record = sample();
    for (int i = 0; i < VARIABLES; i++) {
        unsigned char *const bytes = record_values(record, i);
        const size_t size = record_count(record, i) * value_size(LIST[i].type);
        for (size_t bit = 0; bit < 8 * size; bit++) {
            bytes[bit / 8] = (unsigned char)(bytes[bit / 8] ^ 1u << bit % 8);
            check(record, i);
            bytes[bit / 8] = (unsigned char)(bytes[bit / 8] ^ 1u << bit % 8);
        }
    }
    record_destroy(&record);
}

static void check_checksum(struct record *changed, int i)
{
    struct record *record = sample();
    assert_int_equal(checksum(changed, 3) == checksum(record, 3),
                     strcmp(LIST[i].name, "time") == 0);
    record_destroy(&record);
}

static void the_checksum_covers_every_bit_of_all_but_times(void **state)
{
    (void)state;
    for_every_bit(check_checksum);
}

static void the_case_changes_the_checksum(void **state)
{
    (void)state;
    struct record *record = sample();
    for (int64_t i = 0; i < 64; i++) {
        assert_true(checksum(record, 0) != checksum(record, (int64_t)((uint64_t)1 << i)));
    }
    record_destroy(&record);
}

static void check_difference(struct record *changed, int i)
{
    struct record *record = sample();
    const struct variable *different = NULL;
    const bool is_time = strcmp(LIST[i].name, "time") == 0;
    assert_int_equal(record_same(changed, record, &different), is_time);
    assert_int_equal(record_same(record, changed, &different), is_time);
    assert_ptr_equal(different, is_time ? NULL : &LIST[i]);
    record_destroy(&record);
}

static void any_other_bit_makes_records_differ(void **state)
{
    (void)state;
    for_every_bit(check_difference);
}

static void the_first_different_variable_is_named(void **state)
{
    (void)state;
    struct record *a = sample();
    struct record *b = sample();
    const struct variable *different = NULL;
    *record_i8(b, "sign") = 7;
    record_i32(b, "count")[1] = 8;
    *record_f64(b, "time") = 9.0;
    assert_false(record_same(a, b, &different));
    assert_string_equal(different->name, "count");
    record_destroy(&a);
    record_destroy(&b);
}

static void nan_is_nan_and_zeros_have_signs(void **state)
{
    (void)state;
    struct record *a = sample();
    struct record *b = sample();
    const struct variable *different = NULL;
    *record_f64(a, "real") = NAN;
    *record_f64(b, "real") = -NAN;
    assert_true(record_same(a, b, &different));
    *record_f64(a, "real") = 0.0;
    *record_f64(b, "real") = -0.0;
    assert_false(record_same(a, b, &different));
    record_destroy(&a);
    record_destroy(&b);
}

int test_record(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_record_has_all_values_missing),
        cmocka_unit_test(variables_are_found_by_name_and_by_number),
        cmocka_unit_test(an_axis_without_length_leaves_no_values),
        cmocka_unit_test(a_list_without_variables_makes_an_empty_record),
        cmocka_unit_test(the_checksum_is_of_the_documented_bytes),
        cmocka_unit_test(the_checksum_covers_every_bit_of_all_but_times),
        cmocka_unit_test(the_case_changes_the_checksum),
        cmocka_unit_test(any_other_bit_makes_records_differ),
        cmocka_unit_test(the_first_different_variable_is_named),
        cmocka_unit_test(nan_is_nan_and_zeros_have_signs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
