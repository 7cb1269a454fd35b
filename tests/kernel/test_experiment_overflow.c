/* Networks whose outputs overflow, or never change. */
#include "kernel/experiment_alone.h"

#include "support/check.h"
#include "support/experiment_case.h"

static struct error error;

/* Two units that saturate exactly, h = (-1, 1), while unit 1 holds unit 0 down through the one
 * coupling; without it h = (1, 1). The answer is `gain` times their sum: 0, or 2 gain. */
static void seesaw(struct experiment_case *f, double gain)
{
    struct network network;
    struct trials trials;
    CHECK_OK(network_create(&network, &(struct network_shape){CELL_DEFAULT, 2, 1, 1}, &error));
    CHECK_OK(trials_create(&trials, 3, 4, 1, 1, &error));
    network.weight_hh[0] = 0.5;
    network.weight_hh[1] = -100.0;
    network.weight_hh[3] = 0.1; /* below the first alpha: sector C */
    network.bias_h[0] = network.bias_h[1] = 40.0;
    network.h0[0] = -1.0;
    network.h0[1] = 1.0;
    network.weight_hy[0] = network.weight_hy[1] = gain;
    for (int i = 0; i < 12; i++) {
        trials.targets[i] = i % 2 == 0 ? 1.0 : -1.0;
    }
    experiment_case_create(f, network, trials, PRECISION_FLOAT64);
}

/* Variant of the one coupling at the first alpha. */
static int variant_without_cr(const struct experiment_case *f)
{
    assert_string_equal(ablation_name(ABLATION_ORDER[2]), "CR");
    const int variant = f->alone.plan.variant_of_job[2];
    assert_true(variant > 0);
    return variant;
}

static void check_failed(const struct job_result *result)
{
    assert_int_equal(result->state, JOB_FAILED);
    assert_int_equal(result->error, STATUS_JOB_ROLLOUT_NONFINITE);
    assert_true(isnan(job_value(result, "fvu")) && isnan(job_value(result, "distance")) &&
                isnan(job_value(result, "removed_mass")));
    assert_int_equal(result->stabilizer, STABILIZER_MISSING);
}

static void an_ablated_network_that_overflows_is_a_failed_job(void **state)
{
    (void)state;
    struct experiment_case f;
    seesaw(&f, 1e308); /* the answer is Inf */
    assert_int_equal(f.jobs[0].state, JOB_DONE);
    CHECK_NEAR(job_value(&f.jobs[0], "fvu"), 1.0, 1e-15);
    check_failed(&f.jobs[variant_without_cr(&f)]);
    experiment_case_release(&f);
}

static void an_answer_whose_square_overflows_is_a_failed_job(void **state)
{
    (void)state;
    struct experiment_case f;
    seesaw(&f, 1e200); /* the answer is finite, its square is not */
    assert_int_equal(f.jobs[0].state, JOB_DONE);
    check_failed(&f.jobs[variant_without_cr(&f)]);
    experiment_case_release(&f);
}

static void a_failed_variant_does_not_spoil_the_next(void **state)
{
    (void)state;
    struct experiment_case f;
    seesaw(&f, 1e308);
    struct job_result result = experiment_case_variant(&f, variant_without_cr(&f));
    check_failed(&result);
    const struct removal nothing = removal_of_set(2, ABLATION_NONE);
    result = experiment_case_measure(&f, &nothing);
    assert_int_equal(result.state, JOB_DONE);
    CHECK_NEAR(job_value(&result, "fvu"), job_value(&f.jobs[0], "fvu"), 1e-15);
    experiment_case_release(&f);
}

/* Where outputs have no bound, how far they went is a result: infinitely far. */
static void without_a_bound_overflow_is_infinite(void **state)
{
    (void)state;
    struct experiment_case f;
    seesaw(&f, 1e308);
    f.alone.network.cell.activation = ACTIVATION_IDENTITY; /* only what is made of scores */
    struct trial_score score = f.alone.base.baseline.full;
    score.n_finite--;
    score.squared_change = NAN;
    const struct job_result result = experiment_result(&f.alone.base, &score, 0.5);
    assert_int_equal(result.state, JOB_DONE);
    assert_int_equal(result.stabilizer, 0);
    assert_true(isinf(job_value(&result, "fvu")) && isinf(job_value(&result, "delta_fvu")) &&
                isinf(job_value(&result, "distance")));
    CHECK_SAME(job_value(&result, "removed_mass"), 0.5);
    experiment_case_release(&f);
}

/* The full network answers 0 everywhere: any change is infinitely far from it. */
static void a_change_of_a_constant_network_is_infinitely_far(void **state)
{
    (void)state;
    struct experiment_case f;
    seesaw(&f, 1.0);
    const struct job_result *const result = &f.jobs[variant_without_cr(&f)];
    assert_int_equal(result->state, JOB_DONE);
    CHECK_NEAR(job_value(result, "fvu"), 5.0, 1e-14); /* errors 2 -+ 1, squared: 1 and 9 */
    assert_true(isinf(job_value(result, "distance")));
    assert_int_equal(result->stabilizer, 0);
    CHECK_SAME(job_value(&f.jobs[0], "distance"), 0.0);
    experiment_case_release(&f);
}

/* Changes the full model, and expects the case to fail with nothing left behind. */
static void check_full_model_fails(double gain)
{
    struct experiment_case f;
    seesaw(&f, 1.0);
    f.alone.network.weight_hy[1] = -gain;
    f.alone.network.weight_hy[0] = gain;
    CHECK_FAILS(alone_run_reference(&f.alone, &error), STATUS_JOB_ROLLOUT_NONFINITE, "");
    assert_null(f.alone.rollout);
    assert_true(error.text[0] != '\0');
    experiment_case_release(&f);
}

static void a_full_model_that_overflows_fails_the_case(void **state)
{
    (void)state;
    check_full_model_fails(1e308);
    check_full_model_fails(1e200);
}

int test_experiment_overflow(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ablated_network_that_overflows_is_a_failed_job),
        cmocka_unit_test(an_answer_whose_square_overflows_is_a_failed_job),
        cmocka_unit_test(a_failed_variant_does_not_spoil_the_next),
        cmocka_unit_test(without_a_bound_overflow_is_infinite),
        cmocka_unit_test(a_change_of_a_constant_network_is_infinitely_far),
        cmocka_unit_test(a_full_model_that_overflows_fails_the_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
