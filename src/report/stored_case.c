#include "report/stored_case.h"

#include "core/memory.h"
#include "store/model_file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HEX_IN_LABEL = 8 };

/* A trained model is labelled name-hex8 and kept as name-hex16.h5. */
static bool trained_name(const char *label, const char *identity, char *name, size_t size)
{
    const size_t length = strlen(label);
    const size_t stem = length > HEX_IN_LABEL ? length - HEX_IN_LABEL : 0;
    return stem > 0 && strncmp(label + stem, identity, HEX_IN_LABEL) == 0 &&
           snprintf(name, size, "%.*s%s.h5", (int)stem, label, identity) < (int)size;
}

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

static bool find_model(const struct results_input *input, const struct model_spec *model,
                       const char *folder, char *path)
{
    const char *const folders[] = {folder, input->models_dir, input->study_dir};
    char trained[PATH_MAX];
    const bool is_trained = trained_name(model->label, model->identity, trained, sizeof trained);
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        if (try_path(model, folders[i], model->label, path) ||
            (is_trained && try_path(model, folders[i], trained, path))) {
            return true;
        }
    }
    return false;
}

/* One case of a study, by a copy of all that is needed of it. */
static enum status copy_sweep(const struct sweep *from, struct sweep *to, struct error *error)
{
    struct packer packer = {0};
    sweep_pack(from, &packer);
    enum status status = pack_finish(&packer, error);
    if (status == STATUS_OK) {
        status = sweep_unpack(to, packer.bytes, packer.size, error);
    }
    pack_release(&packer);
    return status;
}

enum status stored_case_find(const struct study_data *data, int case_index, const char *folder,
                             struct sweep *sweep, struct error *error)
{
    const struct case_place place = data->cases[case_index];
    const struct results_input *const input = &data->inputs[place.input];
    char path[PATH_MAX];
    TRY(copy_sweep(&input->sweep, sweep, error));
    struct model_spec *const model = &sweep->models[sweep->cases[place.row].model];
    const struct study_column *const hash = results_input_column(input, "weights_hash");
    model->weights_hash =
        hash != NULL ? *(const uint64_t *)study_column_at(hash, place.row, 0, 0) : 0;
    enum status status =
        find_model(input, model, folder, path)
            ? memory_string(&model->path, path, error)
            : error_set(error, STATUS_INPUT,
                        "the weights of %.160s were not found (--models DIR says where they are)",
                        model->label);
    const int task = sweep->cases[place.row].task;
    if (status == STATUS_OK && task != CASE_TASK_OWN && sweep->tasks[task].path != NULL &&
        access(sweep->tasks[task].path, R_OK) != 0) {
        status = error_set(error, STATUS_INPUT, "the trials of task '%.160s' were not found",
                           sweep->tasks[task].name);
    }
    if (status != STATUS_OK) {
        sweep_release(sweep);
    }
    return status;
}

bool stored_case_is_by_team(const struct study_data *data, int case_index)
{
    return sweep_needs_team(&study_input(data, case_index)->sweep, data->cases[case_index].row);
}
