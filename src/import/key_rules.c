#include "import/key_rules.h"

#include <string.h>
#include <strings.h>

#define KEY(name, meaning, ...) {.base = (name), .role = IMPORT_##meaning, __VA_ARGS__},
const struct key_rule KEY_RULES[] = {
#include <import/key_rules.def>
    {.base = NULL}};

bool import_key_matches(const char *name, const char *base, size_t *prefix_length)
{
    size_t length = strlen(name);
    const size_t wanted = strlen(base);
    if (length > 2 && strcmp(name + length - 2, ":0") == 0) {
        length -= 2; /* of a TensorFlow variable */
    }
    if (length < wanted || strncasecmp(name + length - wanted, base, wanted) != 0) {
        return false;
    }
    *prefix_length = length - wanted;
    return length == wanted || strchr("./", name[length - wanted - 1]) != NULL;
}

const struct key_rule *import_key_rule(const char *name, enum import_role role,
                                       size_t *prefix_length)
{
    for (const struct key_rule *rule = KEY_RULES; rule->base != NULL; rule++) {
        if (rule->role == role && import_key_matches(name, rule->base, prefix_length)) {
            return rule;
        }
    }
    return NULL;
}
