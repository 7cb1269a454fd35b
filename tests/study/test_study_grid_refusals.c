/* Grids that are refused: every message names the file, the line and what was expected. */
#include "study/study.h"

#include "support/check.h"
#include "support/scratch.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static struct error error;

/* The facts of a model file that fits sine. */
static enum status sine_model(void *context, const char *path, struct model_facts *facts,
                              struct error *out)
{
    (void)context;
    (void)path;
    (void)out;
    *facts = (struct model_facts){.n_hidden = 4, .n_in = 1, .n_out = 1, .task = "sine"};
    return STATUS_OK;
}

static const struct study_sources SOURCES = {.read_model = sine_model};

static enum status load(const char *text)
{
    struct sweep sweep;
    file_write_text(scratch_path("s.cfg"), text);
    const enum status status =
        study_load(&sweep, scratch_path("s.cfg"), NULL, &SOURCES, NULL, &error);
    if (status == STATUS_OK) {
        sweep_release(&sweep);
    }
    return status;
}

/* One line, which begins with the file and the line. */
static void check_refused(const char *text, int line, const char *part)
{
    char place[320];
    (void)snprintf(place, sizeof place, "%s:%d: ", scratch_path("s.cfg"), line);
    CHECK_FAILS(load(text), STATUS_INPUT, part);
    if (strncmp(error.text, place, strlen(place)) != 0 || strchr(error.text, '\n') != NULL) {
        fail_msg("message '%s' does not begin with '%s'", error.text, place);
    }
}

/* A grid whose last key stands in line 4. */
static void check_grid(const char *task, const char *key, const char *part)
{
    char text[1024];
    (void)snprintf(text, sizeof text,
                   "study = \"s\";\nmodels = ( { task = \"%s\"; construction = \"cayley\";\n"
                   "hidden = 8;\n%s } );\n",
                   task, key);
    check_refused(text, 4, part);
}

static void check_recipe(const char *task, const char *values, const char *part)
{
    char key[512];
    (void)snprintf(key, sizeof key, "recipe = { %s };", values);
    check_grid(task, key, part);
}

static void the_grid_that_is_spoilt_here_is_good(void **state)
{
    (void)state;
    CHECK_OK(load("study = \"s\";\nmodels = ( { task = \"copy\"; construction = \"cayley\";\n"
                  "hidden = 8;\nrecipe = { base = \"flat\"; horizon = 8; }; } );\n"));
}

static void numbers_of_a_recipe_have_bounds(void **state)
{
    (void)state;
    check_recipe("sine", "steps = 0;", "steps is 0, expected 1 to 100000000");
    check_recipe("sine", "steps = -5;", "steps is -5, expected");
    check_recipe("sine", "steps = 100000001;", "expected 1 to 100000000");
    check_recipe("sine", "steps = 2.5;", "steps is a number, expected an integer");
    check_recipe("sine", "epochs = 0;", "epochs is 0, expected");
    check_recipe("sine", "batches = 0;", "batches is 0, expected");
    check_recipe("sine", "epochs = 100000; batches = 1001;", "recipe has 100100000 steps");
    check_recipe("sine", "batch = 0;", "batch is 0, expected 1 to 65536");
    check_recipe("sine", "batch = 65537;", "batch is 65537, expected");
    check_recipe("sine", "rate = -1e-3;", "rate is -0.001, expected 1e-12 to 10");
    check_recipe("sine", "rate = 0.0;", "rate is 0, expected");
    check_recipe("sine", "rate = 10.5;", "rate is 10.5, expected");
    check_recipe("sine", "clip = 0.0;", "clip is 0, expected");
    check_recipe("sine", "target = -1.0;", "target is -1, expected");
    check_recipe("copy", "horizon = 0;", "horizon is 0, expected");
    check_recipe("sine", "stop = \"target\"; check = 0;", "check is 0, expected 1 to 100000000");
}

static void words_of_a_recipe_are_known_ones(void **state)
{
    (void)state;
    check_recipe("sine", "base = \"tial\";", "unknown recipe 'tial', did you mean 'tail'?");
    check_grid("sine", "recipe = \"rapm\";", "unknown recipe 'rapm', did you mean 'ramp'?");
    check_grid("sine", "recipe = \"x\";", "expected one of: flat, ramp, tail, tail_wide_input");
    check_grid("sine", "recipe = 3;", "recipe is an integer, expected");
    check_recipe("sine", "schedule = \"cosin\";",
                 "unknown schedule 'cosin', did you mean 'cosine'?");
    check_recipe("sine", "schedule = \"z\";", "expected one of: constant, tail, cosine");
    check_recipe("sine", "dtype = \"double\";", "unknown dtype 'double'");
    check_recipe("sine", "dtype = \"float16\";", "did you mean 'float");
    check_recipe("sine", "stepz = 3;", "did you mean 'steps'?");
    check_recipe("sine", "stop = \"targte\";", "unknown stop 'targte', did you mean 'target'?");
    check_recipe("sine", "check = 8;", "check without stop = \"target\"");
    check_recipe("sine", "stop = \"steps\"; check = 8;", "check without stop = \"target\"");
}

static void steps_exclude_epochs_and_batches(void **state)
{
    (void)state;
    check_recipe("sine", "steps = 5; epochs = 2;", "steps and epochs or batches, expected one");
    check_recipe("sine", "batches = 2; steps = 5;", "steps and epochs or batches, expected one");
}

static void a_horizon_fits_its_task(void **state)
{
    (void)state;
    static const char *const OTHERS[] = {"flip_flop", "sine", "context_integration"};
    check_recipe("copy", "horizon = 7;", "horizon is 7, expected at least 8, the symbols of task");
    for (int i = 0; i < 3; i++) {
        check_recipe(OTHERS[i], "horizon = 8;", "has no horizon to set");
        check_recipe(OTHERS[i], "base = \"flat\"; horizon = 32;", "has no horizon to set");
    }
    /* The default of a recipe can be too short as well. */
    check_refused("study = \"s\";\ntasks = ( { name = \"copy\"; symbols = 33; } );\n"
                  "models = ( { task = \"copy\"; construction = \"cayley\"; hidden = 8; } );\n",
                  3, "horizon is 32, expected at least 33");
}

static void names_of_a_grid_are_known_ones(void **state)
{
    (void)state;
    check_refused("study = \"s\";\nmodels = (\n{ task = \"sien\"; construction = \"cayley\"; "
                  "hidden = 8; } );",
                  3, "unknown built-in task 'sien', did you mean 'sine'?");
    check_refused("study = \"s\";\nmodels = ( { task = \"sine\";\nconstruction = \"caylee\"; "
                  "hidden = 8; } );",
                  3, "unknown construction 'caylee', did you mean 'cayley'?");
    check_refused("study = \"s\";\nmodels = ( { task = \"sine\";\nconstruction = [\"cayley\", "
                  "\"x\"]; hidden = 8; } );",
                  3, "expected one of: dense_default, dense_orthogonal, dense_normal");
    check_refused("study = \"s\";\nmodels = (\n{ task = \"own\"; construction = \"cayley\"; "
                  "hidden = 8; } );",
                  3, "unknown built-in task 'own'");
    check_grid("sine", "width = 3;", "unknown model key 'width'");
}

static void what_a_grid_needs_is_there(void **state)
{
    (void)state;
    static const char *const KEYS[] = {"task = \"sine\";", "construction = \"cayley\";",
                                       "hidden = 8;"};
    static const char *const NAMES[] = {"task", "construction", "hidden"};
    for (int i = 0; i < 3; i++) {
        char text[256];
        char part[64];
        (void)snprintf(text, sizeof text, "study = \"s\";\nmodels = (\n{ %s %s } );\n",
                       KEYS[(i + 1) % 3], KEYS[(i + 2) % 3]);
        (void)snprintf(part, sizeof part, "'%s' is missing", NAMES[i]);
        check_refused(text, 3, part);
    }
}

static void check_hidden(const char *construction, const char *hidden, const char *part)
{
    char text[512];
    (void)snprintf(text, sizeof text,
                   "study = \"s\";\nmodels = ( { task = \"sine\";\n"
                   "construction = %s; hidden = %s; } );\n",
                   construction, hidden);
    check_refused(text, 3, part);
}

static void widths_have_bounds(void **state)
{
    (void)state;
    check_hidden("\"cayley\"", "0", "hidden is 0, expected");
    check_hidden("\"cayley\"", "-8", "hidden is -8, expected");
    check_hidden("\"cayley\"", "32769", "hidden is 32769, expected");
    check_hidden("\"cayley\"", "[8, 0]", "hidden is 0, expected an integer from 1 to 32768");
    check_hidden("\"cayley\"", "[8.0, 8.5]", "hidden is 8.5, expected an integer");
    check_hidden("\"cayley\"", "[]", "hidden is empty");
    check_hidden("\"cayley\"", "\"8\"", "hidden is a string");
    check_hidden("[]", "8", "construction is empty");
    check_hidden("\"dense_normal_matrix\"", "9", "needs an even width, hidden has 9");
    check_hidden("[\"cayley\", \"dense_normal_matrix\"]", "[8, 17]",
                 "'dense_normal_matrix' needs an even width, hidden has 17");
}

static void seeds_are_different_and_not_too_many(void **state)
{
    (void)state;
    check_grid("sine", "seeds = [0, 1, 0];", "seed 0 stands twice");
    check_grid("sine", "seeds = \"0..5,3\";", "seed 3 stands twice");
    check_grid("sine", "seeds = \"0..999999999999\";", "seeds name 1000000000000 models");
    check_grid("sine", "seeds = \"0..1000000\";", "seeds name 1000001 models");
    check_grid("sine", "seeds = \"0..599999,600000..1000000\";", "expected at most 1000000");
    check_grid("sine", "seeds = \"0..9223372036854775807\";", "expected at most 1000000");
    check_grid("sine", "seeds = -1;", "expected 0 <= first <= last");
    check_grid("sine", "seeds = [3, -1];", "expected 0 <= first <= last");
    check_grid("sine", "seeds = \"5..3\";", "seeds run from 5 to 3");
    check_grid("sine", "seeds = 1.5;", "seeds is a number");
    check_grid("sine", "seeds = [0.5];", "seed is 0.5, expected an integer");
    check_grid("sine", "seeds = [];", "seeds is empty");
}

static void seeds_have_no_other_form(void **state)
{
    (void)state;
    static const char *const FORMS[] = {
        "",   "a",     "0...4", "0..", "..4",  "0-4", "0,",      ",0",  "0 1",
        "-1", "0..-1", "+1",    "1e3", "0x10", "1.5", "0..4..8", "0;1", "99999999999999999999"};
    for (size_t i = 0; i < sizeof FORMS / sizeof FORMS[0]; i++) {
        char key[64];
        (void)snprintf(key, sizeof key, "seeds = \"%s\";", FORMS[i]);
        check_grid("sine", key, "expected a form like \"0..4,7\"");
    }
}

static void a_grid_has_a_largest_size(void **state)
{
    (void)state;
    check_refused("study = \"s\";\nmodels = (\n{ task = \"sine\"; construction = [\"cayley\", "
                  "\"dense_default\"]; hidden = [8, 9, 10];\nseeds = \"0..199999\"; } );\n",
                  3, "grid has 1.2e+06 models, expected at most 1000000");
}

/* Before any of them is made: in a moment, whatever their number. */
static void a_grid_of_too_many_jobs_is_refused_where_it_stands(void **state)
{
    (void)state;
    check_refused(
        "study = \"s\"; alphas = { from = 0.1; to = 1; count = 1000; };\nmodels = (\n{ task = "
        "\"sine\"; construction = \"cayley\"; hidden = 8;\nseeds = \"0..999999\"; } );\n",
        3,
        "study has 8.003e+09 jobs (1000000 cases x (1000 alphas x 8 ablation sets + 3 "
        "diagnostics))");
}

static void a_misspelt_file_is_no_grid(void **state)
{
    (void)state;
    check_refused("study = \"s\";\nmodels = ( { flie = \"m.h5\"; } );\n", 2,
                  "unknown model key 'flie', did you mean 'file'?");
}

/* ---- models_dir ---------------------------------------------------------------------------------
 */

#define TRAINED "{ task = \"sine\"; construction = \"cayley\"; hidden = 8; }"

static void put_file(const char *folder, const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    (void)mkdir(scratch_path(folder), 0777);
    file_write_text(scratch_path(path), "");
}

static void a_glob_does_not_reach_into_models_dir(void **state)
{
    (void)state;
    static const char *const GLOBS[] = {"models/*.h5", "models/old?.h5", "*/old1.h5",
                                        "./models/../models/*.h5", "link/*.h5"};
    put_file("models", "old1.h5");
    assert_int_equal(symlink("models", scratch_path("link")), 0);
    for (size_t i = 0; i < sizeof GLOBS / sizeof GLOBS[0]; i++) {
        char text[256];
        (void)snprintf(text, sizeof text,
                       "study = \"s\";\nmodels = ( " TRAINED ",\n{ file = \"%s\"; } );\n",
                       GLOBS[i]);
        check_refused(text, 3, "inside models_dir");
    }
}

static void models_dir_is_the_one_that_the_study_names(void **state)
{
    (void)state;
    put_file("kept", "old.h5");
    put_file("models", "old.h5");
    check_refused(
        "study = \"s\"; models_dir = \"kept\";\nmodels = (\n{ file = \"kept/*.h5\"; },\n" TRAINED
        " );\n",
        3, "inside models_dir");
    CHECK_OK(load("study = \"s\"; models_dir = \"kept\";\nmodels = (\n{ file = \"models/*.h5\"; "
                  "},\n" TRAINED " );\n"));
}

static void a_file_named_whole_and_a_study_without_grid_may(void **state)
{
    (void)state;
    put_file("models", "old.h5");
    CHECK_OK(load("study = \"s\";\nmodels = ( " TRAINED ", { file = \"models/old.h5\"; } );\n"));
    CHECK_OK(load("study = \"s\";\nmodels = ( { file = \"models/*.h5\"; } );\n"));
}

int test_study_grid_refusals(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(the_grid_that_is_spoilt_here_is_good),
        SCRATCH_TEST(numbers_of_a_recipe_have_bounds),
        SCRATCH_TEST(words_of_a_recipe_are_known_ones),
        SCRATCH_TEST(steps_exclude_epochs_and_batches),
        SCRATCH_TEST(a_horizon_fits_its_task),
        SCRATCH_TEST(names_of_a_grid_are_known_ones),
        SCRATCH_TEST(what_a_grid_needs_is_there),
        SCRATCH_TEST(widths_have_bounds),
        SCRATCH_TEST(seeds_are_different_and_not_too_many),
        SCRATCH_TEST(seeds_have_no_other_form),
        SCRATCH_TEST(a_grid_has_a_largest_size),
        SCRATCH_TEST(a_grid_of_too_many_jobs_is_refused_where_it_stands),
        SCRATCH_TEST(a_misspelt_file_is_no_grid),
        SCRATCH_TEST(a_glob_does_not_reach_into_models_dir),
        SCRATCH_TEST(models_dir_is_the_one_that_the_study_names),
        SCRATCH_TEST(a_file_named_whole_and_a_study_without_grid_may),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
