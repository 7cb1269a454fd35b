#include "core/named.h"

#include <string.h>

/* Thing number i, or NULL; *name is its first member. Copied, since the list has another type. */
static const void *thing_at(const void *list, size_t i, const char **name)
{
    const void *thing = NULL;
    memcpy(&thing, (const char *)list + i * sizeof thing, sizeof thing);
    if (thing != NULL) {
        memcpy(name, thing, sizeof *name);
    }
    return thing;
}

const void *named_find(const void *list, const char *wanted)
{
    const char *name = NULL;
    for (size_t i = 0;; i++) {
        const void *const thing = thing_at(list, i, &name);
        if (thing == NULL || strcmp(name, wanted) == 0) {
            return thing;
        }
    }
}

size_t named_names(const void *list, const char *names[NAMED_MAX])
{
    size_t count = 0;
    while (count < NAMED_MAX && thing_at(list, count, &names[count]) != NULL) {
        count++;
    }
    return count;
}
