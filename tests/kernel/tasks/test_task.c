#include "kernel/tasks/task.h"

#include "support/check.h"
#include "support/task_setting.h"

static struct error error;

static void the_tasks_are_found_by_name_and_no_other(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"copy",
                                        "flip_flop",
                                        "sine",
                                        "context_integration",
                                        "delayed_discrimination",
                                        "path_integration",
                                        "path_integration_cartesian"};
    enum { COUNT = sizeof NAMES / sizeof *NAMES };
    for (int i = 0; i < COUNT; i++) {
        assert_string_equal(task_setting_defaults(NAMES[i]).task->name, NAMES[i]);
        assert_ptr_equal(TASKS[i], task_find(NAMES[i]));
    }
    assert_null(TASKS[COUNT]);
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
        {"copy", "trials", 256},
        {"copy", "symbols", 8},
        {"copy", "bits", 8},
        {"copy", "replay", 128},
        {"flip_flop", "trials", 512},
        {"flip_flop", "steps", 64},
        {"flip_flop", "pulse", 0.5},
        {"flip_flop", "bits", 3},
        {"sine", "trials", 512},
        {"sine", "steps", 64},
        {"sine", "frequencies", 5},
        {"context_integration", "trials", 512},
        {"context_integration", "steps", 40},
        {"context_integration", "noise", 1.0},
        {"context_integration", "mean", 0.5},
        {"context_integration", "gain", 0.15},
        {"sine", "channels", 1},
        {"context_integration", "channels", 1},
        {"delayed_discrimination", "trials", 512},
        {"delayed_discrimination", "delay", 20},
        {"delayed_discrimination", "pulse", 5},
        {"delayed_discrimination", "channels", 1},
        {"path_integration", "trials", 512},
        {"path_integration", "steps", 40},
        {"path_integration", "channels", 1},
        {"path_integration_cartesian", "trials", 512},
        {"path_integration_cartesian", "steps", 40},
        {"path_integration_cartesian", "channels", 1},
    };
    int count = 0;
    for (int i = 0; TASKS[i] != NULL; i++) {
        count += TASKS[i]->n_params;
    }
    assert_int_equal(count, sizeof DOCUMENTED / sizeof *DOCUMENTED);
    for (int i = 0; i < count; i++) {
        const struct task_setting setting = task_setting_defaults(DOCUMENTED[i].task);
        const int index = task_setting_index(&setting, DOCUMENTED[i].param);
        CHECK_SAME(setting.params[index], DOCUMENTED[i].value);
    }
}

static void defaults_are_allowed_and_unused_parameters_are_zero(void **state)
{
    (void)state;
    for (int t = 0; TASKS[t] != NULL; t++) {
        double params[PARAMS_MAX];
        task_default_params(TASKS[t], params);
        assert_string_equal(TASKS[t]->params[TASK_PARAM_TRIALS_INDEX].name, "trials");
        for (int i = 0; i < TASKS[t]->n_params; i++) {
            const struct param_spec *const spec = &TASKS[t]->params[i];
            assert_true(spec->low <= params[i] && params[i] <= spec->high);
            assert_true(!spec->is_integer || floor(params[i]) == params[i]);
        }
        for (int i = TASKS[t]->n_params; i < PARAMS_MAX; i++) {
            CHECK_SAME(params[i], 0.0);
        }
    }
}

/* science.md section 6: from which metric on a trained model counts as converged. */
static void targets_of_training_are_the_documented_ones(void **state)
{
    (void)state;
    CHECK_SAME(task_find("copy")->target, 0.995);
    CHECK_SAME(task_find("flip_flop")->target, 0.005);
    CHECK_SAME(task_find("sine")->target, 0.008);
    CHECK_SAME(task_find("context_integration")->target, 0.012);
    CHECK_SAME(task_find("delayed_discrimination")->target, 0.005);
    CHECK_SAME(task_find("path_integration")->target, 0.015);
    CHECK_SAME(task_find("path_integration_cartesian")->target, 0.002);
}

static void only_copy_has_a_horizon_and_at_least_one_replay_of_it(void **state)
{
    (void)state;
    for (int i = 0; TASKS[i] != NULL; i++) {
        const struct task_ops *const task = TASKS[i];
        assert_int_equal(task->horizon_param != 0, i == 0);
        assert_int_equal(task->horizon_at_least != 0, i == 0);
    }
    assert_string_equal(TASKS[0]->params[TASKS[0]->horizon_param].name, "replay");
    assert_string_equal(TASKS[0]->params[TASKS[0]->horizon_at_least].name, "symbols");
}

static void default_trials_of_every_task_pass_the_check(void **state)
{
    (void)state;
    for (int t = 0; TASKS[t] != NULL; t++) {
        const struct task_setting setting = task_setting_defaults(TASKS[t]->name);
        struct trials trials = task_setting_trials(&setting, 0, 20);
        CHECK_OK(trials_check(&trials, &error));
        assert_int_equal(trials.metric, t == 0 ? METRIC_ACCURACY : METRIC_FVU);
        trials_release(&trials);
    }
}

static void check_same_trial(const struct trials *a, int i, const struct trials *b, int j)
{
    for (int t = 0; t < a->n_steps; t++) {
        assert_int_equal(a->mask[t * a->n_trials + i], b->mask[t * b->n_trials + j]);
        for (int k = 0; k < a->n_in; k++) {
            CHECK_SAME(input_at(a, t, i, k), input_at(b, t, j, k));
        }
        for (int k = 0; k < a->n_out; k++) {
            CHECK_SAME(target_at(a, t, i, k), target_at(b, t, j, k));
        }
    }
}

static void a_trial_is_the_same_however_many_are_made(void **state)
{
    (void)state;
    for (int task = 0; TASKS[task] != NULL; task++) {
        const struct task_setting setting = task_setting_defaults(TASKS[task]->name);
        struct trials few = task_setting_trials(&setting, 0, 3);
        struct trials many = task_setting_trials(&setting, 0, 17);
        struct trials late = task_setting_trials(&setting, 2, 4);
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

static uint64_t hash_under(const struct task_setting *setting, struct rng_key key)
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
        const struct task_setting setting = task_setting_defaults(TASKS[task]->name);
        assert_true(hash_under(&setting, TASK_SETTING_KEY) ==
                    hash_under(&setting, TASK_SETTING_KEY));
        assert_true(hash_under(&setting, TASK_SETTING_KEY) !=
                    hash_under(&setting, (struct rng_key){{TASK_SETTING_KEY.word[0] + 1,
                                                           TASK_SETTING_KEY.word[1]}}));
    }
}

static struct rng_key key_of(const struct task_setting *setting, int64_t seed)
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
        const struct task_setting setting = task_setting_defaults(TASKS[task]->name);
        assert_true(same_key(key_of(&setting, 7), key_of(&setting, 7)));
        assert_false(same_key(key_of(&setting, 7), key_of(&setting, 8)));
        assert_false(same_key(key_of(&setting, 7), key_of(&setting, -7)));
        for (int other = 0; other < task; other++) {
            const struct task_setting others = task_setting_defaults(TASKS[other]->name);
            assert_false(same_key(key_of(&setting, 7), key_of(&others, 7)));
        }
    }
}

static void held_out_trials_depend_on_every_parameter_but_their_number(void **state)
{
    (void)state;
    for (int task = 0; TASKS[task] != NULL; task++) {
        const struct task_setting setting = task_setting_defaults(TASKS[task]->name);
        for (int i = 0; i < setting.task->n_params; i++) {
            struct task_setting changed = setting;
            changed.params[i] += setting.task->params[i].is_integer ? 1.0 : 0.01;
            assert_int_equal(same_key(key_of(&setting, 7), key_of(&changed, 7)),
                             i == TASK_PARAM_TRIALS_INDEX);
        }
    }
}

/* What was identified before a task had a parameter is identified as before by its default; a file
 * from then has 0 for it. */
static void parameters_that_came_later_change_nothing_at_their_default(void **state)
{
    (void)state;
    static const char *const CHANGED[] = {"sine", "context_integration"};
    for (int i = 0; i < 2; i++) {
        struct task_setting setting = task_setting_defaults(CHANGED[i]);
        const int channels = task_setting_index(&setting, "channels");
        const struct rng_key key = key_of(&setting, 7);
        double params[PARAMS_MAX];
        setting.params[channels] = 0.0;
        task_complete_params(setting.task, setting.params, params);
        CHECK_SAME(params[channels], 1.0);
        CHECK_SAME(params[1], setting.params[1]);
        struct task_ops before = *setting.task;
        assert_int_equal(channels, before.n_params - 1);
        before.n_params--;
        setting.task = &before;
        assert_true(same_key(key_of(&setting, 7), key));
    }
}

/* Of a results file from elsewhere: sizes of arrays follow from them. */
static void parameters_beyond_their_limits_are_refused(void **state)
{
    (void)state;
    for (int task = 0; TASKS[task] != NULL; task++) {
        const struct task_setting setting = task_setting_defaults(TASKS[task]->name);
        for (int i = 0; i < setting.task->n_params; i++) {
            const struct param_spec *const spec = &setting.task->params[i];
            const double bad[] = {spec->low - 1.0,
                                  spec->high + 1.0,
                                  NAN,
                                  -INFINITY,
                                  1e300,
                                  spec->is_integer ? setting.params[i] + 0.5 : NAN};
            for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
                struct trials trials;
                struct task_setting changed = setting;
                changed.params[i] = bad[k];
                CHECK_FAILS(task_generate(changed.task, changed.params, TASK_SETTING_KEY, 0, 2,
                                          &trials, &error),
                            STATUS_INPUT, spec->name);
            }
        }
    }
}

int test_task(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tasks_are_found_by_name_and_no_other),
        cmocka_unit_test(parameters_have_the_documented_defaults),
        cmocka_unit_test(defaults_are_allowed_and_unused_parameters_are_zero),
        cmocka_unit_test(targets_of_training_are_the_documented_ones),
        cmocka_unit_test(only_copy_has_a_horizon_and_at_least_one_replay_of_it),
        cmocka_unit_test(default_trials_of_every_task_pass_the_check),
        cmocka_unit_test(a_trial_is_the_same_however_many_are_made),
        cmocka_unit_test(another_key_gives_other_trials),
        cmocka_unit_test(held_out_trials_depend_on_seed_and_task),
        cmocka_unit_test(held_out_trials_depend_on_every_parameter_but_their_number),
        cmocka_unit_test(parameters_that_came_later_change_nothing_at_their_default),
        cmocka_unit_test(parameters_beyond_their_limits_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
