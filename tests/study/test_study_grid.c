/* Grids of models to train: what a study file becomes. */
#include "study/study.h"

#include "kernel/recipes/recipe.h"
#include "kernel/tasks/task.h"
#include "kernel/training/train.h"
#include "support/check.h"
#include "support/scratch.h"

#include <stdio.h>
#include <stdlib.h>

static struct error error;
static struct sweep sweep; /* the study of the test */

static int tear_down(void **state)
{
    sweep_release(&sweep);
    sweep = (struct sweep){0};
    return scratch_clear(state);
}

/* Models come from grids alone, so that no file is looked into. */
static const struct study_sources NO_FILES = {.read_model = NULL};

/* Reads a study with these entries of `models`, and what else it says. */
static void load(const char *models, const char *rest)
{
    char text[2048];
    sweep_release(&sweep);
    (void)snprintf(text, sizeof text, "study = \"s\";\nmodels = ( %s );\n%s\n", models, rest);
    file_write_text(scratch_path("s.cfg"), text);
    CHECK_OK(study_load(&sweep, scratch_path("s.cfg"), NULL, &NO_FILES, NULL, &error));
}

/* Of the only model of a grid { task; construction = cayley; hidden = 8; ... }. */
static const struct recipe_values *recipe_of(const char *task, const char *recipe)
{
    char models[512];
    (void)snprintf(models, sizeof models,
                   "{ task = \"%s\"; construction = \"cayley\"; hidden = 8; %s }", task, recipe);
    load(models, "");
    assert_int_equal(sweep.n_models, 1);
    return &sweep.models[0].training.recipe;
}

/* ---- expansion ----------------------------------------------------------------------------------
 */

static void construction_is_slowest_then_hidden_then_seed(void **state)
{
    (void)state;
    static const struct {
        const char *construction;
        int hidden;
        int seed;
    } ORDER[] = {
        {"cayley", 16, 7},       {"cayley", 16, 2},        {"cayley", 8, 7},
        {"cayley", 8, 2},        {"dense_default", 16, 7}, {"dense_default", 16, 2},
        {"dense_default", 8, 7}, {"dense_default", 8, 2},
    };
    load("{ task = \"sine\"; construction = [\"cayley\", \"dense_default\"]; hidden = [16, 8]; "
         "seeds = [7, 2]; }",
         "");
    assert_int_equal(sweep.n_models, 8);
    assert_int_equal(sweep.n_cases, 8);
    for (int i = 0; i < 8; i++) {
        const struct model_spec *const model = &sweep.models[i];
        assert_string_equal(model->construction, ORDER[i].construction);
        assert_string_equal(model->training.construction, ORDER[i].construction);
        assert_int_equal(model->n_hidden, ORDER[i].hidden);
        assert_int_equal(model->seed, ORDER[i].seed);
        assert_int_equal(model->training.seed, ORDER[i].seed);
        assert_int_equal(sweep.cases[i].model, i);
        assert_int_equal(sweep.cases[i].task, 0);
        assert_string_equal(sweep.cases[i].task_label, "sine");
    }
}

static void seeds_have_many_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int seeds[6]; /* -1 ends them */
    } FORMS[] = {
        {"", {0, -1}},
        {"seeds = 3;", {3, -1}},
        {"seeds = 3L;", {3, -1}},
        {"seeds = [0, 2];", {0, 2, -1}},
        {"seeds = (4, 2L);", {4, 2, -1}},
        {"seeds = \"5\";", {5, -1}},
        {"seeds = \"0..4\";", {0, 1, 2, 3, 4, -1}},
        {"seeds = \"0..2,7\";", {0, 1, 2, 7, -1}},
        {"seeds = \" 9 , 1 .. 2 \";", {9, 1, 2, -1}},
    };
    for (size_t i = 0; i < sizeof FORMS / sizeof FORMS[0]; i++) {
        char models[256];
        (void)snprintf(models, sizeof models,
                       "{ task = \"sine\"; construction = \"cayley\"; hidden = 8; %s }",
                       FORMS[i].text);
        load(models, "");
        int count = 0;
        while (FORMS[i].seeds[count] >= 0) {
            assert_true(count < sweep.n_models);
            assert_int_equal(sweep.models[count].seed, FORMS[i].seeds[count]);
            count++;
        }
        assert_int_equal(sweep.n_models, count);
    }
}

static void every_construction_stands_for_every_task(void **state)
{
    (void)state;
    for (int i = 0; TASKS[i] != NULL; i++) {
        char models[256];
        (void)snprintf(models, sizeof models,
                       "{ task = \"%s\"; construction = [\"dense_default\", \"dense_orthogonal\", "
                       "\"dense_normal\", \"dense_normal_matrix\", \"cayley\"]; hidden = 8; }",
                       TASKS[i]->name);
        load(models, "");
        assert_int_equal(sweep.n_models, 5);
        const struct task_shape shape = TASKS[i]->shape(sweep.tasks[0].params);
        for (int k = 0; k < 5; k++) {
            assert_string_equal(sweep.models[k].construction, CONSTRUCTIONS[k]->name);
            assert_int_equal(sweep.models[k].n_in, shape.n_in);
            assert_int_equal(sweep.models[k].n_out, shape.n_out);
            assert_true(sweep.models[k].is_trained);
            assert_true(sweep.models[k].weights_hash == 0 && sweep.models[k].trials_hash == 0);
        }
    }
}

#define GRID_A "{ task = \"sine\"; construction = \"cayley\"; hidden = [8, 12]; seeds = \"0..3\"; }"
#define GRID_B                                                                                     \
    "{ task = \"sine\"; construction = [\"cayley\", \"cayley\"]; hidden = [12, 12]; seeds = "      \
    "\"2..5\"; }"

static void a_model_that_two_grids_name_is_counted_once(void **state)
{
    (void)state;
    load(GRID_A ", " GRID_B, "");
    assert_int_equal(sweep.n_models, 10); /* 2 * 4 + two more seeds of width 12 */
    assert_int_equal(sweep.n_cases, 10);
    assert_int_equal(sweep.models[7].seed, 3);
    assert_int_equal(sweep.models[8].seed, 4);
    assert_int_equal(sweep.models[9].seed, 5);
    load(GRID_A ", " GRID_A, "");
    assert_int_equal(sweep.n_models, 8);
}

/* A recipe that was spelled out is the same recipe. */
static void models_are_equal_by_what_they_are_trained_with(void **state)
{
    (void)state;
    load("{ task = \"sine\"; construction = \"cayley\"; hidden = 8; }, "
         "{ task = \"sine\"; construction = \"cayley\"; hidden = 8; recipe = \"tail\"; }, "
         "{ task = \"sine\"; construction = \"cayley\"; hidden = 8; recipe = { steps = 1920; "
         "rate = 2e-3; }; }, "
         "{ task = \"sine\"; construction = \"cayley\"; hidden = 8; recipe = \"flat\"; }",
         "");
    assert_int_equal(sweep.n_models, 2);
}

/* ---- names --------------------------------------------------------------------------------------
 */

static void a_model_is_named_after_its_place_and_its_identity(void **state)
{
    (void)state;
    char path[512];
    char label[128];
    uint64_t key[2];
    load("{ task = \"copy\"; construction = \"dense_orthogonal\"; hidden = 72; seeds = 5; recipe = "
         "\"flat\"; }",
         "models_dir = \"kept\";");
    const struct model_spec *const model = &sweep.models[0];
    CHECK_OK(training_identity(&model->training, 72, task_find("copy"), sweep.tasks[0].params, key,
                               &error));
    assert_memory_equal(model->training.key, key, sizeof key);
    (void)snprintf(path, sizeof path, "%s/kept/copy-dense_orthogonal-n72-s5-flat-%016llx.h5",
                   scratch_directory(), (unsigned long long)key[0]);
    (void)snprintf(label, sizeof label, "copy-dense_orthogonal-n72-s5-flat-%08llx",
                   (unsigned long long)(key[0] >> 32));
    assert_string_equal(model->path, path);
    assert_string_equal(model->label, label);
    assert_int_equal(strlen(model->identity), 16);
    assert_true(strtoull(model->identity, NULL, 16) == key[0]);
    assert_string_equal(model->task, "copy");
}

static void models_lie_beside_the_study_unless_it_says_otherwise(void **state)
{
    (void)state;
    char folder[512];
    (void)recipe_of("sine", "");
    (void)snprintf(folder, sizeof folder, "%s/models/sine-", scratch_directory());
    assert_memory_equal(sweep.models[0].path, folder, strlen(folder));
    load(GRID_A, "models_dir = \"/elsewhere/models\";");
    assert_memory_equal(sweep.models[0].path, "/elsewhere/models/sine-", 23);
}

/* The seed of the study draws held-out trials alone, and so do their number and the replay. */
static void trials_and_seed_of_the_study_make_no_other_model(void **state)
{
    (void)state;
    static const char *const REST[] = {"", "seed = 5;",
                                       "tasks = ( { name = \"copy\"; trials = 3; replay = 9; } );",
                                       "alphas = [0.5]; epsilon = 0.2; precision = \"float32\";"};
    char *first = NULL;
    for (size_t i = 0; i < sizeof REST / sizeof REST[0]; i++) {
        load("{ task = \"copy\"; construction = \"cayley\"; hidden = 8; }", REST[i]);
        if (i == 0) {
            first = strdup(sweep.models[0].path);
        }
        assert_string_equal(sweep.models[0].path, first);
    }
    load("{ task = \"copy\"; construction = \"cayley\"; hidden = 8; }",
         "tasks = ( { name = \"copy\"; bits = 7; } );");
    assert_string_not_equal(sweep.models[0].path, first);
    assert_int_equal(sweep.models[0].n_in, 7);
    free(first);
}

/* ---- recipes ------------------------------------------------------------------------------------
 */

static void without_a_recipe_the_task_chooses(void **state)
{
    (void)state;
    for (int i = 0; TASKS[i] != NULL; i++) {
        const struct recipe_values expected =
            recipe_resolve(recipe_default(TASKS[i]), TASKS[i], construction_find("cayley"));
        const struct recipe_values *const found = recipe_of(TASKS[i]->name, "");
        assert_string_equal(found->base, expected.base);
        assert_int_equal(found->steps, expected.steps);
        CHECK_SAME(found->rate, expected.rate);
        CHECK_SAME(found->target, expected.target);
        assert_int_equal(found->horizon, expected.horizon);
    }
}

static void a_recipe_can_be_named(void **state)
{
    (void)state;
    for (int i = 0; RECIPES[i] != NULL; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "recipe = \"%s\";", RECIPES[i]->name);
        assert_string_equal(recipe_of("copy", text)->base, RECIPES[i]->name);
        (void)snprintf(text, sizeof text, "recipe = { base = \"%s\"; };", RECIPES[i]->name);
        assert_string_equal(recipe_of("sine", text)->base, RECIPES[i]->name);
    }
}

static void every_value_of_a_recipe_can_be_changed(void **state)
{
    (void)state;
    const struct recipe_values *const found = recipe_of(
        "copy", "recipe = { base = \"flat\"; steps = 11; batch = 12; rate = 0.125; schedule = "
                "\"cosine\"; clip = 0.25; horizon = 13; target = 0.75; dtype = \"float64\"; };");
    assert_string_equal(found->base, "flat");
    assert_int_equal(found->steps, 11);
    assert_int_equal(found->batch, 12);
    CHECK_SAME(found->rate, 0.125); /* as it stands there, for cayley too */
    assert_int_equal(found->schedule, SCHEDULE_COSINE);
    CHECK_SAME(found->clip, 0.25);
    assert_int_equal(found->horizon, 13);
    CHECK_SAME(found->target, 0.75);
    assert_false(found->single);
}

static void what_is_not_changed_stays(void **state)
{
    (void)state;
    const struct recipe_values *const found = recipe_of("copy", "recipe = { clip = 2; };");
    assert_string_equal(found->base, "ramp");
    assert_int_equal(found->steps, 2500);
    CHECK_SAME(found->rate, 1e-2);
    CHECK_SAME(found->clip, 2.0);
    assert_int_equal(found->horizon, 32);
    assert_true(found->single);
}

static void epochs_and_batches_multiply(void **state)
{
    (void)state;
    assert_int_equal(recipe_of("sine", "recipe = { epochs = 3; };")->steps, 3 * 64);
    assert_int_equal(recipe_of("sine", "recipe = { batches = 5; };")->steps, 30 * 5);
    assert_int_equal(recipe_of("sine", "recipe = { epochs = 3; batches = 5; };")->steps, 15);
    assert_int_equal(recipe_of("sine", "recipe = { steps = 100000000; };")->steps, 100000000);
}

int test_study_grid(void)
{
#define GRID_TEST(function) cmocka_unit_test_teardown(function, tear_down)
    const struct CMUnitTest tests[] = {
        GRID_TEST(construction_is_slowest_then_hidden_then_seed),
        GRID_TEST(seeds_have_many_forms),
        GRID_TEST(every_construction_stands_for_every_task),
        GRID_TEST(a_model_that_two_grids_name_is_counted_once),
        GRID_TEST(models_are_equal_by_what_they_are_trained_with),
        GRID_TEST(a_model_is_named_after_its_place_and_its_identity),
        GRID_TEST(models_lie_beside_the_study_unless_it_says_otherwise),
        GRID_TEST(trials_and_seed_of_the_study_make_no_other_model),
        GRID_TEST(without_a_recipe_the_task_chooses),
        GRID_TEST(a_recipe_can_be_named),
        GRID_TEST(every_value_of_a_recipe_can_be_changed),
        GRID_TEST(what_is_not_changed_stays),
        GRID_TEST(epochs_and_batches_multiply),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
