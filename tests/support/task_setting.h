/* A task with the values of its parameters, and its trials by step, trial and channel. */
#pragma once

#include "kernel/tasks/task.h"

struct task_setting {
    const struct task_ops *task;
    double params[PARAMS_MAX];
};

/* The key of task_setting_trials. */
extern const struct rng_key TASK_SETTING_KEY;

/* Defaults of the task of that name; a name that does not exist fails the test. */
struct task_setting task_setting_defaults(const char *name);

/* Place of a parameter; a name that does not exist fails the test. */
int task_setting_index(const struct task_setting *setting, const char *name);
void task_setting_change(struct task_setting *setting, const char *name, double value);

/* Trials of the streams first, first + 1, ...; released by trials_release. */
struct trials task_setting_trials(const struct task_setting *setting, uint64_t first, int count);

double input_at(const struct trials *trials, int step, int trial, int channel);
double target_at(const struct trials *trials, int step, int trial, int channel);
