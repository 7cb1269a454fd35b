/* The key `partitions` of a study file, and its former name `profile`. */
#include "study/study.h"

#include "support/check.h"
#include "support/scratch.h"
#include "support/study_fakes.h"

#include <stdio.h>

static struct error error;

static enum status load(struct sweep *sweep, const char *text)
{
    file_write_text(scratch_path("own.h5"), "");
    file_write_text(scratch_path("s.cfg"), text);
    return study_load(sweep, scratch_path("s.cfg"), NULL, &NAMED_FILES, NULL, &error);
}

static void it_is_a_row_for_every_unit_of_the_widest_model(void **state)
{
    struct sweep sweep;
    (void)state;
#define GRID                                                                                       \
    "study = \"n\"; models = ( { file = \"own.h5\"; }, { task = \"sine\"; construction = "         \
    "\"dense_normal\"; hidden = [24, 70]; } );\n"
    CHECK_OK(load(&sweep, GRID));
    assert_int_equal(sweep.n_partitions, 0);
    assert_non_null(strstr(sweep.canonical, "\npartitions = none\n"));
    sweep_release(&sweep);
    CHECK_OK(load(&sweep, GRID "partitions = \"none\";"));
    assert_int_equal(sweep.n_partitions, 0);
    sweep_release(&sweep);
    CHECK_OK(load(&sweep, GRID "partitions = \"all\";"));
    assert_int_equal(sweep.n_partitions, 70);
    assert_int_equal(sweep.n_partitions, sweep_max_hidden(&sweep));
    assert_non_null(strstr(sweep.canonical, "\npartitions = all\n"));
    sweep_release(&sweep);
#undef GRID
}

/* One line that names the place, what was found and what was expected. */
static void check_refused(const char *key, const char *part)
{
    struct sweep sweep;
    char text[256];
    (void)snprintf(text, sizeof text, "study = \"n\"; models = ( { file = \"own.h5\"; } );\n%s",
                   key);
    CHECK_FAILS(load(&sweep, text), STATUS_INPUT, part);
    assert_non_null(strstr(error.text, "s.cfg:2: "));
    assert_null(strchr(error.text, '\n'));
}

static void it_is_all_or_none(void **state)
{
    (void)state;
    check_refused("partitions = \"half\";", "unknown partitions 'half', did you mean 'all'?");
    check_refused("partitions = true;", "expected a string");
    check_refused("profile = 1;", "expected true or false");
    check_refused("profile = true; partitions = \"all\";", "expected one of both");
    check_refused("profile = 0.0;", "expected true or false");
    check_refused("profile = \"yes\";", "expected true or false");
    check_refused("profile = [true];", "expected true or false");
}

static void what_is_no_switch_is_neither_true_nor_false(void **state)
{
    (void)state;
    check_refused("epsilon = true;", "expected a number");
    check_refused("seed = true;", "expected an integer");
    check_refused("precision = false;", "expected a string");
    check_refused("alphas = true;", "expected");
}

static void a_misspelt_one_is_named(void **state)
{
    (void)state;
    check_refused("partition = \"all\";", "did you mean 'partitions'");
    check_refused("partitoins = \"all\";", "did you mean 'partitions'");
}

static void partitions_count_against_the_limit_of_jobs(void **state)
{
    struct sweep sweep;
    (void)state;
#define MANY                                                                                       \
    "study = \"n\"; models = ( { task = \"sine\"; construction = \"dense_normal\"; hidden = "      \
    "4096; seeds = \"0..1239\"; } );\nalphas = { from = 0.0001; to = 1.0; count = 100000; };\n"
    CHECK_OK(load(&sweep, MANY)); /* 992,000,000 */
    sweep_release(&sweep);
    CHECK_FAILS(load(&sweep, MANY "partitions = \"all\";"), STATUS_INPUT,
                "study has 1.03264e+09 jobs (1240 cases x (104096 alphas and partitions x 8 "
                "ablation sets + 3 diagnostics)), expected at most 1000000000");
#undef MANY
}

int test_study_partitions(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(it_is_a_row_for_every_unit_of_the_widest_model),
        SCRATCH_TEST(it_is_all_or_none),
        SCRATCH_TEST(what_is_no_switch_is_neither_true_nor_false),
        SCRATCH_TEST(a_misspelt_one_is_named),
        SCRATCH_TEST(partitions_count_against_the_limit_of_jobs),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
