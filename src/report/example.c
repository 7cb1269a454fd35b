#include "report/example.h"

#include "core/cell.h"
#include "kernel/dynamics/task.h"
#include "store/model_file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXAMPLE_TRIALS = 2, HEX_IN_LABEL = 8 };

static bool is_complete(const struct report *report, int case_index)
{
    for (int set = 0; set < report->data.n_sets; set++) {
        if (study_cell_state(&report->data, case_index, report->main_alpha, set) != CELL_DONE) {
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
            if (study_converged(&report->data, group->cases[i]) != 0) {
                return group->cases[i];
            }
            chosen = chosen < 0 ? group->cases[i] : chosen;
        }
    }
    return chosen;
}

/* ---- weights ---- */

/* A trained model is labelled name-hex8 and kept as name-hex16.h5. */
static bool trained_name(const char *label, const char *identity, char *name, size_t size)
{
    const size_t length = strlen(label);
    const size_t stem = length > HEX_IN_LABEL ? length - HEX_IN_LABEL : 0;
    return stem > 0 && strncmp(label + stem, identity, HEX_IN_LABEL) == 0 &&
           snprintf(name, size, "%.*s%s.h5", (int)stem, label, identity) < (int)size;
}

static bool has_hash(const struct report *report, int case_index, const struct network *network)
{
    const struct case_place place = report->data.cases[case_index];
    const struct case_table *const table = &report->data.sources[place.source].table;
    uint64_t hash = 0;
    struct error ignored;
    return network_hash(network, &hash, &ignored) == STATUS_OK &&
           hash == ((const uint64_t *)table->values[VAR_WEIGHTS_HASH])[place.row];
}

static bool try_path(struct example *example, const struct report *report, const char *folder,
                     const char *name, char *path)
{
    struct model_labels labels;
    struct error ignored;
    if (folder == NULL || folder[0] == '\0' ||
        snprintf(path, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX || access(path, R_OK) != 0 ||
        model_file_read(path, &example->network, &labels, &ignored) != STATUS_OK) {
        return false;
    }
    if (!has_hash(report, example->case_index, &example->network)) {
        network_release(&example->network);
        return false;
    }
    return true;
}

static bool find_weights(struct example *example, const struct report *report, char *path)
{
    const struct study_data *const data = &report->data;
    const int c = example->case_index;
    const struct source *const source = &data->sources[data->cases[c].source];
    const char *const folders[] = {report->options.models, source->models_dir, source->study_dir};
    char trained[PATH_MAX];
    const bool is_trained =
        trained_name(study_model(data, c), study_identity(data, c), trained, sizeof trained);
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        if (try_path(example, report, folders[i], study_model(data, c), path) ||
            (is_trained && try_path(example, report, folders[i], trained, path))) {
            return true;
        }
    }
    return false;
}

/* ---- trials ---- */

/* The line "tasks.<task><after>..." of a canonical study behind these words, or NULL. */
static const char *find_task_line(const char *canonical, const char *task, const char *after)
{
    char key[EXAMPLE_TEXT_SIZE];
    const int length = snprintf(key, sizeof key, "\ntasks.%s%s", task, after);
    const char *const found = length < (int)sizeof key ? strstr(canonical, key) : NULL;
    return found != NULL ? found + length : NULL;
}

static bool generate_trials(struct example *example, const struct source *source, const char *task)
{
    const struct task_ops *const ops = task_find(task);
    double params[TASK_PARAMS_MAX];
    struct rng_key key;
    struct error ignored;
    if (ops == NULL) {
        return false;
    }
    task_default_params(ops, params);
    for (int i = 0; i < ops->n_params; i++) {
        char after[EXAMPLE_TEXT_SIZE];
        (void)snprintf(after, sizeof after, ".%s = ", ops->params[i].name);
        const char *const value = find_task_line(source->canonical, task, after);
        if (value == NULL) {
            return false;
        }
        params[i] = strtod(value, NULL);
    }
    return task_held_out_key(ops, params, source->seed, &key, &ignored) == STATUS_OK &&
           task_generate(ops, params, key, 0, EXAMPLE_TRIALS, &example->trials, &ignored) ==
               STATUS_OK;
}

static bool find_trials(struct example *example, const struct report *report, const char *path)
{
    const struct case_place place = report->data.cases[example->case_index];
    const struct source *const source = &report->data.sources[place.source];
    const char *const task = study_task(&report->data, example->case_index);
    struct error ignored;
    if (find_task_line(source->canonical, task, ".") != NULL) {
        return generate_trials(example, source, task);
    }
    return find_task_line(source->canonical, task, " = ") == NULL &&
           trials_file_read(path, &example->trials, &ignored) == STATUS_OK;
}

static bool fits(const struct example *example)
{
    return example->trials.n_in == example->network.n_in &&
           example->trials.n_out == example->network.n_out;
}

void example_find(struct example *example, const struct report *report, int task)
{
    char path[PATH_MAX];
    struct error ignored;
    *example = (struct example){.case_index = choose_case(report, task)};
    if (example->case_index < 0) {
        (void)snprintf(example->missing, sizeof example->missing, "no finished model");
        return;
    }
    if (!find_weights(example, report, path)) {
        (void)snprintf(example->missing, sizeof example->missing,
                       "the weights of %.160s were not found (--models DIR says where they are)",
                       study_model(&report->data, example->case_index));
        return;
    }
    example->has_weights = schur_compute(&example->schur, example->network.weight_hh,
                                         example->network.n_hidden, &ignored) == STATUS_OK;
    if (!example->has_weights) {
        network_release(&example->network);
        return;
    }
    example->has_trials = find_trials(example, report, path);
    if (example->has_trials && !fits(example)) {
        trials_release(&example->trials);
        example->has_trials = false;
    }
    if (!example->has_trials) {
        (void)snprintf(example->missing, sizeof example->missing,
                       "the trials of this task are not known to the results file");
    }
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
