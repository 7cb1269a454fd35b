#include "study/study.h"

#include "core/memory.h"
#include "core/text.h"
#include "study/study_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum status read_name(struct study_reader *reader, const config_setting_t *root)
{
    const char *const name = config_text(root, "study", "");
    if (name[0] == '\0') {
        return config_error(reader->config, config_setting_get_member(root, "study"), reader->error,
                            "study is empty, expected a name");
    }
    return memory_string(&reader->sweep->name, name, reader->error);
}

static enum status read_precision(struct study_reader *reader, const config_setting_t *root)
{
    static const char *const words[] = {
        [PRECISION_FLOAT64] = "float64", [PRECISION_FLOAT32] = "float32"};
    static const char *const former[] = {
        [PRECISION_FLOAT64] = "double", [PRECISION_FLOAT32] = "single"};
    const char *const word = config_text(root, "precision", words[PRECISION_FLOAT64]);
    int index = PRECISION_FLOAT64;
    for (int i = 0; i < 2; i++) {
        if (strcmp(word, former[i]) == 0) {
            config_note(reader->config, config_setting_get_member(root, "precision"),
                        "precision \"%s\" is now called \"%s\"", former[i], words[i]);
            reader->sweep->precision = (enum precision)i;
            return STATUS_OK;
        }
    }
    TRY(config_choice(reader->config, root, "precision", words, 2, &index, reader->error));
    reader->sweep->precision = (enum precision)index;
    return STATUS_OK;
}

/* `partitions`, or `profile` of older studies. */
static enum status read_partitions(struct study_reader *reader, const config_setting_t *root)
{
    static const char *const words[] = {"none", "all"};
    int index = config_bool(root, "profile", false);
    TRY(config_choice(reader->config, root, "partitions", words, 2, &index, reader->error));
    reader->has_partitions = index == 1;
    return STATUS_OK;
}

/* <study file without .cfg>.h5 beside the study file. */
static enum status default_output(const char *study_path, char **output, struct error *error)
{
    const char *const slash = strrchr(study_path, '/');
    const char *const dot = strrchr(study_path, '.');
    const bool has_suffix = dot != NULL && (slash == NULL || dot > slash + 1) && dot != study_path;
    const size_t stem = has_suffix ? (size_t)(dot - study_path) : strlen(study_path);
    TRY(memory_array(output, stem + sizeof ".h5", 1, error));
    memcpy(*output, study_path, stem);
    memcpy(*output + stem, ".h5", sizeof ".h5");
    return STATUS_OK;
}

static enum status name_output(const struct study_reader *reader, const config_setting_t *root,
                               const char *output, char **path_out)
{
    const struct config *const config = reader->config;
    const config_setting_t *const setting = config_setting_get_member(root, "output");
    if (output != NULL) {
        return memory_string(path_out, output, reader->error);
    }
    if (setting == NULL) {
        return default_output(config->path, path_out, reader->error);
    }
    const char *const path = config_setting_get_string(setting);
    if (path[0] == '\0') {
        return config_error(config, setting, reader->error, "output is empty, expected a path");
    }
    return path_join_short(path_out, config->directory, path, reader->error);
}

static enum status read_scalars(struct study_reader *reader, const config_setting_t *root,
                                const char *output)
{
    TRY(read_name(reader, root));
    reader->sweep->seed = config_integer(root, "seed", 0);
    reader->sweep->epsilon = config_real(root, "epsilon", 0.1);
    TRY(read_precision(reader, root));
    TRY(read_partitions(reader, root));
    TRY(study_read_team(reader, root));
    TRY(path_join_short(&reader->models_dir, reader->config->directory,
                        config_text(root, "models_dir", "models"), reader->error));
    TRY(study_read_alphas(reader, config_setting_get_member(root, "alphas")));
    TRY(study_read_ablations(reader, config_setting_get_member(root, "ablations")));
    /* By a link the file itself is meant: its lock lies beside it, and it is what --fresh moves. */
    char *named = NULL;
    TRY(name_output(reader, root, output, &named));
    const enum status status = path_follow_link(&reader->sweep->output, named, reader->error);
    free(named);
    return status;
}

static enum status check_entries(const struct study_reader *reader, const config_setting_t *list,
                                 const char *what)
{
    if (config_setting_length(list) == 0) {
        return config_error(reader->config, list, reader->error,
                            "%s is empty, expected at least one entry { }", what);
    }
    for (int i = 0; i < config_setting_length(list); i++) {
        const config_setting_t *const entry = config_setting_get_elem(list, (unsigned)i);
        if (config_setting_type(entry) != CONFIG_TYPE_GROUP) {
            return config_error(reader->config, entry, reader->error,
                                "entry %d of %s is not a group, expected { ... }", i + 1, what);
        }
    }
    return STATUS_OK;
}

static bool is_grid(const config_setting_t *entry)
{
    return config_setting_get_member(entry, "file") == NULL;
}

static enum status read_models(struct study_reader *reader, const config_setting_t *models)
{
    TRY(check_entries(reader, models, "models"));
    const int count = config_setting_length(models);
    for (int i = 0; i < count; i++) {
        reader->has_grid =
            reader->has_grid || is_grid(config_setting_get_elem(models, (unsigned)i));
    }
    for (int i = 0; i < count; i++) {
        const config_setting_t *const entry = config_setting_get_elem(models, (unsigned)i);
        TRY(is_grid(entry) ? study_read_grid(reader, entry) : study_read_files(reader, entry));
    }
    TRY(study_name_own_trials(reader));
    if (reader->has_partitions) {
        reader->sweep->n_partitions = sweep_max_hidden(reader->sweep);
    }
    if (reader->sweep->n_cases == 0) {
        return config_error(reader->config, models, reader->error,
                            "models match nothing but the study's own output");
    }
    return study_check_job_count(reader, models, reader->sweep->n_cases);
}

/* Labels come from files and folders of any name; readers of the results need UTF-8. */
static void clean_labels(struct sweep *sweep)
{
    text_clean(sweep->name);
    for (int i = 0; i < sweep->n_models; i++) {
        text_clean(sweep->models[i].label);
        text_clean(sweep->models[i].task);
        text_clean(sweep->models[i].construction);
    }
    for (int i = 0; i < sweep->n_cases; i++) {
        text_clean(sweep->cases[i].task_label);
    }
}

static enum status read_root(struct study_reader *reader, const char *output)
{
    const config_setting_t *const root = config_root_setting(&reader->config->lib);
    TRY(config_check(reader->config, root, &STUDY_GROUPS[GROUP_STUDY], reader->error));
    TRY(read_scalars(reader, root, output));
    const config_setting_t *const tasks = config_setting_get_member(root, "tasks");
    if (tasks != NULL) {
        TRY(check_entries(reader, tasks, "tasks"));
        TRY(study_read_tasks(reader, tasks));
    }
    TRY(study_read_diagnostics(reader, config_setting_get_member(root, "diagnostics")));
    TRY(read_models(reader, config_setting_get_member(root, "models")));
    clean_labels(reader->sweep);
    return study_write_canonical(reader);
}

enum status study_load(struct sweep *sweep, const char *path, const char *output,
                       const struct study_sources *sources, char **notes, struct error *error)
{
    struct config config;
    *sweep = (struct sweep){0};
    TRY(config_open(&config, path, notes, error));
    struct study_reader reader = {
        .config = &config, .sources = sources, .sweep = sweep, .error = error};
    const enum status status = read_root(&reader, output);
    free(reader.task_facts);
    free(reader.models_dir);
    index_map_release(&reader.model_of_path);
    index_map_release(&reader.cases);
    config_close(&config);
    if (status != STATUS_OK) {
        sweep_release(sweep);
    }
    return status;
}
