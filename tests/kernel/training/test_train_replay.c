/* A training done a second time from its definition: start, horizon, batch, clipping, Adam. Only
 * the gradients, which test_bptt and test_construction_cayley judge, are those of the program. */
#include "kernel/training/train.h"

#include "kernel/constructions/construction.h"
#include "kernel/training/bptt.h"
#include "support/check.h"
#include "support/training_case.h"

#include <stdlib.h>

enum { MAX_PARAMS = 256, MAX_HIDDEN = 16 };

static struct error error;
static const double PI = 3.14159265358979323846;

/* Streams of a model's key; part of its identity by the numerics version. */
static const uint64_t START_STREAM = 0;
static const uint64_t BATCH_STREAM = (uint64_t)1 << 62;

struct replay {
    struct training_case training;
    const struct construction_ops *construction;
    struct rng_key key;
    struct network network;
    struct network gradient;
    size_t n_recurrent;
    size_t n_in;
    size_t n_out;
    double params[MAX_PARAMS]; /* recurrent parameters, weight_ih, weight_hy */
    double slope[MAX_PARAMS];  /* d loss / d params, clipped */
    double mean[MAX_PARAMS];
    double square[MAX_PARAMS];
    double fixed[MAX_HIDDEN];
    double loss;
    int n_clipped;
};

static void copy_values(double *to, const double *from, size_t count)
{
    memcpy(to, from, count * sizeof *to);
}

static void make_weights(struct replay *replay)
{
    const int n = replay->training.n_hidden;
    const double *const inputs = replay->params + replay->n_recurrent;
    if (replay->construction->weights != NULL) {
        CHECK_OK(replay->construction->weights(n, replay->params, replay->fixed,
                                               replay->network.weight_hh, &error));
    } else {
        copy_values(replay->network.weight_hh, replay->params, replay->n_recurrent);
    }
    copy_values(replay->network.weight_ih, inputs, replay->n_in);
    copy_values(replay->network.weight_hy, inputs + replay->n_in, replay->n_out);
}

static void draw_start(struct replay *replay)
{
    const int n = replay->training.n_hidden;
    const double bound = 1.0 / sqrt(n);
    const double scale = replay->training.spec.recipe.input_scale;
    struct rng rng = rng_stream(replay->key, START_STREAM, 0);
    double *const inputs = replay->params + replay->n_recurrent;
    CHECK_OK(replay->construction->initialise(n, &rng, replay->params, replay->fixed, &error));
    for (size_t i = 0; i < replay->n_in; i++) {
        inputs[i] =
            scale > 0.0 ? scale * rng_normal(&rng) : bound * (2.0 * rng_uniform(&rng) - 1.0);
    }
    for (size_t i = 0; i < replay->n_out; i++) {
        inputs[replay->n_in + i] = bound * (2.0 * rng_uniform(&rng) - 1.0);
    }
}

static void replay_begin(struct replay *replay, const struct training_case *training)
{
    *replay = (struct replay){.training = *training};
    const struct task_setting *const setting = &training->setting;
    const struct task_shape shape = setting->task->shape(setting->params);
    const int n = training->n_hidden;
    replay->construction = construction_find(training->spec.construction);
    replay->key = training_case_key(&replay->training);
    replay->n_recurrent = replay->construction->n_params(n);
    replay->n_in = (size_t)(n * shape.n_in);
    replay->n_out = (size_t)(n * shape.n_out);
    assert_true(replay->n_recurrent + replay->n_in + replay->n_out <= MAX_PARAMS);
    CHECK_OK(network_create(&replay->network,
                            &(struct network_shape){CELL_DEFAULT, n, shape.n_in, shape.n_out},
                            &error));
    CHECK_OK(network_create(&replay->gradient,
                            &(struct network_shape){CELL_DEFAULT, n, shape.n_in, shape.n_out},
                            &error));
    draw_start(replay);
    make_weights(replay);
}

static void replay_end(struct replay *replay)
{
    network_release(&replay->network);
    network_release(&replay->gradient);
}

/* science.md: K = a quarter until 30 % of the steps, half until 60 %, then whole. */
static struct trials draw_batch(const struct replay *replay, int step)
{
    struct trials batch;
    struct task_setting setting = replay->training.setting;
    const struct recipe_values *const recipe = &replay->training.spec.recipe;
    if (strcmp(setting.task->name, "copy") == 0) {
        const int part = step * 10 < 3 * recipe->steps ? 4 : step * 10 < 6 * recipe->steps ? 2 : 1;
        task_setting_change(&setting, "replay", recipe->horizon / part);
    }
    CHECK_OK(task_generate(setting.task, setting.params, replay->key,
                           BATCH_STREAM + (uint64_t)(step * recipe->batch), recipe->batch, &batch,
                           &error));
    return batch;
}

static void find_slope(struct replay *replay, const struct trials *batch)
{
    const int n = replay->training.n_hidden;
    struct bptt *bptt = NULL;
    double *const inputs = replay->slope + replay->n_recurrent;
    CHECK_OK(
        bptt_create(&bptt, &replay->network, false,
                    replay->training.spec.recipe.single ? PRECISION_FLOAT32 : PRECISION_FLOAT64,
                    isa_best(), &error));
    training_case_load(bptt, batch);
    bptt_gradient(bptt, &replay->network, &replay->gradient, &replay->loss);
    bptt_destroy(&bptt);
    if (replay->construction->gradient != NULL) {
        CHECK_OK(replay->construction->gradient(n, replay->params, replay->fixed,
                                                replay->network.weight_hh,
                                                replay->gradient.weight_hh, replay->slope, &error));
    } else {
        copy_values(replay->slope, replay->gradient.weight_hh, replay->n_recurrent);
    }
    copy_values(inputs, replay->gradient.weight_ih, replay->n_in);
    copy_values(inputs + replay->n_in, replay->gradient.weight_hy, replay->n_out);
}

static void clip_slope(struct replay *replay, size_t count)
{
    const double limit = replay->training.spec.recipe.clip;
    double norm = 0.0;
    for (size_t i = 0; i < count; i++) {
        norm = hypot(norm, replay->slope[i]);
    }
    replay->n_clipped += norm > limit;
    for (size_t i = 0; norm > limit && i < count; i++) {
        replay->slope[i] *= limit / norm;
    }
}

static double rate_at(const struct recipe_values *recipe, int step)
{
    const double done = (double)step / recipe->steps;
    switch (recipe->schedule) {
    case SCHEDULE_TAIL:
        return recipe->rate * fmin(1.0, 5.0 * (1.0 - done));
    case SCHEDULE_COSINE:
        return 1e-5 + (recipe->rate - 1e-5) * (1.0 + cos(PI * done)) / 2.0;
    case SCHEDULE_CONSTANT:
    case SCHEDULE_COUNT:
        break;
    }
    return recipe->rate;
}

/* Algorithm 1 of Kingma and Ba. */
static void move(struct replay *replay, size_t count, int step)
{
    const double rate = rate_at(&replay->training.spec.recipe, step);
    for (size_t i = 0; i < count; i++) {
        const double g = replay->slope[i];
        replay->mean[i] = 0.9 * replay->mean[i] + 0.1 * g;
        replay->square[i] = 0.999 * replay->square[i] + 0.001 * g * g;
        const double mean = replay->mean[i] / (1.0 - pow(0.9, step + 1));
        const double square = replay->square[i] / (1.0 - pow(0.999, step + 1));
        replay->params[i] -= rate * mean / (sqrt(square) + 1e-8);
    }
}

static void replay_step(struct replay *replay, int step)
{
    const size_t count = replay->n_recurrent + replay->n_in + replay->n_out;
    struct trials batch = draw_batch(replay, step);
    find_slope(replay, &batch);
    clip_slope(replay, count);
    move(replay, count, step);
    make_weights(replay);
    trials_release(&batch);
}

static void check_array(const double *found, const double *expected, size_t count, double tolerance)
{
    for (size_t i = 0; i < count; i++) {
        CHECK_NEAR(found[i], expected[i], tolerance);
    }
}

/* Returns how many steps were clipped. In float64 rounding is far below the tolerance; in float32
 * the weights may be rounded apart here and there. */
static int check_replay(struct training_case *training)
{
    struct replay replay;
    struct training_result result = training_case_run(training);
    const double tolerance = training->spec.recipe.single ? 1e-6 : 1e-11;
    const size_t n = (size_t)training->n_hidden;
    replay_begin(&replay, training);
    for (int step = 0; step < training->spec.recipe.steps; step++) {
        replay_step(&replay, step);
        CHECK_NEAR(result.loss_history[step], replay.loss, tolerance * replay.loss);
    }
    check_array(result.network.weight_hh, replay.network.weight_hh, n * n, tolerance);
    check_array(result.network.weight_ih, replay.network.weight_ih, replay.n_in, tolerance);
    check_array(result.network.weight_hy, replay.network.weight_hy, replay.n_out, tolerance);
    const int n_clipped = replay.n_clipped;
    replay_end(&replay);
    training_release(&result);
    return n_clipped;
}

static struct training_case in_float64(const char *task, const char *construction, int steps)
{
    struct training_case training = training_case_begin(task, construction, steps);
    training.spec.recipe.single = false;
    training.spec.recipe.rate = 1e-2;
    return training;
}

/* ---- tests --------------------------------------------------------------------------------------
 */

static void every_construction_on_every_task_is_trained_as_defined(void **state)
{
    (void)state;
    for (int i = 0; CONSTRUCTIONS[i] != NULL; i++) {
        for (int k = 0; TASKS[k] != NULL; k++) {
            struct training_case training = in_float64(TASKS[k]->name, CONSTRUCTIONS[i]->name, 10);
            (void)check_replay(&training);
        }
    }
}

static void the_norm_of_all_parameters_together_is_clipped(void **state)
{
    (void)state;
    static const double CLIPS[] = {1e-3, 0.1, 1e9};
    for (int i = 0; CONSTRUCTIONS[i] != NULL; i++) {
        int n_clipped[3];
        for (int k = 0; k < 3; k++) {
            struct training_case training = in_float64("sine", CONSTRUCTIONS[i]->name, 40);
            training.spec.recipe.clip = CLIPS[k];
            n_clipped[k] = check_replay(&training);
        }
        assert_int_equal(n_clipped[0], 40);
        assert_in_range(n_clipped[1], 1, 39);
        assert_int_equal(n_clipped[2], 0);
    }
}

static void every_schedule_sets_the_rate(void **state)
{
    (void)state;
    for (int schedule = 0; schedule < SCHEDULE_COUNT; schedule++) {
        struct training_case training = in_float64("flip_flop", "dense_normal", 20);
        training.spec.recipe.schedule = (enum schedule)schedule;
        (void)check_replay(&training);
    }
}

static void wide_inputs_start_gaussian(void **state)
{
    (void)state;
    struct training_case training = in_float64("flip_flop", "dense_orthogonal", 5);
    training.spec.recipe.input_scale = 2.5;
    (void)check_replay(&training);
}

static void float32_differs_by_rounding_only(void **state)
{
    (void)state;
    for (int k = 0; TASKS[k] != NULL; k++) {
        struct training_case training = training_case_begin(TASKS[k]->name, "cayley", 5);
        (void)check_replay(&training);
    }
}

/* Of the start, and of the batch of the first step. */
static void the_first_loss_is_that_of_the_start(void **state)
{
    (void)state;
    for (int k = 0; TASKS[k] != NULL; k++) {
        struct replay replay;
        struct training_case training = in_float64(TASKS[k]->name, "dense_default", 1);
        struct training_result result = training_case_run(&training);
        replay_begin(&replay, &training);
        struct trials batch = draw_batch(&replay, 0);
        const double expected = (double)training_case_loss(&replay.network, &batch);
        CHECK_NEAR(result.loss_history[0], expected, 1e-13 * expected);
        trials_release(&batch);
        replay_end(&replay);
        training_release(&result);
    }
}

int test_train_replay(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_construction_on_every_task_is_trained_as_defined),
        cmocka_unit_test(the_norm_of_all_parameters_together_is_clipped),
        cmocka_unit_test(every_schedule_sets_the_rate),
        cmocka_unit_test(wide_inputs_start_gaussian),
        cmocka_unit_test(float32_differs_by_rounding_only),
        cmocka_unit_test(the_first_loss_is_that_of_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
