/* Command lines, and commands by their names. */
#include "cli/options.h"

#include "cli/commands/command.h"
#include "support/check.h"

static struct error error;
static bool quiet;
static const char *output;
static const char *file;

static enum status parse(int argc, const char *const *argv)
{
    const struct option_spec specs[] = {{"--quiet", 'q', &quiet, NULL},
                                        {"--output", 'o', NULL, &output}};
    quiet = false;
    output = NULL;
    return options_parse(argc, (char **)(uintptr_t)argv, specs, 2, "study file", &file, &error);
}

#define PARSE(...)                                                                                 \
    parse((int)(sizeof((const char *const[]){"run", __VA_ARGS__}) / sizeof(char *)),               \
          (const char *const[]){"run", __VA_ARGS__})

static void every_form_of_an_option_is_read(void **state)
{
    (void)state;
    CHECK_OK(PARSE("s.cfg", "-q", "-o", "x.h5"));
    assert_true(quiet);
    assert_string_equal(output, "x.h5");
    assert_string_equal(file, "s.cfg");
    CHECK_OK(PARSE("--output=y.h5", "s.cfg"));
    assert_false(quiet);
    assert_string_equal(output, "y.h5");
    CHECK_OK(PARSE("--output", "z.h5", "--quiet", "s.cfg"));
    assert_string_equal(output, "z.h5");
    CHECK_OK(PARSE("--", "-q"));
    assert_string_equal(file, "-q");
    CHECK_OK(PARSE("-"));
    assert_string_equal(file, "-");
}

static void wrong_lines_are_refused(void **state)
{
    (void)state;
    CHECK_FAILS(PARSE("-q"), STATUS_USAGE, "run: study file is missing");
    CHECK_FAILS(PARSE(""), STATUS_USAGE, "study file is missing");
    CHECK_FAILS(PARSE("a", "b"), STATUS_USAGE, "unexpected argument 'b', expected one study file");
    CHECK_FAILS(PARSE("a", "--quite"), STATUS_USAGE, "did you mean '--quiet'?");
    CHECK_FAILS(PARSE("a", "--zzzzzzzz"), STATUS_USAGE, "see schursweep run --help");
    CHECK_FAILS(PARSE("a", "-x"), STATUS_USAGE, "unknown option '-x'");
    CHECK_FAILS(PARSE("a", "-qo"), STATUS_USAGE, "unknown option '-qo'");
    CHECK_FAILS(PARSE("a", "-o"), STATUS_USAGE, "option -o needs a value");
    CHECK_FAILS(PARSE("a", "-o", ""), STATUS_USAGE, "run: the value of option --output is empty");
    CHECK_FAILS(PARSE("a", "--output="), STATUS_USAGE, "the value of option --output is empty");
    CHECK_FAILS(PARSE("a", "--quiet=1"), STATUS_USAGE, "--quiet takes no value");
}

static enum status parse_files(int argc, const char *const *argv, char **files, int *n_files)
{
    const struct option_spec specs[] = {{"--quiet", 'q', &quiet, NULL},
                                        {"--output", 'o', NULL, &output}};
    quiet = false;
    output = NULL;
    return options_parse_files(argc, (char **)(uintptr_t)argv, specs, 2, "results file", files,
                               n_files, &error);
}

static void several_files_keep_their_order(void **state)
{
    (void)state;
    const char *const argv[] = {"report", "b.h5", "-o", "dir", "a.h5", "-q", "--", "-c.h5"};
    char *files[8];
    int n_files = 0;
    CHECK_OK(parse_files(8, argv, files, &n_files));
    assert_int_equal(n_files, 3);
    assert_string_equal(files[0], "b.h5");
    assert_string_equal(files[1], "a.h5");
    assert_string_equal(files[2], "-c.h5");
    assert_string_equal(output, "dir");
    assert_true(quiet);
    CHECK_FAILS(parse_files(1, argv, files, &n_files), STATUS_USAGE,
                "report: results file is missing");
    CHECK_FAILS(parse_files(3, argv, files, &n_files), STATUS_USAGE, "option -o needs a value");
}

static void commands_are_found_and_described(void **state)
{
    (void)state;
    for (int i = 0; COMMANDS[i] != NULL; i++) {
        assert_ptr_equal(command_find(COMMANDS[i]->name), COMMANDS[i]);
        assert_true(strlen(COMMANDS[i]->summary) > 10);
        assert_non_null(strstr(COMMANDS[i]->options, "--"));
        assert_non_null(COMMANDS[i]->run);
    }
    assert_null(command_find("rum"));
    CHECK_FAILS(command_unknown("rum", &error), STATUS_USAGE, "did you mean 'run'?");
    CHECK_FAILS(command_unknown("zzzzzz", &error), STATUS_USAGE, "see schursweep --help");
}

int test_options(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_of_an_option_is_read),
        cmocka_unit_test(wrong_lines_are_refused),
        cmocka_unit_test(several_files_keep_their_order),
        cmocka_unit_test(commands_are_found_and_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
