#include "report/stored_case.h"

#include "core/memory.h"
#include "store/model_file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HEX_IN_LABEL = 8 };

/* Whether the file at folder/name is the model; path[PATH_MAX] receives its path. */
static bool try_path(const struct model_spec *model, const char *folder, const char *name,
                     char *path)
{
    struct model_labels labels;
    struct network network;
    struct error ignored;
    uint64_t hash = 0;
    const bool is_absolute = name[0] == '/'; /* of a study with a glob from the root */
    const bool is_nowhere = !is_absolute && (folder == NULL || folder[0] == '\0');
    if (is_nowhere ||
        snprintf(path, PATH_MAX, "%s%s%s", is_absolute ? "" : folder, is_absolute ? "" : "/",
                 name) >= PATH_MAX ||
        access(path, R_OK) != 0 ||
        model_file_read(path, &network, &labels, &ignored) != STATUS_OK) {
        return false;
    }
    const bool is_same = network.n_hidden == model->n_hidden &&
                         network_hash(&network, &hash, &ignored) == STATUS_OK &&
                         hash == model->weights_hash;
    network_release(&network);
    return is_same;
}

/* A trained model is labelled name-hex8 and kept as name-hex16.h5. */
static bool find_model(const struct results_input *input, const struct model_spec *model,
                       const char *folder, char *path)
{
    const char *const folders[] = {folder, input->models_dir, input->study_dir};
    const size_t length = strlen(model->label);
    const size_t stem = length > HEX_IN_LABEL ? length - HEX_IN_LABEL : 0;
    char trained[PATH_MAX];
    const bool is_trained = stem > 0 &&
                            strncmp(model->label + stem, model->identity, HEX_IN_LABEL) == 0 &&
                            snprintf(trained, sizeof trained, "%.*s%s.h5", (int)stem, model->label,
                                     model->identity) < (int)sizeof trained;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        if (try_path(model, folders[i], model->label, path) ||
            (is_trained && try_path(model, folders[i], trained, path))) {
            return true;
        }
    }
    return false;
}

enum status stored_case_find(const struct study_data *data, int case_index, const char *folder,
                             struct sweep *sweep, struct error *error)
{
    const struct case_place place = data->cases[case_index];
    const struct results_input *const input = &data->inputs[place.input];
    const struct study_column *const hash = results_input_column(input, "weights_hash");
    char path[PATH_MAX];
    *sweep = input->sweep;
    sweep->models = NULL;
    TRY(memory_array(&sweep->models, (size_t)sweep->n_models, sizeof *sweep->models, error));
    for (int i = 0; i < sweep->n_models; i++) {
        sweep->models[i] = input->sweep.models[i];
        sweep->models[i].path = NULL;
    }
    struct model_spec *const model = &sweep->models[sweep->cases[place.row].model];
    model->weights_hash =
        hash != NULL ? *(const uint64_t *)study_column_at(hash, place.row, 0, 0) : 0;
    if (!find_model(input, model, folder, path)) {
        return error_set(error, STATUS_INPUT,
                         "the weights of %.160s were not found (--models DIR says where they are)",
                         model->label);
    }
    const int task = sweep->cases[place.row].task;
    if (task != CASE_TASK_OWN && sweep->tasks[task].path != NULL &&
        access(sweep->tasks[task].path, R_OK) != 0) {
        return error_set(error, STATUS_INPUT, "the trials of task '%.160s' were not found",
                         sweep->tasks[task].name);
    }
    return memory_string(&model->path, path, error);
}

void stored_case_release(struct sweep *sweep)
{
    for (int i = 0; sweep->models != NULL && i < sweep->n_models; i++) {
        free(sweep->models[i].path);
    }
    free(sweep->models);
    *sweep = (struct sweep){0};
}
