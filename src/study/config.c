#include "study/config.h"

#include "core/memory.h"
#include "core/text.h"
#include "study/scan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum status error_at(const struct config *config, int line, struct error *error,
                            const char *text)
{
    int line_in_file = 0;
    const char *const file = source_place(&config->source, line, &line_in_file);
    return file != NULL ? error_set(error, STATUS_INPUT, "%s:%d: %s", file, line_in_file, text)
                        : error_set(error, STATUS_INPUT, "%s: %s", config->path, text);
}

static enum status parse(struct config *config, struct error *error)
{
    if (config_read_string(&config->lib, config->source.text) == CONFIG_TRUE) {
        return STATUS_OK;
    }
    char text[ERROR_TEXT_SIZE / 2];
    const char *const what = config_error_text(&config->lib);
    const bool mixed = what != NULL && strstr(what, "mismatched element type") != NULL;
    (void)snprintf(text, sizeof text, "%s%s", what != NULL ? what : "syntax error",
                   mixed ? ": write 1.0 instead of 1, or use ( ) instead of [ ]" : "");
    return error_at(config, config_error_line(&config->lib), error, text);
}

enum status config_open(struct config *config, const char *path, char **notes, struct error *error)
{
    *config = (struct config){.notes = notes};
    config_init(&config->lib);
    enum status status = memory_string(&config->path, path, error);
    if (status == STATUS_OK) {
        status = path_directory(&config->directory, path, error);
    }
    if (status == STATUS_OK) {
        status = scan_study(path, config->directory, &config->source, error);
    }
    if (status == STATUS_OK) {
        status = parse(config, error);
    }
    if (status != STATUS_OK) {
        config_close(config);
    }
    return status;
}

void config_close(struct config *config)
{
    config_destroy(&config->lib);
    source_release(&config->source);
    free(config->path);
    free(config->directory);
    *config = (struct config){0};
}

enum status config_error(const struct config *config, const config_setting_t *setting,
                         struct error *error, const char *format, ...)
{
    va_list arguments;
    struct error what;
    va_start(arguments, format);
    (void)error_set_list(&what, STATUS_INPUT, format, arguments);
    va_end(arguments);
    const unsigned line = setting != NULL ? config_setting_source_line(setting) : 0;
    return error_at(config, (int)line, error, what.text);
}

void config_note(const struct config *config, const config_setting_t *setting, const char *format,
                 ...)
{
    va_list arguments;
    struct error what;
    struct error line;
    char *notes = NULL;
    va_start(arguments, format);
    (void)error_set_list(&what, STATUS_INPUT, format, arguments);
    va_end(arguments);
    (void)error_at(config, (int)config_setting_source_line(setting), &line, what.text);
    const char *const before =
        config->notes != NULL && *config->notes != NULL ? *config->notes : "";
    if (config->notes != NULL && asprintf(&notes, "%s%s\n", before, line.text) >= 0) {
        free(*config->notes);
        *config->notes = notes;
    }
}

bool config_is_list(const config_setting_t *setting)
{
    return config_setting_type(setting) == CONFIG_TYPE_LIST ||
           config_setting_type(setting) == CONFIG_TYPE_ARRAY;
}

bool config_is_integer(const config_setting_t *setting)
{
    return config_setting_type(setting) == CONFIG_TYPE_INT ||
           config_setting_type(setting) == CONFIG_TYPE_INT64;
}

static unsigned kinds_of(const config_setting_t *setting)
{
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        return KEY_INTEGER | KEY_REAL;
    case CONFIG_TYPE_FLOAT:
        return KEY_REAL;
    case CONFIG_TYPE_STRING:
        return KEY_TEXT;
    case CONFIG_TYPE_LIST:
    case CONFIG_TYPE_ARRAY:
        return KEY_LIST;
    case CONFIG_TYPE_GROUP:
        return KEY_GROUP;
    case CONFIG_TYPE_BOOL:
        return KEY_BOOL;
    default:
        return 0;
    }
}

static const char *found_name(const config_setting_t *setting)
{
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        return "an integer";
    case CONFIG_TYPE_FLOAT:
        return "a number";
    case CONFIG_TYPE_STRING:
        return "a string";
    case CONFIG_TYPE_BOOL:
        return "true or false";
    case CONFIG_TYPE_GROUP:
        return "a group { }";
    default:
        return "a list";
    }
}

static void describe_kinds(unsigned kinds, char *text, size_t size)
{
    static const struct {
        unsigned kind;
        const char *name;
    } names[] = {{KEY_INTEGER, "an integer"}, {KEY_REAL, "a number"},
                 {KEY_TEXT, "a string"},      {KEY_LIST, "a list [ ] or ( )"},
                 {KEY_GROUP, "a group { }"},  {KEY_BOOL, "true or false"}};
    text[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if ((kinds & names[i].kind) != 0) {
            const size_t length = strlen(text);
            (void)snprintf(text + length, size - length, "%s%s", length > 0 ? " or " : "",
                           names[i].name);
        }
    }
}

static int64_t integer_value(const config_setting_t *setting)
{
    return config_setting_type(setting) == CONFIG_TYPE_INT64 ? config_setting_get_int64(setting)
                                                             : config_setting_get_int(setting);
}

static double real_value(const config_setting_t *setting)
{
    return config_is_integer(setting) ? (double)integer_value(setting)
                                      : config_setting_get_float(setting);
}

static enum status check_value(const struct config *config, const config_setting_t *setting,
                               const struct key_spec *key, struct error *error)
{
    const unsigned kinds = kinds_of(setting);
    if ((kinds & key->kinds) == 0) {
        char expected[128];
        describe_kinds(key->kinds, expected, sizeof expected);
        return config_error(config, setting, error, "%s is %s, expected %s", key->name,
                            found_name(setting), expected);
    }
    if ((kinds & KEY_REAL) == 0 || key->low == key->high) {
        return STATUS_OK;
    }
    const double value = real_value(setting);
    if (!(value >= key->low && value <= key->high)) {
        return config_error(config, setting, error, "%s is %.15g, expected %.15g to %.15g",
                            key->name, value, key->low, key->high);
    }
    return STATUS_OK;
}

void config_describe_key(const struct key_spec *key, char *text, size_t size)
{
    if (key->values != NULL) {
        (void)snprintf(text, size, "%s", key->values);
    } else {
        (void)snprintf(text, size, "%s %.15g to %.15g",
                       (key->kinds & KEY_INTEGER) != 0 ? "integer" : "number", key->low, key->high);
    }
}

static const struct key_spec *find_key(const struct key_group *keys, const char *name)
{
    for (size_t i = 0; i < keys->n_keys; i++) {
        if (strcmp(keys->keys[i].name, name) == 0) {
            return &keys->keys[i];
        }
    }
    return NULL;
}

enum status config_unknown_word(const struct config *config, const config_setting_t *setting,
                                const char *what, const char *word, const char *const *words,
                                size_t count, struct error *error)
{
    char all[512] = "";
    const char *const nearest = text_nearest(word, words, count);
    if (nearest != NULL) {
        return config_error(config, setting, error, "unknown %s '%s', did you mean '%s'?", what,
                            word, nearest);
    }
    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(all);
        (void)snprintf(all + length, sizeof all - length, "%s%s", i > 0 ? ", " : "", words[i]);
    }
    return config_error(config, setting, error, "unknown %s '%s', expected one of: %s", what, word,
                        all);
}

static enum status unknown_key(const struct config *config, const config_setting_t *setting,
                               const struct key_group *keys, struct error *error)
{
    const char **words = NULL;
    size_t count = 0;
    char what[64];
    TRY(memory_array(&words, keys->n_keys, sizeof *words, error));
    for (size_t i = 0; i < keys->n_keys; i++) {
        if (keys->keys[i].now == NULL) {
            words[count++] = keys->keys[i].name;
        }
    }
    (void)snprintf(what, sizeof what, "%s key", keys->name);
    const enum status status = config_unknown_word(
        config, setting, what, config_setting_name(setting), words, count, error);
    free(words);
    return status;
}

/* A key by its former name. */
static enum status note_former(const struct config *config, const config_setting_t *group,
                               const config_setting_t *setting, const struct key_spec *key,
                               struct error *error)
{
    if (config_setting_get_member(group, key->now) != NULL) {
        return config_error(config, setting, error,
                            "%s is the former name of %s, expected one of both", key->name,
                            key->now);
    }
    config_note(config, setting, "%s is now called %s", key->name, key->now);
    return STATUS_OK;
}

enum status config_check(const struct config *config, const config_setting_t *group,
                         const struct key_group *keys, struct error *error)
{
    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *const setting = config_setting_get_elem(group, (unsigned)i);
        const struct key_spec *const key = find_key(keys, config_setting_name(setting));
        if (key == NULL) {
            return unknown_key(config, setting, keys, error);
        }
        TRY(check_value(config, setting, key, error));
        if (key->now != NULL) {
            TRY(note_former(config, group, setting, key, error));
        }
    }
    for (size_t i = 0; i < keys->n_keys; i++) {
        const struct key_spec *const key = &keys->keys[i];
        if (key->default_value == NULL && config_setting_get_member(group, key->name) == NULL) {
            return config_error(config, config_setting_is_root(group) ? NULL : group, error,
                                "%s key '%s' is missing", keys->name, key->name);
        }
    }
    return STATUS_OK;
}

int64_t config_integer(const config_setting_t *group, const char *name, int64_t default_value)
{
    const config_setting_t *const setting = config_setting_get_member(group, name);
    return setting == NULL ? default_value : integer_value(setting);
}

double config_real(const config_setting_t *group, const char *name, double default_value)
{
    const config_setting_t *const setting = config_setting_get_member(group, name);
    return setting == NULL ? default_value : real_value(setting);
}

bool config_bool(const config_setting_t *group, const char *name, bool default_value)
{
    const config_setting_t *const setting = config_setting_get_member(group, name);
    return setting == NULL ? default_value : config_setting_get_bool(setting) != 0;
}

const char *config_text(const config_setting_t *group, const char *name, const char *default_value)
{
    const config_setting_t *const setting = config_setting_get_member(group, name);
    return setting == NULL ? default_value : config_setting_get_string(setting);
}

/* A scalar counts as a list of one. */
static int element_count(const config_setting_t *setting)
{
    return config_is_list(setting) ? config_setting_length(setting) : 1;
}

static const config_setting_t *element(const config_setting_t *setting, int i)
{
    return config_is_list(setting) ? config_setting_get_elem(setting, (unsigned)i) : setting;
}

static enum status check_elements(const struct config *config, const config_setting_t *setting,
                                  enum key_kind kind, struct error *error)
{
    if (element_count(setting) == 0) {
        return config_error(config, setting, error, "%s is empty, expected at least one element",
                            config_setting_name(setting));
    }
    const struct key_spec key = {.name = config_setting_name(setting), .kinds = kind};
    for (int i = 0; i < element_count(setting); i++) {
        TRY(check_value(config, element(setting, i), &key, error));
    }
    return STATUS_OK;
}

enum status config_words(const struct config *config, const config_setting_t *setting,
                         const char ***words, int *count, struct error *error)
{
    TRY(check_elements(config, setting, KEY_TEXT, error));
    *count = element_count(setting);
    TRY(memory_array(words, (size_t)*count, sizeof **words, error));
    for (int i = 0; i < *count; i++) {
        (*words)[i] = config_setting_get_string(element(setting, i));
    }
    return STATUS_OK;
}

enum status config_reals(const struct config *config, const config_setting_t *setting,
                         double **values, int *count, struct error *error)
{
    TRY(check_elements(config, setting, KEY_REAL, error));
    *count = element_count(setting);
    TRY(memory_array(values, (size_t)*count, sizeof **values, error));
    for (int i = 0; i < *count; i++) {
        (*values)[i] = real_value(element(setting, i));
    }
    return STATUS_OK;
}

enum status config_choice(const struct config *config, const config_setting_t *group,
                          const char *key, const char *const *words, size_t count, int *index,
                          struct error *error)
{
    const char *const word = config_text(group, key, NULL);
    for (size_t i = 0; word != NULL && i < count; i++) {
        if (strcmp(word, words[i]) == 0) {
            *index = (int)i;
            return STATUS_OK;
        }
    }
    return word == NULL ? STATUS_OK
                        : config_unknown_word(config, config_setting_get_member(group, key), key,
                                              word, words, count, error);
}
