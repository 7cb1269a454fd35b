#include "import/key_rules.h"

#include <ctype.h>
#include <string.h>

#define KEY(name, meaning, ...) {.base = (name), .role = IMPORT_##meaning, __VA_ARGS__},
const struct key_rule KEY_RULES[] = {
#include <import/key_rules.def>
    {.base = NULL}};

/* As long as `base` and the same letters; what is '.' in it may be '/'. */
static bool is_same(const char *name, const char *base)
{
    for (; *base != '\0'; name++, base++) {
        if (tolower((unsigned char)*name) != tolower((unsigned char)*base) &&
            !(*base == '.' && *name == '/')) {
            return false;
        }
    }
    return true;
}

bool import_key_matches(const char *name, const char *base, size_t *prefix_length)
{
    size_t length = strlen(name);
    const size_t wanted = strlen(base);
    if (length > 2 && strcmp(name + length - 2, ":0") == 0) {
        length -= 2; /* of a TensorFlow variable */
    }
    if (length < wanted || !is_same(name + length - wanted, base)) {
        return false;
    }
    *prefix_length = length - wanted;
    return length == wanted || strchr("./", name[length - wanted - 1]) != NULL;
}

enum orientation import_word_orientation(const char *name)
{
    size_t length = 0;
    return import_key_matches(name, "weight", &length)   ? ORIENTATION_TO_FROM
           : import_key_matches(name, "kernel", &length) ? ORIENTATION_FROM_TO
                                                         : ORIENTATION_UNKNOWN;
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
