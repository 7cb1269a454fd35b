/* Paths of a study: what they are relative to, what models are called, in which order they come. */
#include "study/study.h"

#include "support/check.h"
#include "support/scratch.h"
#include "support/study_fakes.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct error error;
static struct sweep sweep;         /* the study of the test */
static char seen_trials[1024];     /* path of the last file of trials that was looked into */
static const char *bad_model = ""; /* a model of that name is refused */

static enum status fake_model(void *context, const char *path, struct model_facts *facts,
                              struct error *out)
{
    const char *const slash = strrchr(path, '/');
    const char *const name = slash != NULL ? slash + 1 : path;
    if (strcmp(name, bad_model) == 0) {
        return error_set(out, STATUS_INPUT, "%s: bad model", path);
    }
    return SINE_FILES.read_model(context, path, facts, out);
}

static enum status fake_trials(const char *path, struct trials_facts *facts, struct error *out)
{
    (void)snprintf(seen_trials, sizeof seen_trials, "%s", path);
    return SINE_FILES.read_trials(path, facts, out);
}

static const struct study_sources FAKES = {.read_model = fake_model, .read_trials = fake_trials};

/* Every test begins in the scratch directory, so that relative paths mean something. */
static int enter(void **state)
{
    (void)state;
    return chdir(scratch_directory());
}

static int leave(void **state)
{
    sweep_release(&sweep);
    sweep = (struct sweep){0};
    bad_model = "";
    return enter(state) == 0 ? scratch_clear(state) : -1;
}

static void touch(const char *name)
{
    file_write_text(name, "");
}

static enum status load(const char *path, const char *output)
{
    sweep_release(&sweep);
    return study_load(&sweep, path, output, &FAKES, NULL, &error);
}

/* A study s.cfg of that one entry of `models` in the working directory, loaded. */
static void load_entry(const char *entry)
{
    char text[700];
    (void)snprintf(text, sizeof text, "study = \"s\"; models = ( %s );", entry);
    file_write_text("s.cfg", text);
    CHECK_OK(load("s.cfg", NULL));
}

static void check_labels(const char *const *labels)
{
    int count = 0;
    for (; labels[count] != NULL; count++) {
        assert_true(count < sweep.n_models);
        assert_string_equal(sweep.models[count].label, labels[count]);
    }
    assert_int_equal(sweep.n_models, count);
}

#define CHECK_LABELS(...) check_labels((const char *const[]){__VA_ARGS__, NULL})

/* ---- what paths are relative to -----------------------------------------------------------------
 */

static void a_study_is_the_same_from_anywhere(void **state)
{
    static const char *const PLACES[][2] = {
        {"/", NULL},      {".", "sub/s.cfg"},      {".", "./sub/s.cfg"},
        {"sub", "s.cfg"}, {"sub", "../sub/s.cfg"}, {"lab", "../sub/s.cfg"}};
    char *canonical = NULL;
    (void)state;
    assert_int_equal(mkdir("sub", 0777) | mkdir("lab", 0777), 0);
    touch("sub/near.h5");
    touch("lab/far.h5");
    file_write_text("sub/s.cfg", "study = \"s\"; models = ( { file = \"near.h5\"; }, { file = "
                                 "\"../lab/*.h5\"; } ); output = \"../lab/out.h5\";");
    for (size_t i = 0; i < sizeof PLACES / sizeof PLACES[0]; i++) {
        assert_int_equal(enter(NULL), 0);
        assert_int_equal(chdir(PLACES[i][0]), 0);
        CHECK_OK(load(PLACES[i][1] != NULL ? PLACES[i][1] : scratch_path("sub/s.cfg"), NULL));
        CHECK_LABELS("near.h5", "../lab/far.h5");
        assert_int_equal(access(sweep.models[0].path, F_OK) | access(sweep.models[1].path, F_OK),
                         0);
        touch(sweep.output);
        assert_int_equal(remove(scratch_path("lab/out.h5")), 0); /* it is that file */
        if (canonical == NULL) {
            canonical = strdup(sweep.canonical);
        }
        assert_string_equal(sweep.canonical, canonical);
    }
    free(canonical);
}

static void an_absolute_path_is_its_own_label(void **state)
{
    char entry[600];
    (void)state;
    touch("m.h5");
    (void)snprintf(entry, sizeof entry, "{ file = \"%s/m*.h5\"; }", scratch_directory());
    load_entry(entry);
    CHECK_LABELS(scratch_path("m.h5"));
}

static void the_output_lies_beside_the_study_unless_it_is_named(void **state)
{
    static const char *const NAMES[][2] = {{"a.cfg", "a.h5"},          {"a", "a.h5"},
                                           {".cfg", ".cfg.h5"},        {"a.b.cfg", "a.b.h5"},
                                           {"d.x/a", "d.x/a.h5"},      {"d.x/.a", "d.x/.a.h5"},
                                           {"./d.x/a.c", "./d.x/a.h5"}};
    (void)state;
    touch("m.h5");
    assert_int_equal(mkdir("d.x", 0777), 0);
    touch("d.x/m.h5");
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        file_write_text(NAMES[i][0], "study = \"s\"; models = ( { file = \"m.h5\"; } );");
        CHECK_OK(load(NAMES[i][0], NULL));
        assert_string_equal(sweep.output, NAMES[i][1]);
    }
    CHECK_OK(load("d.x/a", "here.h5")); /* of the command line: from the working directory */
    assert_string_equal(sweep.output, "here.h5");
}

static void trials_and_includes_are_relative_to_the_study(void **state)
{
    (void)state;
    assert_int_equal(mkdir("sub", 0777), 0);
    touch("sub/m.h5");
    file_write_text("sub/part.cfg", "models = ( { file = \"m.h5\"; evaluate_on = \"mine\"; } );\n"
                                    "tasks = ( { name = \"mine\"; file = \"more/t.h5\"; } );\n");
    file_write_text("sub/s.cfg", "study = \"s\";\n@include \"part.cfg\"\nseed = 7;\n");
    CHECK_OK(load("sub/s.cfg", NULL));
    assert_string_equal(seen_trials, "sub/more/t.h5");
    assert_int_equal(sweep.n_cases, 1);
    assert_string_equal(sweep.cases[0].task_label, "mine");
    assert_true(sweep.seed == 7);
}

static void a_mistake_in_an_included_file_is_named_there(void **state)
{
    (void)state;
    assert_int_equal(mkdir("sub", 0777), 0);
    file_write_text("sub/part.cfg", "\nepsilom = 0.2;\n");
    file_write_text("sub/s.cfg", "@include \"part.cfg\"\nstudy = \"s\";\n");
    CHECK_FAILS(load("sub/s.cfg", NULL), STATUS_INPUT,
                "part.cfg:2: unknown study key 'epsilom', did you mean 'epsilon'?");
    file_write_text("sub/part.cfg", "\nepsilon = \"small\";\n");
    CHECK_FAILS(load("sub/s.cfg", NULL), STATUS_INPUT, "part.cfg:2: epsilon is a string");
    file_write_text("sub/part.cfg", "seed = = 2;");
    CHECK_FAILS(load("sub/s.cfg", NULL), STATUS_INPUT, "part.cfg:1: syntax error");
    file_write_text("sub/part.cfg", "seed = 2; // no line end");
    file_write_text("sub/s.cfg", "@include \"part.cfg\" epsilon = 1;\nstudy = 3;\n");
    CHECK_FAILS(load("sub/s.cfg", NULL), STATUS_INPUT, "s.cfg:2: study is an integer");
    file_write_text("sub/s.cfg", "@include \"part.cfg\" epsilom = 1;\n");
    CHECK_FAILS(load("sub/s.cfg", NULL), STATUS_INPUT, "s.cfg:1: unknown study key 'epsilom'");
}

/* ---- which models, in which order ---------------------------------------------------------------
 */

static void cases_follow_entries_then_matches_then_tasks(void **state)
{
    (void)state;
    touch("b1.h5");
    touch("b2.h5");
    touch("a.h5");
    load_entry("{ file = \"b*.h5\"; evaluate_on = [\"sine\", \"own\"]; }, { file = \"a.h5\"; }");
    CHECK_LABELS("b1.h5", "b2.h5", "a.h5");
    static const int MODELS[] = {0, 0, 1, 1, 2};
    static const int TASKS[] = {0, CASE_TASK_OWN, 0, CASE_TASK_OWN, CASE_TASK_OWN};
    assert_int_equal(sweep.n_cases, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(sweep.cases[i].model, MODELS[i]);
        assert_int_equal(sweep.cases[i].task, TASKS[i]);
    }
}

static void patterns_are_those_of_the_shell(void **state)
{
    static const char *const FOLDERS[] = {"x", "y"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        char name[32];
        assert_int_equal(mkdir(FOLDERS[i], 0777), 0);
        for (char c = 'a'; c <= 'c'; c++) {
            (void)snprintf(name, sizeof name, "%s/%c1.h5", FOLDERS[i], c);
            touch(name);
        }
    }
    touch("x/.hidden.h5");
    load_entry("{ file = \"*/[ab]?.h5\"; }");
    CHECK_LABELS("x/a1.h5", "x/b1.h5", "y/a1.h5", "y/b1.h5");
    load_entry("{ file = \"x/*\"; }");
    CHECK_LABELS("x/a1.h5", "x/b1.h5", "x/c1.h5");
}

static void names_may_hold_any_character(void **state)
{
    (void)state;
    touch("two words.h5");
    touch("na\xc3\xafve.h5");
    touch("a\nb.h5");
    load_entry("{ file = \"two words.h5\"; }, { file = \"na\xc3\xafve.h5\"; }, "
               "{ file = \"a\\nb.h5\"; }");
    CHECK_LABELS("two words.h5", "na\xc3\xafve.h5", "a?b.h5"); /* a label is one line of text */
    assert_string_equal(sweep.models[2].path, "a\nb.h5");
}

static void the_folder_of_a_study_is_no_pattern(void **state)
{
    (void)state;
    assert_int_equal(mkdir("a[b]*", 0777) | mkdir("ab", 0777), 0);
    touch("a[b]*/m1.h5");
    touch("a[b]*/n.h5");
    touch("ab/m2.h5");
    file_write_text("a[b]*/s.cfg",
                    "study = \"s\"; models = ( { file = \"m*.h5\"; }, { file = \"n.h5\"; } );");
    CHECK_OK(load("a[b]*/s.cfg", NULL));
    CHECK_LABELS("m1.h5", "n.h5");
    assert_string_equal(sweep.models[0].path, "a[b]*/m1.h5");
}

static void a_file_by_several_names_is_one_model(void **state)
{
    char entry[600];
    (void)state;
    assert_int_equal(mkdir("lab", 0777), 0);
    touch("m.h5");
    assert_int_equal(symlink("m.h5", "link.h5"), 0);
    (void)snprintf(
        entry, sizeof entry,
        "{ file = \"./m.h5\"; }, { file = \"m.h5\"; evaluate_on = [\"own\", \"sine\"]; }, "
        "{ file = \"lab/../*.h5\"; }, { file = \"%s\"; }",
        scratch_path("m.h5"));
    load_entry(entry);
    CHECK_LABELS("./m.h5"); /* the first name */
    assert_int_equal(sweep.n_cases, 2);
}

static void an_output_that_is_a_link_is_the_file_itself(void **state)
{
    char file[600];
    (void)state;
    touch("m.h5");
    touch("real.h5");
    assert_non_null(realpath("real.h5", file));
    assert_int_equal(symlink("real.h5", "link.h5") | symlink("gone.h5", "broken.h5"), 0);
    file_write_text("s.cfg",
                    "study = \"s\"; models = ( { file = \"m.h5\"; } ); output = \"link.h5\";");
    CHECK_OK(load("s.cfg", NULL));
    assert_string_equal(sweep.output, file);
    CHECK_OK(load("s.cfg", "real.h5"));
    assert_string_equal(sweep.output, "real.h5");
    CHECK_OK(load("s.cfg", "broken.h5")); /* to be refused under its own name */
    assert_string_equal(sweep.output, "broken.h5");
}

static void a_bad_match_refuses_the_study(void **state)
{
    (void)state;
    touch("m1.h5");
    touch("m2.h5");
    touch("m3.h5");
    bad_model = "m2.h5";
    file_write_text("s.cfg", "study = \"s\"; models = ( { file = \"m*.h5\"; } );");
    CHECK_FAILS(load("s.cfg", NULL), STATUS_INPUT, "m2.h5: bad model");
    assert_null(sweep.models); /* nothing is left of it */
}

static void a_study_of_nothing_but_its_output_is_refused(void **state)
{
    (void)state;
    touch("out.h5");
    file_write_text("s.cfg",
                    "study = \"s\";\nmodels = ( { file = \"*.h5\"; } ); output = \"out.h5\";");
    CHECK_FAILS(load("s.cfg", NULL), STATUS_INPUT, "s.cfg:2: models match nothing but");
}

static void too_many_jobs_are_refused_with_their_number(void **state)
{
    (void)state;
    file_write_text("s.cfg", "study = \"s\"; models = ( { task = \"sine\"; construction = "
                             "\"cayley\"; hidden = 4; seeds = \"0..1999\"; } ); alphas = { from = "
                             "0.0001; to = 1; count = 100000; };");
    CHECK_FAILS(
        load("s.cfg", NULL), STATUS_INPUT,
        "1.60001e+09 jobs (2000 cases x (100000 alphas x 8 ablation sets + 3 diagnostics)), "
        "expected at most 1000000000");
}

int test_study_paths(void)
{
#define PATH_TEST(function) cmocka_unit_test_setup_teardown(function, enter, leave)
    const struct CMUnitTest tests[] = {
        PATH_TEST(a_study_is_the_same_from_anywhere),
        PATH_TEST(an_absolute_path_is_its_own_label),
        PATH_TEST(the_output_lies_beside_the_study_unless_it_is_named),
        PATH_TEST(trials_and_includes_are_relative_to_the_study),
        PATH_TEST(a_mistake_in_an_included_file_is_named_there),
        PATH_TEST(cases_follow_entries_then_matches_then_tasks),
        PATH_TEST(patterns_are_those_of_the_shell),
        PATH_TEST(names_may_hold_any_character),
        PATH_TEST(the_folder_of_a_study_is_no_pattern),
        PATH_TEST(a_file_by_several_names_is_one_model),
        PATH_TEST(an_output_that_is_a_link_is_the_file_itself),
        PATH_TEST(a_bad_match_refuses_the_study),
        PATH_TEST(a_study_of_nothing_but_its_output_is_refused),
        PATH_TEST(too_many_jobs_are_refused_with_their_number),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
