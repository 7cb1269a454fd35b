#include "core/status.h"

#include "support/check.h"

#include <stdlib.h>

static const enum status ALL[] = {
#define LIST_NAME(name, value, text) name,
    STATUS_LIST(LIST_NAME)
#undef LIST_NAME
};
enum { ALL_COUNT = sizeof ALL / sizeof *ALL };

static struct error error;

static void process_statuses_are_the_documented_exit_codes(void **state)
{
    (void)state;
    static const int CODES[][2] = {
        {STATUS_OK, 0},           {STATUS_INTERNAL, 1}, {STATUS_USAGE, 2},   {STATUS_INPUT, 3},
        {STATUS_OUTPUT_TAKEN, 4}, {STATUS_MISMATCH, 5}, {STATUS_DAMAGED, 6}, {STATUS_IO, 7},
        {STATUS_JOBS_FAILED, 8},  {STATUS_STOPPED, 75}};
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++) {
        assert_int_equal(CODES[i][0], CODES[i][1]);
    }
}

static void every_status_has_its_own_text(void **state)
{
    (void)state;
    for (int i = 0; i < ALL_COUNT; i++) {
        assert_string_not_equal(status_text(ALL[i]), "");
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(status_text(ALL[i]), status_text(ALL[j]));
        }
    }
}

static void a_number_that_is_no_status_still_has_a_text(void **state)
{
    (void)state;
    assert_string_equal(status_text((enum status)99), "unknown status");
}

static void only_numbers_of_the_list_are_a_status(void **state)
{
    (void)state;
    int found = 0;
    for (int32_t number = -1000; number < 1000; number++) {
        enum status status = STATUS_USAGE;
        if (status_from_number(number, &status)) {
            assert_int_equal((int)status, number);
            found++;
        } else {
            assert_int_equal(status, STATUS_USAGE);
        }
    }
    assert_int_equal(found, ALL_COUNT);
}

static void only_values_from_100_on_belong_to_a_job(void **state)
{
    (void)state;
    for (int i = 0; i < ALL_COUNT; i++) {
        assert_int_equal(status_is_job_failure(ALL[i]), (int)ALL[i] >= 100);
    }
    assert_true(status_is_job_failure(STATUS_JOB_WEIGHTS_NONFINITE));
    assert_false(status_is_job_failure(STATUS_STOPPED));
}

static void job_failures_fit_the_u16_of_the_results_file(void **state)
{
    (void)state;
    for (int i = 0; i < ALL_COUNT; i++) {
        assert_in_range((unsigned)ALL[i], 0, UINT16_MAX);
    }
}

static void error_set_formats_and_returns_the_status(void **state)
{
    (void)state;
    assert_int_equal(error_set(&error, STATUS_INPUT, "%s:%d", "a.cfg", 7), STATUS_INPUT);
    assert_string_equal(error.text, "a.cfg:7");
}

static void a_message_is_one_line_whatever_it_is_made_of(void **state)
{
    (void)state;
    (void)error_set(&error, STATUS_IO, "%s", "a\nb\rc\td\x1b[0m\x7f");
    assert_string_equal(error.text, "a?b?c?d?[0m?");
    (void)error_prefix(&error, STATUS_IO, "%s", "x\ny");
    assert_string_equal(error.text, "x?y: a?b?c?d?[0m?");
}

static void letters_beyond_ascii_survive(void **state)
{
    (void)state;
    (void)error_set(&error, STATUS_IO, "%s", "données/größe.h5");
    assert_string_equal(error.text, "données/größe.h5");
}

static char *letters(size_t count)
{
    char *const text = malloc(count + 1);
    assert_non_null(text);
    memset(text, 'a', count);
    text[count] = '\0';
    return text;
}

static void a_message_too_long_is_cut_and_terminated(void **state)
{
    (void)state;
    char *const text = letters((size_t)ERROR_TEXT_SIZE * 2);
    memset(&error, 'z', sizeof error);
    (void)error_set(&error, STATUS_IO, "%s", text);
    assert_int_equal(strlen(error.text), ERROR_TEXT_SIZE - 1);
    free(text);
}

static void of_a_long_message_both_ends_are_kept(void **state)
{
    static const char end[] = ": no such file";
    (void)state;
    for (size_t size = ERROR_TEXT_SIZE - 40; size < ERROR_TEXT_SIZE + 40; size++) {
        char *const path = letters(size);
        (void)error_set(&error, STATUS_IO, "s.cfg:7: %s%s", path, end);
        const size_t length = strlen(error.text);
        const size_t whole = strlen("s.cfg:7: ") + size + strlen(end);
        assert_int_equal(length, whole < ERROR_TEXT_SIZE ? whole : ERROR_TEXT_SIZE - 1);
        assert_int_equal(strncmp(error.text, "s.cfg:7: aaaa", 13), 0);
        assert_string_equal(error.text + length - strlen(end), end);
        assert_int_equal(strstr(error.text, "a ... a") != NULL, whole >= ERROR_TEXT_SIZE);
        free(path);
    }
}

static void a_prefix_stands_before_the_old_message(void **state)
{
    (void)state;
    (void)error_set(&error, STATUS_IO, "old");
    assert_int_equal(error_prefix(&error, STATUS_INPUT, "%s %d", "model", 3), STATUS_INPUT);
    assert_string_equal(error.text, "model 3: old");
}

/* Every length of the two parts around the size of the buffer. */
static void a_prefix_never_leaves_the_buffer(void **state)
{
    (void)state;
    for (size_t length = ERROR_TEXT_SIZE - 6; length < ERROR_TEXT_SIZE + 4; length++) {
        char *const text = letters(length);
        struct error *const guarded = malloc(sizeof *guarded); /* ASan watches its end */
        assert_non_null(guarded);
        (void)error_set(guarded, STATUS_IO, "%s", text);
        (void)error_prefix(guarded, STATUS_IO, "b");
        const size_t whole = length + 3 < ERROR_TEXT_SIZE ? length + 3 : ERROR_TEXT_SIZE - 1;
        assert_int_equal(strlen(guarded->text), whole);
        assert_memory_equal(guarded->text, "b: a", 4);
        (void)error_set(guarded, STATUS_IO, "old");
        (void)error_prefix(guarded, STATUS_IO, "%s", text);
        assert_memory_equal(guarded->text, text, ERROR_TEXT_SIZE - 6);
        assert_in_range(strlen(guarded->text), ERROR_TEXT_SIZE - 6, ERROR_TEXT_SIZE - 1);
        free(guarded);
        free(text);
    }
}

static enum status try_it(enum status status, int *reached)
{
    TRY(status);
    *reached = 1;
    return STATUS_OK;
}

static void try_leaves_the_function_with_the_status_that_failed(void **state)
{
    (void)state;
    int reached = 0;
    assert_int_equal(try_it(STATUS_DAMAGED, &reached), STATUS_DAMAGED);
    assert_int_equal(reached, 0);
    assert_int_equal(try_it(STATUS_OK, &reached), STATUS_OK);
    assert_int_equal(reached, 1);
}

int test_status(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(process_statuses_are_the_documented_exit_codes),
        cmocka_unit_test(every_status_has_its_own_text),
        cmocka_unit_test(a_number_that_is_no_status_still_has_a_text),
        cmocka_unit_test(only_numbers_of_the_list_are_a_status),
        cmocka_unit_test(only_values_from_100_on_belong_to_a_job),
        cmocka_unit_test(job_failures_fit_the_u16_of_the_results_file),
        cmocka_unit_test(error_set_formats_and_returns_the_status),
        cmocka_unit_test(a_message_is_one_line_whatever_it_is_made_of),
        cmocka_unit_test(letters_beyond_ascii_survive),
        cmocka_unit_test(a_message_too_long_is_cut_and_terminated),
        cmocka_unit_test(of_a_long_message_both_ends_are_kept),
        cmocka_unit_test(a_prefix_stands_before_the_old_message),
        cmocka_unit_test(a_prefix_never_leaves_the_buffer),
        cmocka_unit_test(try_leaves_the_function_with_the_status_that_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
