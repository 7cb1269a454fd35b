#include "import/pickle/pickle.h"

#include <string.h>

bool pickle_get_text(const struct pickle_value *value, struct pickle_text *text)
{
    if (value == NULL || (value->kind != PICKLE_STR && value->kind != PICKLE_BYTES)) {
        return false;
    }
    *text = value->text;
    return true;
}

struct pickle_text pickle_text_of(const char *text)
{
    return (struct pickle_text){(const unsigned char *)text, strlen(text)};
}

bool pickle_is_text(const struct pickle_value *value, const char *text)
{
    struct pickle_text found;
    return pickle_get_text(value, &found) && found.size == strlen(text) &&
           memcmp(found.bytes, text, found.size) == 0;
}

bool pickle_get_count(const struct pickle_value *value, uint64_t *count)
{
    if (value == NULL || (value->kind != PICKLE_INT && value->kind != PICKLE_BOOL) ||
        value->integer < 0) {
        return false;
    }
    *count = (uint64_t)value->integer;
    return true;
}

size_t pickle_length(const struct pickle_value *value)
{
    return value != NULL && (value->kind == PICKLE_TUPLE || value->kind == PICKLE_LIST)
               ? value->list.count
               : 0;
}

struct pickle_value *pickle_item(const struct pickle_value *value, size_t index)
{
    return index < pickle_length(value) ? value->list.items[index] : NULL;
}

const struct pickle_list *pickle_pairs(const struct pickle_value *value)
{
    if (value != NULL && value->kind == PICKLE_DICT) {
        return &value->list;
    }
    return value != NULL && value->kind == PICKLE_OBJECT ? &value->object->pairs : NULL;
}

struct pickle_value *pickle_entry(const struct pickle_value *value, const char *key)
{
    const struct pickle_list *const pairs = pickle_pairs(value);
    for (uint32_t i = 0; pairs != NULL && i < pairs->count; i += 2) {
        if (pickle_is_text(pairs->items[i], key)) {
            return pairs->items[i + 1];
        }
    }
    return NULL;
}

bool pickle_is_global(const struct pickle_value *value, const char *module, const char *name)
{
    struct pickle_text found;
    const size_t length = strlen(module);
    if (value == NULL || value->kind != PICKLE_GLOBAL ||
        !pickle_is_text(value->global.name, name) ||
        !pickle_get_text(value->global.module, &found) || found.size < length) {
        return false;
    }
    return memcmp(found.bytes, module, length) == 0 &&
           (found.size == length || found.bytes[length] == '.');
}

const struct pickle_value *pickle_callable(const struct pickle_value *value)
{
    return value != NULL && value->kind == PICKLE_OBJECT ? value->object->callable : NULL;
}

struct pickle_value *pickle_argument(const struct pickle_value *value, size_t index)
{
    return value != NULL && value->kind == PICKLE_OBJECT
               ? pickle_item(value->object->arguments, index)
               : NULL;
}
