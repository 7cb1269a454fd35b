#include "cli/trained_models.h"

#include "core/memory.h"
#include "core/text.h"
#include "store/model_write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static enum status check_model(const struct model_spec *model, unsigned char *missing,
                               struct error *error)
{
    struct stat info;
    struct training_facts facts;
    char identity[17];
    if (!model->is_trained) {
        return STATUS_OK;
    }
    if (stat(model->path, &info) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) {
            *missing = 1;
            return STATUS_OK;
        }
        return error_set(error, STATUS_IO, "%s: %s", model->path, strerror(errno));
    }
    TRY(model_file_read_facts(model->path, &facts, identity, error));
    if (strcmp(identity, model->identity) != 0) {
        return error_set(error, STATUS_INPUT,
                         "%s: identity is '%s', expected '%s': not the model that its name says",
                         model->path, identity, model->identity);
    }
    return STATUS_OK;
}

enum status trained_models_find_missing(const struct sweep *sweep, unsigned char **missing,
                                        struct error *error)
{
    TRY(memory_array(missing, (size_t)sweep->n_models, 1, error));
    for (int i = 0; i < sweep->n_models; i++) {
        const enum status status = check_model(&sweep->models[i], &(*missing)[i], error);
        if (status != STATUS_OK) {
            free(*missing);
            *missing = NULL;
            return status;
        }
    }
    return STATUS_OK;
}

static enum status make_folder(const char *path, struct error *error)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_IO, "%s: cannot create the folder: %s", path, strerror(errno));
}

enum status trained_models_make_folders(const struct sweep *sweep, const unsigned char *missing,
                                        struct error *error)
{
    for (int i = 0; i < sweep->n_models; i++) {
        char *folder = NULL;
        if (missing[i] == 0) {
            continue;
        }
        TRY(path_directory(&folder, sweep->models[i].path, error));
        const enum status status = make_folder(folder, error);
        free(folder);
        return status; /* all trained models of a study share one folder */
    }
    return STATUS_OK;
}
