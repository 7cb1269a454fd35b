#include "support/task_setting.h"

#include "support/check.h"

const struct rng_key TASK_SETTING_KEY = {{11, 22}};

struct task_setting task_setting_defaults(const char *name)
{
    struct task_setting setting = {.task = task_find(name)};
    assert_non_null(setting.task);
    task_default_params(setting.task, setting.params);
    return setting;
}

int task_setting_index(const struct task_setting *setting, const char *name)
{
    for (int i = 0; i < setting->task->n_params; i++) {
        if (strcmp(setting->task->params[i].name, name) == 0) {
            return i;
        }
    }
    fail_msg("%s has no parameter %s", setting->task->name, name);
    return -1;
}

void task_setting_change(struct task_setting *setting, const char *name, double value)
{
    setting->params[task_setting_index(setting, name)] = value;
}

struct trials task_setting_trials(const struct task_setting *setting, uint64_t first, int count)
{
    struct trials trials;
    struct error error;
    CHECK_OK(task_generate(setting->task, setting->params, TASK_SETTING_KEY, first, count, &trials,
                           &error));
    return trials;
}

double input_at(const struct trials *trials, int step, int trial, int channel)
{
    return trials->inputs[(step * trials->n_trials + trial) * trials->n_in + channel];
}

double target_at(const struct trials *trials, int step, int trial, int channel)
{
    return trials->targets[(step * trials->n_trials + trial) * trials->n_out + channel];
}
