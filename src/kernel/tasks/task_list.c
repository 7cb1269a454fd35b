#include "kernel/tasks/task.h"

#define TASK(name) extern const struct task_ops TASK_##name;
#include <kernel/tasks/tasks.def>
#undef TASK

#define TASK(name) &TASK_##name,
const struct task_ops *const TASKS[] = {
#include <kernel/tasks/tasks.def>
    NULL};
