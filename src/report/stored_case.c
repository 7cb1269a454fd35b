#include "report/stored_case.h"

#include "core/memory.h"
#include "store/model_file.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HEX_IN_LABEL = 8 };

/* Whether the file at folder/name is the model; path[PATH_MAX] receives its path. What is there and
 * is not leaves why not. */
static bool try_path(const struct model_spec *model, const char *folder, const char *name,
                     char *path, struct error *why)
{
    struct model_labels labels;
    struct network network;
    struct error reason;
    uint64_t hash = 0;
    const bool is_absolute = name[0] == '/'; /* of a study with a glob from the root */
    const bool is_nowhere = !is_absolute && (folder == NULL || folder[0] == '\0');
    if (is_nowhere ||
        snprintf(path, PATH_MAX, "%s%s%s", is_absolute ? "" : folder, is_absolute ? "" : "/",
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

/* A trained model is labelled name-hex8 and kept as name-hex16.h5. */
static bool find_model(const struct results_input *input, const struct model_spec *model,
                       const char *folder, char *path, struct error *why)
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
        if (try_path(model, folders[i], model->label, path, why) ||
            (is_trained && try_path(model, folders[i], trained, path, why))) {
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
    error->text[0] = '\0';
    if (!find_model(input, model, folder, path, error)) {
        return error->text[0] != '\0'
                   ? STATUS_INPUT
                   : error_set(error, STATUS_INPUT,
                               "the weights of %.160s were not found (--models DIR says where "
                               "they are)",
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

enum status stored_case_check_models(const struct study_data *data, const char *folder,
                                     struct error *error)
{
    const struct model_spec *checked = NULL; /* cases of one model stand together */
    char path[PATH_MAX];
    for (int i = 0; i < data->n_cases; i++) {
        const struct results_input *const input = &data->inputs[data->cases[i].input];
        const int row = data->cases[i].row;
        const struct study_column *const hash = results_input_column(input, "weights_hash");
        const struct model_spec *const spec = &input->sweep.models[input->sweep.cases[row].model];
        struct model_spec model = *spec;
        model.weights_hash = hash != NULL ? *(const uint64_t *)study_column_at(hash, row, 0, 0) : 0;
        if (spec == checked || model.weights_hash == 0) { /* 0: not swept yet */
            continue;
        }
        checked = spec;
        error->text[0] = '\0';
        if (!find_model(input, &model, folder, path, error) && error->text[0] != '\0') {
            return STATUS_INPUT;
        }
    }
    return STATUS_OK;
}

void stored_case_release(struct sweep *sweep)
{
    for (int i = 0; sweep->models != NULL && i < sweep->n_models; i++) {
        free(sweep->models[i].path);
    }
    free(sweep->models);
    *sweep = (struct sweep){0};
}
