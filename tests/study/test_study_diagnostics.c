/* The key `diagnostics` of a study file. */
#include "study/study.h"

#include "support/check.h"
#include "support/scratch.h"
#include "support/study_fakes.h"

#include <stdio.h>

static struct error error;

static enum status load(struct sweep *sweep, const char *diagnostics)
{
    char text[256];
    (void)snprintf(text, sizeof text, "study = \"n\"; models = ( { file = \"own.h5\"; } );\n%s",
                   diagnostics);
    file_write_text(scratch_path("own.h5"), "");
    file_write_text(scratch_path("s.cfg"), text);
    return study_load(sweep, scratch_path("s.cfg"), NULL, &NAMED_FILES, NULL, &error);
}

static void check_always(const struct sweep *sweep)
{
    assert_int_equal(sweep->n_diagnostics, 3);
    assert_string_equal(sweep->diagnostics[0].name, "spectrum");
    assert_string_equal(sweep->diagnostics[1].name, "splits");
    assert_string_equal(sweep->diagnostics[2].name, "training");
}

static void every_study_has_the_first_three(void **state)
{
    struct sweep sweep;
    (void)state;
    CHECK_OK(load(&sweep, ""));
    check_always(&sweep);
    assert_int_equal(sweep_jobs_per_case(&sweep), sweep_removals_per_case(&sweep) + 3);
    sweep_release(&sweep);
}

/* They may be named, in any spelling, and the study is the same. */
static void naming_what_is_there_changes_nothing(void **state)
{
    static const char *const SPELLINGS[] = {
        "diagnostics = \"splits\";", "diagnostics = ( \"training\", \"spectrum\", \"spectrum\" );",
        "diagnostics = ( { name = \"splits\"; } );", "diagnostics = [\"splits\", \"training\"];",
        "diagnostics = ( );"};
    struct sweep plain;
    (void)state;
    CHECK_OK(load(&plain, ""));
    for (size_t i = 0; i < sizeof SPELLINGS / sizeof *SPELLINGS; i++) {
        struct sweep sweep;
        CHECK_OK(load(&sweep, SPELLINGS[i]));
        check_always(&sweep);
        assert_string_equal(sweep.canonical, plain.canonical);
        sweep_release(&sweep);
    }
    sweep_release(&plain);
}

/* One line that names the place, what was found and what was expected. */
static void check_refused(const char *key, const char *part)
{
    struct sweep sweep;
    CHECK_FAILS(load(&sweep, key), STATUS_INPUT, part);
    assert_non_null(strstr(error.text, "s.cfg:2: "));
    assert_null(strchr(error.text, '\n'));
}

static void what_is_no_diagnostic_is_refused(void **state)
{
    (void)state;
    check_refused("diagnostics = \"spektrum\";",
                  "unknown diagnostic 'spektrum', did you mean 'spectrum'?");
    check_refused("diagnostics = ( \"splits\", { name = \"split\"; } );",
                  "unknown diagnostic 'split', did you mean 'splits'?");
    check_refused("diagnostics = ( { probes = 3; } );", "diagnostic has no name");
    check_refused("diagnostics = ( { name = 3; } );", "diagnostic has no name");
    check_refused("diagnostics = ( 3 );", "neither a name nor a group");
    check_refused("diagnostics = true;", "diagnostics");
    check_refused("diagnostic = \"splits\";", "did you mean 'diagnostics'");
}

static void a_parameter_that_it_does_not_have_is_refused(void **state)
{
    (void)state;
    check_refused("diagnostics = ( { name = \"spectrum\"; probes = 3; } );", "probes");
}

int test_study_diagnostics(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(every_study_has_the_first_three),
        SCRATCH_TEST(naming_what_is_there_changes_nothing),
        SCRATCH_TEST(what_is_no_diagnostic_is_refused),
        SCRATCH_TEST(a_parameter_that_it_does_not_have_is_refused),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
