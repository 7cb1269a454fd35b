#include "kernel/dynamics/task.h"

extern const struct task_ops TASK_COPY;
extern const struct task_ops TASK_FLIP_FLOP;
extern const struct task_ops TASK_SINE;
extern const struct task_ops TASK_CONTEXT_INTEGRATION;

const struct task_ops *const TASKS[] = {
    &TASK_COPY, &TASK_FLIP_FLOP, &TASK_SINE, &TASK_CONTEXT_INTEGRATION, NULL,
};
