#include "import/trials.h"

#include "support/check.h"
#include "support/scratch.h"
#include "support/weightfiles.h"

enum { STEPS = 4, TRIALS = 3, N_IN = 2, N_OUT = 1 };

static struct error error;
static struct import_trials_read as_read;
static const struct network NETWORK = {.n_hidden = 5, .n_in = N_IN, .n_out = N_OUT};

/* Steps x trials x channels, and the same with the first two axes swapped. */
static double inputs[2][STEPS * TRIALS * N_IN];
static double targets[2][STEPS * TRIALS * N_OUT];
static double mask[2][STEPS * TRIALS];

static int fill(void **state)
{
    (void)state;
    for (int step = 0; step < STEPS; step++) {
        for (int trial = 0; trial < TRIALS; trial++) {
            const int place[2] = {step * TRIALS + trial, trial * STEPS + step};
            for (int k = 0; k < 2; k++) {
                inputs[k][place[k] * N_IN] = step + 10.0 * trial;
                inputs[k][place[k] * N_IN + 1] = -step;
                targets[k][place[k]] = 100.0 * step + trial;
                mask[k][place[k]] = step > 0;
            }
        }
    }
    return scratch_create(state);
}

/* The usual three arrays, with time or the batch first. */
static struct bytes make_file(bool batch_first, bool with_mask)
{
    const int k = batch_first;
    const size_t first = batch_first ? TRIALS : STEPS;
    const size_t second = batch_first ? STEPS : TRIALS;
    const struct weight weights[] = {{"inputs", 3, {first, second, N_IN}, inputs[k]},
                                     {"targets", 3, {first, second, N_OUT}, targets[k]},
                                     {"mask", 2, {first, second}, mask[k]}};
    struct bytes file = {0};
    npz_make(&file, weights, with_mask ? 3 : 2, ZIP_DEFLATED);
    return file;
}

static struct import_trials request_for(struct bytes *file)
{
    bytes_write(file, scratch_path("trials.npz"));
    bytes_release(file);
    return (struct import_trials){.path = scratch_path("trials.npz"), .metric = METRIC_FVU};
}

static void trials_are_read_with_time_or_the_batch_first(void **state)
{
    (void)state;
    for (int batch_first = 0; batch_first < 2; batch_first++) {
        struct trials trials;
        struct bytes file = make_file(batch_first != 0, true);
        struct import_trials request = request_for(&file);
        request.batch_first = batch_first != 0;
        request.metric = METRIC_ACCURACY;
        CHECK_OK(import_trials(&request, &NETWORK, &trials, &as_read, &error));
        assert_int_equal(trials.n_steps, STEPS);
        assert_int_equal(trials.n_trials, TRIALS);
        assert_int_equal(trials.metric, METRIC_ACCURACY);
        assert_memory_equal(trials.inputs, inputs[0], sizeof inputs[0]);
        assert_memory_equal(trials.targets, targets[0], sizeof targets[0]);
        for (int i = 0; i < STEPS * TRIALS; i++) {
            assert_int_equal(trials.mask[i], i >= TRIALS);
        }
        trials_release(&trials);
    }
}

static void without_a_mask_every_step_counts(void **state)
{
    (void)state;
    struct trials trials;
    struct bytes file = make_file(false, false);
    const struct import_trials request = request_for(&file);
    CHECK_OK(import_trials(&request, &NETWORK, &trials, &as_read, &error));
    for (int i = 0; i < STEPS * TRIALS; i++) {
        assert_int_equal(trials.mask[i], 1);
    }
    trials_release(&trials);
}

static void without_targets_the_outputs_are_the_targets(void **state)
{
    (void)state;
    const struct weight weights[] = {{"inputs", 3, {STEPS, TRIALS, N_IN}, inputs[0]},
                                     {"outputs", 3, {STEPS, TRIALS, N_OUT}, targets[0]}};
    struct trials trials;
    struct bytes file = {0};
    npz_make(&file, weights, 2, ZIP_STORED);
    const struct import_trials request = request_for(&file);
    CHECK_OK(import_trials(&request, &NETWORK, &trials, &as_read, &error));
    assert_true(as_read.has_no_targets);
    assert_memory_equal(trials.targets, targets[0], sizeof targets[0]);
    assert_memory_equal(trials.outputs, targets[0], sizeof targets[0]);
    trials_release(&trials);
}

/* As PsychRNN names and shapes them. */
static void x_y_and_a_mask_per_channel_are_read(void **state)
{
    (void)state;
    const struct weight weights[] = {{"x", 3, {TRIALS, STEPS, N_IN}, inputs[1]},
                                     {"y", 3, {TRIALS, STEPS, N_OUT}, targets[1]},
                                     {"mask", 3, {TRIALS, STEPS, N_OUT}, mask[1]}};
    struct trials trials;
    struct bytes file = {0};
    safetensors_make(&file, weights, 3, NULL);
    struct import_trials request = request_for(&file);
    request.batch_first = true;
    CHECK_OK(import_trials(&request, &NETWORK, &trials, &as_read, &error));
    assert_memory_equal(trials.inputs, inputs[0], sizeof inputs[0]);
    assert_int_equal(trials.mask[0], 0);
    assert_int_equal(trials.mask[TRIALS], 1);
    trials_release(&trials);
}

static void check_refused(const struct weight *weights, size_t count, const char *part)
{
    struct trials trials = {0};
    struct bytes file = {0};
    npz_make(&file, weights, count, ZIP_STORED);
    const struct import_trials request = request_for(&file);
    CHECK_FAILS(import_trials(&request, &NETWORK, &trials, &as_read, &error), STATUS_INPUT, part);
    assert_ptr_equal(strstr(error.text, request.path), error.text);
    assert_null(trials.inputs);
}

static void arrays_that_do_not_fit_are_refused_by_name(void **state)
{
    (void)state;
    const struct weight in = {"inputs", 3, {STEPS, TRIALS, N_IN}, inputs[0]};
    const struct weight out = {"targets", 3, {STEPS, TRIALS, N_OUT}, targets[0]};
    const struct weight wide = {"inputs", 3, {STEPS, TRIALS, 1}, inputs[0]};
    const struct weight flat = {"inputs", 2, {STEPS, TRIALS}, inputs[0]};
    const struct weight late = {"targets", 3, {STEPS - 1, TRIALS, N_OUT}, targets[0]};
    const struct weight other = {"b.inputs", 3, {STEPS, TRIALS, N_IN}, inputs[0]};
    const struct weight turned = {"mask", 2, {TRIALS, STEPS}, mask[0]};
    const struct weight odd = {"mask", 2, {STEPS, TRIALS}, inputs[0]};
    const struct weight none = {"inputs", 3, {0, TRIALS, N_IN}, inputs[0]};
    check_refused((const struct weight[]){out}, 1, "no array inputs, expected steps x trials");
    check_refused((const struct weight[]){in}, 1, "no array targets");
    check_refused((const struct weight[]){flat, out}, 2, "inputs is 4 x 3, expected three axes");
    check_refused((const struct weight[]){none, out}, 2, "inputs is 0 x 3 x 2, expected three");
    check_refused((const struct weight[]){wide, out}, 2, "inputs is 4 x 3 x 1, expected 4 x 3 x 2");
    check_refused((const struct weight[]){in, late}, 2, "targets is 3 x 3 x 1, expected 4 x 3 x 1");
    check_refused((const struct weight[]){in, other, out}, 3,
                  "inputs and b.inputs may both be the inputs");
    check_refused((const struct weight[]){in, out, turned}, 3, "mask is 3 x 4, expected 4 x 3 x 1");
    check_refused((const struct weight[]){in, out, odd}, 3,
                  "mask is 10 at element 2, expected 0 or 1");
}

static void trials_without_variance_are_refused_with_the_file(void **state)
{
    (void)state;
    static const double ZEROS[STEPS * TRIALS] = {0};
    check_refused((const struct weight[]){{"inputs", 3, {STEPS, TRIALS, N_IN}, inputs[0]},
                                          {"targets", 3, {STEPS, TRIALS, N_OUT}, ZEROS}},
                  2, "npz: targets are constant over the counted steps");
}

static void masks_that_differ_between_channels_are_refused(void **state)
{
    (void)state;
    static const double MASK[STEPS * TRIALS * 2] = {1, 1, 1, 0};
    static double two[STEPS * TRIALS * 2];
    const struct network network = {.n_hidden = 5, .n_in = N_IN, .n_out = 2};
    for (int i = 0; i < STEPS * TRIALS * 2; i++) {
        two[i] = i;
    }
    const struct weight weights[] = {{"inputs", 3, {STEPS, TRIALS, N_IN}, inputs[0]},
                                     {"targets", 3, {STEPS, TRIALS, 2}, two},
                                     {"mask", 3, {STEPS, TRIALS, 2}, MASK}};
    struct trials trials;
    struct bytes file = {0};
    npz_make(&file, weights, 3, ZIP_STORED);
    const struct import_trials request = request_for(&file);
    CHECK_FAILS(import_trials(&request, &network, &trials, &as_read, &error), STATUS_INPUT,
                "mask is 0 at element 3, expected 0 or 1, the same for all channels of a step");
}

int test_import_trials(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(trials_are_read_with_time_or_the_batch_first),
        SCRATCH_TEST(without_targets_the_outputs_are_the_targets),
        SCRATCH_TEST(without_a_mask_every_step_counts),
        SCRATCH_TEST(x_y_and_a_mask_per_channel_are_read),
        SCRATCH_TEST(arrays_that_do_not_fit_are_refused_by_name),
        SCRATCH_TEST(trials_without_variance_are_refused_with_the_file),
        SCRATCH_TEST(masks_that_differ_between_channels_are_refused),
    };
    return cmocka_run_group_tests(tests, fill, scratch_remove);
}
