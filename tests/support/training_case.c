#include "support/training_case.h"

#include "kernel/recipes/recipe.h"
#include "support/check.h"
#include "support/netgen.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct error error;

struct task_setting training_case_task(const char *task)
{
    struct task_setting setting = task_setting_defaults(task);
    if (strcmp(task, "copy") == 0) {
        task_setting_change(&setting, "symbols", 2);
        task_setting_change(&setting, "bits", 2);
        task_setting_change(&setting, "replay", 5);
    } else if (strcmp(task, "delayed_discrimination") == 0) {
        task_setting_change(&setting, "delay", 2);
    } else {
        task_setting_change(&setting, "steps", 7);
    }
    task_setting_change(&setting, "trials", 20);
    return setting;
}

struct training_case training_case_begin(const char *task, const char *construction, int steps)
{
    struct training_case training = {.setting = training_case_task(task), .n_hidden = 8};
    const struct construction_ops *const ops = construction_find(construction);
    const struct task_ops *const task_ops = training.setting.task;
    assert_non_null(ops);
    training.spec.recipe = recipe_resolve(recipe_default(task_ops), task_ops, ops);
    training.spec.recipe.steps = steps;
    training.spec.recipe.batch = 8;
    if (task_ops->horizon_param > 0) {
        training.spec.recipe.horizon = 8;
    }
    training.spec.cell = CELL_DEFAULT;
    training.spec.seed = 3;
    (void)snprintf(training.spec.construction, sizeof training.spec.construction, "%s",
                   construction);
    return training;
}

struct rng_key training_case_key(struct training_case *training)
{
    CHECK_OK(training_identity(&training->spec, training->n_hidden, training->setting.task,
                               training->setting.params, training->spec.key, &error));
    return (struct rng_key){{training->spec.key[0], training->spec.key[1]}};
}

struct training_result training_case_run(struct training_case *training)
{
    struct training_result result;
    (void)training_case_key(training);
    CHECK_OK(train_model(&training->spec, training->n_hidden, training->setting.task,
                         training->setting.params, NULL, &result, &error));
    return result;
}

/* The network as it is trained: from zero states, and without biases when it is an rnn. */
static struct network as_trained(const struct network *network)
{
    static double zeros[64 * CELL_MAX_GATES];
    struct network copy = *network;
    assert_in_range(network->n_hidden, 1, 64);
    copy.h0 = zeros;
    copy.c0 = network->c0 != NULL ? zeros : NULL;
    if (network->cell.kind == CELL_RNN) {
        copy.bias_h = zeros;
        copy.bias_y = zeros;
    }
    return copy;
}

/* Trial i of the batch as a task makes it. */
static void take_trial(const struct trials *batch, size_t i, const struct task_trial *trial)
{
    const size_t n_in = (size_t)batch->n_in;
    const size_t n_out = (size_t)batch->n_out;
    for (size_t t = 0; t < (size_t)batch->n_steps; t++) {
        const size_t place = t * (size_t)batch->n_trials + i;
        memcpy(trial->inputs + t * n_in, batch->inputs + place * n_in, n_in * sizeof(double));
        memcpy(trial->targets + t * n_out, batch->targets + place * n_out, n_out * sizeof(double));
        trial->mask[t] = batch->mask[place];
    }
}

void training_case_load(struct bptt *bptt, const struct trials *batch)
{
    const struct task_shape shape = {batch->n_steps, batch->n_in, batch->n_out};
    struct task_trial trials[BPTT_TRIALS];
    for (int k = 0; k < BPTT_TRIALS; k++) {
        CHECK_OK(task_trial_create(&trials[k], shape, &error));
    }
    CHECK_OK(bptt_begin(bptt, batch->n_steps, batch->n_trials, &error));
    for (int i = 0; i < batch->n_trials; i += BPTT_TRIALS) {
        const int left = batch->n_trials - i;
        const int count = left < BPTT_TRIALS ? left : BPTT_TRIALS;
        for (int k = 0; k < count; k++) {
            take_trial(batch, (size_t)(i + k), &trials[k]);
        }
        bptt_load(bptt, i, trials, count);
    }
    for (int k = 0; k < BPTT_TRIALS; k++) {
        task_trial_release(&trials[k]);
    }
}

long double training_case_loss(const struct network *network, const struct trials *batch)
{
    const struct network trained = as_trained(network);
    const size_t n_out = (size_t)batch->n_out;
    const size_t places = (size_t)batch->n_steps * (size_t)batch->n_trials;
    long double *const outputs = calloc(places * n_out, sizeof *outputs);
    long double sum = 0.0L;
    long counted = 0;
    assert_non_null(outputs);
    netgen_rollout_exact(&trained, network->weight_hh, batch, outputs);
    for (size_t i = 0; i < places * n_out; i++) {
        if (batch->mask[i / n_out] != 0) {
            const long double difference = outputs[i] - batch->targets[i];
            sum += difference * difference;
            counted++;
        }
    }
    free(outputs);
    return sum / (long double)counted;
}
