#include "kernel/dynamics/rollout.h"

#include "core/rng.h"
#include "support/check.h"
#include "support/matgen.h"
#include "support/netgen.h"
#include "support/rollout_case.h"

#include <stdlib.h>

static struct error error;

static struct trial_score *new_scores(int count)
{
    struct trial_score *const scores = calloc((size_t)count, sizeof *scores);
    assert_non_null(scores);
    return scores;
}

static struct trial_range all_of(const struct rollout_case *f)
{
    return (struct trial_range){0, f->trials.n_trials};
}

static bool same_score(const struct trial_score *a, const struct trial_score *b)
{
    return memcmp(&a->squared_error, &b->squared_error, sizeof(double)) == 0 &&
           memcmp(&a->squared_change, &b->squared_change, sizeof(double)) == 0 &&
           a->n_right == b->n_right && a->n_finite == b->n_finite;
}

/* Whether the largest of values[n] is that of others[n], and no other is as large. */
static bool largest_agrees(const double *values, const double *others, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool both = true;
        for (size_t k = 0; k < n; k++) {
            both = both && (k == i || values[i] > values[k]) && others[i] >= others[k];
        }
        if (both) {
            return true;
        }
    }
    return false;
}

/* Score of one trial from its answers, by plain loops. */
static struct trial_score score_by_definition(const struct trials *trials, int trial,
                                              const double *outputs, const double *reference)
{
    struct trial_score score = {.n_finite = trials->n_steps};
    const size_t n_out = (size_t)trials->n_out;
    long double squared_error = 0.0L;
    long double squared_change = 0.0L;
    for (int t = 0; t < trials->n_steps; t++) {
        const size_t place = (size_t)t * (size_t)trials->n_trials + (size_t)trial;
        for (size_t i = place * n_out; i < (place + 1) * n_out && trials->mask[place] != 0; i++) {
            const long double miss = (long double)outputs[i] - trials->targets[i];
            const long double change = (long double)outputs[i] - reference[i];
            squared_error += miss * miss;
            squared_change += change * change;
            score.n_right += trials->metric == METRIC_ACCURACY &&
                             ((outputs[i] > 0.0 && trials->targets[i] > 0.0) ||
                              (outputs[i] < 0.0 && trials->targets[i] < 0.0));
        }
        score.n_right +=
            trials->metric == METRIC_ARGMAX && trials->mask[place] != 0 &&
            largest_agrees(outputs + place * n_out, trials->targets + place * n_out, n_out);
    }
    score.squared_error = (double)squared_error;
    score.squared_change = (double)squared_change;
    return score;
}

/* Scores of other weights than the reference's, against the answers of both. */
static void check_scores(struct rollout_case *f, const struct rollout_variant *variant)
{
    struct network other = netgen_network(31, f->network.n_hidden, 1, 1);
    struct trial_score *const scores = new_scores(f->trials.n_trials);
    struct rollout_run run;
    rollout_outputs(f, *variant, f->network.weight_hh, f->expected);
    rollout_outputs(f, *variant, other.weight_hh, f->outputs);
    rollout_run_begin(&run, f, *variant);
    CHECK_OK(rollout_keep_reference(run.rollout, scores, &error));
    rollout_set_weights(run.rollout, other.weight_hh);
    rollout_score(run.rollout, all_of(f), scores);
    for (int i = 0; i < f->trials.n_trials; i++) {
        const struct trial_score wanted =
            score_by_definition(&f->trials, i, f->outputs, f->expected);
        CHECK_NEAR(scores[i].squared_error, wanted.squared_error, 1e-13 * wanted.squared_error);
        CHECK_NEAR(scores[i].squared_change, wanted.squared_change, 1e-13 * wanted.squared_change);
        assert_true(scores[i].n_right == wanted.n_right);
        assert_int_equal(scores[i].n_finite, wanted.n_finite);
    }
    rollout_run_end(&run);
    network_release(&other);
    free(scores);
}

static void scores_are_the_sums_over_the_counted_answers(void **state)
{
    (void)state;
    for (int i = 0; i < ROLLOUT_SHAPE_COUNT; i++) {
        struct rollout_case f = rollout_case_create(&ROLLOUT_SHAPES[i], (uint64_t)i);
        for (int metric = 0; metric < METRIC_COUNT; metric++) {
            f.trials.metric = (enum metric_kind)metric;
            FOR_EACH_VARIANT (variant) {
                check_scores(&f, variant);
            }
        }
        rollout_case_release(&f);
    }
}

static void the_reference_itself_has_not_changed(void **state)
{
    (void)state;
    struct rollout_case f = rollout_case_create(&ROLLOUT_SHAPES[7], 3);
    FOR_EACH_VARIANT (variant) {
        struct trial_score *const kept = new_scores(f.trials.n_trials);
        struct trial_score *const again = new_scores(f.trials.n_trials);
        struct rollout_run run;
        rollout_run_begin(&run, &f, *variant);
        CHECK_OK(rollout_keep_reference(run.rollout, kept, &error));
        rollout_score(run.rollout, all_of(&f), again);
        for (int i = 0; i < f.trials.n_trials; i++) {
            CHECK_SAME(kept[i].squared_change, 0.0);
            assert_true(same_score(&kept[i], &again[i]));
        }
        rollout_reference(run.rollout, f.expected);
        CHECK_OK(rollout_run(run.rollout, f.outputs, &error));
        assert_memory_equal(f.outputs, f.expected, f.n_values * sizeof(double));
        rollout_run_end(&run);
        free(kept);
        free(again);
    }
    rollout_case_release(&f);
}

/* Every range gives the bits of the whole, however it lies to tiles and blocks. */
static void check_ranges(struct rollout_case *f, const struct rollout_variant *variant)
{
    const int n_trials = f->trials.n_trials;
    struct trial_score *const whole = new_scores(n_trials);
    struct trial_score *const part = new_scores(n_trials);
    struct rng rng = rng_stream((struct rng_key){{8, 1}}, 0, 0);
    struct rollout_run run;
    rollout_run_begin(&run, f, *variant);
    CHECK_OK(rollout_keep_reference(run.rollout, whole, &error));
    f->network.weight_hh[0] += 0.125;
    rollout_set_weights(run.rollout, f->network.weight_hh);
    rollout_score(run.rollout, all_of(f), whole);
    for (int round = 0; round < 8; round++) {
        const int first = (int)rng_below(&rng, (uint32_t)n_trials);
        const int count = 1 + (int)rng_below(&rng, (uint32_t)(n_trials - first));
        rollout_score(run.rollout, (struct trial_range){first, count}, part);
        for (int i = 0; i < count; i++) {
            assert_true(same_score(&part[i], &whole[first + i]));
        }
    }
    rollout_run_end(&run);
    free(whole);
    free(part);
}

static void any_range_of_trials_gives_the_same_bits(void **state)
{
    (void)state;
    static const int SHAPES[] = {2, 5, 7, 12, 15};
    for (int i = 0; i < 5; i++) {
        struct rollout_case f = rollout_case_create(&ROLLOUT_SHAPES[SHAPES[i]], 4);
        f.trials.metric = METRIC_ACCURACY;
        FOR_EACH_VARIANT (variant) {
            check_ranges(&f, variant);
        }
        rollout_case_release(&f);
    }
}

/* A trial alone, and among others at many places of a tile. */
static void a_trial_does_not_depend_on_the_others(void **state)
{
    (void)state;
    struct rollout_case f = rollout_case_create(&ROLLOUT_SHAPES[11], 6);
    FOR_EACH_VARIANT (variant) {
        if (variant->product == PRODUCT_BLAS) {
            continue; /* rounds by the number of trials in a block */
        }
        rollout_outputs(&f, *variant, f.network.weight_hh, f.outputs);
        for (int trial = 0; trial < f.trials.n_trials; trial += 3) {
            struct rollout_case alone = {.network = f.network};
            double answers[3 * 6];
            CHECK_OK(trials_create(&alone.trials, 3, 1, 1, 6, &error));
            for (int t = 0; t < 3; t++) {
                alone.trials.inputs[t] = f.trials.inputs[t * f.trials.n_trials + trial];
            }
            rollout_outputs(&alone, *variant, f.network.weight_hh, answers);
            for (int t = 0; t < 3; t++) {
                assert_memory_equal(answers + t * 6,
                                    f.outputs + (t * f.trials.n_trials + trial) * 6,
                                    6 * sizeof(double));
            }
            trials_release(&alone.trials);
        }
    }
    rollout_case_release(&f);
}

/* ---- paths against each other -------------------------------------------------------------------
 */

static void avx2_and_avx512_give_the_same_bits(void **state)
{
    (void)state;
    if (!isa_available(ISA_AVX512) || !isa_available(ISA_AVX2)) {
        skip();
    }
    for (int i = 0; i < ROLLOUT_SHAPE_COUNT; i++) {
        struct rollout_case f = rollout_case_create(&ROLLOUT_SHAPES[i], (uint64_t)i);
        FOR_EACH_VARIANT (variant) {
            struct rollout_variant wide = *variant;
            wide.path = ISA_AVX512;
            if (variant->path == ISA_AVX2) {
                rollout_outputs(&f, *variant, f.network.weight_hh, f.outputs);
                rollout_outputs(&f, wide, f.network.weight_hh, f.expected);
                assert_memory_equal(f.outputs, f.expected, f.n_values * sizeof(double));
            }
        }
        rollout_case_release(&f);
    }
}

static void the_portable_path_differs_by_rounding_alone(void **state)
{
    (void)state;
    for (int i = 0; i < ROLLOUT_SHAPE_COUNT; i++) {
        struct rollout_case f = rollout_case_create(&ROLLOUT_SHAPES[i], (uint64_t)i);
        FOR_EACH_VARIANT (variant) {
            const struct rollout_variant portable = {ISA_PORTABLE, variant->precision,
                                                     PRODUCT_FUSED};
            const double tolerance = variant->precision == PRECISION_FLOAT64 ? 2e-14 : 6e-6;
            rollout_outputs(&f, portable, f.network.weight_hh, f.expected);
            rollout_outputs(&f, *variant, f.network.weight_hh, f.outputs);
            CHECK_NEAR(matgen_distance(f.outputs, f.expected, f.n_values), 0.0, tolerance);
        }
        rollout_case_release(&f);
    }
}

/* ---- signs, NaN and Inf -------------------------------------------------------------------------
 */

/* A network whose answer is bias_y, whatever the input. */
static struct rollout_case constant_case(double answer, double target)
{
    struct rollout_case f = {0};
    CHECK_OK(network_create(&f.network, &(struct network_shape){CELL_DEFAULT, 3, 1, 1}, &error));
    CHECK_OK(trials_create(&f.trials, 5, 7, 1, 1, &error));
    f.network.bias_y[0] = answer;
    f.trials.metric = METRIC_ACCURACY;
    for (int i = 0; i < 35; i++) {
        f.trials.targets[i] = target;
    }
    return f;
}

/* Steps of a trial at which three constant outputs are right of class `wanted`, of five. */
static int64_t count_classes(const double answers[3], int wanted)
{
    int64_t n_right = -1;
    struct rollout_case f = {0};
    CHECK_OK(network_create(&f.network, &(struct network_shape){CELL_DEFAULT, 3, 1, 3}, &error));
    CHECK_OK(trials_create(&f.trials, 5, 7, 1, 3, &error));
    memcpy(f.network.bias_y, answers, 3 * sizeof *answers);
    f.trials.metric = METRIC_ARGMAX;
    for (int i = 0; i < 35; i++) {
        f.trials.targets[3 * i + wanted] = 1.0;
    }
    f.trials.mask[6] = 0; /* the first step of the last trial */
    FOR_EACH_VARIANT (variant) {
        struct trial_score scores[7];
        struct rollout_run run;
        rollout_run_begin(&run, &f, *variant);
        rollout_score(run.rollout, all_of(&f), scores);
        assert_true(n_right == -1 || n_right == scores[6].n_right);
        n_right = scores[6].n_right;
        rollout_run_end(&run);
    }
    rollout_case_release(&f);
    return n_right;
}

static void the_largest_output_alone_is_a_class(void **state)
{
    (void)state;
    assert_int_equal(count_classes((const double[]){0.25, 0.5, -1.0}, 1), 4);
    assert_int_equal(count_classes((const double[]){0.25, 0.5, -1.0}, 0), 0);
    assert_int_equal(count_classes((const double[]){-3.0, -2.0, -1.0}, 2), 4);
    assert_int_equal(count_classes((const double[]){0.5, 0.5, 0.25}, 0), 0);
    assert_int_equal(count_classes((const double[]){0.5, 0.5, 0.25}, 1), 0);
    assert_int_equal(count_classes((const double[]){0.5, 0.5, 1.0}, 2), 4);
    assert_int_equal(count_classes((const double[]){0.0, 0.0, 0.0}, 0), 0);
    assert_int_equal(count_classes((const double[]){(double)NAN, 0.5, 0.25}, 0), 0);
    assert_int_equal(count_classes((const double[]){0.75, 0.5, (double)NAN}, 0), 0);
}

static int64_t count_right(double answer, double target)
{
    int64_t n_right = -1;
    struct rollout_case f = constant_case(answer, target);
    FOR_EACH_VARIANT (variant) {
        struct trial_score scores[7];
        struct rollout_run run;
        rollout_run_begin(&run, &f, *variant);
        rollout_score(run.rollout, all_of(&f), scores);
        assert_true(n_right == -1 || n_right == scores[6].n_right);
        n_right = scores[6].n_right;
        rollout_run_end(&run);
    }
    rollout_case_release(&f);
    return n_right;
}

static void a_zero_is_never_right(void **state)
{
    (void)state;
    assert_int_equal(count_right(1e-30, 1.0), 5);
    assert_int_equal(count_right(-1e-30, -1.0), 5);
    assert_int_equal(count_right(1.0, -1.0), 0);
    assert_int_equal(count_right(0.0, 1.0), 0);
    assert_int_equal(count_right(-0.0, -1.0), 0);
    assert_int_equal(count_right(1.0, 0.0), 0);
    assert_int_equal(count_right(0.0, 0.0), 0);
}

/* NaN or Inf in the input of one trial: it alone is spoilt, from that step on. */
static void check_spoilt(struct rollout_case *f, const struct rollout_variant *variant, int step,
                         int trial, double value)
{
    const int n_trials = f->trials.n_trials;
    double *const input = &f->trials.inputs[(step * n_trials + trial) * f->trials.n_in];
    const double before = *input;
    struct trial_score *const clean = new_scores(n_trials);
    struct trial_score *const spoilt = new_scores(n_trials);
    struct rollout_run run;
    rollout_run_begin(&run, f, *variant);
    rollout_score(run.rollout, all_of(f), clean);
    rollout_run_end(&run);
    *input = value;
    rollout_run_begin(&run, f, *variant);
    rollout_score(run.rollout, all_of(f), spoilt);
    rollout_run_end(&run);
    *input = before;
    for (int i = 0; i < n_trials; i++) {
        assert_int_equal(spoilt[i].n_finite, i == trial ? step : f->trials.n_steps);
        assert_true(i == trial || same_score(&clean[i], &spoilt[i]));
    }
    assert_true(isnan(spoilt[trial].squared_error));
    free(clean);
    free(spoilt);
}

static void a_nan_spoils_its_own_trial_from_its_step_on(void **state)
{
    (void)state;
    static const int TRIALS[] = {0, 23, 24, 47, 48, 130};
    struct rollout_case f = rollout_case_create(&ROLLOUT_SHAPES[5], 9);
    memset(f.trials.mask, 1, (size_t)f.trials.n_steps * (size_t)f.trials.n_trials);
    FOR_EACH_VARIANT (variant) {
        for (int i = 0; i < 6; i++) {
            check_spoilt(&f, variant, 4, TRIALS[i], NAN);
        }
    }
    rollout_case_release(&f);
}

static void an_infinite_input_saturates(void **state)
{
    (void)state;
    struct rollout_case f = {0};
    CHECK_OK(network_create(&f.network, &(struct network_shape){CELL_DEFAULT, 1, 1, 1}, &error));
    CHECK_OK(trials_create(&f.trials, 2, 1, 1, 1, &error));
    f.network.weight_ih[0] = f.network.weight_hy[0] = 1.0;
    f.trials.inputs[0] = INFINITY;
    f.trials.inputs[1] = -INFINITY;
    FOR_EACH_VARIANT (variant) {
        double outputs[2];
        rollout_outputs(&f, *variant, f.network.weight_hh, outputs);
        CHECK_SAME(outputs[0], 1.0);
        CHECK_SAME(outputs[1], -1.0);
    }
    rollout_case_release(&f);
}

/* What is ignored must not reach the sums, however large it is. */
static void an_ignored_answer_whose_square_overflows_does_no_harm(void **state)
{
    (void)state;
    struct rollout_case f = constant_case(1e200, 1e200);
    f.trials.targets[2 * 7 + 3] = -1e200;
    f.trials.mask[2 * 7 + 3] = 0;
    struct trial_score scores[7];
    struct rollout_run run;
    rollout_run_begin(&run, &f,
                      (struct rollout_variant){ISA_PORTABLE, PRECISION_FLOAT64, PRODUCT_FUSED});
    rollout_score(run.rollout, all_of(&f), scores);
    CHECK_SAME(scores[3].squared_error, 0.0);
    assert_int_equal(scores[3].n_right, 4);
    assert_int_equal(scores[3].n_finite, 5);
    rollout_run_end(&run);
    rollout_case_release(&f);
}

/* ---- sums ---------------------------------------------------------------------------------------
 */

static void a_sum_adds_up_and_keeps_the_first_bad_step(void **state)
{
    (void)state;
    const struct trial_score scores[3] = {{1.0, 0.5, 7, 9}, {2.0, 0.25, 0, 4}, {4.0, 0.0, 1, 6}};
    const struct trial_score sum = trial_scores_sum(scores, 3);
    CHECK_SAME(sum.squared_error, 7.0);
    CHECK_SAME(sum.squared_change, 0.75);
    assert_int_equal(sum.n_right, 8);
    assert_int_equal(sum.n_finite, 4);
    CHECK_OK(trial_score_check(&sum, 4, &error));
    CHECK_FAILS(trial_score_check(&sum, 9, &error), STATUS_JOB_ROLLOUT_NONFINITE, "step 4");
}

/* The order of the trials is the order of the sum: 1e16 + 1 + 1 is not 1 + 1 + 1e16. */
static void trials_are_added_in_their_order(void **state)
{
    (void)state;
    const struct trial_score forwards[3] = {{.squared_error = 1e16}, {1, 0, 0, 0}, {1, 0, 0, 0}};
    const struct trial_score backwards[3] = {{1, 0, 0, 0}, {1, 0, 0, 0}, {.squared_error = 1e16}};
    CHECK_SAME(trial_scores_sum(forwards, 3).squared_error, 1e16);
    CHECK_SAME(trial_scores_sum(backwards, 3).squared_error, 1e16 + 2.0);
}

int test_rollout_score(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_the_sums_over_the_counted_answers),
        cmocka_unit_test(the_reference_itself_has_not_changed),
        cmocka_unit_test(any_range_of_trials_gives_the_same_bits),
        cmocka_unit_test(a_trial_does_not_depend_on_the_others),
        cmocka_unit_test(avx2_and_avx512_give_the_same_bits),
        cmocka_unit_test(the_portable_path_differs_by_rounding_alone),
        cmocka_unit_test(a_zero_is_never_right),
        cmocka_unit_test(the_largest_output_alone_is_a_class),
        cmocka_unit_test(a_nan_spoils_its_own_trial_from_its_step_on),
        cmocka_unit_test(an_infinite_input_saturates),
        cmocka_unit_test(an_ignored_answer_whose_square_overflows_does_no_harm),
        cmocka_unit_test(a_sum_adds_up_and_keeps_the_first_bad_step),
        cmocka_unit_test(trials_are_added_in_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
