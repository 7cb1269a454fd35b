/* Command lines, and commands by their names. */
#include "cli/options.h"

#include "cli/commands/command.h"
#include "support/check.h"

#include <stdlib.h>

static struct error error;
struct values {
    bool quiet;
    const char *output;
    const char *limit;
};
static struct values values;
static const char *file;
static const struct option_table TABLE = {
    .file = "study file",
    .more = "And more.\n",
    .options = {{"--quiet", 'q', NULL, "no progress", offsetof(struct values, quiet)},
                {"--output", 'o', "FILE",
                 "where to write, in words that are so many that one line of the usual width does "
                 "not hold them",
                 offsetof(struct values, output)},
                {"--stall-timeout", '\0', "TIME", "silence", offsetof(struct values, limit)}}};

static enum status parse(int argc, const char *const *argv)
{
    memset(&values, 0, sizeof values);
    return options_parse(argc, (char **)(uintptr_t)argv, &TABLE, &values, &file, &error);
}

#define PARSE(...)                                                                                 \
    parse((int)(sizeof((const char *const[]){"run", __VA_ARGS__}) / sizeof(char *)),               \
          (const char *const[]){"run", __VA_ARGS__})

static void every_form_of_an_option_is_read(void **state)
{
    (void)state;
    CHECK_OK(PARSE("s.cfg", "-q", "-o", "x.h5"));
    assert_true(values.quiet);
    assert_string_equal(values.output, "x.h5");
    assert_string_equal(file, "s.cfg");
    CHECK_OK(PARSE("--output=y.h5", "s.cfg"));
    assert_false(values.quiet);
    assert_string_equal(values.output, "y.h5");
    CHECK_OK(PARSE("--output", "z.h5", "--quiet", "s.cfg"));
    assert_string_equal(values.output, "z.h5");
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
    memset(&values, 0, sizeof values);
    return options_parse_files(argc, (char **)(uintptr_t)argv, &TABLE, &values, files, n_files,
                               &error);
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
    assert_string_equal(values.output, "dir");
    assert_true(values.quiet);
    CHECK_FAILS(parse_files(1, argv, files, &n_files), STATUS_USAGE,
                "report: study file is missing");
    CHECK_FAILS(parse_files(3, argv, files, &n_files), STATUS_USAGE, "option -o needs a value");
}

/* What a printer writes into a stream; released by free. */
static char *printed(void (*print)(FILE *stream))
{
    char *text = NULL;
    size_t size = 0;
    FILE *const stream = open_memstream(&text, &size);
    assert_non_null(stream);
    print(stream);
    assert_int_equal(fclose(stream), 0);
    return text;
}

static void print_help(FILE *stream)
{
    options_print_help(stream, &TABLE);
}

static void the_help_comes_from_the_table(void **state)
{
    (void)state;
    char *const text = printed(print_help);
    assert_string_equal(
        text, "  -q, --quiet           no progress\n"
              "  -o, --output FILE     where to write, in words that are so many that one line\n"
              "                        of the usual width does not hold them\n"
              "  --stall-timeout TIME  silence\n"
              "\n"
              "And more.\n");
    free(text);
}

static void print_notes(FILE *stream)
{
    const char *const argv[] = {"run", "--item-timeout=1s", "--output", "--quiet", "--profile",
                                "--",  "--item-timeout"};
    options_print_notes(stream, 7, (char **)(uintptr_t)argv, &TABLE);
}

static void a_former_name_is_taken_with_a_note(void **state)
{
    (void)state;
    CHECK_OK(PARSE("s.cfg", "--item-timeout", "5s"));
    assert_string_equal(values.limit, "5s");
    CHECK_OK(PARSE("s.cfg", "--item-timeout=6s"));
    assert_string_equal(values.limit, "6s");
    CHECK_FAILS(PARSE("s.cfg", "--item-timeouts"), STATUS_USAGE, "unknown option");
    CHECK_FAILS(PARSE("s.cfg", "--profile", "m"), STATUS_USAGE, "unknown option '--profile'");
    char *const text = printed(print_notes);
    assert_string_equal(text, "note: --item-timeout is now called --stall-timeout\n");
    free(text);
}

static void commands_are_found_and_described(void **state)
{
    (void)state;
    for (int i = 0; COMMANDS[i] != NULL; i++) {
        assert_ptr_equal(command_find(COMMANDS[i]->name), COMMANDS[i]);
        assert_true(strlen(COMMANDS[i]->summary) > 10);
        for (int j = 0; COMMANDS[i]->options->options[j].name != NULL; j++) {
            assert_int_equal(strncmp(COMMANDS[i]->options->options[j].name, "--", 2), 0);
            assert_true(j < OPTIONS_MAX - 1); /* the last row stays empty */
        }
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
        cmocka_unit_test(the_help_comes_from_the_table),
        cmocka_unit_test(a_former_name_is_taken_with_a_note),
        cmocka_unit_test(commands_are_found_and_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
