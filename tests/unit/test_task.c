#include "kernel/dynamics/task.h"

#include "support/check.h"

#include <stdlib.h>

static const struct rng_key KEY = {{11, 22}};
static struct error error;

static const struct task_ops *task_named(const char *name)
{
    const struct task_ops *const task = task_find(name);
    assert_non_null(task);
    return task;
}

static int param_index(const struct task_ops *task, const char *name)
{
    for (int i = 0; i < task->n_params; i++) {
        if (strcmp(task->params[i].name, name) == 0) {
            return i;
        }
    }
    fail_msg("%s has no parameter %s", task->name, name);
    return -1;
}

/* A task with its defaults, to be changed by name. */
struct setting {
    const struct task_ops *task;
    double params[TASK_PARAMS_MAX];
};

static struct setting defaults(const char *name)
{
    struct setting setting = {.task = task_named(name)};
    task_default_params(setting.task, setting.params);
    return setting;
}

static void set(struct setting *setting, const char *name, double value)
{
    setting->params[param_index(setting->task, name)] = value;
}

static struct trials generate(const struct setting *setting, uint64_t first, int count)
{
    struct trials trials;
    CHECK_OK(task_generate(setting->task, setting->params, KEY, first, count, &trials, &error));
    return trials;
}

static double input(const struct trials *trials, int step, int trial, int channel)
{
    return trials->inputs[(step * trials->n_trials + trial) * trials->n_in + channel];
}

static double target(const struct trials *trials, int step, int trial, int channel)
{
    return trials->targets[(step * trials->n_trials + trial) * trials->n_out + channel];
}

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

static void the_four_tasks_are_found_by_name_and_no_other(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"copy", "flip_flop", "sine", "context_integration"};
    for (int i = 0; i < 4; i++) {
        assert_string_equal(task_named(NAMES[i])->name, NAMES[i]);
        assert_ptr_equal(TASKS[i], task_named(NAMES[i]));
    }
    assert_null(TASKS[4]);
    assert_null(task_find("Copy"));
    assert_null(task_find(""));
}

static void parameters_have_the_documented_defaults(void **state)
{
    (void)state;
    static const struct {
        const char *task;
        const char *param;
        double value;
    } DOCUMENTED[] = {
        {"copy", "trials", 256},          {"copy", "symbols", 8},
        {"copy", "bits", 8},              {"copy", "replay", 128},
        {"flip_flop", "trials", 512},     {"flip_flop", "steps", 64},
        {"flip_flop", "pulse", 0.5},      {"flip_flop", "bits", 3},
        {"sine", "trials", 512},          {"sine", "steps", 64},
        {"sine", "frequencies", 5},       {"context_integration", "trials", 512},
        {"context_integration", "steps", 40}, {"context_integration", "noise", 1.0},
        {"context_integration", "mean", 0.5}, {"context_integration", "gain", 0.15},
    };
    int count = 0;
    for (int i = 0; TASKS[i] != NULL; i++) {
        count += TASKS[i]->n_params;
    }
    assert_int_equal(count, sizeof DOCUMENTED / sizeof *DOCUMENTED);
    for (int i = 0; i < count; i++) {
        const struct setting setting = defaults(DOCUMENTED[i].task);
        const int index = param_index(setting.task, DOCUMENTED[i].param);
        CHECK_SAME(setting.params[index], DOCUMENTED[i].value);
    }
}

static void defaults_are_allowed_and_unused_parameters_are_zero(void **state)
{
    (void)state;
    for (int t = 0; TASKS[t] != NULL; t++) {
        double params[TASK_PARAMS_MAX];
        task_default_params(TASKS[t], params);
        assert_string_equal(TASKS[t]->params[TASK_PARAM_TRIALS_INDEX].name, "trials");
        for (int i = 0; i < TASKS[t]->n_params; i++) {
            const struct param_spec *const spec = &TASKS[t]->params[i];
            assert_true(spec->low <= params[i] && params[i] <= spec->high);
            assert_true(!spec->is_integer || floor(params[i]) == params[i]);
        }
        for (int i = TASKS[t]->n_params; i < TASK_PARAMS_MAX; i++) {
            CHECK_SAME(params[i], 0.0);
        }
    }
}

static void default_trials_of_every_task_pass_the_check(void **state)
{
    (void)state;
    for (int t = 0; TASKS[t] != NULL; t++) {
        const struct setting setting = defaults(TASKS[t]->name);
        struct trials trials = generate(&setting, 0, 20);
        CHECK_OK(trials_check(&trials, &error));
        assert_int_equal(trials.metric, t == 0 ? METRIC_ACCURACY : METRIC_FVU);
        trials_release(&trials);
    }
}

static void copy_shows_symbols_and_wants_them_over_and_over(void **state)
{
    (void)state;
    struct setting setting = defaults("copy");
    set(&setting, "symbols", 5);
    set(&setting, "bits", 3);
    set(&setting, "replay", 13); /* not a multiple of 5 */
    struct trials trials = generate(&setting, 0, 6);
    check_shape(&trials, 18, 3, 3);
    for (int b = 0; b < 6; b++) {
        for (int t = 0; t < 18; t++) {
            assert_int_equal(trials.mask[t * 6 + b], t >= 5);
            for (int k = 0; k < 3; k++) {
                const double shown = input(&trials, t % 5, b, k);
                const double wanted = t < 5 ? 0.0 : input(&trials, (t - 5) % 5, b, k);
                CHECK_SAME(t < 5 ? fabs(shown) : input(&trials, t, b, k), t < 5 ? 1.0 : 0.0);
                CHECK_SAME(target(&trials, t, b, k), wanted);
            }
        }
    }
    trials_release(&trials);
}

static void copy_has_the_documented_shape_by_default(void **state)
{
    (void)state;
    const struct setting setting = defaults("copy");
    struct trials trials = generate(&setting, 0, 2);
    check_shape(&trials, 136, 8, 8);
    trials_release(&trials);
}

static void copy_bits_are_independent_fair_signs(void **state)
{
    (void)state;
    enum { COUNT = 800 };
    struct setting setting = defaults("copy");
    set(&setting, "replay", 1);
    struct trials trials = generate(&setting, 0, COUNT);
    double sum = 0.0;
    double neighbours = 0.0;
    double next_symbols = 0.0;
    for (int b = 0; b < COUNT; b++) {
        for (int i = 0; i < 56; i++) {
            sum += input(&trials, i / 8, b, i % 8);
            neighbours += input(&trials, i / 8, b, i % 8) * input(&trials, i / 8, b, (i + 1) % 8);
            next_symbols += input(&trials, i / 8, b, i % 8) * input(&trials, i / 8 + 1, b, i % 8);
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
    struct setting setting = defaults("flip_flop");
    set(&setting, "pulse", 0.2);
    struct trials trials = generate(&setting, 0, 40);
    check_shape(&trials, 64, 3, 3);
    check_all_counted(&trials);
    for (int b = 0; b < 40; b++) {
        for (int k = 0; k < 3; k++) {
            double last = 0.0;
            CHECK_SAME(fabs(input(&trials, 0, b, k)), 1.0); /* forced */
            for (int t = 0; t < 64; t++) {
                const double x = input(&trials, t, b, k);
                assert_true(x == 0.0 || x == 1.0 || x == -1.0);
                last = x != 0.0 ? x : last;
                CHECK_SAME(target(&trials, t, b, k), last);
            }
        }
    }
    trials_release(&trials);
}

static void check_pulses(double probability)
{
    enum { COUNT = 300 };
    struct setting setting = defaults("flip_flop");
    set(&setting, "pulse", probability);
    struct trials trials = generate(&setting, 0, COUNT);
    double pulses = 0.0;
    double signs = 0.0;
    double both = 0.0; /* in two channels at once */
    for (int b = 0; b < COUNT; b++) {
        for (int t = 1; t < 64; t++) {
            for (int k = 0; k < 3; k++) {
                pulses += fabs(input(&trials, t, b, k));
                signs += input(&trials, t, b, k);
            }
            both += fabs(input(&trials, t, b, 0) * input(&trials, t, b, 1));
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
    const double u = input(trials, 0, trial, 0) - 0.25;
    const double place = u * (frequencies - 1);
    CHECK_NEAR(place, round(place), 1e-12);
    assert_true(place > -0.5 && place < frequencies - 0.5);
    return (int)lround(place);
}

static void sine_wants_the_wave_that_its_input_names(void **state)
{
    (void)state;
    const struct setting setting = defaults("sine");
    struct trials trials = generate(&setting, 0, 50);
    check_shape(&trials, 64, 1, 1);
    check_all_counted(&trials);
    for (int b = 0; b < 50; b++) {
        const double u = frequency_of(&trials, b, 5) / 4.0;
        for (int t = 0; t < 64; t++) {
            CHECK_NEAR(input(&trials, t, b, 0), u + 0.25, 1e-15);
            CHECK_NEAR(target(&trials, t, b, 0), sin((0.1 + 0.5 * u) * t), 1e-13);
        }
    }
    trials_release(&trials);
}

static void sine_frequencies_are_equally_likely(void **state)
{
    (void)state;
    enum { COUNT = 4000 };
    struct setting setting = defaults("sine");
    set(&setting, "steps", 2);
    struct trials trials = generate(&setting, 0, COUNT);
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
    struct setting setting = defaults("sine");
    set(&setting, "frequencies", 1);
    struct trials trials = generate(&setting, 0, 3);
    for (int t = 0; t < 64; t++) {
        CHECK_SAME(input(&trials, t, 2, 0), 0.25);
        CHECK_NEAR(target(&trials, t, 2, 0), sin(0.1 * t), 1e-13);
    }
    trials_release(&trials);
}

static void context_integration_sums_the_stream_that_the_cue_names(void **state)
{
    (void)state;
    struct setting setting = defaults("context_integration");
    set(&setting, "gain", 0.4);
    struct trials trials = generate(&setting, 0, 50);
    check_shape(&trials, 40, 4, 1);
    check_all_counted(&trials);
    for (int b = 0; b < 50; b++) {
        const int context = input(&trials, 0, b, 3) == 1.0 ? 1 : 0;
        double sum = 0.0;
        for (int t = 0; t < 40; t++) {
            CHECK_SAME(input(&trials, t, b, 2 + context), 1.0);
            CHECK_SAME(input(&trials, t, b, 3 - context), 0.0);
            sum += input(&trials, t, b, context);
            CHECK_NEAR(target(&trials, t, b, 0), 0.4 * sum, 1e-12);
        }
    }
    trials_release(&trials);
}

/* Without noise every input is the mean itself. */
static void context_integration_means_are_uniform(void **state)
{
    (void)state;
    enum { COUNT = 4000 };
    struct setting setting = defaults("context_integration");
    set(&setting, "noise", 0.0);
    set(&setting, "steps", 2);
    struct trials trials = generate(&setting, 0, COUNT);
    double sum = 0.0;
    double squares = 0.0;
    double products = 0.0;
    for (int b = 0; b < COUNT; b++) {
        const double first = input(&trials, 0, b, 0);
        const double second = input(&trials, 0, b, 1);
        assert_true(fabs(first) <= 0.5 && fabs(second) <= 0.5);
        CHECK_SAME(input(&trials, 1, b, 0), first);
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
    struct setting setting = defaults("context_integration");
    set(&setting, "mean", 0.0);
    set(&setting, "noise", 2.0);
    struct trials trials = generate(&setting, 0, COUNT);
    double sums[3] = {0};
    double products = 0.0;
    double neighbours = 0.0;
    for (int b = 0; b < COUNT; b++) {
        for (int t = 0; t < 39; t++) {
            const double z = input(&trials, t, b, 0) / 2.0;
            sums[0] += z;
            sums[1] += z * z;
            sums[2] += z * z * z * z;
            products += z * input(&trials, t, b, 1) / 2.0;
            neighbours += z * input(&trials, t + 1, b, 0) / 2.0;
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
    struct setting setting = defaults("context_integration");
    set(&setting, "steps", 1);
    struct trials trials = generate(&setting, 0, COUNT);
    double second = 0.0;
    for (int b = 0; b < COUNT; b++) {
        second += input(&trials, 0, b, 3);
    }
    check_mean(second, COUNT, 0.5, 0.25);
    trials_release(&trials);
}

static void check_same_trial(const struct trials *a, int i, const struct trials *b, int j)
{
    for (int t = 0; t < a->n_steps; t++) {
        assert_int_equal(a->mask[t * a->n_trials + i], b->mask[t * b->n_trials + j]);
        for (int k = 0; k < a->n_in; k++) {
            CHECK_SAME(input(a, t, i, k), input(b, t, j, k));
        }
        for (int k = 0; k < a->n_out; k++) {
            CHECK_SAME(target(a, t, i, k), target(b, t, j, k));
        }
    }
}

static void a_trial_is_the_same_however_many_are_made(void **state)
{
    (void)state;
    for (int task = 0; TASKS[task] != NULL; task++) {
        const struct setting setting = defaults(TASKS[task]->name);
        struct trials few = generate(&setting, 0, 3);
        struct trials many = generate(&setting, 0, 17);
        struct trials late = generate(&setting, 2, 4);
        for (int i = 0; i < 3; i++) {
            check_same_trial(&few, i, &many, i);
        }
        for (int i = 0; i < 4; i++) {
            check_same_trial(&late, i, &many, i + 2);
        }
        trials_release(&few);
        trials_release(&many);
        trials_release(&late);
    }
}

static uint64_t hash_under(const struct setting *setting, struct rng_key key)
{
    struct trials trials;
    uint64_t hash = 0;
    CHECK_OK(task_generate(setting->task, setting->params, key, 0, 20, &trials, &error));
    CHECK_OK(trials_hash(&trials, &hash, &error));
    trials_release(&trials);
    return hash;
}

static void another_key_gives_other_trials(void **state)
{
    (void)state;
    for (int task = 0; TASKS[task] != NULL; task++) {
        const struct setting setting = defaults(TASKS[task]->name);
        assert_true(hash_under(&setting, KEY) == hash_under(&setting, KEY));
        assert_true(hash_under(&setting, KEY) !=
                    hash_under(&setting, (struct rng_key){{KEY.word[0] + 1, KEY.word[1]}}));
    }
}

static struct rng_key key_of(const struct setting *setting, int64_t seed)
{
    struct rng_key key;
    CHECK_OK(task_held_out_key(setting->task, setting->params, seed, &key, &error));
    return key;
}

static bool same_key(struct rng_key a, struct rng_key b)
{
    return a.word[0] == b.word[0] && a.word[1] == b.word[1];
}

static void held_out_trials_depend_on_seed_and_task(void **state)
{
    (void)state;
    for (int task = 0; TASKS[task] != NULL; task++) {
        const struct setting setting = defaults(TASKS[task]->name);
        assert_true(same_key(key_of(&setting, 7), key_of(&setting, 7)));
        assert_false(same_key(key_of(&setting, 7), key_of(&setting, 8)));
        assert_false(same_key(key_of(&setting, 7), key_of(&setting, -7)));
        for (int other = 0; other < task; other++) {
            const struct setting others = defaults(TASKS[other]->name);
            assert_false(same_key(key_of(&setting, 7), key_of(&others, 7)));
        }
    }
}

static void held_out_trials_depend_on_every_parameter_but_their_number(void **state)
{
    (void)state;
    for (int task = 0; TASKS[task] != NULL; task++) {
        const struct setting setting = defaults(TASKS[task]->name);
        for (int i = 0; i < setting.task->n_params; i++) {
            struct setting changed = setting;
            changed.params[i] += setting.task->params[i].is_integer ? 1.0 : 0.01;
            assert_int_equal(same_key(key_of(&setting, 7), key_of(&changed, 7)),
                             i == TASK_PARAM_TRIALS_INDEX);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_four_tasks_are_found_by_name_and_no_other),
        cmocka_unit_test(parameters_have_the_documented_defaults),
        cmocka_unit_test(defaults_are_allowed_and_unused_parameters_are_zero),
        cmocka_unit_test(default_trials_of_every_task_pass_the_check),
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
        cmocka_unit_test(a_trial_is_the_same_however_many_are_made),
        cmocka_unit_test(another_key_gives_other_trials),
        cmocka_unit_test(held_out_trials_depend_on_seed_and_task),
        cmocka_unit_test(held_out_trials_depend_on_every_parameter_but_their_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
