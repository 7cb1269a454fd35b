#include "kernel/analysis.h"

#include "support/check.h"
#include "support/matgen.h"
#include "support/netgen.h"

#include <stdlib.h>

static const double ALPHAS[] = {0.5, 0.7, 0.9, 1.0};
enum { ALPHA_COUNT = 4, JOB_COUNT = ALPHA_COUNT * ABLATION_SET_COUNT };

static struct error error;

static struct analysis_settings settings_with(double epsilon, enum precision precision)
{
    return (struct analysis_settings){.grid = {.alphas = ALPHAS,
                                               .n_alphas = ALPHA_COUNT,
                                               .sets = ABLATION_ORDER,
                                               .n_sets = ABLATION_SET_COUNT},
                                      .epsilon = epsilon,
                                      .precision = precision,
                                      .isa = isa_best()};
}

/* One case and the jobs of all its variants. */
struct fixture {
    struct network network;
    struct trials trials;
    struct packed_trials packed;
    struct analysis_settings settings;
    struct decomposition decomposition;
    struct analysis *analysis;
    struct job_result *jobs; /* [n_variants] */
};

static void run_all(struct fixture *f)
{
    CHECK_OK(decomposition_create(&f->decomposition, &f->network, &f->settings, &error));
    CHECK_OK(packed_trials_create(&f->packed, &f->trials, f->settings.precision, &error));
    CHECK_OK(analysis_create(&f->analysis, &f->network, &f->decomposition, &f->packed, &f->settings,
                             &error));
    f->jobs = calloc((size_t)f->decomposition.plan.n_variants, sizeof *f->jobs);
    assert_non_null(f->jobs);
    for (int i = 0; i < f->decomposition.plan.n_variants; i++) {
        f->jobs[i] = analysis_run_variant(f->analysis, i);
    }
}

/* The analysis borrows from the fixture, so that it must not move. */
static void new_fixture(struct fixture *f, enum metric_kind metric, enum precision precision)
{
    *f = (struct fixture){.network = netgen_network(3, 17, 3, 2),
                          .trials = netgen_trials(4, 12, 150, 3, 2),
                          .settings = settings_with(0.1, precision)};
    f->trials.metric = metric;
    run_all(f);
}

static void release(struct fixture *f)
{
    analysis_destroy(&f->analysis);
    assert_null(f->analysis);
    decomposition_release(&f->decomposition);
    network_release(&f->network);
    packed_trials_release(&f->packed);
    trials_release(&f->trials);
    free(f->jobs);
}

static const struct plan_variant *variant_of(const struct fixture *f, int i)
{
    return &f->decomposition.plan.variants[i];
}

/* Outputs of a variant in plain loops: W~ = Q T~ Q' and a rollout in long double. */
static double *outputs_by_definition(const struct fixture *f, int variant)
{
    const struct schur *const schur = &f->decomposition.schur;
    const size_t square = (size_t)schur->n * (size_t)schur->n;
    const size_t n_values =
        (size_t)f->trials.n_steps * (size_t)f->trials.n_trials * (size_t)f->trials.n_out;
    double *const outputs = matgen_zeros(n_values);
    double *const t = matgen_zeros(4 * square);
    double *const t_rows = t + square;
    double *const q_rows = t_rows + square;
    double *const w = q_rows + square;
    ablation_apply(schur, variant_of(f, variant)->n_r, variant_of(f, variant)->set, t);
    matgen_transpose(t, t_rows, schur->n);
    matgen_transpose(schur->q, q_rows, schur->n);
    matgen_similarity(q_rows, t_rows, w, schur->n);
    netgen_rollout(&f->network, w, &f->trials, outputs);
    free(t);
    return outputs;
}

static double fvu_by_definition(const struct trials *trials, const double *outputs)
{
    return (double)(netgen_squared_difference(trials, outputs, trials->targets) /
                    netgen_variation(trials, trials->targets));
}

static void fvu_and_distance_are_those_of_plain_loops(void **state)
{
    (void)state;
    struct fixture f;
    new_fixture(&f, METRIC_FVU, PRECISION_FLOAT64);
    double *const full = outputs_by_definition(&f, 0);
    const double full_fvu = fvu_by_definition(&f.trials, full);
    for (int i = 0; i < f.decomposition.plan.n_variants; i++) {
        double *const outputs = outputs_by_definition(&f, i);
        const double fvu = fvu_by_definition(&f.trials, outputs);
        const double distance = (double)sqrtl(netgen_squared_difference(&f.trials, outputs, full) /
                                              netgen_variation(&f.trials, full));
        CHECK_NEAR(f.jobs[i].fvu, fvu, 1e-11 * fvu);
        CHECK_NEAR(f.jobs[i].delta_fvu, fvu - full_fvu, 1e-11 * fvu);
        CHECK_NEAR(f.jobs[i].distance, distance, 1e-11);
        assert_true(i == 0 || f.jobs[i].distance > 1e-3);
        free(outputs);
    }
    free(full);
    release(&f);
}

static void a_case_has_many_variants_here(void **state)
{
    (void)state;
    struct fixture f;
    new_fixture(&f, METRIC_FVU, PRECISION_FLOAT64);
    assert_true(f.decomposition.plan.n_variants > 8); /* else the tests around this one are weak */
    assert_true(f.decomposition.plan.n_variants < JOB_COUNT);
    release(&f);
}

static void jobs_are_done_and_leave_the_seconds_to_the_caller(void **state)
{
    (void)state;
    struct fixture f;
    new_fixture(&f, METRIC_FVU, PRECISION_FLOAT64);
    for (int i = 0; i < f.decomposition.plan.n_variants; i++) {
        assert_int_equal(f.jobs[i].state, JOB_DONE);
        assert_int_equal(f.jobs[i].error, 0);
        CHECK_SAME(f.jobs[i].seconds, 0.0);
    }
    release(&f);
}

static void the_full_model_has_no_change_and_no_sensitivity(void **state)
{
    (void)state;
    struct fixture f;
    new_fixture(&f, METRIC_FVU, PRECISION_FLOAT64);
    CHECK_SAME(f.jobs[0].delta_fvu, 0.0);
    CHECK_SAME(f.jobs[0].distance, 0.0);
    CHECK_SAME(f.jobs[0].removed_mass, 0.0);
    assert_true(isnan(f.jobs[0].sensitivity));
    assert_int_equal(f.jobs[0].stabilizer, 1);
    release(&f);
}

static void sensitivity_is_the_change_per_removed_mass(void **state)
{
    (void)state;
    struct fixture f;
    new_fixture(&f, METRIC_FVU, PRECISION_FLOAT64);
    for (int i = 1; i < f.decomposition.plan.n_variants; i++) {
        const struct job_result *const result = &f.jobs[i];
        CHECK_SAME(result->removed_mass, variant_of(&f, i)->removed_mass);
        CHECK_NEAR(result->sensitivity, result->delta_fvu / result->removed_mass,
                   1e-15 * fabs(result->sensitivity));
        CHECK_NEAR(result->delta_fvu, result->fvu - f.jobs[0].fvu, 1e-15);
    }
    release(&f);
}

static void accuracy_is_measured_only_for_tasks_that_ask_for_it(void **state)
{
    (void)state;
    struct fixture f;
    new_fixture(&f, METRIC_ACCURACY, PRECISION_FLOAT64);
    struct fixture g;
    new_fixture(&g, METRIC_FVU, PRECISION_FLOAT64);
    for (int i = 0; i < f.decomposition.plan.n_variants; i++) {
        assert_true(f.jobs[i].accuracy > 0.3 && f.jobs[i].accuracy < 0.7); /* random targets */
        assert_true(isnan(g.jobs[i].accuracy));
        CHECK_SAME(f.jobs[i].fvu, g.jobs[i].fvu); /* FVU always is */
    }
    release(&f);
    release(&g);
}

static void accuracy_is_that_of_plain_loops(void **state)
{
    (void)state;
    struct fixture f;
    new_fixture(&f, METRIC_ACCURACY, PRECISION_FLOAT64);
    for (int i = 0; i < f.decomposition.plan.n_variants; i++) {
        double *const outputs = outputs_by_definition(&f, i);
        double right = 0.0;
        double counted = 0.0;
        for (int j = 0; j < f.trials.n_steps * f.trials.n_trials * 2; j++) {
            const double counts = f.trials.mask[j / 2] != 0 ? 1.0 : 0.0;
            right += outputs[j] * f.trials.targets[j] > 0.0 ? counts : 0.0;
            counted += counts;
        }
        CHECK_NEAR(f.jobs[i].accuracy, right / counted, 1e-14);
        free(outputs);
    }
    release(&f);
}

/* epsilon set to the distance itself, then a hair below it. */
static void a_stabilizer_is_at_most_epsilon_away(void **state)
{
    (void)state;
    struct fixture f;
    new_fixture(&f, METRIC_FVU, PRECISION_FLOAT64);
    const double distance = f.jobs[3].distance;
    for (int below = 0; below < 2; below++) {
        const struct analysis_settings settings =
            settings_with(below ? nextafter(distance, 0.0) : distance, PRECISION_FLOAT64);
        struct analysis *analysis = NULL;
        CHECK_OK(
            analysis_create(&analysis, &f.network, &f.decomposition, &f.packed, &settings, &error));
        const struct job_result result = analysis_run_variant(analysis, 3);
        CHECK_SAME(result.distance, distance);
        assert_int_equal(result.stabilizer, below ? 0 : 1);
        analysis_destroy(&analysis);
    }
    release(&f);
}

static void the_order_of_the_variants_changes_no_bit(void **state)
{
    (void)state;
    for (int precision = 0; precision < 2; precision++) {
        struct fixture f;
        new_fixture(&f, METRIC_ACCURACY, (enum precision)precision);
        const struct job_index index = {0};
        for (int i = f.decomposition.plan.n_variants - 1; i >= 0; i--) {
            const struct job_result again = analysis_run_variant(f.analysis, i);
            assert_true(job_result_checksum(&again, index) ==
                        job_result_checksum(&f.jobs[i], index));
        }
        release(&f);
    }
}

static void single_precision_changes_little(void **state)
{
    (void)state;
    struct fixture f;
    new_fixture(&f, METRIC_FVU, PRECISION_FLOAT64);
    struct fixture g;
    new_fixture(&g, METRIC_FVU, PRECISION_FLOAT32);
    assert_int_equal(f.decomposition.plan.n_variants, g.decomposition.plan.n_variants);
    for (int i = 0; i < f.decomposition.plan.n_variants; i++) {
        CHECK_NEAR(g.jobs[i].fvu, f.jobs[i].fvu, 1e-5 * f.jobs[i].fvu);
        assert_true(g.jobs[i].fvu != f.jobs[i].fvu);
        CHECK_SAME(g.jobs[i].removed_mass, f.jobs[i].removed_mass); /* stays double */
    }
    release(&f);
    release(&g);
}

static void one_decomposition_serves_two_tasks(void **state)
{
    (void)state;
    struct fixture f;
    new_fixture(&f, METRIC_FVU, PRECISION_FLOAT64);
    struct fixture g = {.network = netgen_network(3, 17, 3, 2),
                        .trials = netgen_trials(8, 5, 9, 3, 2),
                        .settings = settings_with(0.1, PRECISION_FLOAT64)};
    struct analysis *shared = NULL;
    run_all(&g);
    CHECK_OK(
        analysis_create(&shared, &f.network, &f.decomposition, &g.packed, &g.settings, &error));
    const struct job_result result = analysis_run_variant(shared, 5);
    CHECK_SAME(result.fvu, g.jobs[5].fvu);
    CHECK_SAME(result.distance, g.jobs[5].distance);
    analysis_destroy(&shared);
    release(&f);
    release(&g);
}

static void nonfinite_weights_leave_nothing_to_release(void **state)
{
    (void)state;
    struct network network = netgen_network(1, 9, 1, 1);
    struct decomposition decomposition;
    const struct analysis_settings settings = settings_with(0.1, PRECISION_FLOAT64);
    network.weight_hh[9 * 4 + 2] = INFINITY;
    CHECK_FAILS(decomposition_create(&decomposition, &network, &settings, &error),
                STATUS_JOB_WEIGHTS_NONFINITE, "weight_hh[4, 2]");
    assert_null(decomposition.schur.t);
    assert_null(decomposition.plan.variants);
    network_release(&network);
}

/* Two units that saturate exactly, h = (-1, 1), while unit 1 holds unit 0 down through the one
 * coupling; without it h = (1, 1). The answer is `gain` times their sum: 0, or 2 gain. */
static void seesaw(struct fixture *f, double gain)
{
    *f = (struct fixture){.settings = settings_with(0.1, PRECISION_FLOAT64)};
    CHECK_OK(network_create(&f->network, 2, 1, 1, &error));
    CHECK_OK(trials_create(&f->trials, 3, 4, 1, 1, &error));
    f->network.weight_hh[0] = 0.5;
    f->network.weight_hh[1] = -100.0;
    f->network.weight_hh[3] = 0.1; /* below the first alpha: sector C */
    f->network.bias_h[0] = f->network.bias_h[1] = 40.0;
    f->network.h0[0] = -1.0;
    f->network.h0[1] = 1.0;
    f->network.weight_hy[0] = f->network.weight_hy[1] = gain;
    for (int i = 0; i < 12; i++) {
        f->trials.targets[i] = i % 2 == 0 ? 1.0 : -1.0;
    }
    run_all(f);
}

/* Variant of the one coupling at the first alpha. */
static int variant_without_cr(const struct fixture *f)
{
    assert_string_equal(ablation_name(ABLATION_ORDER[2]), "CR");
    const int variant = f->decomposition.plan.variant_of_job[2];
    assert_true(variant > 0);
    return variant;
}

static void check_failed(const struct job_result *result)
{
    assert_int_equal(result->state, JOB_FAILED);
    assert_int_equal(result->error, STATUS_JOB_ROLLOUT_NONFINITE);
    assert_true(isnan(result->fvu) && isnan(result->distance) && isnan(result->removed_mass));
    assert_int_equal(result->stabilizer, STABILIZER_MISSING);
}

static void an_ablated_network_that_overflows_is_a_failed_job(void **state)
{
    (void)state;
    struct fixture f;
    seesaw(&f, 1e308); /* the answer is Inf */
    assert_int_equal(f.jobs[0].state, JOB_DONE);
    CHECK_NEAR(f.jobs[0].fvu, 1.0, 1e-15);
    check_failed(&f.jobs[variant_without_cr(&f)]);
    release(&f);
}

static void an_answer_whose_square_overflows_is_a_failed_job(void **state)
{
    (void)state;
    struct fixture f;
    seesaw(&f, 1e200); /* the answer is finite, its square is not */
    assert_int_equal(f.jobs[0].state, JOB_DONE);
    check_failed(&f.jobs[variant_without_cr(&f)]);
    release(&f);
}

static void a_failed_variant_does_not_spoil_the_next(void **state)
{
    (void)state;
    struct fixture f;
    seesaw(&f, 1e308);
    struct job_result result = analysis_run_variant(f.analysis, variant_without_cr(&f));
    check_failed(&result);
    result = analysis_run_variant(f.analysis, 0);
    CHECK_SAME(result.fvu, f.jobs[0].fvu);
    release(&f);
}

/* The full network answers 0 everywhere: any change is infinitely far from it. */
static void a_change_of_a_constant_network_is_infinitely_far(void **state)
{
    (void)state;
    struct fixture f;
    seesaw(&f, 1.0);
    const struct job_result *const result = &f.jobs[variant_without_cr(&f)];
    assert_int_equal(result->state, JOB_DONE);
    CHECK_NEAR(result->fvu, 5.0, 1e-14); /* errors 2 -+ 1, squared: 1 and 9 */
    assert_true(isinf(result->distance));
    assert_int_equal(result->stabilizer, 0);
    CHECK_SAME(f.jobs[0].distance, 0.0);
    release(&f);
}

/* Changes the full model, and expects the case to fail with nothing left behind. */
static void check_full_model_fails(double gain)
{
    struct fixture f;
    seesaw(&f, 1.0);
    struct analysis *analysis = NULL;
    f.network.weight_hy[1] = -gain;
    f.network.weight_hy[0] = gain;
    CHECK_FAILS(
        analysis_create(&analysis, &f.network, &f.decomposition, &f.packed, &f.settings, &error),
        STATUS_JOB_ROLLOUT_NONFINITE, "");
    assert_null(analysis);
    assert_true(error.text[0] != '\0');
    release(&f);
}

static void a_full_model_that_overflows_fails_the_case(void **state)
{
    (void)state;
    check_full_model_fails(1e308);
    check_full_model_fails(1e200);
}

int test_analysis(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fvu_and_distance_are_those_of_plain_loops),
        cmocka_unit_test(a_case_has_many_variants_here),
        cmocka_unit_test(jobs_are_done_and_leave_the_seconds_to_the_caller),
        cmocka_unit_test(the_full_model_has_no_change_and_no_sensitivity),
        cmocka_unit_test(sensitivity_is_the_change_per_removed_mass),
        cmocka_unit_test(accuracy_is_measured_only_for_tasks_that_ask_for_it),
        cmocka_unit_test(accuracy_is_that_of_plain_loops),
        cmocka_unit_test(a_stabilizer_is_at_most_epsilon_away),
        cmocka_unit_test(the_order_of_the_variants_changes_no_bit),
        cmocka_unit_test(single_precision_changes_little),
        cmocka_unit_test(one_decomposition_serves_two_tasks),
        cmocka_unit_test(nonfinite_weights_leave_nothing_to_release),
        cmocka_unit_test(an_ablated_network_that_overflows_is_a_failed_job),
        cmocka_unit_test(an_answer_whose_square_overflows_is_a_failed_job),
        cmocka_unit_test(a_failed_variant_does_not_spoil_the_next),
        cmocka_unit_test(a_change_of_a_constant_network_is_infinitely_far),
        cmocka_unit_test(a_full_model_that_overflows_fails_the_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
