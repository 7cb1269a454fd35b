/* Cases of a study in groups. */
#include "cli/plan_groups.h"

#include "support/check.h"
#include "support/samples.h"

#include <stdlib.h>

enum { CASES = 6 };

static struct error error;
static struct sweep sweep;
static struct case_estimate cases[CASES];
static double training[CASES];
static unsigned char missing[CASES];
static const struct estimate ESTIMATE = {.cases = cases, .model_training_seconds = training};
static struct plan_group *groups;
static int n;

static int set_up(void **state)
{
    (void)state;
    sweep = sample_sweep(CASES, 2, 2);
    for (int i = 0; i < CASES; i++) {
        sweep.models[i].cell = CELL_DEFAULT;
        sweep.models[i].n_hidden = 8;
        sweep.models[i].seed = i;
        cases[i] = (struct case_estimate){.n_rollouts = 10, .seconds = 1.0};
        training[i] = 5.0;
        missing[i] = 0;
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(groups);
    groups = NULL;
    sweep_release(&sweep);
    return 0;
}

static void make_groups(void)
{
    CHECK_OK(plan_groups_create(&groups, &n, &sweep, &ESTIMATE, missing, &error));
}

static void seeds_are_one_group(void **state)
{
    (void)state;
    missing[1] = missing[4] = 1;
    cases[3].is_bound = true;
    make_groups();
    assert_int_equal(n, 1);
    assert_int_equal(groups[0].n_cases, CASES);
    assert_int_equal(groups[0].n_missing, 2);
    assert_int_equal(groups[0].n_rollouts, 10 * CASES);
    assert_true(groups[0].has_bounds);
    CHECK_NEAR(groups[0].seconds, 6.0, 1e-12);
    CHECK_NEAR(groups[0].training_seconds, 10.0, 1e-12);
}

static void a_model_is_trained_once_for_all_its_cases(void **state)
{
    (void)state;
    sweep.cases[1].model = 0;
    missing[0] = 1;
    make_groups();
    assert_int_equal(groups[0].n_missing, 1);
    CHECK_NEAR(groups[0].training_seconds, 5.0, 1e-12);
}

static void what_differs_is_another_group(void **state)
{
    (void)state;
    sweep.models[1].n_hidden = 9;
    sweep.models[2].cell.leak = 0.5;
    sweep.models[3].cell.activation = ACTIVATION_RELU;
    for (int i = 4; i < CASES; i++) {
        sweep.models[i].is_trained = true;
        sweep.models[i].training.recipe.steps = i;
    }
    make_groups();
    assert_int_equal(n, CASES);
    for (int i = 0; i < CASES; i++) {
        assert_int_equal(groups[i].first_case, i);
    }
}

static void check_label(const char *expected)
{
    char text[64];
    plan_cell_label(&sweep, 0, text, sizeof text);
    assert_string_equal(text, expected);
}

static void a_cell_is_told_unless_it_is_the_usual_one(void **state)
{
    (void)state;
    struct cell *const cell = &sweep.models[0].cell;
    check_label("");
    cell->leak = 0.25;
    check_label("tanh, leak 0.25");
    cell->leak = 1.0;
    cell->activation = ACTIVATION_RELU;
    check_label("relu");
    cell->kind = CELL_GRU;
    check_label("gru, hh"); /* and its matrix */
}

#define GROUP_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int test_plan_groups(void)
{
    const struct CMUnitTest tests[] = {
        GROUP_TEST(seeds_are_one_group),
        GROUP_TEST(a_model_is_trained_once_for_all_its_cases),
        GROUP_TEST(what_differs_is_another_group),
        GROUP_TEST(a_cell_is_told_unless_it_is_the_usual_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
