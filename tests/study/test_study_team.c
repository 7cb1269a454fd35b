/* The keys `team` and `keep_schur` of a study file. */
#include "study/study.h"

#include "support/check.h"
#include "support/scratch.h"
#include "support/study_fakes.h"

#include <stdio.h>

static struct error error;

/* The text stands in the second line. */
static enum status load(struct sweep *sweep, const char *text)
{
    char study[512];
    (void)snprintf(study, sizeof study, "study = \"n\"; models = ( { file = \"own.h5\"; } );\n%s",
                   text);
    file_write_text(scratch_path("own.h5"), "");
    file_write_text(scratch_path("s.cfg"), study);
    return study_load(sweep, scratch_path("s.cfg"), NULL, &NAMED_FILES, NULL, &error);
}

static void check_team(const char *text, const struct team_spec *expected, const char *canonical)
{
    struct sweep sweep;
    CHECK_OK(load(&sweep, text));
    assert_int_equal(sweep.team.n_ranks, expected->n_ranks);
    assert_int_equal(sweep.team.from_hidden, expected->from_hidden);
    assert_int_equal(sweep.team.n_rows, expected->n_rows);
    assert_int_equal(sweep.team.n_cols, expected->n_cols);
    assert_int_equal(sweep.team.block, expected->block);
    assert_int_equal(sweep.team.keep_schur, expected->keep_schur);
    assert_int_equal(strstr(sweep.canonical, "team = ") != NULL, canonical != NULL);
    assert_true(canonical == NULL || strstr(sweep.canonical, canonical) != NULL);
    sweep_release(&sweep);
}

static void without_the_key_no_case_is_shared(void **state)
{
    (void)state;
    const struct team_spec none = {0};
    check_team("", &none, NULL);
    check_team("keep_schur = false;", &none, NULL);
}

static void what_is_not_said_is_usual(void **state)
{
    (void)state;
    check_team("team = {};", &(struct team_spec){4, 1024, 2, 2, 64, false},
               "\nteam = from 1024, grid 2 x 2, block 64\n");
    check_team("team = { ranks = 1; };", &(struct team_spec){1, 1024, 1, 1, 64, false}, "1 x 1");
    check_team("team = { ranks = 2; };", &(struct team_spec){2, 1024, 1, 2, 64, false}, "1 x 2");
    check_team("team = { ranks = 6; };", &(struct team_spec){6, 1024, 2, 3, 64, false}, "2 x 3");
    check_team("team = { ranks = 36; };", &(struct team_spec){36, 1024, 6, 6, 64, false}, "6 x 6");
    check_team("team = { ranks = 65536; };", &(struct team_spec){65536, 1024, 256, 256, 64, false},
               "256 x 256");
}

static void every_value_is_taken(void **state)
{
    (void)state;
    check_team("team = { from_hidden = 300; ranks = 6; grid = [3, 2]; block = 32; };",
               &(struct team_spec){6, 300, 3, 2, 32, false},
               "\nteam = from 300, grid 3 x 2, block 32\n");
    check_team("team = { ranks = 2; grid = (2, 1); block = 1024; from_hidden = 1; };\n"
               "keep_schur = true;",
               &(struct team_spec){2, 1, 2, 1, 1024, true}, "grid 2 x 1, block 1024");
}

/* One line that names the place. */
static void check_refused(const char *text, const char *part)
{
    struct sweep sweep;
    CHECK_FAILS(load(&sweep, text), STATUS_INPUT, part);
    assert_non_null(strstr(error.text, "s.cfg:2: "));
    assert_null(strchr(error.text, '\n'));
}

static void what_is_out_of_range_is_refused(void **state)
{
    (void)state;
    check_refused("team = { ranks = 0; };", "ranks");
    check_refused("team = { ranks = -4; };", "ranks");
    check_refused("team = { ranks = 65537; };", "ranks");
    check_refused("team = { from_hidden = 0; };", "from_hidden");
    check_refused("team = { from_hidden = 1000000; };", "from_hidden");
    check_refused("team = { block = 31; };", "block");
    check_refused("team = { block = 1025; };", "block");
}

static void another_type_is_refused(void **state)
{
    (void)state;
    check_refused("team = 4;", "team");
    check_refused("team = [2, 2];", "team");
    check_refused("team = true;", "team");
    check_refused("team = { ranks = 2.5; };", "expected an integer");
    check_refused("team = { ranks = \"4\"; };", "expected an integer");
    check_refused("team = { block = [32]; };", "expected an integer");
    check_refused("team = { grid = 4; };", "grid");
    check_refused("team = { grid = \"2x2\"; };", "grid");
    check_refused("keep_schur = 1;", "expected true or false");
}

static void a_misspelt_key_is_named(void **state)
{
    (void)state;
    check_refused("teams = {};", "did you mean 'team'");
    check_refused("team = { rank = 4; };", "did you mean 'ranks'");
    check_refused("team = { from_hiden = 4; };", "did you mean 'from_hidden'");
    check_refused("keep_shur = true;", "did you mean 'keep_schur'");
}

static void a_grid_that_is_none_of_its_ranks_is_refused(void **state)
{
    (void)state;
    static const char *const GRIDS[] = {"[2, 3]",         "[4]",    "[2, 2, 1]",  "[0, 4]",
                                        "[-2, -2]",       "[1, 3]", "[1.5, 2.0]", "[4, 1073741825]",
                                        "[65536, 65536]", "[]"};
    for (size_t i = 0; i < sizeof GRIDS / sizeof *GRIDS; i++) {
        char text[128];
        (void)snprintf(text, sizeof text, "team = { grid = %s; };", GRIDS[i]);
        check_refused(text, "grid");
    }
    check_refused("team = { grid = [2, 3]; };",
                  "grid does not give 4 ranks, expected [rows, columns] with rows x columns = "
                  "ranks");
    check_refused("team = { ranks = 2; grid = [2, 2]; };", "grid does not give 2 ranks");
}

static void a_row_or_column_of_three_or_more_is_refused(void **state)
{
    (void)state;
    check_refused("team = { ranks = 3; };", "team has a grid of 1 x 3");
    check_refused("team = { ranks = 7; };", "team has a grid of 1 x 7");
    check_refused("team = { ranks = 4; grid = [1, 4]; };",
                  "team has a grid of 1 x 4, expected one or two ranks, or at least two rows and "
                  "two columns, as 4 ranks make");
    check_refused("team = { ranks = 6; grid = [6, 1]; };", "team has a grid of 6 x 1");
}

static void a_kept_form_needs_a_team(void **state)
{
    (void)state;
    check_refused("keep_schur = true;", "keep_schur keeps what teams compute, expected a team");
}

int test_study_team(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(without_the_key_no_case_is_shared),
        SCRATCH_TEST(what_is_not_said_is_usual),
        SCRATCH_TEST(every_value_is_taken),
        SCRATCH_TEST(what_is_out_of_range_is_refused),
        SCRATCH_TEST(another_type_is_refused),
        SCRATCH_TEST(a_misspelt_key_is_named),
        SCRATCH_TEST(a_grid_that_is_none_of_its_ranks_is_refused),
        SCRATCH_TEST(a_row_or_column_of_three_or_more_is_refused),
        SCRATCH_TEST(a_kept_form_needs_a_team),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
