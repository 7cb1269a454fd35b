#include "kernel/recipes/recipe.h"

#include "support/check.h"

#include <stdio.h>

static struct recipe_values resolve(const char *recipe, const char *task, const char *construction)
{
    assert_non_null(recipe_find(recipe));
    assert_non_null(task_find(task));
    assert_non_null(construction_find(construction));
    return recipe_resolve(recipe_find(recipe), task_find(task), construction_find(construction));
}

/* ---- the list -----------------------------------------------------------------------------------
 */

static void the_four_recipes_are_found_by_name_and_no_other(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"flat", "ramp", "tail", "tail_wide_input"};
    for (int i = 0; i < 4; i++) {
        assert_string_equal(RECIPES[i]->name, NAMES[i]);
        assert_ptr_equal(recipe_find(NAMES[i]), RECIPES[i]);
        assert_true(strlen(NAMES[i]) < TRAINING_NAME_SIZE);
    }
    assert_null(RECIPES[4]);
    assert_null(recipe_find("Flat"));
    assert_null(recipe_find("tail_wide"));
    assert_null(recipe_find(""));
}

static void copy_ramps_and_the_others_tail_when_the_study_says_nothing(void **state)
{
    (void)state;
    for (int i = 0; TASKS[i] != NULL; i++) {
        const bool is_copy = strcmp(TASKS[i]->name, "copy") == 0;
        assert_string_equal(recipe_default(TASKS[i])->name, is_copy ? "ramp" : "tail");
    }
}

/* science.md sections 1 and 3. */
static void recipes_have_the_documented_values(void **state)
{
    (void)state;
    static const struct {
        const char *recipe;
        const char *task;
        int steps;
        double rate;
        enum schedule schedule;
        int horizon;
        double target;
        double input_scale;
    } DOCUMENTED[] = {
        {"flat", "copy", 3500, 3e-3, SCHEDULE_TAIL, 32, 0.995, 0.0},
        {"ramp", "copy", 2500, 5e-3, SCHEDULE_COSINE, 32, 0.995, 0.0},
        {"tail", "flip_flop", 30 * 64, 1e-3, SCHEDULE_TAIL, 0, 0.005, 0.0},
        {"tail", "sine", 30 * 64, 1e-3, SCHEDULE_TAIL, 0, 0.008, 0.0},
        {"tail", "context_integration", 30 * 64, 1e-3, SCHEDULE_TAIL, 0, 0.012, 0.0},
        {"tail", "delayed_discrimination", 30 * 64, 1e-3, SCHEDULE_TAIL, 0, 0.005, 0.0},
        {"tail", "path_integration", 30 * 64, 1e-3, SCHEDULE_TAIL, 0, 0.015, 0.0},
        {"tail", "path_integration_cartesian", 30 * 64, 1e-3, SCHEDULE_TAIL, 0, 0.002, 0.0},
        {"tail_wide_input", "flip_flop", 30 * 20, 1e-3, SCHEDULE_TAIL, 0, 0.01, 1.0},
    };
    for (size_t i = 0; i < sizeof DOCUMENTED / sizeof DOCUMENTED[0]; i++) {
        const struct recipe_values values =
            resolve(DOCUMENTED[i].recipe, DOCUMENTED[i].task, "dense_orthogonal");
        assert_string_equal(values.base, DOCUMENTED[i].recipe);
        assert_int_equal(values.steps, DOCUMENTED[i].steps);
        assert_int_equal(values.batch, 64);
        CHECK_SAME(values.rate, DOCUMENTED[i].rate);
        assert_int_equal(values.schedule, DOCUMENTED[i].schedule);
        CHECK_SAME(values.clip, 1.0);
        assert_int_equal(values.horizon, DOCUMENTED[i].horizon);
        CHECK_SAME(values.target, DOCUMENTED[i].target);
        CHECK_SAME(values.input_scale, DOCUMENTED[i].input_scale);
        assert_true(values.single);
    }
}

static void a_rate_is_doubled_for_cayley_and_for_nothing_else(void **state)
{
    (void)state;
    for (int i = 0; RECIPES[i] != NULL; i++) {
        for (int k = 0; CONSTRUCTIONS[k] != NULL; k++) {
            const bool is_cayley = strcmp(CONSTRUCTIONS[k]->name, "cayley") == 0;
            const struct recipe_values values =
                resolve(RECIPES[i]->name, "copy", CONSTRUCTIONS[k]->name);
            CHECK_SAME(values.rate, RECIPES[i]->rate * (is_cayley ? 2.0 : 1.0));
        }
    }
    CHECK_SAME(resolve("ramp", "copy", "cayley").rate, 1e-2);
}

static void only_a_task_with_a_horizon_gets_one(void **state)
{
    (void)state;
    for (int i = 0; RECIPES[i] != NULL; i++) {
        for (int k = 0; TASKS[k] != NULL; k++) {
            const struct recipe_values values =
                resolve(RECIPES[i]->name, TASKS[k]->name, "dense_default");
            assert_int_equal(values.horizon, strcmp(TASKS[k]->name, "copy") == 0 ? 32 : 0);
        }
    }
}

/* ---- rate ---------------------------------------------------------------------------------------
 */

static struct recipe_values with_schedule(enum schedule schedule, double rate, int steps)
{
    return (struct recipe_values){
        .base = "flat", .steps = steps, .rate = rate, .schedule = schedule};
}

static void schedules_have_names(void **state)
{
    (void)state;
    assert_string_equal(schedule_name(SCHEDULE_CONSTANT), "constant");
    assert_string_equal(schedule_name(SCHEDULE_TAIL), "tail");
    assert_string_equal(schedule_name(SCHEDULE_COSINE), "cosine");
}

static void a_constant_rate_stays(void **state)
{
    (void)state;
    const struct recipe_values recipe = with_schedule(SCHEDULE_CONSTANT, 3e-3, 10);
    for (int step = 0; step < 10; step++) {
        CHECK_SAME(recipe_rate(&recipe, step), 3e-3);
    }
}

static void a_tail_is_constant_until_four_fifths_and_falls_to_zero(void **state)
{
    (void)state;
    const struct recipe_values flat = resolve("flat", "copy", "dense_orthogonal");
    for (int step = 0; step <= 2800; step += 100) {
        CHECK_NEAR(recipe_rate(&flat, step), 3e-3, 1e-18);
    }
    CHECK_NEAR(recipe_rate(&flat, 2799), 3e-3, 0.0);
    CHECK_NEAR(recipe_rate(&flat, 2801), 3e-3 * 699.0 / 700.0, 1e-15);
    CHECK_NEAR(recipe_rate(&flat, 3150), 1.5e-3, 1e-15);
    CHECK_NEAR(recipe_rate(&flat, 3325), 0.75e-3, 1e-15);
    CHECK_NEAR(recipe_rate(&flat, 3499), 3e-3 / 700.0, 1e-15);
    const struct recipe_values brief = with_schedule(SCHEDULE_TAIL, 1.0, 5);
    CHECK_NEAR(recipe_rate(&brief, 3), 1.0, 0.0);
    CHECK_NEAR(recipe_rate(&brief, 4), 1.0, 1e-12); /* the last step is the first of the tail */
    const struct recipe_values one = with_schedule(SCHEDULE_TAIL, 1.0, 1);
    CHECK_NEAR(recipe_rate(&one, 0), 1.0, 0.0);
}

static void a_cosine_falls_from_the_rate_to_1e_5(void **state)
{
    (void)state;
    const struct recipe_values ramp = resolve("ramp", "copy", "dense_orthogonal");
    CHECK_NEAR(recipe_rate(&ramp, 0), 5e-3, 1e-17);
    CHECK_NEAR(recipe_rate(&ramp, 625), 1e-5 + 4.99e-3 * (0.5 + sqrt(0.125)), 1e-15);
    CHECK_NEAR(recipe_rate(&ramp, 1250), (5e-3 + 1e-5) / 2.0, 1e-15);
    CHECK_NEAR(recipe_rate(&ramp, 1875), 1e-5 + 4.99e-3 * (0.5 - sqrt(0.125)), 1e-15);
    assert_true(recipe_rate(&ramp, 2499) > 1e-5 && recipe_rate(&ramp, 2499) < 1.001e-5);
}

static void a_cosine_from_below_its_end_is_constant(void **state)
{
    (void)state;
    const struct recipe_values recipe = with_schedule(SCHEDULE_COSINE, 1e-6, 10);
    for (int step = 0; step < 10; step++) {
        CHECK_SAME(recipe_rate(&recipe, step), 1e-6);
    }
}

static void no_schedule_rises_or_reaches_zero(void **state)
{
    (void)state;
    for (int schedule = 0; schedule < SCHEDULE_COUNT; schedule++) {
        for (int steps = 1; steps < 300; steps += 7) {
            const struct recipe_values recipe = with_schedule((enum schedule)schedule, 2e-3, steps);
            double last = 2e-3 + 1e-15;
            for (int step = 0; step < steps; step++) {
                const double rate = recipe_rate(&recipe, step);
                assert_true(rate > 0.0 && rate <= last + 1e-15);
                last = rate;
            }
        }
    }
}

/* ---- horizon ------------------------------------------------------------------------------------
 */

static void a_ramp_grows_in_three_stages(void **state)
{
    (void)state;
    static const int EXPECTED[][2] = {/* step, horizon */
                                      {0, 8},     {749, 8},   {750, 16},
                                      {1499, 16}, {1500, 32}, {2499, 32}};
    const struct recipe_values ramp = resolve("ramp", "copy", "cayley");
    for (size_t i = 0; i < sizeof EXPECTED / sizeof EXPECTED[0]; i++) {
        assert_int_equal(recipe_horizon(&ramp, EXPECTED[i][0], 1), EXPECTED[i][1]);
    }
}

static void stages_follow_the_number_of_steps_and_the_full_horizon(void **state)
{
    (void)state;
    struct recipe_values ramp = resolve("ramp", "copy", "cayley");
    ramp.steps = 10;
    ramp.horizon = 100;
    for (int step = 0; step < 10; step++) {
        const int expected = step < 3 ? 25 : step < 6 ? 50 : 100;
        assert_int_equal(recipe_horizon(&ramp, step, 8), expected);
    }
}

static void a_horizon_never_falls_below_the_symbols(void **state)
{
    (void)state;
    const struct recipe_values ramp = resolve("ramp", "copy", "cayley");
    assert_int_equal(recipe_horizon(&ramp, 0, 8), 8);
    assert_int_equal(recipe_horizon(&ramp, 0, 12), 12);
    assert_int_equal(recipe_horizon(&ramp, 800, 12), 16);
    assert_int_equal(recipe_horizon(&ramp, 800, 32), 32);
}

static void every_other_recipe_has_the_full_horizon_at_once(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"flat", "tail", "tail_wide_input"};
    for (int i = 0; i < 3; i++) {
        const struct recipe_values values = resolve(NAMES[i], "copy", "cayley");
        assert_int_equal(recipe_horizon(&values, 0, 8), 32);
        assert_int_equal(recipe_horizon(&values, values.steps - 1, 8), 32);
    }
}

int test_recipe(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_four_recipes_are_found_by_name_and_no_other),
        cmocka_unit_test(copy_ramps_and_the_others_tail_when_the_study_says_nothing),
        cmocka_unit_test(recipes_have_the_documented_values),
        cmocka_unit_test(a_rate_is_doubled_for_cayley_and_for_nothing_else),
        cmocka_unit_test(only_a_task_with_a_horizon_gets_one),
        cmocka_unit_test(schedules_have_names),
        cmocka_unit_test(a_constant_rate_stays),
        cmocka_unit_test(a_tail_is_constant_until_four_fifths_and_falls_to_zero),
        cmocka_unit_test(a_cosine_falls_from_the_rate_to_1e_5),
        cmocka_unit_test(a_cosine_from_below_its_end_is_constant),
        cmocka_unit_test(no_schedule_rises_or_reaches_zero),
        cmocka_unit_test(a_ramp_grows_in_three_stages),
        cmocka_unit_test(stages_follow_the_number_of_steps_and_the_full_horizon),
        cmocka_unit_test(a_horizon_never_falls_below_the_symbols),
        cmocka_unit_test(every_other_recipe_has_the_full_horizon_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
