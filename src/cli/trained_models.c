#include "cli/trained_models.h"

#include "core/memory.h"
#include "core/text.h"
#include "store/model_file.h"
#include "store/model_write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What is in a model's file is what was once trained. */
static enum status check_weights(const char *path, const struct kept_facts *facts,
                                 struct error *error)
{
    struct network network;
    struct model_labels labels;
    uint64_t hash = 0;
    if (facts->checksum[0] == '\0') {
        return STATUS_OK;
    }
    TRY(model_file_survey(path, &network, &labels, &hash, error));
    network_release(&network);
    return STATUS_OK;
}

static enum status check_model(const struct model_spec *model, unsigned char *missing,
                               struct error *error)
{
    struct stat info;
    struct kept_facts facts;
    *missing = 0;
    if (!model->is_trained) {
        return STATUS_OK;
    }
    if (stat(model->path, &info) != 0) {
        if ((errno == ENOENT || errno == ENOTDIR) && lstat(model->path, &info) != 0) {
            *missing = 1;
            return STATUS_OK;
        }
        if (errno == ENOENT) { /* trained, it could not be kept there */
            return error_set(error, STATUS_INPUT,
                             "%s: a link that leads nowhere, expected a model or no file",
                             model->path);
        }
        return error_set(error, STATUS_IO, "%s: %s", model->path, strerror(errno));
    }
    const int64_t held = model_file_hold(model->path);
    enum status status = model_file_read_facts(model->path, &facts, error);
    THEN(status, check_weights(model->path, &facts, error));
    model_file_let_go(held);
    TRY(status);
    if (strcmp(facts.identity, model->identity) != 0) {
        return error_set(error, STATUS_INPUT,
                         "%s: identity is '%s', expected '%s': not the model that its name says",
                         model->path, facts.identity, model->identity);
    }
    return STATUS_OK;
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

enum status trained_models_find_missing(const struct sweep *sweep, unsigned char **missing,
                                        struct error *error)
{
    enum status status = memory_array(missing, (size_t)sweep->n_models, 1, error);
    for (int i = 0; status == STATUS_OK && i < sweep->n_cases; i++) {
        (*missing)[sweep->cases[i].model] = 1; /* a shard does not need all models */
    }
    for (int i = 0; status == STATUS_OK && i < sweep->n_models; i++) {
        if ((*missing)[i] != 0) {
            status = check_model(&sweep->models[i], &(*missing)[i], error);
        }
    }
    THEN(status, visit_folder(sweep, *missing, check_folder, error));
    if (status != STATUS_OK) {
        free(*missing);
        *missing = NULL;
    }
    return status;
}

enum status trained_models_make_folders(const struct sweep *sweep, const unsigned char *missing,
                                        struct error *error)
{
    return visit_folder(sweep, missing, path_make_folder, error);
}
