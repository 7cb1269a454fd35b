#include "report/file_places.h"

#include "core/memory.h"
#include "core/text.h"

#include <stdlib.h>
#include <string.h>

const char *path_last_part(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static enum status add(struct file_places *places, const char *folder, struct error *error)
{
    return folder == NULL || folder[0] == '\0'
               ? STATUS_OK
               : memory_string(&places->folders[places->n++], folder, error);
}

/* The folder of that name in another one. */
static enum status add_in(struct file_places *places, const char *folder, const char *path,
                          struct error *error)
{
    const char *const name = path_last_part(path);
    return name[0] == '\0' ? STATUS_OK
                           : path_join(&places->folders[places->n++], folder, name, error);
}

enum status file_places_create(struct file_places *places, const struct results_input *input,
                               const char *folder, struct error *error)
{
    char *above = NULL;
    *places = (struct file_places){.n = 0};
    TRY(add(places, folder, error));
    TRY(add(places, input->models_dir, error));
    TRY(add(places, input->study_dir, error));
    TRY(add(places, input->folder, error));
    places->n_sure = places->n;
    TRY(path_join(&above, input->folder, "..", error));
    enum status status = add(places, above, error);
    for (int i = 0; i < 2 && status == STATUS_OK; i++) {
        const char *const known = i == 0 ? input->models_dir : input->study_dir;
        status = add_in(places, input->folder, known, error);
        THEN(status, add_in(places, above, known, error));
    }
    free(above);
    return status;
}

void file_places_release(struct file_places *places)
{
    for (int i = 0; i < places->n; i++) {
        free(places->folders[i]);
    }
    *places = (struct file_places){0};
}
