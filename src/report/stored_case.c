#include "report/stored_case.h"

#include "core/memory.h"
#include "core/text.h"
#include "report/file_places.h"
#include "store/model_file.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HEX_IN_LABEL = 8 };

/* Whether the file of that name in a folder is the model; path[PATH_MAX] receives its path. What is
 * there and is not leaves why not. */
static bool try_path(const struct model_spec *model, const char *folder, const char *name,
                     char *path, struct error *why)
{
    struct model_labels labels;
    struct network network;
    struct error reason;
    uint64_t hash = 0;
    const bool is_absolute = name[0] == '/'; /* of a study with a glob from the root */
    if (snprintf(path, PATH_MAX, "%s%s%s", is_absolute ? "" : folder, is_absolute ? "" : "/",
                 name) >= PATH_MAX ||
        access(path, R_OK) != 0) {
        return false;
    }
    if (model_file_survey(path, &network, &labels, &hash, &reason) == STATUS_OK) {
        network_release(&network);
        if (hash == model->weights_hash) {
            return true;
        }
        (void)error_set(&reason, STATUS_INPUT,
                        "%s: its weights are not those that were swept (hash %016" PRIx64
                        ", expected %016" PRIx64 ")",
                        path, hash, model->weights_hash);
    }
    *why = why->text[0] == '\0' ? reason : *why;
    return false;
}

/* A trained model is labelled name-hex8 and kept as name-hex16.h5; '' of others. */
static void name_trained(const struct model_spec *model, char name[PATH_MAX])
{
    const size_t length = strlen(model->label);
    const size_t stem = length > HEX_IN_LABEL ? length - HEX_IN_LABEL : 0;
    const bool is_trained =
        stem > 0 && strncmp(model->label + stem, model->identity, HEX_IN_LABEL) == 0 &&
        snprintf(name, PATH_MAX, "%.*s%s.h5", (int)stem, model->label, model->identity) < PATH_MAX;
    if (!is_trained) {
        name[0] = '\0';
    }
}

/* In a folder of the user's a file may stand without those that it was in. */
static bool find_model(const struct file_places *places, bool has_own,
                       const struct model_spec *model, char *path, struct error *why)
{
    char trained[PATH_MAX];
    name_trained(model, trained);
    for (int i = 0; i < places->n; i++) {
        struct error ignored = {""};
        struct error *const reason = i < places->n_sure ? why : &ignored;
        const char *const folder = places->folders[i];
        if (try_path(model, folder, model->label, path, reason) ||
            (trained[0] != '\0' && try_path(model, folder, trained, path, reason)) ||
            (i == 0 && has_own && strchr(model->label, '/') != NULL &&
             try_path(model, folder, path_last_part(model->label), path, reason))) {
            return true;
        }
    }
    return false;
}

static bool is_file_of_trials(const char *path, uint64_t expected)
{
    struct trials trials;
    struct error ignored;
    uint64_t hash = 0;
    if (access(path, R_OK) != 0 || trials_file_read(path, &trials, &ignored) != STATUS_OK) {
        return false;
    }
    const bool is_same = trials_hash(&trials, &hash, &ignored) == STATUS_OK && hash == expected;
    trials_release(&trials);
    return is_same;
}

/* Its path where the study had it or, when it is not there, in a place below which it stands as it
 * did below the study's folder, or by its name alone. One that is there and has changed is refused
 * by whoever reads it. */
static enum status find_trials(const struct file_places *places, const struct results_input *input,
                               const struct task_spec *task, char **path, struct error *error)
{
    const size_t study = strlen(input->study_dir);
    const bool is_below =
        study > 0 && strncmp(task->path, input->study_dir, study) == 0 && task->path[study] == '/';
    const char *const names[] = {is_below ? task->path + study + 1 : path_last_part(task->path),
                                 path_last_part(task->path)};
    if (access(task->path, R_OK) == 0) {
        return memory_string(path, task->path, error);
    }
    for (int i = 0; i < 2 * places->n; i++) {
        char *tried = NULL;
        TRY(path_join(&tried, places->folders[i / 2], names[i % 2], error));
        if (is_file_of_trials(tried, task->trials_hash)) {
            *path = tried;
            return STATUS_OK;
        }
        free(tried);
    }
    return error_set(
        error, STATUS_INPUT,
        "the trials of task '%.160s' were not found (--models DIR says where they are)",
        task->name);
}

/* Lists of its own, in which paths can be others. */
static enum status copy_lists(struct sweep *sweep, const struct sweep *stored, struct error *error)
{
    *sweep = *stored;
    sweep->models = NULL;
    sweep->tasks = NULL;
    TRY(memory_array(&sweep->models, (size_t)sweep->n_models, sizeof *sweep->models, error));
    for (int i = 0; i < sweep->n_models; i++) {
        sweep->models[i] = stored->models[i];
        sweep->models[i].path = NULL;
    }
    TRY(memory_array(&sweep->tasks, (size_t)sweep->n_tasks, sizeof *sweep->tasks, error));
    for (int i = 0; i < sweep->n_tasks; i++) {
        sweep->tasks[i] = stored->tasks[i];
        sweep->tasks[i].path = NULL;
    }
    return STATUS_OK;
}

static enum status find_files(const struct results_input *input, const struct file_places *places,
                              bool has_own, const struct case_place *place, struct sweep *sweep,
                              struct error *error)
{
    const struct case_spec *const spec = &sweep->cases[place->row];
    struct model_spec *const model = &sweep->models[spec->model];
    char path[PATH_MAX];
    struct error why = {""};
    if (!find_model(places, has_own, model, path, &why)) {
        return why.text[0] != '\0'
                   ? error_set(error, STATUS_INPUT, "%s", why.text)
                   : error_set(error, STATUS_INPUT,
                               "the weights of %.160s were not found (--models DIR says where "
                               "they are)",
                               model->label);
    }
    TRY(memory_string(&model->path, path, error));
    const int task = spec->task;
    return task != CASE_TASK_OWN && input->sweep.tasks[task].path != NULL
               ? find_trials(places, input, &input->sweep.tasks[task], &sweep->tasks[task].path,
                             error)
               : STATUS_OK;
}

static uint64_t weights_hash(const struct results_input *input, int row)
{
    const struct study_column *const hash = results_input_column(input, "weights_hash");
    return hash != NULL ? *(const uint64_t *)study_column_at(hash, row, 0, 0) : 0;
}

enum status stored_case_find(const struct study_data *data, int case_index, const char *folder,
                             struct sweep *sweep, struct error *error)
{
    const struct case_place place = data->cases[case_index];
    const struct results_input *const input = &data->inputs[place.input];
    struct file_places places;
    TRY(copy_lists(sweep, &input->sweep, error));
    sweep->models[sweep->cases[place.row].model].weights_hash = weights_hash(input, place.row);
    enum status status = file_places_create(&places, input, folder, error);
    THEN(status, find_files(input, &places, folder != NULL, &place, sweep, error));
    file_places_release(&places);
    return status;
}

enum status stored_case_check_models(const struct study_data *data, const char *folder,
                                     struct error *error)
{
    const struct model_spec *checked = NULL; /* cases of one model stand together */
    char path[PATH_MAX];
    for (int i = 0; i < data->n_cases; i++) {
        const struct results_input *const input = &data->inputs[data->cases[i].input];
        const int row = data->cases[i].row;
        const struct model_spec *const spec = &input->sweep.models[input->sweep.cases[row].model];
        struct model_spec model = *spec;
        struct file_places places;
        struct error why = {""};
        model.weights_hash = weights_hash(input, row);
        if (spec == checked || model.weights_hash == 0) { /* 0: not swept yet */
            continue;
        }
        checked = spec;
        const enum status status = file_places_create(&places, input, folder, error);
        const bool is_found =
            status == STATUS_OK && find_model(&places, folder != NULL, &model, path, &why);
        file_places_release(&places);
        TRY(status);
        if (!is_found && why.text[0] != '\0') {
            return error_set(error, STATUS_INPUT, "%s", why.text);
        }
    }
    return STATUS_OK;
}

void stored_case_release(struct sweep *sweep)
{
    for (int i = 0; sweep->models != NULL && i < sweep->n_models; i++) {
        free(sweep->models[i].path);
    }
    for (int i = 0; sweep->tasks != NULL && i < sweep->n_tasks; i++) {
        free(sweep->tasks[i].path);
    }
    free(sweep->models);
    free(sweep->tasks);
    *sweep = (struct sweep){0};
}
