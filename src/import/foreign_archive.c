#include "import/foreign_archive.h"

#include "core/text.h"
#include "import/archive.h"
#include "import/table.h"

#include <stdio.h>
#include <string.h>

enum { NAME_SHOWN = 120 };

/* Part of a member's name, with a '/' before it for what is no beginning. */
static const struct {
    const char *part;
    const char *advice;
} MEMBERS[] = {
    {"/.data/extern_modules", "a torch.package archive: load the model and save its state_dict()"},
    {"/[Content_Types].xml", "an office document, expected weights"},
    {"/saved_model.pb", "a TensorFlow SavedModel: save the model's weights with numpy.savez"},
    {"/META-INF/MANIFEST.MF", "a Java archive, expected weights"},
};

/* Files of weights that people put into an archive. */
static const char *const WEIGHTS[] = {".npz", ".safetensors", ".pt", ".pth",
                                      ".h5",  ".hdf5",        ".mat"};

static bool is_weights(const char *name)
{
    for (size_t i = 0; i < sizeof WEIGHTS / sizeof WEIGHTS[0]; i++) {
        if (text_stem_length(name, WEIGHTS[i]) < strlen(name)) {
            return true;
        }
    }
    return false;
}

static enum status check_members(const struct archive *archive, const char *path,
                                 struct error *error)
{
    char weights[NAME_SHOWN] = "";
    bool is_format = false; /* of one that import reads, or that of Keras */
    for (uint64_t i = 0; i < archive->n_members; i++) {
        char name[IMPORT_NAME_LENGTH + 2];
        (void)snprintf(name, sizeof name, "/%s", archive_member(archive, i).name);
        for (size_t k = 0; k < sizeof MEMBERS / sizeof MEMBERS[0]; k++) {
            if (strstr(name, MEMBERS[k].part) != NULL) {
                return error_set(error, STATUS_INPUT, "%s: %s", path, MEMBERS[k].advice);
            }
        }
        is_format = is_format || text_stem_length(name, ".npy") < strlen(name) ||
                    text_stem_length(name, "/data.pkl") < strlen(name) ||
                    strcmp(name, "/model.weights.h5") == 0;
        if (is_weights(name)) {
            (void)snprintf(weights, sizeof weights, "%.*s", NAME_SHOWN - 1, name + 1);
        }
    }
    if (is_format || weights[0] == '\0') {
        return STATUS_OK;
    }
    text_clean(weights);
    return error_set(error, STATUS_INPUT, "%s: a zip archive with %s in it: unpack it first", path,
                     weights);
}

enum status foreign_archive_check(const char *path, struct error *error)
{
    struct archive archive;
    struct error ignored;
    if (archive_open(&archive, path, ARCHIVE_MAX_MEMBERS, &ignored) != STATUS_OK) {
        return STATUS_OK;
    }
    const enum status status = check_members(&archive, path, error);
    archive_close(&archive);
    return status;
}
