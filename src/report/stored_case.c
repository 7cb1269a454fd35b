#include "report/stored_case.h"

#include "kernel/tasks/task.h"
#include "store/model_file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HEX_IN_LABEL = 8, KEY_SIZE = 1024 };

/* ---- weights ---- */

/* A trained model is labelled name-hex8 and kept as name-hex16.h5. */
static bool trained_name(const char *label, const char *identity, char *name, size_t size)
{
    const size_t length = strlen(label);
    const size_t stem = length > HEX_IN_LABEL ? length - HEX_IN_LABEL : 0;
    return stem > 0 && strncmp(label + stem, identity, HEX_IN_LABEL) == 0 &&
           snprintf(name, size, "%.*s%s.h5", (int)stem, label, identity) < (int)size;
}

static bool has_hash(const struct study_data *data, int case_index, const struct network *network)
{
    const struct case_place place = data->cases[case_index];
    const struct case_table *const table = &data->sources[place.source].table;
    uint64_t hash = 0;
    struct error ignored;
    return network->n_hidden == study_hidden(data, case_index) &&
           network_hash(network, &hash, &ignored) == STATUS_OK &&
           hash == ((const uint64_t *)table->values[VAR_WEIGHTS_HASH])[place.row];
}

static bool try_path(const struct study_data *data, int case_index, const char *folder,
                     const char *name, struct network *network, char *path)
{
    struct model_labels labels;
    struct error ignored;
    const bool is_absolute = name[0] == '/'; /* of a study with a glob from the root */
    const bool is_nowhere = !is_absolute && (folder == NULL || folder[0] == '\0');
    if (is_nowhere ||
        snprintf(path, PATH_MAX, "%s%s%s", is_absolute ? "" : folder, is_absolute ? "" : "/",
                 name) >= PATH_MAX ||
        access(path, R_OK) != 0 || model_file_read(path, network, &labels, &ignored) != STATUS_OK) {
        return false;
    }
    if (!has_hash(data, case_index, network)) {
        network_release(network);
        return false;
    }
    return true;
}

bool stored_case_weights(const struct study_data *data, int case_index, const char *folder,
                         struct network *network, char *path)
{
    const struct source *const source = &data->sources[data->cases[case_index].source];
    const char *const folders[] = {folder, source->models_dir, source->study_dir};
    const char *const label = study_model(data, case_index);
    char trained[PATH_MAX];
    const bool is_trained =
        trained_name(label, study_identity(data, case_index), trained, sizeof trained);
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        if (try_path(data, case_index, folders[i], label, network, path) ||
            (is_trained && try_path(data, case_index, folders[i], trained, network, path))) {
            return true;
        }
    }
    return false;
}

/* ---- trials ---- */

/* What stands in a list of lines "<key><value>" behind the key, or NULL. */
static const char *find_line(const char *lines, const char *key)
{
    const size_t length = strlen(key);
    for (const char *at = lines; *at != '\0'; at += strcspn(at, "\n"), at += *at == '\n') {
        if (strncmp(at, key, length) == 0) {
            return at + length;
        }
    }
    return NULL;
}

static bool read_params(const char *canonical, const struct task_ops *task, double *params)
{
    task_default_params(task, params);
    for (int i = 0; i < task->n_params; i++) {
        char key[KEY_SIZE];
        (void)snprintf(key, sizeof key, "tasks.%s.%s = ", task->name, task->params[i].name);
        const char *const value = find_line(canonical, key);
        if (value == NULL) {
            return false;
        }
        params[i] = strtod(value, NULL);
        if (!(params[i] >= task->params[i].low && params[i] <= task->params[i].high)) {
            return false;
        }
    }
    return true;
}

/* Hash and path of a file of trials; the path is only a hint of where it was. */
static enum stored_trials find_file(const struct source *source, const char *task,
                                    const char *hash_text, char *path, uint64_t *hash)
{
    char key[KEY_SIZE];
    (void)snprintf(key, sizeof key, "%s = ", task);
    const char *const line = find_line(source->task_files, key);
    *hash = strtoull(hash_text, NULL, 16);
    if (line == NULL) {
        return STORED_TRIALS_UNKNOWN;
    }
    (void)snprintf(path, PATH_MAX, "%.*s", (int)strcspn(line, "\n"), line);
    return STORED_TRIALS_FILE;
}

enum stored_trials stored_case_trials(const struct study_data *data, int case_index, double *params,
                                      char *path, uint64_t *hash)
{
    const struct source *const source = &data->sources[data->cases[case_index].source];
    const char *const label = study_task(data, case_index);
    const struct task_ops *const task = task_find(label);
    char key[KEY_SIZE];
    if (task != NULL && read_params(source->canonical, task, params)) {
        return STORED_TRIALS_BUILT_IN;
    }
    (void)snprintf(key, sizeof key, "tasks.%s = trials ", label);
    const char *const hash_text = find_line(source->canonical, key);
    return hash_text != NULL ? find_file(source, label, hash_text, path, hash) : STORED_TRIALS_OWN;
}

enum precision stored_case_precision(const struct study_data *data, int case_index)
{
    const struct source *const source = &data->sources[data->cases[case_index].source];
    const bool is_single =
        find_line(source->canonical, "precision = float32") != NULL ||
        find_line(source->canonical, "precision = single") != NULL; /* format 3 */
    return is_single ? PRECISION_FLOAT32 : PRECISION_FLOAT64;
}

bool stored_case_is_shared(const struct study_data *data, int case_index)
{
    const struct source *const source = &data->sources[data->cases[case_index].source];
    const char *const from = find_line(source->canonical, "team = from ");
    return from != NULL && study_hidden(data, case_index) >= strtol(from, NULL, 10);
}
