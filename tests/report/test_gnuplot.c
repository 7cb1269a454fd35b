/* Running gnuplot; a shell script of that name stands in for it, so that its calls can be seen. */
#include "report/gnuplot.h"

#include "support/check.h"
#include "support/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Draws x.svg for every x.gp, ends with 1 when it meets bad.gp; a line per call into "calls". */
static const char STAND_IN[] = "#!/bin/sh\n"
                               "[ \"$1\" = -d ] || exit 2\n"
                               "shift\n"
                               "echo \"$#\" >>calls\n"
                               "for name; do\n"
                               "    [ \"$name\" != bad.gp ] || { echo 'bad.gp: no' >&2; exit 1; }\n"
                               "    : >\"${name%.gp}.svg\"\n"
                               "done\n";

static char *old_path;

static int set_up(void **state)
{
    const char *const path = getenv("PATH");
    old_path = strdup(path != NULL ? path : "");
    return scratch_create(state);
}

static int tear_down(void **state)
{
    (void)setenv("PATH", old_path, 1);
    free(old_path);
    return scratch_remove(state);
}

static void begin(bool has_gnuplot)
{
    char search[8192];
    assert_int_equal(mkdir(scratch_path("bin"), 0777), 0);
    assert_int_equal(mkdir(scratch_path("figures"), 0777), 0);
    (void)snprintf(search, sizeof search, "%s:%s", scratch_path("bin"),
                   has_gnuplot ? old_path : "");
    if (has_gnuplot) {
        file_write_text(scratch_path("bin/gnuplot"), STAND_IN);
        assert_int_equal(chmod(scratch_path("bin/gnuplot"), 0755), 0);
    }
    assert_int_equal(setenv("PATH", has_gnuplot ? search : scratch_path("bin"), 1), 0);
}

static int count_calls(void)
{
    size_t size = 0;
    int count = 0;
    unsigned char *const bytes = file_read(scratch_path("figures/calls"), &size);
    for (size_t i = 0; i < size; i++) {
        count += bytes[i] == '\n';
    }
    free(bytes);
    return count;
}

static void all_scripts_run_in_one_process(void **state)
{
    (void)state;
    char first[] = "a.gp";
    char second[] = "b.gp";
    char *names[] = {first, second};
    begin(true);
    file_write_text(scratch_path("figures/gnuplot.log"), "of an earlier run");
    assert_true(gnuplot_run(scratch_path("figures"), names, 2));
    assert_true(file_exists(scratch_path("figures/a.svg")));
    assert_true(file_exists(scratch_path("figures/b.svg")));
    assert_int_equal(count_calls(), 1);
    assert_false(file_exists(scratch_path("figures/gnuplot.log")));
}

static void a_bad_script_costs_its_own_figure(void **state)
{
    (void)state;
    char first[] = "a.gp";
    char bad[] = "bad.gp";
    char last[] = "z.gp";
    char *names[] = {first, bad, last};
    size_t size = 0;
    begin(true);
    assert_true(gnuplot_run(scratch_path("figures"), names, 3));
    assert_true(file_exists(scratch_path("figures/a.svg")));
    assert_false(file_exists(scratch_path("figures/bad.svg")));
    assert_true(file_exists(scratch_path("figures/z.svg")));
    unsigned char *const log = file_read(scratch_path("figures/gnuplot.log"), &size);
    assert_true(size >= 10);
    assert_memory_equal(log, "bad.gp: no", 10);
    free(log);
}

static void a_long_list_is_divided(void **state)
{
    (void)state;
    enum { MANY = 600 };
    static char texts[MANY][16];
    char *names[MANY];
    begin(true);
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "f%d.gp", i);
        names[i] = texts[i];
    }
    assert_true(gnuplot_run(scratch_path("figures"), names, MANY));
    assert_int_equal(count_calls(), 3);
    for (int i = 0; i < MANY; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "figures/f%d.svg", i);
        assert_true(file_exists(scratch_path(name)));
    }
}

static void a_missing_program_is_told(void **state)
{
    (void)state;
    char first[] = "a.gp";
    char *names[] = {first};
    begin(false);
    assert_false(gnuplot_run(scratch_path("figures"), names, 1));
    assert_false(file_exists(scratch_path("figures/gnuplot.log")));
}

static int clear(void **state)
{
    (void)setenv("PATH", old_path, 1);
    (void)state;
    char command[8192];
    (void)snprintf(command, sizeof command, "rm -rf '%s' '%s'", scratch_path("bin"),
                   scratch_path("figures"));
    return system(command);
}

int test_gnuplot(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(all_scripts_run_in_one_process, clear),
        cmocka_unit_test_teardown(a_bad_script_costs_its_own_figure, clear),
        cmocka_unit_test_teardown(a_long_list_is_divided, clear),
        cmocka_unit_test_teardown(a_missing_program_is_told, clear),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
