/* What the tasks show and want: their definitions, recomputed. */
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

/* Channel k of several is a copy of the task, with inputs and outputs of its own. */
static void each_channel_is_a_task_of_its_own(void **state)
{
    (void)state;
    struct task_setting sine = task_setting_defaults("sine");
    struct task_setting context = task_setting_defaults("context_integration");
    task_setting_change(&sine, "channels", 3);
    task_setting_change(&context, "channels", 3);
    struct trials sines = task_setting_trials(&sine, 0, 20);
    struct trials contexts = task_setting_trials(&context, 0, 20);
    check_shape(&sines, 64, 3, 3);
    check_shape(&contexts, 40, 12, 3);
    int n_different[2] = {0};
    for (int b = 0; b < 20; b++) {
        for (int k = 0; k < 3; k++) {
            const double u = input_at(&sines, 0, b, k) - 0.25;
            const int cue = input_at(&contexts, 0, b, 4 * k + 2) == 1.0 ? 0 : 1;
            double sum = 0.0;
            for (int t = 0; t < 64; t++) {
                CHECK_NEAR(target_at(&sines, t, b, k), sin((0.1 + 0.5 * u) * t), 1e-13);
            }
            for (int t = 0; t < 40; t++) {
                sum += input_at(&contexts, t, b, 4 * k + cue);
                CHECK_NEAR(target_at(&contexts, t, b, k), 0.15 * sum, 1e-12);
            }
            n_different[0] += input_at(&sines, 0, b, k) != input_at(&sines, 0, b, 0);
            n_different[1] += input_at(&contexts, 0, b, 4 * k) != input_at(&contexts, 0, b, 0);
        }
    }
    assert_true(n_different[0] > 20);
    assert_int_equal(n_different[1], 40);
    trials_release(&sines);
    trials_release(&contexts);
}

/* First step and length of the run of steps at which a channel is not 0, and its one value there.
 */
static double pulse_of(const double *values, int n_steps, int stride, int *first, int *length)
{
    double value = 0.0;
    *length = 0;
    for (int t = 0; t < n_steps; t++) {
        if (values[t * stride] != 0.0) {
            *first = *length == 0 ? t : *first;
            value = *length == 0 ? values[t * stride] : value;
            CHECK_SAME(values[t * stride], value);
            assert_int_equal(t, *first + *length);
            (*length)++;
        }
    }
    return value;
}

static void delayed_discrimination_asks_which_pulse_was_higher(void **state)
{
    (void)state;
    enum { COUNT = 3000, CHANNELS = 2 };
    struct task_setting setting = task_setting_defaults("delayed_discrimination");
    task_setting_change(&setting, "channels", CHANNELS);
    task_setting_change(&setting, "delay", 7);
    task_setting_change(&setting, "pulse", 3);
    struct trials trials = task_setting_trials(&setting, 0, COUNT);
    double heights[11] = {0};
    double delays[7] = {0};
    double products = 0.0;
    check_shape(&trials, 47, 2 * CHANNELS, CHANNELS);
    check_all_counted(&trials);
    for (int b = 0; b < COUNT; b++) {
        double answers[CHANNELS];
        for (int k = 0; k < CHANNELS; k++) {
            int at[3] = {0};
            int length[3];
            const double first = pulse_of(&trials.inputs[b * trials.n_in + 2 * k], 47,
                                          COUNT * trials.n_in, &at[0], &length[0]);
            const double second = pulse_of(&trials.inputs[b * trials.n_in + 2 * k + 1], 47,
                                           COUNT * trials.n_in, &at[1], &length[1]);
            answers[k] = pulse_of(&trials.targets[b * CHANNELS + k], 47, COUNT * CHANNELS, &at[2],
                                  &length[2]);
            assert_true(length[0] == 3 && length[1] == 3 && length[2] == 3);
            assert_int_equal(at[0], 5);
            assert_in_range(at[1], 15, 21);
            assert_int_equal(at[2], at[1] + 15);
            assert_true(first != second && first == floor(first) && second == floor(second));
            assert_true(fmin(first, second) >= 2.0 && fmax(first, second) <= 10.0);
            CHECK_SAME(answers[k], first > second ? 1.0 : -1.0);
            heights[(int)first]++;
            heights[(int)second]++;
            delays[at[1] - 15]++;
        }
        products += answers[0] * answers[1];
    }
    for (int i = 2; i <= 10; i++) {
        check_mean(heights[i], 2.0 * CHANNELS * COUNT, 1.0 / 9.0, 8.0 / 81.0);
    }
    for (int i = 0; i < 7; i++) {
        check_mean(delays[i], (double)CHANNELS * COUNT, 1.0 / 7.0, 6.0 / 49.0);
    }
    check_mean(products, COUNT, 0.0, 1.0);
    trials_release(&trials);
}

static void delayed_discrimination_has_the_documented_shape_by_default(void **state)
{
    (void)state;
    const struct task_setting setting = task_setting_defaults("delayed_discrimination");
    struct trials trials = task_setting_trials(&setting, 0, 2);
    check_shape(&trials, 60, 2, 1);
    trials_release(&trials);
}

/* Speed and direction of a step, from the way that the target goes. */
static double moved(const struct trials *trials, int t, int b, double direction[2])
{
    double way[2];
    for (int i = 0; i < 2; i++) {
        way[i] =
            10.0 * (target_at(trials, t, b, i) - (t > 0 ? target_at(trials, t - 1, b, i) : 0.0));
    }
    const double speed = hypot(way[0], way[1]);
    direction[0] = way[0] / speed;
    direction[1] = way[1] / speed;
    return speed;
}

static void path_integration_asks_where_the_walk_has_come_to(void **state)
{
    (void)state;
    const struct task_setting settings[] = {task_setting_defaults("path_integration"),
                                            task_setting_defaults("path_integration_cartesian")};
    struct trials polar = task_setting_trials(&settings[0], 0, 200);
    struct trials cartesian = task_setting_trials(&settings[1], 0, 200);
    check_shape(&polar, 40, 3, 2);
    check_shape(&cartesian, 40, 2, 2);
    check_all_counted(&polar);
    for (int b = 0; b < 200; b++) {
        for (int t = 0; t < 40; t++) {
            double direction[2];
            const double speed = moved(&polar, t, b, direction);
            CHECK_NEAR(input_at(&polar, t, b, 0), speed, 1e-13);
            assert_true(speed >= 0.0 && speed <= 1.0 + 1e-13);
            for (int i = 0; i < 2; i++) {
                CHECK_NEAR(input_at(&polar, t, b, 1 + i), direction[i], 1e-9);
                /* The same key: the same walk in other words. */
                CHECK_SAME(target_at(&cartesian, t, b, i), target_at(&polar, t, b, i));
                CHECK_NEAR(input_at(&cartesian, t, b, i), speed * direction[i], 1e-13);
            }
        }
    }
    trials_release(&polar);
    trials_release(&cartesian);
}

/* Turns are N(0, .3^2); speeds are uniform at every step, since reflection keeps that, and change
 * by N(0, .1^2) away from the ends; targets have the standard deviation that was measured. */
static void path_integration_walks_as_documented(void **state)
{
    (void)state;
    enum { COUNT = 2000 };
    const struct task_setting setting = task_setting_defaults("path_integration");
    struct trials trials = task_setting_trials(&setting, 0, COUNT);
    double turns[3] = {0};
    double speeds[2] = {0};
    double changes[2] = {0};
    double n_changes = 0.0;
    double headings[2] = {0};
    double squares = 0.0;
    for (int b = 0; b < COUNT; b++) {
        speeds[0] += input_at(&trials, 39, b, 0);
        speeds[1] += input_at(&trials, 39, b, 0) * input_at(&trials, 39, b, 0);
        headings[0] += input_at(&trials, 0, b, 1);
        headings[1] += input_at(&trials, 0, b, 2);
        for (int t = 1; t < 40; t++) {
            const double turn =
                remainder(atan2(input_at(&trials, t, b, 2), input_at(&trials, t, b, 1)) -
                              atan2(input_at(&trials, t - 1, b, 2), input_at(&trials, t - 1, b, 1)),
                          2.0 * acos(-1.0));
            const double before = input_at(&trials, t - 1, b, 0);
            const double change = input_at(&trials, t, b, 0) - before;
            turns[0] += turn;
            turns[1] += turn * turn;
            if (before > 0.499 && before < 0.501) {
                changes[0] += change;
                changes[1] += change * change;
                n_changes++;
            }
        }
        squares += target_at(&trials, 39, b, 0) * target_at(&trials, 39, b, 0);
    }
    check_mean(turns[0], 39.0 * COUNT, 0.0, 0.09);
    check_mean(turns[1], 39.0 * COUNT, 0.09, 2.0 * 0.09 * 0.09);
    check_mean(speeds[0], COUNT, 0.5, 1.0 / 12.0);
    check_mean(speeds[1], COUNT, 1.0 / 3.0, 4.0 / 45.0);
    check_mean(headings[0], COUNT, 0.0, 0.5);
    check_mean(headings[1], COUNT, 0.0, 0.5);
    assert_true(n_changes > 50.0);
    check_mean(changes[0], n_changes, 0.0, 0.01);
    check_mean(changes[1], n_changes, 0.01, 2e-4);
    assert_true(squares / COUNT > 0.5 && squares / COUNT < 3.0);
    trials_release(&trials);
}

static void path_integration_has_a_walk_per_channel(void **state)
{
    (void)state;
    struct task_setting setting = task_setting_defaults("path_integration");
    task_setting_change(&setting, "channels", 2);
    task_setting_change(&setting, "steps", 9);
    struct trials trials = task_setting_trials(&setting, 0, 5);
    check_shape(&trials, 9, 6, 4);
    for (int b = 0; b < 5; b++) {
        double position[4] = {0};
        for (int t = 0; t < 9; t++) {
            for (int i = 0; i < 4; i++) {
                const int walk = i / 2;
                position[i] += 0.1 * input_at(&trials, t, b, 3 * walk) *
                               input_at(&trials, t, b, 3 * walk + 1 + i % 2);
                CHECK_NEAR(target_at(&trials, t, b, i), position[i], 1e-14);
            }
        }
        assert_true(position[0] != position[2]);
    }
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
        cmocka_unit_test(each_channel_is_a_task_of_its_own),
        cmocka_unit_test(delayed_discrimination_asks_which_pulse_was_higher),
        cmocka_unit_test(delayed_discrimination_has_the_documented_shape_by_default),
        cmocka_unit_test(path_integration_asks_where_the_walk_has_come_to),
        cmocka_unit_test(path_integration_walks_as_documented),
        cmocka_unit_test(path_integration_has_a_walk_per_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
