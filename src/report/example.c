#include "report/example.h"

#include "core/job_result.h"
#include "core/text.h"
#include "kernel/tasks/task.h"
#include "report/stored_case.h"
#include "store/model_file.h"

#include <limits.h>
#include <stdio.h>

enum {
    EXAMPLE_TRIALS = 8,
    WIDEST = 1024 /* of a matrix that is decomposed and drawn within seconds */
};

static bool is_complete(const struct report *report, int case_index)
{
    for (int set = 0; set < report->data.n_sets; set++) {
        if (study_job_state(&report->data, case_index, report->main_alpha, set) != JOB_DONE) {
            return false;
        }
    }
    return true;
}

static int choose_case(const struct report *report, int task)
{
    const struct task_pool *const pool = &report->grouping.tasks[task];
    int chosen = -1;
    for (int g = 0; g < pool->n_groups; g++) {
        const struct group *const group = &report->grouping.groups[pool->groups[g]];
        for (int i = 0; i < group->n_cases; i++) {
            if (!is_complete(report, group->cases[i])) {
                continue;
            }
            if ((int)study_integer(&report->data, "converged", group->cases[i], 0) != 0) {
                return group->cases[i];
            }
            chosen = chosen < 0 ? group->cases[i] : chosen;
        }
    }
    return chosen;
}

/* Only the first trials are wanted. */
static bool generate_trials(struct example *example, int64_t seed, const struct task_ops *task,
                            const double *params)
{
    struct rng_key key;
    struct error ignored;
    return task_held_out_key(task, params, seed, &key, &ignored) == STATUS_OK &&
           task_generate(task, params, key, 0, EXAMPLE_TRIALS, &example->trials, &ignored) ==
               STATUS_OK;
}

static bool has_own_trials(const char *path)
{
    struct trials trials;
    struct error ignored;
    if (trials_file_read(path, &trials, &ignored) != STATUS_OK) {
        return false;
    }
    trials_release(&trials);
    return true;
}

static bool find_trials(struct example *example, const struct report *report, char *path)
{
    const struct study_data *const data = &report->data;
    const struct case_place place = data->cases[example->case_index];
    const char *const task = study_text(data, "task", example->case_index);
    double params[TASK_PARAMS_MAX];
    uint64_t hash = 0;
    struct error ignored;
    switch (stored_case_trials(data, example->case_index, params, path, &hash)) {
    case STORED_TRIALS_BUILT_IN:
        /* Own trials bear the name of the built-in task: the case may have met either. */
        return !has_own_trials(path) &&
               generate_trials(example, data->inputs[place.input].seed, task_find(task), params);
    case STORED_TRIALS_OWN:
    case STORED_TRIALS_FILE:
        return trials_file_read(path, &example->trials, &ignored) == STATUS_OK;
    case STORED_TRIALS_UNKNOWN:
        break;
    }
    return false;
}

static bool fits(const struct example *example)
{
    return example->trials.n_in == example->network.n_in &&
           example->trials.n_out == example->network.n_out;
}

static bool decompose(struct example *example)
{
    const int width = example->network.n_hidden;
    struct error failure = {{0}};
    example->has_weights =
        width <= WIDEST &&
        schur_compute(&example->schur, example->network.weight_hh, width, &failure) == STATUS_OK;
    if (!example->has_weights) {
        network_release(&example->network);
        if (width > WIDEST) {
            (void)snprintf(example->missing, sizeof example->missing,
                           "models of more than %d units are not drawn", WIDEST);
        } else {
            (void)snprintf(example->missing, sizeof example->missing, "%.240s", failure.text);
        }
    }
    return example->has_weights;
}

static void find_all(struct example *example, const struct report *report, int task)
{
    char path[PATH_MAX];
    *example = (struct example){.case_index = choose_case(report, task)};
    if (example->case_index < 0) {
        (void)snprintf(example->missing, sizeof example->missing, "no finished model");
        return;
    }
    if (!stored_case_weights(&report->data, example->case_index, report->options.models,
                             &example->network, path)) {
        (void)snprintf(example->missing, sizeof example->missing,
                       "the weights of %.160s were not found (--models DIR says where they are)",
                       study_text(&report->data, "model", example->case_index));
        return;
    }
    if (!decompose(example)) {
        return;
    }
    example->has_trials = find_trials(example, report, path);
    if (example->has_trials && !fits(example)) {
        trials_release(&example->trials);
        example->has_trials = false;
    }
    if (!example->has_trials) {
        (void)snprintf(example->missing, sizeof example->missing,
                       "the results file does not tell the trials of this task");
    }
}

void example_find(struct example *example, const struct report *report, int task)
{
    find_all(example, report, task);
    text_clean(example->missing); /* a long name may have been cut within a character */
}

void example_release(struct example *example)
{
    if (example->has_trials) {
        trials_release(&example->trials);
    }
    if (example->has_weights) {
        schur_release(&example->schur);
        network_release(&example->network);
    }
    *example = (struct example){.case_index = -1};
}
