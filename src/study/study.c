#include "study/study.h"

#include "core/memory.h"
#include "core/text.h"
#include "study/study_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    TRY(config_choice(reader->config, root, "precision", words, 2, &index));
    reader->sweep->precision = (enum precision)index;
    return STATUS_OK;
}

/* By default <study file without .cfg>.h5 beside the study file. By a link the file itself is
 * meant: its lock lies beside it, and it is what --fresh moves. */
static enum status name_output(const struct study_reader *reader, const config_setting_t *root,
                               const char *output)
{
    const struct config *const config = reader->config;
    const config_setting_t *const setting = config_setting_get_member(root, "output");
    const char *const path = config_text(root, "output", "");
    char *named = NULL;
    if (output != NULL) {
        return path_follow_link(&reader->sweep->output, output, reader->error);
    }
    if (setting == NULL) {
        const char *const slash = strrchr(config->path, '/');
        const char *const name = slash != NULL ? slash + 1 : config->path;
        const char *const dot = name[0] != '\0' ? strrchr(name + 1, '.') : NULL;
        const size_t stem = dot != NULL ? (size_t)(dot - config->path) : strlen(config->path);
        TRY(memory_array(&named, stem + sizeof ".h5", 1, reader->error));
        memcpy(named, config->path, stem);
        memcpy(named + stem, ".h5", sizeof ".h5");
    } else if (path[0] == '\0') {
        return config_error(config, setting, "output is empty, expected a path");
    } else {
        TRY(path_join_short(&named, config->directory, path, reader->error));
    }
    const enum status status = path_follow_link(&reader->sweep->output, named, reader->error);
    free(named);
    return status;
}

/* A screen needs something to screen, and the values that it goes by in the results. */
static enum status check_screen(const struct study_reader *reader, const config_setting_t *root)
{
    const bool has_prediction = sweep_find_diagnostic(reader->sweep, "gn") >= 0;
    return !reader->sweep->screen || (reader->has_partitions && has_prediction)
               ? STATUS_OK
               : config_error(reader->config, config_setting_get_member(root, "screen"),
                              "screen is true without %s",
                              reader->has_partitions ? "the diagnostic \"gn\""
                                                     : "partitions = \"all\"");
}

static enum status read_scalars(struct study_reader *reader, const config_setting_t *root,
                                const char *output)
{
    static const char *const words[] = {"none", "all"};
    const char *const name = config_text(root, "study", "");
    int prediction = GAUSS_NEWTON_BY_PRICE;
    int partitions = config_bool(root, "profile", false); /* of older studies */
    if (name[0] == '\0') {
        return config_error(reader->config, config_setting_get_member(root, "study"),
                            "study is empty, expected a name");
    }
    TRY(memory_string(&reader->sweep->name, name, reader->error));
    reader->sweep->seed = config_integer(root, "seed", 0);
    reader->sweep->epsilon = config_real(root, "epsilon", 0.1);
    reader->sweep->screen = config_bool(root, "screen", false);
    TRY(read_precision(reader, root));
    TRY(config_choice(reader->config, root, "gauss_newton", GAUSS_NEWTON_NAMES,
                      GAUSS_NEWTON_CHOICES, &prediction));
    reader->sweep->gauss_newton = (enum gauss_newton_choice)prediction;
    TRY(config_choice(reader->config, root, "partitions", words, 2, &partitions));
    reader->has_partitions = partitions == 1;
    TRY(study_read_team(reader, root));
    TRY(path_join_short(&reader->models_dir, reader->config->directory,
                        config_text(root, "models_dir", "models"), reader->error));
    TRY(study_read_alphas(reader, config_setting_get_member(root, "alphas")));
    TRY(study_read_ablations(reader, config_setting_get_member(root, "ablations")));
    return name_output(reader, root, output);
}

static bool is_grid(const config_setting_t *entry)
{
    return config_setting_get_member(entry, "file") == NULL;
}

static enum status read_model(struct study_reader *reader, const config_setting_t *entry)
{
    return is_grid(entry) ? study_read_grid(reader, entry) : study_read_files(reader, entry);
}

/* Reads each entry of a list of groups. */
static enum status
read_entries(struct study_reader *reader, const config_setting_t *list, const char *what,
             enum status (*read)(struct study_reader *reader, const config_setting_t *entry))
{
    const int count = config_setting_length(list);
    if (count == 0) {
        return config_error(reader->config, list, "%s is empty, expected at least one entry { }",
                            what);
    }
    for (int i = 0; i < count; i++) {
        const config_setting_t *const entry = config_setting_get_elem(list, (unsigned)i);
        if (!config_setting_is_group(entry)) {
            return config_error(reader->config, entry,
                                "entry %d of %s is not a group, expected { ... }", i + 1, what);
        }
        reader->has_grid = reader->has_grid || (read == read_model && is_grid(entry));
    }
    for (int i = 0; i < count; i++) {
        TRY(read(reader, config_setting_get_elem(list, (unsigned)i)));
    }
    return STATUS_OK;
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
    TRY(config_check(reader->config, root, &STUDY_GROUPS[GROUP_STUDY]));
    TRY(read_scalars(reader, root, output));
    const config_setting_t *const tasks = config_setting_get_member(root, "tasks");
    const config_setting_t *const models = config_setting_get_member(root, "models");
    if (tasks != NULL) {
        TRY(read_entries(reader, tasks, "tasks", study_read_task));
    }
    TRY(study_read_diagnostics(reader, config_setting_get_member(root, "diagnostics")));
    TRY(check_screen(reader, root));
    TRY(read_entries(reader, models, "models", read_model));
    TRY(study_read_ood(reader, config_setting_get_member(root, "ood")));
    TRY(study_name_own_trials(reader));
    if (reader->has_partitions) {
        reader->sweep->n_partitions = sweep_max_modes(reader->sweep);
    }
    if (reader->sweep->n_cases == 0) {
        return config_error(reader->config, models,
                            "models match nothing but the study's own output");
    }
    TRY(study_check_job_count(reader, models, reader->sweep->n_cases));
    clean_labels(reader->sweep);
    return study_write_canonical(reader->sweep, reader->error);
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
