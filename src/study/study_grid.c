/* Models to train: a grid of constructions, widths and seeds. */
#include "kernel/dynamics/task.h"
#include "study/study_parts.h"

#include <stdlib.h>
#include <string.h>

static const struct key_spec GRID_KEYS[] = {
    {"task", KEY_TEXT, true, 0, 0},
    {"construction", KEY_TEXT | KEY_LIST, true, 0, 0},
    {"hidden", KEY_INTEGER | KEY_LIST, true, 1, STUDY_MAX_HIDDEN},
    {"seeds", KEY_INTEGER | KEY_TEXT | KEY_LIST, false, 0, 0},
    {"recipe", KEY_TEXT | KEY_GROUP, false, 0, 0},
};

enum status study_read_grid(struct study_reader *reader, const config_setting_t *entry)
{
    TRY(config_check(reader->config, entry, "model", GRID_KEYS,
                     sizeof GRID_KEYS / sizeof GRID_KEYS[0], reader->error));
    const config_setting_t *const seeds_setting = config_setting_get_member(entry, "seeds");
    if (seeds_setting != NULL) {
        int64_t *seeds = NULL;
        int count = 0;
        TRY(study_read_seeds(reader->config, seeds_setting, &seeds, &count, reader->error));
        free(seeds);
    }
    return config_error(reader->config, entry, reader->error,
                        "models to train are not supported by this version, expected "
                        "file = \"...\"");
}
