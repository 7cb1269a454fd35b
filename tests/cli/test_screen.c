/* Lines and tables for people: never wider than the window, nothing that commands a terminal. */
#include "cli/text_table.h"

#include "core/terminal.h"
#include "core/text.h"
#include "support/check.h"

#include <stdlib.h>

static struct error error;
static char *written;
static size_t written_size;

static struct screen begin(int width, bool has_colour)
{
    FILE *const stream = open_memstream(&written, &written_size);
    assert_non_null(stream);
    return (struct screen){.stream = stream, .width = width, .has_colour = has_colour};
}

static void check_end(struct screen *screen, const char *expected)
{
    assert_int_equal(fclose(screen->stream), 0);
    assert_string_equal(written, expected);
    free(written);
}

static void a_line_goes_on_between_words(void **state)
{
    (void)state;
    struct screen screen = begin(20, false);
    screen_say(&screen, 2, "%s: %d of %d", "results.h5", 3, 25);
    screen_say(&screen, 2, "warning: the network is another one");
    screen_say(&screen, 0, "a/path/without/any/blank.h5");
    screen_say(&screen, 0, "%s", "");
    check_end(&screen, "results.h5: 3 of 25\n"
                       "warning: the network\n"
                       "  is another one\n"
                       "a/path/without/any/b\n"
                       "lank.h5\n"
                       "\n");
}

static void a_file_has_whole_lines(void **state)
{
    (void)state;
    struct screen screen = begin(TERMINAL_UNLIMITED, false);
    char text[500];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    text[250] = ' ';
    screen_say(&screen, 2, "%s", text);
    assert_int_equal(fflush(screen.stream), 0);
    assert_int_equal(strchr(written, '\n') - written, sizeof text - 1);
    assert_int_equal(fclose(screen.stream), 0);
    free(written);
}

static void nothing_of_a_name_reaches_the_terminal_as_a_command(void **state)
{
    (void)state;
    static const struct text_column columns[] = {{"name", true}, {"n", false}};
    struct screen screen = begin(60, false);
    struct text_table *table = NULL;
    screen_say(&screen, 0, "%s",
               "a\033[2Jb\nc\xc2\x9b"
               "1md\xe2\x80\xae");
    CHECK_OK(text_table_create(&table, columns, 2, &error));
    text_table_add(table, STYLE_PLAIN, "\"<b>\033[2J\n=1+1");
    text_table_add(table, STYLE_PLAIN, NULL);
    text_table_add(table, STYLE_PLAIN, "b");
    text_table_add_count(table, 3);
    CHECK_OK(text_table_print(table, &screen, 0, &error));
    text_table_destroy(&table);
    check_end(&screen, "a?[2Jb?c?1md?\n"
                       "name           n\n"
                       "\"<b>?[2J?=1+1  -\n"
                       "b              3\n");
}

static void colours_stand_around_words_where_they_are_wanted(void **state)
{
    (void)state;
    struct screen screen = begin(60, true);
    screen_say_in(&screen, STYLE_GOOD, 0, "good");
    screen_say(&screen, 0, "plain");
    check_end(&screen, "\033[32mgood\033[0m\nplain\n");
    screen = begin(60, false);
    screen_say_in(&screen, STYLE_GOOD, 0, "good");
    check_end(&screen, "good\n");
}

static void fill(struct text_table *table, const char *name)
{
    text_table_add(table, STYLE_PLAIN, name);
    text_table_add_count(table, 64);
    text_table_add_number(table, "%.3f", 0.5);
    text_table_add(table, STYLE_GOOD, "removable");
}

static const struct text_column COLUMNS[] = {
    {"model", true}, {"units", false}, {"change", false}, {"verdict", true}};

static void columns_are_aligned(void **state)
{
    (void)state;
    struct screen screen = begin(80, false);
    struct text_table *table = NULL;
    CHECK_OK(text_table_create(&table, COLUMNS, 4, &error));
    fill(table, "a");
    fill(table, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"); /* six columns */
    CHECK_OK(text_table_print(table, &screen, 2, &error));
    text_table_destroy(&table);
    check_end(&screen, "  model   units  change  verdict\n"
                       "  a          64   0.500  removable\n"
                       "  \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e     64   0.500  removable\n");
}

static void what_does_not_fit_beside_follows_below(void **state)
{
    (void)state;
    struct screen screen = begin(24, false);
    struct text_table *table = NULL;
    CHECK_OK(text_table_create(&table, COLUMNS, 4, &error));
    fill(table, "a name that is long");
    CHECK_OK(text_table_print(table, &screen, 0, &error));
    text_table_destroy(&table);
    check_end(&screen, "model       units\n"
                       "a name th\u2026     64\n"
                       "\n"
                       "model       change\n"
                       "a name th\u2026   0.500\n"
                       "\n"
                       "model       verdict\n"
                       "a name th\u2026  removable\n");
}

static void a_column_without_any_text_is_left_out(void **state)
{
    (void)state;
    struct screen screen = begin(80, false);
    struct text_table *table = NULL;
    CHECK_OK(text_table_create(&table, COLUMNS, 4, &error));
    text_table_add(table, STYLE_PLAIN, "a");
    text_table_add(table, STYLE_PLAIN, NULL);
    text_table_add(table, STYLE_PLAIN, NULL);
    text_table_add(table, STYLE_PLAIN, "removable");
    CHECK_OK(text_table_print(table, &screen, 0, &error));
    text_table_destroy(&table);
    check_end(&screen, "model  verdict\n"
                       "a      removable\n");
}

/* Every line of any table fits into any window, whatever the names are. */
static void no_line_is_wider_than_the_window(void **state)
{
    (void)state;
    char longest[201];
    memset(longest, 'n', 200);
    longest[200] = '\0';
    const char *const names[] = {"a", longest, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e.h5",
                                 "e\xcc\x88"};
    for (int width = 20; width < 90; width += 3) {
        struct screen screen = begin(width, false);
        struct text_table *table = NULL;
        CHECK_OK(text_table_create(&table, COLUMNS, 4, &error));
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            fill(table, names[i]);
            screen_say(&screen, 4, "%s: and %s", names[i], "more of it in some words");
        }
        CHECK_OK(text_table_print(table, &screen, 2, &error));
        text_table_destroy(&table);
        assert_int_equal(fclose(screen.stream), 0);
        int n_verdicts = 0;
        for (char *line = strtok(written, "\n"); line != NULL; line = strtok(NULL, "\n")) {
            assert_in_range(text_columns(line), 0, width);
            n_verdicts += strstr(line, "removable") != NULL;
        }
        assert_true(n_verdicts == 4 || width < 26); /* nothing is left out */
        free(written);
    }
}

int test_screen(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_goes_on_between_words),
        cmocka_unit_test(a_file_has_whole_lines),
        cmocka_unit_test(nothing_of_a_name_reaches_the_terminal_as_a_command),
        cmocka_unit_test(colours_stand_around_words_where_they_are_wanted),
        cmocka_unit_test(columns_are_aligned),
        cmocka_unit_test(what_does_not_fit_beside_follows_below),
        cmocka_unit_test(a_column_without_any_text_is_left_out),
        cmocka_unit_test(no_line_is_wider_than_the_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
