/* What the four tasks show and want: the definitions of the paper's tasks, recomputed. */
#include "kernel/tasks/task.h"

#include "support/check.h"
#include "support/task_setting.h"

static void check_shape(const struct trials *trials, int n_steps, int n_in, int n_out)
{
    assert_int_equal(trials->n_steps, n_steps);
    assert_int_equal(trials->n_in, n_in);
    assert_int_equal(trials->n_out, n_out);
}

static void check_all_counted(const struct trials *trials)
{
    for (int i = 0; i < trials->n_steps * trials->n_trials; i++) {
        assert_int_equal(trials->mask[i], 1);
    }
}

/* A sum of `count` draws lies within 4.5 standard errors of its expectation. */
static void check_mean(double sum, double count, double mean, double variance)
{
    CHECK_NEAR((sum - count * mean) / sqrt(count * variance), 0.0, 4.5);
}

static void copy_shows_symbols_and_wants_them_over_and_over(void **state)
{
    (void)state;
    struct task_setting setting = task_setting_defaults("copy");
    task_setting_change(&setting, "symbols", 5);
    task_setting_change(&setting, "bits", 3);
    task_setting_change(&setting, "replay", 13); /* not a multiple of 5 */
    struct trials trials = task_setting_trials(&setting, 0, 6);
    check_shape(&trials, 18, 3, 3);
    for (int b = 0; b < 6; b++) {
        for (int t = 0; t < 18; t++) {
            assert_int_equal(trials.mask[t * 6 + b], t >= 5);
            for (int k = 0; k < 3; k++) {
                const double shown = input_at(&trials, t % 5, b, k);
                const double wanted = t < 5 ? 0.0 : input_at(&trials, (t - 5) % 5, b, k);
                CHECK_SAME(t < 5 ? fabs(shown) : input_at(&trials, t, b, k), t < 5 ? 1.0 : 0.0);
                CHECK_SAME(target_at(&trials, t, b, k), wanted);
            }
        }
    }
    trials_release(&trials);
}

static void copy_has_the_documented_shape_by_default(void **state)
{
    (void)state;
    const struct task_setting setting = task_setting_defaults("copy");
    struct trials trials = task_setting_trials(&setting, 0, 2);
    check_shape(&trials, 136, 8, 8);
    trials_release(&trials);
}

static void copy_bits_are_independent_fair_signs(void **state)
{
    (void)state;
    enum { COUNT = 800 };
    struct task_setting setting = task_setting_defaults("copy");
    task_setting_change(&setting, "replay", 1);
    struct trials trials = task_setting_trials(&setting, 0, COUNT);
    double sum = 0.0;
    double neighbours = 0.0;
    double next_symbols = 0.0;
    for (int b = 0; b < COUNT; b++) {
        for (int i = 0; i < 56; i++) {
            sum += input_at(&trials, i / 8, b, i % 8);
            neighbours +=
                input_at(&trials, i / 8, b, i % 8) * input_at(&trials, i / 8, b, (i + 1) % 8);
            next_symbols +=
                input_at(&trials, i / 8, b, i % 8) * input_at(&trials, i / 8 + 1, b, i % 8);
        }
    }
    check_mean(sum, 56.0 * COUNT, 0.0, 1.0);
    check_mean(neighbours, 56.0 * COUNT, 0.0, 1.0);
    check_mean(next_symbols, 56.0 * COUNT, 0.0, 1.0);
    trials_release(&trials);
}

static void flip_flop_wants_the_sign_of_the_last_pulse(void **state)
{
    (void)state;
    struct task_setting setting = task_setting_defaults("flip_flop");
    task_setting_change(&setting, "pulse", 0.2);
    struct trials trials = task_setting_trials(&setting, 0, 40);
    check_shape(&trials, 64, 3, 3);
    check_all_counted(&trials);
    for (int b = 0; b < 40; b++) {
        for (int k = 0; k < 3; k++) {
            double last = 0.0;
            CHECK_SAME(fabs(input_at(&trials, 0, b, k)), 1.0); /* forced */
            for (int t = 0; t < 64; t++) {
                const double x = input_at(&trials, t, b, k);
                assert_true(x == 0.0 || x == 1.0 || x == -1.0);
                last = x != 0.0 ? x : last;
                CHECK_SAME(target_at(&trials, t, b, k), last);
            }
        }
    }
    trials_release(&trials);
}

static void check_pulses(double probability)
{
    enum { COUNT = 300 };
    struct task_setting setting = task_setting_defaults("flip_flop");
    task_setting_change(&setting, "pulse", probability);
    struct trials trials = task_setting_trials(&setting, 0, COUNT);
    double pulses = 0.0;
    double signs = 0.0;
    double both = 0.0; /* in two channels at once */
    for (int b = 0; b < COUNT; b++) {
        for (int t = 1; t < 64; t++) {
            for (int k = 0; k < 3; k++) {
                pulses += fabs(input_at(&trials, t, b, k));
                signs += input_at(&trials, t, b, k);
            }
            both += fabs(input_at(&trials, t, b, 0) * input_at(&trials, t, b, 1));
        }
    }
    const double p = probability;
    const double tiny = 1e-12; /* so that p = 0 and p = 1 allow no deviation */
    check_mean(pulses, 189.0 * COUNT, p, p * (1.0 - p) + tiny);
    check_mean(signs, 189.0 * COUNT, 0.0, p + tiny);
    check_mean(both, 63.0 * COUNT, p * p, p * p * (1.0 - p * p) + tiny);
    trials_release(&trials);
}

static void flip_flop_pulses_come_with_the_given_probability(void **state)
{
    (void)state;
    check_pulses(0.0);
    check_pulses(0.1);
    check_pulses(0.5);
    check_pulses(1.0);
}

/* The place of the frequency is read back from the input: x = u + 0.25, u = j / (count - 1). */
static int frequency_of(const struct trials *trials, int trial, int frequencies)
{
    const double u = input_at(trials, 0, trial, 0) - 0.25;
    const double place = u * (frequencies - 1);
    CHECK_NEAR(place, round(place), 1e-12);
    assert_true(place > -0.5 && place < frequencies - 0.5);
    return (int)lround(place);
}

static void sine_wants_the_wave_that_its_input_names(void **state)
{
    (void)state;
    const struct task_setting setting = task_setting_defaults("sine");
    struct trials trials = task_setting_trials(&setting, 0, 50);
    check_shape(&trials, 64, 1, 1);
    check_all_counted(&trials);
    for (int b = 0; b < 50; b++) {
        const double u = frequency_of(&trials, b, 5) / 4.0;
        for (int t = 0; t < 64; t++) {
            CHECK_NEAR(input_at(&trials, t, b, 0), u + 0.25, 1e-15);
            CHECK_NEAR(target_at(&trials, t, b, 0), sin((0.1 + 0.5 * u) * t), 1e-13);
        }
    }
    trials_release(&trials);
}

static void sine_frequencies_are_equally_likely(void **state)
{
    (void)state;
    enum { COUNT = 4000 };
    struct task_setting setting = task_setting_defaults("sine");
    task_setting_change(&setting, "steps", 2);
    struct trials trials = task_setting_trials(&setting, 0, COUNT);
    double counts[5] = {0};
    for (int b = 0; b < COUNT; b++) {
        counts[frequency_of(&trials, b, 5)] += 1.0;
    }
    for (int i = 0; i < 5; i++) {
        check_mean(counts[i], COUNT, 0.2, 0.16);
    }
    trials_release(&trials);
}

static void sine_with_one_frequency_is_the_slowest(void **state)
{
    (void)state;
    struct task_setting setting = task_setting_defaults("sine");
    task_setting_change(&setting, "frequencies", 1);
    struct trials trials = task_setting_trials(&setting, 0, 3);
    for (int t = 0; t < 64; t++) {
        CHECK_SAME(input_at(&trials, t, 2, 0), 0.25);
        CHECK_NEAR(target_at(&trials, t, 2, 0), sin(0.1 * t), 1e-13);
    }
    trials_release(&trials);
}

static void context_integration_sums_the_stream_that_the_cue_names(void **state)
{
    (void)state;
    struct task_setting setting = task_setting_defaults("context_integration");
    task_setting_change(&setting, "gain", 0.4);
    struct trials trials = task_setting_trials(&setting, 0, 50);
    check_shape(&trials, 40, 4, 1);
    check_all_counted(&trials);
    for (int b = 0; b < 50; b++) {
        const int context = input_at(&trials, 0, b, 3) == 1.0 ? 1 : 0;
        double sum = 0.0;
        for (int t = 0; t < 40; t++) {
            CHECK_SAME(input_at(&trials, t, b, 2 + context), 1.0);
            CHECK_SAME(input_at(&trials, t, b, 3 - context), 0.0);
            sum += input_at(&trials, t, b, context);
            CHECK_NEAR(target_at(&trials, t, b, 0), 0.4 * sum, 1e-12);
        }
    }
    trials_release(&trials);
}

/* Without noise every input is the mean itself. */
static void context_integration_means_are_uniform(void **state)
{
    (void)state;
    enum { COUNT = 4000 };
    struct task_setting setting = task_setting_defaults("context_integration");
    task_setting_change(&setting, "noise", 0.0);
    task_setting_change(&setting, "steps", 2);
    struct trials trials = task_setting_trials(&setting, 0, COUNT);
    double sum = 0.0;
    double squares = 0.0;
    double products = 0.0;
    for (int b = 0; b < COUNT; b++) {
        const double first = input_at(&trials, 0, b, 0);
        const double second = input_at(&trials, 0, b, 1);
        assert_true(fabs(first) <= 0.5 && fabs(second) <= 0.5);
        CHECK_SAME(input_at(&trials, 1, b, 0), first);
        sum += first + second;
        squares += first * first + second * second;
        products += first * second;
    }
    check_mean(sum, 2.0 * COUNT, 0.0, 1.0 / 12.0);
    check_mean(squares, 2.0 * COUNT, 1.0 / 12.0, 1.0 / 180.0);
    check_mean(products, COUNT, 0.0, 1.0 / 144.0);
    trials_release(&trials);
}

/* Without means every input is the noise itself. */
static void context_integration_noise_is_normal_and_independent(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    struct task_setting setting = task_setting_defaults("context_integration");
    task_setting_change(&setting, "mean", 0.0);
    task_setting_change(&setting, "noise", 2.0);
    struct trials trials = task_setting_trials(&setting, 0, COUNT);
    double sums[3] = {0};
    double products = 0.0;
    double neighbours = 0.0;
    for (int b = 0; b < COUNT; b++) {
        for (int t = 0; t < 39; t++) {
            const double z = input_at(&trials, t, b, 0) / 2.0;
            sums[0] += z;
            sums[1] += z * z;
            sums[2] += z * z * z * z;
            products += z * input_at(&trials, t, b, 1) / 2.0;
            neighbours += z * input_at(&trials, t + 1, b, 0) / 2.0;
        }
    }
    check_mean(sums[0], 39.0 * COUNT, 0.0, 1.0);
    check_mean(sums[1], 39.0 * COUNT, 1.0, 2.0);
    check_mean(sums[2], 39.0 * COUNT, 3.0, 96.0);
    check_mean(products, 39.0 * COUNT, 0.0, 1.0);
    check_mean(neighbours, 39.0 * COUNT, 0.0, 1.0);
    trials_release(&trials);
}

static void context_integration_contexts_are_equally_likely(void **state)
{
    (void)state;
    enum { COUNT = 4000 };
    struct task_setting setting = task_setting_defaults("context_integration");
    task_setting_change(&setting, "steps", 1);
    struct trials trials = task_setting_trials(&setting, 0, COUNT);
    double second = 0.0;
    for (int b = 0; b < COUNT; b++) {
        second += input_at(&trials, 0, b, 3);
    }
    check_mean(second, COUNT, 0.5, 0.25);
    trials_release(&trials);
}

int test_task_kinds(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copy_shows_symbols_and_wants_them_over_and_over),
        cmocka_unit_test(copy_has_the_documented_shape_by_default),
        cmocka_unit_test(copy_bits_are_independent_fair_signs),
        cmocka_unit_test(flip_flop_wants_the_sign_of_the_last_pulse),
        cmocka_unit_test(flip_flop_pulses_come_with_the_given_probability),
        cmocka_unit_test(sine_wants_the_wave_that_its_input_names),
        cmocka_unit_test(sine_frequencies_are_equally_likely),
        cmocka_unit_test(sine_with_one_frequency_is_the_slowest),
        cmocka_unit_test(context_integration_sums_the_stream_that_the_cue_names),
        cmocka_unit_test(context_integration_means_are_uniform),
        cmocka_unit_test(context_integration_noise_is_normal_and_independent),
        cmocka_unit_test(context_integration_contexts_are_equally_likely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
