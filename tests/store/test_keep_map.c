#include "store/keep_map.h"

#include "core/axes.h"
#include "kernel/diagnostics/diagnostic.h"
#include "support/check.h"
#include "support/samples.h"

#include <stdlib.h>

enum { CASES = 3, ALPHAS = 3, SETS = 4, TABLES = 4, PROBE = 3 };

static struct error error;
static struct sweep sweeps[2]; /* the new study and the old one, the same at first */
static struct schema schemas[2];
static struct keep_map map;

static int create(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        sweeps[i] = sample_sweep(CASES, ALPHAS, SETS);
        schemas[i] = diagnostics_schema(&sweeps[i]);
        sample_add_probe(&sweeps[i], &schemas[i]);
    }
    return 0;
}

static int release(void **state)
{
    (void)state;
    keep_map_release(&map);
    sweep_release(&sweeps[0]);
    sweep_release(&sweeps[1]);
    return 0;
}

static void make_map(void)
{
    const struct keep_side now = {&sweeps[0], &schemas[0]};
    const struct keep_side old = {&sweeps[1], &schemas[1]};
    keep_map_release(&map);
    CHECK_OK(keep_map_create(&map, &now, &old, &error));
}

static void check(const int *found, int count, const int *expected)
{
    for (int i = 0; i < count; i++) {
        assert_int_equal(found[i], expected[i]);
    }
}

static void the_same_study_is_in_place(void **state)
{
    (void)state;
    make_map();
    const int same[] = {0, 1, 2, 3};
    assert_true(map.is_whole && map.is_in_place);
    check(map.case_of, CASES, same);
    check(map.row_of, ALPHAS, same);
    check(map.set_of, SETS, same);
    check(map.table_of, TABLES, same);
}

static void names_and_order_only_take_it_out_of_place(void **state)
{
    (void)state;
    const struct case_spec first = sweeps[0].cases[0];
    sweeps[0].cases[0] = sweeps[0].cases[2];
    sweeps[0].cases[2] = first;
    make_map();
    assert_true(map.is_whole && !map.is_in_place);
    check(map.case_of, CASES, (const int[]){2, 1, 0});
    sweeps[0].cases[2] = sweeps[0].cases[0];
    sweeps[0].cases[0] = first;
    set_text(&sweeps[0].models[1].label, "elsewhere/m.h5");
    make_map();
    assert_true(map.is_whole && !map.is_in_place);
    set_text(&sweeps[0].models[1].label, sweeps[1].models[1].label);
    sweeps[0].epsilon *= 2.0;
    set_text(&sweeps[0].canonical, "epsilon = 0.25\n");
    make_map();
    assert_true(map.is_whole && !map.is_in_place);
    check(map.case_of, CASES, (const int[]){0, 1, 2});
}

/* Every one of these is another network, or another number. */
static void whatever_determines_a_case_makes_it_another(void **state)
{
    (void)state;
    struct case_spec *const spec = &sweeps[0].cases[1];
    struct task_spec *const task = &sweeps[0].tasks[0];
    for (int i = 0; i < 8; i++) {
        set_text(&sweeps[0].models[1].identity, i == 0 ? "ff" : sweeps[1].models[1].identity);
        set_text(&spec->matrix, i == 1 ? "n" : "hh");
        spec->form.order = i == 2 ? ORDER_RECURRENT : ORDER_STEP;
        spec->form.gauge = i == 3 ? 2 : 0;
        sweeps[0].precision = i == 4 ? PRECISION_FLOAT32 : PRECISION_FLOAT64;
        task->params[1] = i == 5 ? 7 : sweeps[1].tasks[0].params[1];
        sweeps[0].seed = i == 6 ? 8 : 7;
        sweeps[0].team = i == 7 ? (struct team_spec){2, 4, 1, 2, 16, false} : sweeps[1].team;
        make_map();
        assert_false(map.is_whole);
        assert_int_equal(map.case_of[1], -1);
        const bool has_name = i != 1 && i != 3; /* matrix and gauge are part of it */
        assert_int_equal(map.namesake_of[1], has_name ? 1 : -1);
        assert_int_equal(map.case_of[0], i >= 4 && i <= 6 ? -1 : 0); /* narrower than the team's */
    }
}

static void files_of_trials_go_by_what_they_hold(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        sweeps[i].tasks[0].path = strdup(i == 0 ? "a.h5" : "b.h5");
        sweeps[i].tasks[0].trials_hash = 5;
        sweeps[i].seed = i; /* of built-in tasks alone */
    }
    set_text(&sweeps[0].tasks[0].name, "renamed");
    make_map();
    assert_true(map.is_whole);
    sweeps[0].tasks[0].trials_hash = 6;
    make_map();
    assert_int_equal(map.case_of[0], -1);
}

static void rows_and_sets_go_by_what_they_are(void **state)
{
    (void)state;
    sweeps[1].alphas[0] = 0.2;
    sweeps[1].ablations[1] = ABLATION_ORDER[5];
    sample_all_partitions(&sweeps[0]);
    make_map();
    assert_false(map.is_whole);
    check(map.row_of, ALPHAS + 5, (const int[]){-1, 1, 2, -1, -1, -1, -1, -1});
    check(map.set_of, SETS, (const int[]){0, -1, 2, 3});
    sample_all_partitions(&sweeps[1]);
    sweeps[1].n_alphas--;
    sweeps[0].n_partitions++; /* of a wider model */
    make_map();
    check(map.row_of, ALPHAS + 6, (const int[]){-1, 1, -1, 2, 3, 4, 5, 6, -1});
}

static void tables_need_their_parameters_and_all_their_places(void **state)
{
    (void)state;
    sweeps[0].diagnostics[PROBE].params[1] = 4;
    make_map();
    check(map.table_of, TABLES, (const int[]){0, 1, 2, -1});
    assert_false(map.is_whole);
    sweeps[0].diagnostics[PROBE].params[1] = 3;
    sweeps[0].n_alphas--; /* the others are there */
    make_map();
    check(map.table_of, TABLES, (const int[]){0, 1, 2, 3});
    sweeps[0].alphas[0] = 0.1;
    make_map();
    check(map.table_of, TABLES, (const int[]){0, -1, 2, -1}); /* splits and probe have alphas */
    sweeps[0].alphas[0] = sweeps[1].alphas[0];
    sample_all_partitions(&sweeps[0]);
    make_map();
    check(map.table_of, TABLES, (const int[]){0, -1, 2, 3});
}

static void a_table_that_is_not_there_leaves_it_whole(void **state)
{
    (void)state;
    schemas[1].n_tables--;
    make_map();
    assert_true(map.is_whole);
    assert_int_equal(map.table_of[PROBE], -1);
}

static void predictions_need_the_same_choice(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        schemas[i].tables[PROBE].needs_gauss_newton = true;
        sweeps[i].screen = true;
    }
    make_map();
    assert_true(map.keeps_predicted);
    sweeps[0].epsilon *= 2.0;
    make_map();
    assert_false(map.keeps_predicted);
    sweeps[0].epsilon = sweeps[1].epsilon;
    sweeps[0].gauss_newton = GAUSS_NEWTON_SIGNS;
    make_map();
    assert_false(map.keeps_predicted);
    check(map.table_of, TABLES, (const int[]){0, 1, 2, -1});
}

static void a_measure_that_is_not_there_keeps_no_job(void **state)
{
    (void)state;
    schemas[1].n_measures--;
    make_map();
    assert_false(map.is_whole);
    check(map.set_of, SETS, (const int[]){-1, -1, -1, -1});
    check(map.table_of, TABLES, (const int[]){0, 1, 2, 3});
}

/* Equal cases of one study keep their places. */
static void equal_cases_go_by_their_places(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        set_text(&sweeps[i].models[2].identity, sweeps[i].models[0].identity);
    }
    make_map();
    assert_true(map.is_in_place);
    check(map.case_of, CASES, (const int[]){0, 1, 2});
    sample_keep_cases(&sweeps[0], CASES - 1);
    make_map();
    assert_false(map.is_whole);
}

#define MAP_TEST(function) cmocka_unit_test_setup_teardown(function, create, release)

int test_keep_map(void)
{
    const struct CMUnitTest tests[] = {
        MAP_TEST(the_same_study_is_in_place),
        MAP_TEST(names_and_order_only_take_it_out_of_place),
        MAP_TEST(whatever_determines_a_case_makes_it_another),
        MAP_TEST(files_of_trials_go_by_what_they_hold),
        MAP_TEST(rows_and_sets_go_by_what_they_are),
        MAP_TEST(tables_need_their_parameters_and_all_their_places),
        MAP_TEST(a_table_that_is_not_there_leaves_it_whole),
        MAP_TEST(predictions_need_the_same_choice),
        MAP_TEST(a_measure_that_is_not_there_keeps_no_job),
        MAP_TEST(equal_cases_go_by_their_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
