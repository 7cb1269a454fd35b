#include "kernel/experiment_alone.h"

#include "support/check.h"
#include "support/experiment_case.h"
#include "support/matgen.h"
#include "support/netgen.h"

#include <stdlib.h>

static const int PLACES[MEASURES_MAX] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,
                                         12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23};

static struct error error;

static void new_fixture(struct experiment_case *f, enum metric_kind metric,
                        enum precision precision)
{
    struct trials trials = netgen_trials(4, 12, 150, 3, 2);
    trials.metric = metric;
    experiment_case_create(f, netgen_network(3, 17, 3, 2), trials, precision);
}

/* Outputs of a removal in plain loops: W~ = Q T~ Q' and a rollout in long double. */
static double *outputs_by_definition(const struct experiment_case *f, const struct removal *removal)
{
    const struct schur *const schur = &f->alone.schur;
    const struct trials *const trials = &f->alone.trials;
    const size_t square = (size_t)schur->n * (size_t)schur->n;
    const size_t n_values =
        (size_t)trials->n_steps * (size_t)trials->n_trials * (size_t)trials->n_out;
    double *const outputs = matgen_zeros(n_values);
    double *const t = matgen_zeros(4 * square);
    double *const t_rows = t + square;
    double *const q_rows = t_rows + square;
    double *const w = q_rows + square;
    removal_apply(removal, schur, t);
    matgen_transpose(t, t_rows, schur->n);
    matgen_transpose(schur->q, q_rows, schur->n);
    matgen_similarity(q_rows, t_rows, w, schur->n);
    netgen_rollout(&f->alone.network, w, trials, outputs);
    free(t);
    return outputs;
}

static double *outputs_of_variant(const struct experiment_case *f, int variant)
{
    return outputs_by_definition(f, &f->alone.plan.variants[variant]);
}

static double fvu_by_definition(const struct trials *trials, const double *outputs)
{
    return (double)(netgen_squared_difference(trials, outputs, trials->targets) /
                    netgen_variation(trials, trials->targets));
}

static void check_outputs(const struct experiment_case *f, const struct job_result *result,
                          const double *outputs, const double *full)
{
    const struct trials *const trials = &f->alone.trials;
    const double fvu = fvu_by_definition(trials, outputs);
    const double distance = (double)sqrtl(netgen_squared_difference(trials, outputs, full) /
                                          netgen_variation(trials, full));
    CHECK_NEAR(job_value(result, "fvu"), fvu, 1e-11 * fvu);
    CHECK_NEAR(job_value(result, "delta_fvu"), fvu - fvu_by_definition(trials, full), 1e-11 * fvu);
    CHECK_NEAR(job_value(result, "distance"), distance, 1e-11);
}

static void fvu_and_distance_are_those_of_plain_loops(void **state)
{
    (void)state;
    struct experiment_case f;
    new_fixture(&f, METRIC_FVU, PRECISION_FLOAT64);
    double *const full = outputs_of_variant(&f, 0);
    for (int i = 0; i < f.alone.plan.n_variants; i++) {
        double *const outputs = outputs_of_variant(&f, i);
        check_outputs(&f, &f.jobs[i], outputs, full);
        assert_true(i == 0 || job_value(&f.jobs[i], "distance") > 1e-3);
        free(outputs);
    }
    free(full);
    experiment_case_release(&f);
}

/* Every third pair, whole and in part. */
static void removals_by_pairs_are_those_of_plain_loops(void **state)
{
    (void)state;
    struct experiment_case f;
    new_fixture(&f, METRIC_FVU, PRECISION_FLOAT64);
    const unsigned char pairs[17] = {0x49, 0x92, 0x24, 0x49, 0x92, 0x24, 0x49, 0x92, 0x24,
                                     0x49, 0x92, 0x24, 0x49, 0x92, 0x24, 0x49, 0x92};
    assert_true(pair_number(0, f.alone.schur.n_blocks) <= 8 * sizeof pairs);
    double *const full = outputs_of_variant(&f, 0);
    for (int part = 0; part < 3; part++) {
        const struct removal removal = {.pairs = pairs, .strength = 1.0 - 0.3 * part};
        double *const outputs = outputs_by_definition(&f, &removal);
        const struct job_result result = experiment_case_measure(&f, &removal);
        check_outputs(&f, &result, outputs, full);
        assert_true(job_value(&result, "distance") > 1e-3);
        assert_true(job_value(&result, "removed_mass") > 0.05);
        free(outputs);
    }
    free(full);
    experiment_case_release(&f);
}

static void a_case_has_many_variants_here(void **state)
{
    (void)state;
    struct experiment_case f;
    new_fixture(&f, METRIC_FVU, PRECISION_FLOAT64);
    assert_true(f.alone.plan.n_variants > 8); /* else the tests around this one are weak */
    assert_true(f.alone.plan.n_variants < EXPERIMENT_CASE_JOBS);
    experiment_case_release(&f);
}

static void jobs_are_done_and_leave_the_seconds_to_the_caller(void **state)
{
    (void)state;
    struct experiment_case f;
    new_fixture(&f, METRIC_FVU, PRECISION_FLOAT64);
    for (int i = 0; i < f.alone.plan.n_variants; i++) {
        assert_int_equal(f.jobs[i].state, JOB_DONE);
        assert_int_equal(f.jobs[i].error, 0);
        CHECK_SAME(f.jobs[i].seconds, 0.0);
    }
    experiment_case_release(&f);
}

static void the_full_model_has_no_change_and_no_sensitivity(void **state)
{
    (void)state;
    struct experiment_case f;
    new_fixture(&f, METRIC_FVU, PRECISION_FLOAT64);
    CHECK_SAME(job_value(&f.jobs[0], "delta_fvu"), 0.0);
    CHECK_SAME(job_value(&f.jobs[0], "distance"), 0.0);
    CHECK_SAME(job_value(&f.jobs[0], "removed_mass"), 0.0);
    assert_true(isnan(job_value(&f.jobs[0], "sensitivity")));
    assert_int_equal(f.jobs[0].stabilizer, 1);
    experiment_case_release(&f);
}

static void sensitivity_is_the_change_per_removed_mass(void **state)
{
    (void)state;
    struct experiment_case f;
    new_fixture(&f, METRIC_FVU, PRECISION_FLOAT64);
    double *const t = matgen_zeros(matgen_square(f.alone.schur.n));
    for (int i = 1; i < f.alone.plan.n_variants; i++) {
        const struct job_result *const result = &f.jobs[i];
        const double sensitivity = job_value(result, "sensitivity");
        removal_apply(&f.alone.plan.variants[i], &f.alone.schur, t);
        CHECK_SAME(job_value(result, "removed_mass"), removal_mass(&f.alone.schur, t));
        CHECK_NEAR(sensitivity, job_value(result, "delta_fvu") / job_value(result, "removed_mass"),
                   1e-15 * fabs(sensitivity));
        CHECK_NEAR(job_value(result, "delta_fvu"),
                   job_value(result, "fvu") - job_value(&f.jobs[0], "fvu"), 1e-15);
    }
    free(t);
    experiment_case_release(&f);
}

static void accuracy_is_measured_only_for_tasks_that_ask_for_it(void **state)
{
    (void)state;
    struct experiment_case f;
    new_fixture(&f, METRIC_ACCURACY, PRECISION_FLOAT64);
    struct experiment_case g;
    new_fixture(&g, METRIC_FVU, PRECISION_FLOAT64);
    for (int i = 0; i < f.alone.plan.n_variants; i++) {
        assert_true(job_value(&f.jobs[i], "accuracy") > 0.3 &&
                    job_value(&f.jobs[i], "accuracy") < 0.7); /* random targets */
        assert_true(isnan(job_value(&g.jobs[i], "accuracy")));
        CHECK_SAME(job_value(&f.jobs[i], "fvu"), job_value(&g.jobs[i], "fvu")); /* FVU always is */
    }
    experiment_case_release(&f);
    experiment_case_release(&g);
}

static void accuracy_is_that_of_plain_loops(void **state)
{
    (void)state;
    struct experiment_case f;
    new_fixture(&f, METRIC_ACCURACY, PRECISION_FLOAT64);
    const struct trials *const trials = &f.alone.trials;
    for (int i = 0; i < f.alone.plan.n_variants; i++) {
        double *const outputs = outputs_of_variant(&f, i);
        double right = 0.0;
        double counted = 0.0;
        for (int j = 0; j < trials->n_steps * trials->n_trials * 2; j++) {
            const double counts = trials->mask[j / 2] != 0 ? 1.0 : 0.0;
            right += outputs[j] * trials->targets[j] > 0.0 ? counts : 0.0;
            counted += counts;
        }
        CHECK_NEAR(job_value(&f.jobs[i], "accuracy"), right / counted, 1e-14);
        free(outputs);
    }
    experiment_case_release(&f);
}

/* epsilon set to the distance itself, then a hair below it. */
static void a_stabilizer_is_at_most_epsilon_away(void **state)
{
    (void)state;
    struct experiment_case f;
    new_fixture(&f, METRIC_FVU, PRECISION_FLOAT64);
    const double distance = job_value(&f.jobs[3], "distance");
    for (int below = 0; below < 2; below++) {
        f.alone.base.epsilon = below ? nextafter(distance, 0.0) : distance;
        const struct job_result result = experiment_case_variant(&f, 3);
        CHECK_SAME(job_value(&result, "distance"), distance);
        assert_int_equal(result.stabilizer, below ? 0 : 1);
    }
    experiment_case_release(&f);
}

static bool same_result(const struct job_result *a, const struct job_result *b)
{
    const struct job_index index = {0};
    return job_result_checksum(a, PLACES, MEASURES_MAX, index) ==
           job_result_checksum(b, PLACES, MEASURES_MAX, index);
}

static void the_order_of_the_variants_changes_no_bit(void **state)
{
    (void)state;
    for (int precision = 0; precision < 2; precision++) {
        struct experiment_case f;
        new_fixture(&f, METRIC_ACCURACY, (enum precision)precision);
        for (int i = f.alone.plan.n_variants - 1; i >= 0; i--) {
            const struct job_result again = experiment_case_variant(&f, i);
            assert_true(same_result(&again, &f.jobs[i]));
        }
        experiment_case_release(&f);
    }
}

static void single_precision_changes_little(void **state)
{
    (void)state;
    struct experiment_case f;
    new_fixture(&f, METRIC_FVU, PRECISION_FLOAT64);
    struct experiment_case g;
    new_fixture(&g, METRIC_FVU, PRECISION_FLOAT32);
    assert_int_equal(f.alone.plan.n_variants, g.alone.plan.n_variants);
    for (int i = 0; i < f.alone.plan.n_variants; i++) {
        CHECK_NEAR(job_value(&g.jobs[i], "fvu"), job_value(&f.jobs[i], "fvu"),
                   1e-5 * job_value(&f.jobs[i], "fvu"));
        assert_true(job_value(&g.jobs[i], "fvu") != job_value(&f.jobs[i], "fvu"));
        CHECK_SAME(job_value(&g.jobs[i], "removed_mass"),
                   job_value(&f.jobs[i], "removed_mass")); /* stays double */
    }
    experiment_case_release(&f);
    experiment_case_release(&g);
}

static void one_schur_form_serves_two_tasks(void **state)
{
    (void)state;
    struct experiment_case f;
    new_fixture(&f, METRIC_FVU, PRECISION_FLOAT64);
    struct experiment_case g;
    experiment_case_create(&g, netgen_network(3, 17, 3, 2), netgen_trials(8, 5, 9, 3, 2),
                           PRECISION_FLOAT64);
    assert_false(same_result(&f.jobs[5], &g.jobs[5]));
    experiment_case_run(&f, netgen_trials(8, 5, 9, 3, 2));
    for (int i = 0; i < f.alone.plan.n_variants; i++) {
        assert_true(same_result(&f.jobs[i], &g.jobs[i]));
    }
    experiment_case_release(&f);
    experiment_case_release(&g);
}

static void nonfinite_weights_leave_nothing_to_release(void **state)
{
    (void)state;
    struct network network = netgen_network(1, 9, 1, 1);
    const struct experiment_settings settings = experiment_case_settings(PRECISION_FLOAT64);
    struct alone alone = alone_begin(&settings, &EXPERIMENT_IN_MEMORY);
    network.weight_hh[9 * 4 + 2] = INFINITY;
    CHECK_FAILS(alone_set_network(&alone, &network, &(struct network_form){.gates = 1}, &error),
                STATUS_JOB_WEIGHTS_NONFINITE, "weight_hh[4, 2]");
    assert_null(network.weight_hh); /* was taken over */
    assert_null(alone.network.weight_hh);
    assert_null(alone.schur.t);
    assert_null(alone.plan.variants);
    assert_null(alone.base.network);
}

static void an_open_network_is_seen_through_the_experiment(void **state)
{
    (void)state;
    struct experiment_case f;
    new_fixture(&f, METRIC_FVU, PRECISION_FLOAT64);
    const struct experiment *const experiment = &f.alone.base;
    assert_true(experiment->is_root);
    assert_int_equal(experiment->route, SCHUR_ROUTE_LOCAL);
    assert_int_equal(experiment->network->n_hidden, 17);
    assert_ptr_equal(experiment->form, &f.alone.schur);
    assert_ptr_equal(experiment->plan, &f.alone.plan);
    CHECK_SAME(experiment->nonnormality, schur_nonnormality(&f.alone.schur));
    assert_true(experiment->reference_seconds > 0.0);
    experiment_case_release(&f);
}

static enum status count_and_stop(void *context, struct error *why)
{
    int *const left = context;
    return (*left)-- > 0 ? STATUS_OK : error_set(why, STATUS_STOPPED, "enough");
}

static void whoever_is_asked_decides_whether_to_go_on(void **state)
{
    (void)state;
    int left = 1;
    const struct experiment_settings settings = experiment_case_settings(PRECISION_FLOAT64);
    struct alone alone = alone_begin(&settings, &EXPERIMENT_IN_MEMORY);
    CHECK_OK(experiment_go_on(&alone.base, &error)); /* nobody to ask */
    alone.base.go_on = count_and_stop;
    alone.base.go_on_context = &left;
    CHECK_OK(experiment_go_on(&alone.base, &error));
    CHECK_FAILS(experiment_go_on(&alone.base, &error), STATUS_STOPPED, "enough");
}

int test_experiment(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fvu_and_distance_are_those_of_plain_loops),
        cmocka_unit_test(removals_by_pairs_are_those_of_plain_loops),
        cmocka_unit_test(a_case_has_many_variants_here),
        cmocka_unit_test(jobs_are_done_and_leave_the_seconds_to_the_caller),
        cmocka_unit_test(the_full_model_has_no_change_and_no_sensitivity),
        cmocka_unit_test(sensitivity_is_the_change_per_removed_mass),
        cmocka_unit_test(accuracy_is_measured_only_for_tasks_that_ask_for_it),
        cmocka_unit_test(accuracy_is_that_of_plain_loops),
        cmocka_unit_test(a_stabilizer_is_at_most_epsilon_away),
        cmocka_unit_test(the_order_of_the_variants_changes_no_bit),
        cmocka_unit_test(single_precision_changes_little),
        cmocka_unit_test(one_schur_form_serves_two_tasks),
        cmocka_unit_test(nonfinite_weights_leave_nothing_to_release),
        cmocka_unit_test(an_open_network_is_seen_through_the_experiment),
        cmocka_unit_test(whoever_is_asked_decides_whether_to_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
