/* How progress is shown: the options decide, else what standard error is. */
#include "cli/progress_option.h"

#include "support/check.h"

#include <fcntl.h>
#include <unistd.h>

static struct error error;

static enum progress_style style_of(const char *word, bool quiet)
{
    enum progress_style style = PROGRESS_NONE;
    CHECK_OK(progress_option("run", word, quiet, &style, &error));
    return style;
}

static void a_word_is_obeyed_and_quiet_wins(void **state)
{
    (void)state;
    assert_int_equal(style_of("bar", false), PROGRESS_BAR);
    assert_int_equal(style_of("lines", false), PROGRESS_LINES);
    assert_int_equal(style_of("none", false), PROGRESS_NONE);
    assert_int_equal(style_of("json", false), PROGRESS_JSON);
    assert_int_equal(style_of("bar", true), PROGRESS_NONE);
    assert_int_equal(style_of(NULL, true), PROGRESS_NONE);
}

static void without_a_terminal_there_are_lines(void **state)
{
    (void)state;
    const int saved = dup(STDERR_FILENO);
    const int null = open("/dev/null", O_WRONLY);
    assert_true(saved >= 0 && null >= 0);
    assert_int_equal(dup2(null, STDERR_FILENO), STDERR_FILENO);
    const enum progress_style style = style_of(NULL, false);
    assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
    (void)close(saved);
    (void)close(null);
    assert_int_equal(style, PROGRESS_LINES);
}

static void another_word_is_refused(void **state)
{
    enum progress_style style = PROGRESS_NONE;
    (void)state;
    CHECK_FAILS(progress_option("train", "loud", false, &style, &error), STATUS_USAGE,
                "train: --progress is 'loud', expected bar, lines, json or none");
}

int test_progress_option(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_is_obeyed_and_quiet_wins),
        cmocka_unit_test(without_a_terminal_there_are_lines),
        cmocka_unit_test(another_word_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
