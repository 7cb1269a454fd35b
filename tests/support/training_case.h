/* Trainings small enough for a test, and the loss of a batch in plain loops and long double. */
#pragma once

#include "core/network.h"
#include "core/trials.h"
#include "kernel/training/bptt.h"
#include "kernel/training/train.h"
#include "support/task_setting.h"

/* A model to train: what train_model is called with. */
struct training_case {
    struct task_setting setting;
    int n_hidden;
    struct training_spec spec;
};

/* The task with few and short trials. */
struct task_setting training_case_task(const char *task);

/* Width 8 on training_case_task, the values of the task's default recipe but that many steps,
 * batches of 8 and the shortest horizon times 4. */
struct training_case training_case_begin(const char *task, const char *construction, int steps);

/* Sets the key from everything else and trains. The result is released by training_release; a
 * failure fails the test. */
struct training_result training_case_run(struct training_case *training);

/* The identity of the case, which also becomes its key. */
struct rng_key training_case_key(struct training_case *training);

/* Gives a whole batch to the workspace. */
void training_case_load(struct bptt *bptt, const struct trials *batch);

/* Mean of (y - y*)^2 over counted places and outputs, h_0 = 0 and no biases. */
long double training_case_loss(const struct network *network, const struct trials *batch);
