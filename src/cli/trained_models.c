#include "cli/trained_models.h"

#include "core/memory.h"
#include "core/text.h"
#include "store/atomic_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Whether there is a file for the model; what stands in its way is an error. */
static enum status find_file(const struct model_spec *model, bool *is_there, struct error *error)
{
    struct stat info;
    *is_there = stat(model->path, &info) == 0;
    if (*is_there || ((errno == ENOENT || errno == ENOTDIR) && lstat(model->path, &info) != 0)) {
        return STATUS_OK;
    }
    return errno == ENOENT /* trained, it could not be kept there */
               ? error_set(error, STATUS_INPUT,
                           "%s: a link that leads nowhere, expected a model or no file",
                           model->path)
               : error_set(error, STATUS_IO, "%s: %s", model->path, strerror(errno));
}

/* What is in a model's file is what was once trained: its checksum is compared by who reads it. */
static enum status look_at(struct model_spec *model, const struct study_sources *sources,
                           struct error *error)
{
    struct model_facts facts;
    TRY(sources->read_model(sources->context, model->path, &facts, error));
    model->weights_hash = facts.weights_hash;
    return strcmp(facts.identity, model->identity) == 0
               ? STATUS_OK
               : error_set(error, STATUS_INPUT,
                           "%s: identity is '%s', expected '%s': not the model that its name says",
                           model->path, facts.identity, model->identity);
}

/* there[n_there]: the models of the sweep that have a file. */
static enum status look_at_all(const struct sweep *sweep, const int *there, size_t n_there,
                               const struct study_sources *sources, struct error *error)
{
    char **paths = NULL; /* borrowed ones */
    TRY(memory_array(&paths, n_there, sizeof *paths, error));
    for (size_t i = 0; i < n_there; i++) {
        paths[i] = sweep->models[there[i]].path;
    }
    enum status status = sources->expect(sources->context, sweep->output, paths, n_there, error);
    free(paths);
    for (size_t i = 0; i < n_there && status == STATUS_OK; i++) {
        status = look_at(&sweep->models[there[i]], sources, error);
    }
    return status;
}

/* missing[n_models]: from the models that a case needs to those that have no file. */
static enum status find_files(const struct sweep *sweep, struct model_survey *survey,
                              unsigned char *missing, struct error *error)
{
    const struct study_sources sources = model_survey_sources(survey);
    enum status status = STATUS_OK;
    size_t n_there = 0;
    int *there = NULL;
    TRY(memory_array(&there, (size_t)sweep->n_models, sizeof *there, error));
    for (int i = 0; status == STATUS_OK && i < sweep->n_models; i++) {
        bool is_there = false;
        missing[i] = missing[i] != 0 && sweep->models[i].is_trained;
        if (missing[i] != 0) {
            status = find_file(&sweep->models[i], &is_there, error);
        }
        if (is_there) {
            missing[i] = 0;
            there[n_there++] = i;
        }
    }
    THEN(status, look_at_all(sweep, there, n_there, &sources, error));
    free(there);
    return status;
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Early, when nothing is written yet: the folder exists, or the one that it is to stand in. */
static enum status check_folder(const char *path, struct error *error)
{
    struct stat info;
    char *parent = NULL;
    if (is_folder(path)) {
        return STATUS_OK;
    }
    const bool is_taken = lstat(path, &info) == 0;
    TRY(path_directory(&parent, path, error));
    const bool fits = !is_taken && is_folder(parent);
    free(parent);
    return fits ? STATUS_OK
                : error_set(error, STATUS_IO, "%s: cannot create the folder: %s", path,
                            strerror(is_taken ? EEXIST : ENOENT));
}

/* All trained models of a study share one folder. */
static enum status visit_folder(const struct sweep *sweep, const unsigned char *missing,
                                enum status (*visit)(const char *path, struct error *error),
                                struct error *error)
{
    const unsigned char *const first = memchr(missing, 1, (size_t)sweep->n_models);
    char *folder = NULL;
    if (first == NULL) {
        return STATUS_OK;
    }
    TRY(path_directory(&folder, sweep->models[first - missing].path, error));
    for (size_t end = strlen(folder); end > 1 && folder[end - 1] == '/'; end--) {
        folder[end - 1] = '\0';
    }
    const enum status status = visit(folder, error);
    free(folder);
    return status;
}

enum status trained_models_find_missing(struct sweep *sweep, struct model_survey *survey,
                                        unsigned char **missing, struct error *error)
{
    enum status status = memory_array(missing, (size_t)sweep->n_models, 1, error);
    for (int i = 0; status == STATUS_OK && i < sweep->n_cases; i++) {
        (*missing)[sweep->cases[i].model] = 1; /* a shard does not need all models */
    }
    THEN(status, find_files(sweep, survey, *missing, error));
    THEN(status, visit_folder(sweep, *missing, check_folder, error));
    if (status != STATUS_OK) {
        free(*missing);
        *missing = NULL;
    }
    return status;
}

static enum status make_folder(const char *path, struct error *error)
{
    TRY(path_make_folder(path, error));
    return atomic_file_clear_dead(path, error);
}

enum status trained_models_make_folders(const struct sweep *sweep, const unsigned char *missing,
                                        struct error *error)
{
    return visit_folder(sweep, missing, make_folder, error);
}
