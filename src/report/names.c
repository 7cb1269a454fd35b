#include "report/names.h"

#include "core/index_map.h"
#include "core/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* How much of a name is left out, from most to nothing. */
enum cut { CUT_HASH, CUT_ENDING, CUT_FOLDER, CUT_NOTHING, CUT_COUNT };

enum { HASH_DIGITS = 8 }; /* behind a dash, at the end of names that this program gives */

static bool ends_with_hash(const char *name, size_t length)
{
    if (length <= HASH_DIGITS + 1 || name[length - HASH_DIGITS - 1] != '-') {
        return false;
    }
    for (size_t i = length - HASH_DIGITS; i < length; i++) {
        if (isxdigit((unsigned char)name[i]) == 0) {
            return false;
        }
    }
    return true;
}

/* The part of a name that is left: its beginning and length. */
static const char *cut_name(const char *name, enum cut cut, size_t *length)
{
    const char *const slash = strrchr(name, '/');
    const char *const begin =
        cut <= CUT_FOLDER && slash != NULL && slash[1] != '\0' ? slash + 1 : name;
    const char *const dot = strrchr(begin, '.');
    *length = strlen(begin);
    if (cut <= CUT_ENDING && dot != NULL && dot > begin) {
        *length = (size_t)(dot - begin);
    }
    if (cut == CUT_HASH && ends_with_hash(begin, *length)) {
        *length -= HASH_DIGITS + 1;
    }
    return begin;
}

/* Counts in `counts` how often every short name of that cut occurs among different names. */
static enum status count_names(const struct study_data *data, enum cut cut, struct index_map *seen,
                               struct index_map *counts, struct error *error)
{
    for (int c = 0; c < data->n_cases; c++) {
        const char *const name = study_text(data, "model", c);
        const struct hash128 whole = hash_bytes128(name, strlen(name));
        size_t length = 0;
        const char *const part = cut_name(name, cut, &length);
        const struct hash128 key = hash_bytes128(part, length);
        if (index_map_find(seen, whole) < 0) {
            TRY(index_map_put(seen, whole, c, error));
            const int before = index_map_find(counts, key);
            TRY(index_map_put(counts, key, before < 0 ? 1 : before + 1, error));
        }
    }
    return STATUS_OK;
}

enum status short_names_create(struct short_names *names, const struct study_data *data,
                               struct error *error)
{
    *names = (struct short_names){.n = data->n_cases};
    TRY(memory_array(&names->of, (size_t)data->n_cases, sizeof *names->of, error));
    for (enum cut cut = CUT_HASH; cut < CUT_COUNT; cut++) {
        struct index_map seen = {0};
        struct index_map counts = {0};
        enum status status = count_names(data, cut, &seen, &counts, error);
        for (int c = 0; status == STATUS_OK && c < data->n_cases; c++) {
            size_t length = 0;
            const char *const part = cut_name(study_text(data, "model", c), cut, &length);
            const int count = index_map_find(&counts, hash_bytes128(part, length));
            if (names->of[c] == NULL && (count == 1 || cut == CUT_NOTHING)) {
                status = memory_array(&names->of[c], length + 1, 1, error);
                if (status == STATUS_OK) {
                    memcpy(names->of[c], part, length);
                }
            }
        }
        index_map_release(&seen);
        index_map_release(&counts);
        TRY(status);
    }
    return STATUS_OK;
}

void short_names_release(struct short_names *names)
{
    for (int i = 0; names->of != NULL && i < names->n; i++) {
        free(names->of[i]);
    }
    free(names->of);
    *names = (struct short_names){0};
}
