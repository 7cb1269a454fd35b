/* What determines a trained model, and what does not. */
#include "kernel/training/train.h"

#include "support/check.h"
#include "support/training_case.h"

#include <stdio.h>

static struct error error;

static bool same_key(struct rng_key a, struct rng_key b)
{
    return a.word[0] == b.word[0] && a.word[1] == b.word[1];
}

static struct training_case copy_case(void)
{
    return training_case_begin("copy", "dense_orthogonal", 50);
}

/* ---- changes of a spec --------------------------------------------------------------------------
 */

static void change_construction(struct training_case *training)
{
    (void)snprintf(training->spec.construction, TRAINING_NAME_SIZE, "dense_normal");
}

static void change_hidden(struct training_case *training)
{
    training->n_hidden++;
}

static void change_seed(struct training_case *training)
{
    training->spec.seed++;
}

static void change_seed_far(struct training_case *training)
{
    training->spec.seed += (int64_t)1 << 32;
}

static void change_base(struct training_case *training)
{
    (void)snprintf(training->spec.recipe.base, TRAINING_NAME_SIZE, "flat");
}

static void change_steps(struct training_case *training)
{
    training->spec.recipe.steps++;
}

static void change_batch(struct training_case *training)
{
    training->spec.recipe.batch++;
}

static void change_rate(struct training_case *training)
{
    training->spec.recipe.rate = nextafter(training->spec.recipe.rate, 1.0);
}

static void change_schedule(struct training_case *training)
{
    training->spec.recipe.schedule = SCHEDULE_CONSTANT;
}

static void change_clip(struct training_case *training)
{
    training->spec.recipe.clip = 2.0;
}

static void change_horizon(struct training_case *training)
{
    training->spec.recipe.horizon++;
}

static void change_target(struct training_case *training)
{
    training->spec.recipe.target = 0.5;
}

static void change_check(struct training_case *training)
{
    training->spec.recipe.check = 64;
}

static void change_check_again(struct training_case *training)
{
    training->spec.recipe.check = 65;
}

static void change_dtype(struct training_case *training)
{
    training->spec.recipe.single = false;
}

static void change_input_scale(struct training_case *training)
{
    training->spec.recipe.input_scale = 1.0;
}

typedef void (*change)(struct training_case *);

static const change CHANGES[] = {
    change_construction, change_hidden,      change_seed,    change_seed_far,
    change_base,         change_steps,       change_batch,   change_rate,
    change_schedule,     change_clip,        change_horizon, change_target,
    change_dtype,        change_input_scale, change_check,   change_check_again,
};
enum { CHANGE_COUNT = sizeof CHANGES / sizeof CHANGES[0] };

static void every_value_of_a_spec_makes_another_model(void **state)
{
    (void)state;
    struct rng_key keys[CHANGE_COUNT + 1];
    struct training_case training = copy_case();
    keys[CHANGE_COUNT] = training_case_key(&training);
    for (int i = 0; i < CHANGE_COUNT; i++) {
        struct training_case changed = copy_case();
        CHANGES[i](&changed);
        keys[i] = training_case_key(&changed);
    }
    for (int i = 0; i <= CHANGE_COUNT; i++) {
        for (int j = 0; j < i; j++) {
            assert_true(keys[i].word[0] != keys[j].word[0]);
            assert_true(keys[i].word[1] != keys[j].word[1]);
        }
    }
}

static void the_same_spec_has_the_same_identity(void **state)
{
    (void)state;
    struct training_case a = copy_case();
    struct training_case b = copy_case();
    b.spec.key[0] = 5; /* an old key and the place in the list of tasks do not count */
    b.spec.task = 7;
    assert_true(same_key(training_case_key(&a), training_case_key(&b)));
}

static void tasks_differ(void **state)
{
    (void)state;
    struct rng_key keys[4];
    for (int i = 0; i < 4; i++) {
        struct training_case training = copy_case();
        training.setting = task_setting_defaults(TASKS[i]->name);
        keys[i] = training_case_key(&training);
        for (int j = 0; j < i; j++) {
            assert_false(same_key(keys[i], keys[j]));
        }
    }
}

/* `trials` counts held-out trials, and the recipe sets `replay` itself. */
static void every_parameter_of_a_task_counts_but_trials_and_horizon(void **state)
{
    (void)state;
    for (int task = 0; TASKS[task] != NULL; task++) {
        struct training_case training =
            training_case_begin(TASKS[task]->name, "dense_orthogonal", 50);
        const struct rng_key key = training_case_key(&training);
        for (int i = 0; i < TASKS[task]->n_params; i++) {
            struct training_case changed = training;
            changed.setting.params[i] += TASKS[task]->params[i].is_integer ? 1.0 : 0.01;
            const char *const name = TASKS[task]->params[i].name;
            const bool counts = strcmp(name, "trials") != 0 && strcmp(name, "replay") != 0;
            assert_int_equal(same_key(training_case_key(&changed), key), !counts);
        }
    }
}

static void unused_parameters_do_not_count(void **state)
{
    (void)state;
    struct training_case a = training_case_begin("sine", "cayley", 5);
    struct training_case b = a;
    b.setting.params[PARAMS_MAX - 1] = 1.0;
    assert_true(same_key(training_case_key(&a), training_case_key(&b)));
}

/* A user's folder of models outlives the program: whoever has to change this number raises
 * TRAINING_NUMERICS_VERSION too, or changes what an identity means.
 *
 * 2: training takes tanh from the rollouts; 1 had one of its own, which differed in the last bits.
 * 3: fused steps with sums in another order, and no library's rounding: the same on avx2 and
 * avx512, and with any BLAS. */
static void identities_stay_the_same_from_version_to_version(void **state)
{
    (void)state;
    struct training_spec spec = {
        .cell = CELL_DEFAULT, .construction = "dense_orthogonal", .seed = 12345678901};
    const struct task_setting setting = task_setting_defaults("copy");
    spec.recipe = (struct recipe_values){.base = "flat",
                                         .steps = 3500,
                                         .batch = 64,
                                         .rate = 3e-3,
                                         .schedule = SCHEDULE_TAIL,
                                         .clip = 1.0,
                                         .horizon = 32,
                                         .target = 0.995,
                                         .single = true};
    CHECK_OK(training_identity(&spec, 72, setting.task, setting.params, spec.key, &error));
    assert_int_equal(TRAINING_NUMERICS_VERSION, 3);
    assert_true(spec.key[0] == 0x0b342555a85c7c83u);
    assert_true(spec.key[1] == 0xf8b0f8d6b6caaec3u);
}

int test_training_identity(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_of_a_spec_makes_another_model),
        cmocka_unit_test(the_same_spec_has_the_same_identity),
        cmocka_unit_test(tasks_differ),
        cmocka_unit_test(every_parameter_of_a_task_counts_but_trials_and_horizon),
        cmocka_unit_test(unused_parameters_do_not_count),
        cmocka_unit_test(identities_stay_the_same_from_version_to_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
