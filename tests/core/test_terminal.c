/* The window of a terminal, and whether it is to have colours. */
#include "core/terminal.h"

#include "support/check.h"

static const char *const *variables; /* name, value, ..., NULL */

static const char *look_up(const char *name)
{
    for (const char *const *variable = variables; *variable != NULL; variable += 2) {
        if (strcmp(variable[0], name) == 0) {
            return variable[1];
        }
    }
    return NULL;
}

#define SET(...)                                                                                   \
    variables = (const char *const[])                                                              \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

static void the_width_is_that_of_the_window(void **state)
{
    (void)state;
    SET(NULL);
    assert_int_equal(terminal_width_from(look_up, true, 132), 132);
    assert_int_equal(terminal_width_from(look_up, true, 0), 80); /* it does not tell */
    assert_int_equal(terminal_width_from(look_up, false, 0), TERMINAL_UNLIMITED);
    assert_in_range(terminal_width_from(look_up, true, 1), 2, 40); /* something can be shown */
}

static void columns_stands_above_the_window(void **state)
{
    (void)state;
    SET("COLUMNS", "100");
    assert_int_equal(terminal_width_from(look_up, true, 132), 100);
    assert_int_equal(terminal_width_from(look_up, false, 0), 100);
    static const char *const wrong[] = {"", "0", "-5", "wide", "99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        SET("COLUMNS", wrong[i]);
        assert_int_equal(terminal_width_from(look_up, true, 132), 132);
    }
}

static void colours_are_for_terminals(void **state)
{
    (void)state;
    SET("TERM", "xterm");
    assert_true(terminal_colour_from(look_up, true));
    assert_false(terminal_colour_from(look_up, false));
    SET("TERM", "dumb");
    assert_false(terminal_colour_from(look_up, true));
    SET(NULL);
    assert_false(terminal_colour_from(look_up, true));
}

static void colours_are_refused_and_asked_for_by_the_conventions(void **state)
{
    (void)state;
    SET("TERM", "xterm", "NO_COLOR", "1");
    assert_false(terminal_colour_from(look_up, true));
    SET("TERM", "xterm", "NO_COLOR", ""); /* empty: as if it were not set */
    assert_true(terminal_colour_from(look_up, true));
    SET("TERM", "xterm", "CLICOLOR", "0");
    assert_false(terminal_colour_from(look_up, true));
    SET("TERM", "xterm", "CLICOLOR", "1");
    assert_true(terminal_colour_from(look_up, true));
    assert_false(terminal_colour_from(look_up, false));
    SET("CLICOLOR_FORCE", "1");
    assert_true(terminal_colour_from(look_up, false));
    SET("CLICOLOR_FORCE", "1", "NO_COLOR", "1");
    assert_false(terminal_colour_from(look_up, false));
    SET("CLICOLOR_FORCE", "0", "TERM", "xterm");
    assert_false(terminal_colour_from(look_up, false));
}

int test_terminal(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_width_is_that_of_the_window),
        cmocka_unit_test(columns_stands_above_the_window),
        cmocka_unit_test(colours_are_for_terminals),
        cmocka_unit_test(colours_are_refused_and_asked_for_by_the_conventions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
