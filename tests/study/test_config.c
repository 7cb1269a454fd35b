/* Typed access: what is wrong is named with file, line, key, found and expected. */
#include "study/config.h"

#include "support/check.h"
#include "support/scratch.h"

#include <stdlib.h>

static struct error error;

static const struct key_spec KEYS[] = {
    {"count", KEY_INTEGER, 1, 10, NULL, "1", NULL, NULL},
    {"share", KEY_REAL, 0, 1, NULL, "1", NULL, NULL},
    {"name", KEY_TEXT, 0, 0, "text", NULL, NULL, NULL},
    {"list", KEY_LIST | KEY_TEXT, 0, 0, NULL, "none", NULL, NULL},
    {"part", KEY_GROUP, 0, 0, NULL, "none", NULL, NULL},
    {"number", KEY_INTEGER, 1, 10, NULL, "1", NULL, "count"},
};
static const struct key_group GROUP = {"test", KEYS, sizeof KEYS / sizeof KEYS[0]};

static void open_text(struct config *config, const char *text)
{
    file_write_text(scratch_path("c.cfg"), text);
    CHECK_OK(config_open(config, scratch_path("c.cfg"), NULL, &error));
}

static enum status check(const char *text)
{
    struct config config;
    open_text(&config, text);
    const enum status status = config_check(&config, config_root_setting(&config.lib), &GROUP);
    config_close(&config);
    return status;
}

static void good_values_pass(void **state)
{
    (void)state;
    CHECK_OK(check("name = \"n\"; count = 10; share = 0.5; list = [\"a\"]; part = { };"));
    CHECK_OK(check("name = \"\"; share = 1; list = \"a\";")); /* an integer where a real is meant */
}

static void bad_values_are_named(void **state)
{
    (void)state;
    CHECK_FAILS(check("name = \"n\";\ncuont = 1;"), STATUS_INPUT,
                "c.cfg:2: unknown test key 'cuont', did you mean 'count'?");
    CHECK_FAILS(check("name = \"n\"; zebra = 1;"), STATUS_INPUT,
                "expected one of: count, share, name, list, part");
    CHECK_FAILS(check("name = 3;"), STATUS_INPUT, "name is an integer, expected a string");
    CHECK_FAILS(check("name = \"n\"; count = 1.5;"), STATUS_INPUT,
                "count is a number, expected an integer");
    CHECK_FAILS(check("name = \"n\"; count = true;"), STATUS_INPUT, "count is true or false");
    CHECK_FAILS(check("name = \"n\"; list = { };"), STATUS_INPUT,
                "list is a group { }, expected a string or a list [ ] or ( )");
    CHECK_FAILS(check("name = \"n\"; count = 0;"), STATUS_INPUT, "count is 0, expected 1 to 10");
    CHECK_FAILS(check("name = \"n\"; share = 1.01;"), STATUS_INPUT,
                "share is 1.01, expected 0 to 1");
    CHECK_FAILS(check("count = 1;"), STATUS_INPUT, "test key 'name' is missing");
}

static void former_names_are_taken_with_a_note(void **state)
{
    struct config config;
    char *notes = NULL;
    (void)state;
    file_write_text(scratch_path("c.cfg"), "name = \"n\";\nnumber = 3;\n");
    CHECK_OK(config_open(&config, scratch_path("c.cfg"), &notes, &error));
    CHECK_OK(config_check(&config, config_root_setting(&config.lib), &GROUP));
    config_note(&config, config_setting_get_member(config_root_setting(&config.lib), "name"), "%d",
                7);
    config_close(&config);
    assert_non_null(notes);
    assert_non_null(strstr(notes, "c.cfg:2: number is now called count\n"));
    assert_non_null(strstr(notes, "c.cfg:1: 7\n"));
    free(notes);
    CHECK_OK(check("name = \"n\"; number = 3;")); /* nobody listens */
    CHECK_FAILS(check("name = \"n\"; number = 11;"), STATUS_INPUT,
                "number is 11, expected 1 to 10");
    CHECK_FAILS(check("name = \"n\"; number = 3; count = 3;"), STATUS_INPUT,
                "number is the former name of count, expected one of both");
}

static void a_choice_is_one_of_its_words(void **state)
{
    static const char *const words[] = {"first", "second"};
    struct config config;
    int index = 5;
    (void)state;
    open_text(&config, "a = \"second\"; b = \"secnod\";");
    const config_setting_t *const root = config_root_setting(&config.lib);
    CHECK_OK(config_choice(&config, root, "none", words, 2, &index));
    assert_int_equal(index, 5);
    CHECK_OK(config_choice(&config, root, "a", words, 2, &index));
    assert_int_equal(index, 1);
    CHECK_FAILS(config_choice(&config, root, "b", words, 2, &index), STATUS_INPUT,
                "unknown b 'secnod', did you mean 'second'?");
    config_close(&config);
}

static void syntax_errors_name_file_and_line(void **state)
{
    struct config config;
    (void)state;
    file_write_text(scratch_path("c.cfg"), "a = 1;\nb = = 2;\n");
    CHECK_FAILS(config_open(&config, scratch_path("c.cfg"), NULL, &error), STATUS_INPUT,
                "c.cfg:2: syntax error");
    file_write_text(scratch_path("c.cfg"), "a = [0.5, 1];\n");
    CHECK_FAILS(config_open(&config, scratch_path("c.cfg"), NULL, &error), STATUS_INPUT,
                "write 1.0 instead of 1, or use ( ) instead of [ ]");
}

static void values_and_defaults_are_read(void **state)
{
    struct config config;
    (void)state;
    open_text(&config, "big = 4294967297L; small = 3; real = 2.5; text = \"t\";");
    const config_setting_t *const root = config_root_setting(&config.lib);
    assert_true(config_integer(root, "big", 0) == INT64_C(4294967297));
    assert_true(config_integer(root, "none", 7) == 7);
    CHECK_SAME(config_real(root, "small", 0.0), 3.0);
    CHECK_SAME(config_real(root, "real", 0.0), 2.5);
    CHECK_SAME(config_real(root, "none", 0.25), 0.25);
    assert_string_equal(config_text(root, "text", "d"), "t");
    assert_string_equal(config_text(root, "none", "d"), "d");
    config_close(&config);
}

static void a_scalar_is_a_list_of_one(void **state)
{
    struct config config;
    double *values = NULL;
    const char **words = NULL;
    int count = 0;
    (void)state;
    open_text(&config,
              "a = 0.5; b = (1, 2.5); c = [\"x\", \"y\"]; d = \"z\"; e = (); f = (1, \"x\");");
    const config_setting_t *const root = config_root_setting(&config.lib);
    CHECK_OK(config_reals(&config, config_setting_get_member(root, "a"), &values, &count));
    assert_int_equal(count, 1);
    CHECK_SAME(values[0], 0.5);
    free(values);
    CHECK_OK(config_reals(&config, config_setting_get_member(root, "b"), &values, &count));
    assert_int_equal(count, 2);
    CHECK_SAME(values[0], 1.0);
    free(values);
    CHECK_OK(config_words(&config, config_setting_get_member(root, "c"), &words, &count));
    assert_int_equal(count, 2);
    assert_string_equal(words[1], "y");
    free(words);
    CHECK_OK(config_words(&config, config_setting_get_member(root, "d"), &words, &count));
    assert_string_equal(words[0], "z");
    free(words);
    CHECK_FAILS(config_reals(&config, config_setting_get_member(root, "e"), &values, &count),
                STATUS_INPUT, "e is empty");
    CHECK_FAILS(config_reals(&config, config_setting_get_member(root, "f"), &values, &count),
                STATUS_INPUT, "f is a string, expected a number");
    config_close(&config);
}

int test_config(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(good_values_pass),
        SCRATCH_TEST(bad_values_are_named),
        SCRATCH_TEST(former_names_are_taken_with_a_note),
        SCRATCH_TEST(a_choice_is_one_of_its_words),
        SCRATCH_TEST(syntax_errors_name_file_and_line),
        SCRATCH_TEST(values_and_defaults_are_read),
        SCRATCH_TEST(a_scalar_is_a_list_of_one),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
