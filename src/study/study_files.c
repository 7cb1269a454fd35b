/* Models from files: globs, what each file holds, the cases it gives. */
#include "core/hash.h"
#include "core/memory.h"
#include "core/schur_dir.h"
#include "core/text.h"
#include "study/shard.h"
#include "study/study_parts.h"

#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_inside(const char *path, const char *directory)
{
    char real_path[PATH_MAX];
    char real_directory[PATH_MAX];
    if (realpath(path, real_path) == NULL || realpath(directory, real_directory) == NULL) {
        return false;
    }
    const size_t length = strlen(real_directory);
    return strncmp(real_path, real_directory, length) == 0 && real_path[length] == '/';
}

/* The task that `word` names for a model; `own`: the trials in its file, else the built-in task
 * that its attribute names. */
static enum status add_task_case(struct study_reader *reader, const config_setting_t *entry,
                                 int model, const struct model_facts *facts, const char *word)
{
    const struct config *const config = reader->config;
    const char *const path = reader->sweep->models[model].path;
    const bool is_own = strcmp(word, "own") == 0;
    const char *const name = !is_own ? word : facts->has_trials ? "own" : facts->task;
    const char *const label = !is_own ? word : facts->task[0] != '\0' ? facts->task : "own";
    const struct trials_facts *trials = &facts->trials;
    int task = CASE_TASK_OWN;
    if (!is_own || !facts->has_trials) {
        TRY(study_find_task(reader, name, &task));
        if (task < 0) {
            return is_own ? config_error(config, entry,
                                         "%s has no /trials and its task is '%s', expected trials "
                                         "or the name of a task",
                                         path, name)
                          : study_unknown_task(reader, entry, word, true);
        }
        trials = &reader->task_facts[task];
    }
    if (facts->n_in != trials->n_in || facts->n_out != trials->n_out) {
        return config_error(config, entry,
                            "%s has %d inputs and %d outputs, task '%s' has %d and %d", path,
                            facts->n_in, facts->n_out, name, trials->n_in, trials->n_out);
    }
    if (trials->n_hidden != 0 && trials->n_hidden != facts->n_hidden) {
        return config_error(config, entry,
                            "%s has %d units, the initial states of task '%s' have %d", path,
                            facts->n_hidden, name, trials->n_hidden);
    }
    return study_add_cases(reader, config_setting_parent(entry), model, task, label);
}

static enum status add_file(struct study_reader *reader, const config_setting_t *entry,
                            const char *path, const char *label, const char *const *tasks,
                            int n_tasks)
{
    struct model_facts facts;
    int index = -1;
    TRY(reader->sources->read_model(reader->sources->context, path, &facts, reader->error));
    const struct model_spec model = {.cell = facts.cell,
                                     .n_hidden = facts.n_hidden,
                                     .n_in = facts.n_in,
                                     .n_out = facts.n_out,
                                     .seed = facts.seed,
                                     .weights_hash = facts.weights_hash,
                                     .trials_hash = facts.trials.hash,
                                     .trial_steps = facts.trials.steps};
    /* Weights and own trials: whatever the numbers of its cases depend on beside the study. */
    const uint64_t parts[2] = {facts.weights_hash, facts.trials.hash};
    char identity[17];
    (void)snprintf(identity, sizeof identity, "%016" PRIx64, hash_bytes64(parts, sizeof parts));
    const struct model_names names = {path, label, facts.task, facts.construction, identity};
    TRY(study_add_model(reader, &model, &names, &index));
    for (int i = 0; i < n_tasks; i++) {
        TRY(add_task_case(reader, entry, index, &facts, tasks[i]));
    }
    return STATUS_OK;
}

/* The part of a match that is relative to the study file, as the user wrote the pattern. */
static const char *relative_label(const struct config *config, const char *pattern,
                                  const char *match)
{
    const size_t length = strlen(config->directory);
    if (pattern[0] == '/' || strcmp(config->directory, ".") == 0 ||
        strncmp(match, config->directory, length) != 0) {
        return match;
    }
    return match[length] == '/' ? match + length + 1 : match + length;
}

/* The results file of the study itself or of a shard, or a kept Schur form: a glob over their
 * folder does not mean them. */
static bool is_output(const struct study_reader *reader, const char *path)
{
    return shard_is_output(path, reader->sweep->output) || schur_dir_contains(path) ||
           path_same_file(path, reader->sweep->output);
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* glob's handler: ends the search at a folder that may not be read. */
static int stop_at_forbidden(const char *path, int code)
{
    (void)path;
    return code == EACCES;
}

/* Why nothing was found. */
static enum status no_match(const struct config *config, const config_setting_t *setting,
                            const char *pattern, int code)
{
    if (code == GLOB_ABORTED || errno == EACCES) {
        return config_error(config, setting, "file \"%s\": a folder of it may not be read: %s",
                            pattern, strerror(EACCES));
    }
    return config_error(config, setting,
                        "file \"%s\" matches nothing, expected at least one model file", pattern);
}

static enum status expand(struct study_reader *reader, const config_setting_t *setting,
                          const char *const *tasks, int n_tasks)
{
    const struct config *const config = reader->config;
    const char *const pattern = config_setting_get_string(setting);
    const bool is_pattern = strpbrk(pattern, "*?[") != NULL;
    char *directory = NULL;
    char *full_pattern = NULL;
    glob_t matches = {0};
    TRY(path_literal_pattern(&directory, config->directory, reader->error));
    enum status status = path_join(&full_pattern, directory, pattern, reader->error);
    free(directory);
    TRY(status);
    errno = 0;
    const int code = glob(full_pattern, GLOB_NOSORT, stop_at_forbidden, &matches);
    if (code == 0) {
        qsort(matches.gl_pathv, matches.gl_pathc, sizeof *matches.gl_pathv, compare_paths);
    } else {
        status = no_match(config, setting, pattern, code);
    }
    free(full_pattern);
    if (status == STATUS_OK && reader->sources->expect != NULL) {
        status = reader->sources->expect(reader->sources->context, reader->sweep->output,
                                         matches.gl_pathv, matches.gl_pathc, reader->error);
    }
    for (size_t i = 0; status == STATUS_OK && i < matches.gl_pathc; i++) {
        const char *const path = matches.gl_pathv[i];
        if (is_pattern && is_output(reader, path)) {
            continue;
        }
        status = is_pattern && reader->has_grid && is_inside(path, reader->models_dir)
                     ? config_error(config, setting,
                                    "file \"%s\" matches %s inside models_dir, where the study's "
                                    "own trained models go; expected another folder",
                                    pattern, path)
                     : add_file(reader, setting, path, relative_label(config, pattern, path), tasks,
                                n_tasks);
    }
    globfree(&matches);
    return status;
}

enum status study_read_files(struct study_reader *reader, const config_setting_t *entry)
{
    static const char *const own[] = {"own"};
    TRY(config_check(reader->config, entry, &STUDY_GROUPS[GROUP_FILES]));
    const config_setting_t *const present = config_setting_get_member(entry, "evaluate_on");
    const config_setting_t *const setting =
        present != NULL ? present : config_setting_get_member(entry, "tasks");
    const config_setting_t *const file = config_setting_get_member(entry, "file");
    const char **tasks = NULL;
    int n_tasks = 0;
    if (setting == NULL) {
        return expand(reader, file, own, 1);
    }
    TRY(config_words(reader->config, setting, &tasks, &n_tasks));
    const enum status status = expand(reader, file, tasks, n_tasks);
    free(tasks);
    return status;
}
