#include "study/config.h"

#include "core/memory.h"
#include "core/named.h"
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

static enum status read_study(struct config *config)
{
    TRY(path_directory(&config->directory, config->path, config->error));
    TRY(scan_study(config->path, config->directory, &config->source, config->error));
    if (config_read_string(&config->lib, config->source.text) == CONFIG_TRUE) {
        return STATUS_OK;
    }
    char text[ERROR_TEXT_SIZE / 2];
    const char *const what = config_error_text(&config->lib);
    const bool mixed = what != NULL && strstr(what, "mismatched element type") != NULL;
    (void)snprintf(text, sizeof text, "%s%s", what != NULL ? what : "syntax error",
                   mixed ? ": write 1.0 instead of 1, or use ( ) instead of [ ]" : "");
    return error_at(config, config_error_line(&config->lib), config->error, text);
}

enum status config_open(struct config *config, const char *path, char **notes, struct error *error)
{
    *config = (struct config){.path = path, .notes = notes, .error = error};
    config_init(&config->lib);
    const enum status status = read_study(config);
    if (status != STATUS_OK) {
        config_close(config);
    }
    return status;
}

void config_close(struct config *config)
{
    config_destroy(&config->lib);
    source_release(&config->source);
    free(config->directory);
    *config = (struct config){0};
}

enum status config_error(const struct config *config, const config_setting_t *setting,
                         const char *format, ...)
{
    va_list arguments;
    struct error what;
    va_start(arguments, format);
    (void)error_set_list(&what, STATUS_INPUT, format, arguments);
    va_end(arguments);
    const unsigned line = setting != NULL ? config_setting_source_line(setting) : 0;
    return error_at(config, (int)line, config->error, what.text);
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

/* Which kinds of keys a value of libconfig's types fits, and what messages call it. */
static const struct {
    unsigned kinds;
    const char *name;
} TYPES[] = {[CONFIG_TYPE_NONE] = {0, "nothing"},
             [CONFIG_TYPE_INT] = {KEY_INTEGER | KEY_REAL, "an integer"},
             [CONFIG_TYPE_INT64] = {KEY_INTEGER | KEY_REAL, "an integer"},
             [CONFIG_TYPE_FLOAT] = {KEY_REAL, "a number"},
             [CONFIG_TYPE_STRING] = {KEY_TEXT, "a string"},
             [CONFIG_TYPE_LIST] = {KEY_LIST, "a list"},
             [CONFIG_TYPE_ARRAY] = {KEY_LIST, "a list"},
             [CONFIG_TYPE_GROUP] = {KEY_GROUP, "a group { }"},
             [CONFIG_TYPE_BOOL] = {KEY_BOOL, "true or false"}};

/* What is expected, in the order of enum key_kind. */
static const char *const KIND_NAMES[] = {"an integer",        "a number",    "a string",
                                         "a list [ ] or ( )", "a group { }", "true or false"};

bool config_is_list(const config_setting_t *setting)
{
    return TYPES[config_setting_type(setting)].kinds == KEY_LIST;
}

static void append_word(char *text, size_t size, const char *separator, const char *word)
{
    const size_t length = strlen(text);
    (void)snprintf(text + length, size - length, "%s%s", length > 0 ? separator : "", word);
}

static int64_t integer_value(const config_setting_t *setting)
{
    return config_setting_type(setting) == CONFIG_TYPE_INT64 ? config_setting_get_int64(setting)
                                                             : config_setting_get_int(setting);
}

static double real_value(const config_setting_t *setting)
{
    return config_setting_type(setting) == CONFIG_TYPE_FLOAT ? config_setting_get_float(setting)
                                                             : (double)integer_value(setting);
}

static enum status check_value(const struct config *config, const config_setting_t *setting,
                               const struct key_spec *key)
{
    const int type = config_setting_type(setting);
    if ((TYPES[type].kinds & key->kinds) == 0) {
        char expected[128] = "";
        for (size_t i = 0; i < sizeof KIND_NAMES / sizeof KIND_NAMES[0]; i++) {
            if ((key->kinds >> i & 1) != 0) {
                append_word(expected, sizeof expected, " or ", KIND_NAMES[i]);
            }
        }
        return config_error(config, setting, "%s is %s, expected %s", key->name, TYPES[type].name,
                            expected);
    }
    if ((TYPES[type].kinds & KEY_REAL) == 0 || key->low == key->high) {
        return STATUS_OK;
    }
    const double value = real_value(setting);
    return value >= key->low && value <= key->high
               ? STATUS_OK
               : config_error(config, setting, "%s is %.15g, expected %.15g to %.15g", key->name,
                              value, key->low, key->high);
}

enum status config_unknown_word(const struct config *config, const config_setting_t *setting,
                                const char *what, const char *word, const char *const *words,
                                size_t count)
{
    char all[512] = "";
    const char *const nearest = text_nearest(word, words, count);
    if (nearest != NULL) {
        return config_error(config, setting, "unknown %s '%s', did you mean '%s'?", what, word,
                            nearest);
    }
    for (size_t i = 0; i < count; i++) {
        append_word(all, sizeof all, ", ", words[i]);
    }
    return config_error(config, setting, "unknown %s '%s', expected one of: %s", what, word, all);
}

enum status config_unknown_name(const struct config *config, const config_setting_t *setting,
                                const char *what, const char *word, const void *list)
{
    const char *names[NAMED_MAX];
    const size_t count = named_names(list, names);
    return config_unknown_word(config, setting, what, word, names, count);
}

static enum status unknown_key(const struct config *config, const config_setting_t *setting,
                               const struct key_group *keys)
{
    const char **words = NULL;
    size_t count = 0;
    char what[64];
    TRY(memory_array(&words, keys->n_keys, sizeof *words, config->error));
    for (size_t i = 0; i < keys->n_keys; i++) {
        if (keys->keys[i].now == NULL) {
            words[count++] = keys->keys[i].name;
        }
    }
    (void)snprintf(what, sizeof what, "%s key", keys->name);
    const enum status status =
        config_unknown_word(config, setting, what, config_setting_name(setting), words, count);
    free(words);
    return status;
}

enum status config_check(const struct config *config, const config_setting_t *group,
                         const struct key_group *keys)
{
    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *const setting = config_setting_get_elem(group, (unsigned)i);
        const struct key_spec *key = keys->keys;
        const struct key_spec *const end = key + keys->n_keys;
        while (key < end && strcmp(key->name, config_setting_name(setting)) != 0) {
            key++;
        }
        if (key == end) {
            return unknown_key(config, setting, keys);
        }
        TRY(check_value(config, setting, key));
        if (key->now != NULL && config_setting_get_member(group, key->now) != NULL) {
            return config_error(config, setting,
                                "%s is the former name of %s, expected one of both", key->name,
                                key->now);
        }
        if (key->now != NULL) {
            config_note(config, setting, "%s is now called %s", key->name, key->now);
        }
    }
    for (size_t i = 0; i < keys->n_keys; i++) {
        const struct key_spec *const key = &keys->keys[i];
        if (key->default_value == NULL && config_setting_get_member(group, key->name) == NULL) {
            return config_error(config, config_setting_is_root(group) ? NULL : group,
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
static const config_setting_t *element(const config_setting_t *setting, int i)
{
    return config_is_list(setting) ? config_setting_get_elem(setting, (unsigned)i) : setting;
}

static enum status check_elements(const struct config *config, const config_setting_t *setting,
                                  enum key_kind kind, int *count)
{
    const struct key_spec key = {.name = config_setting_name(setting), .kinds = kind};
    *count = config_is_list(setting) ? config_setting_length(setting) : 1;
    if (*count == 0) {
        return config_error(config, setting, "%s is empty, expected at least one element",
                            key.name);
    }
    for (int i = 0; i < *count; i++) {
        TRY(check_value(config, element(setting, i), &key));
    }
    return STATUS_OK;
}

enum status config_words(const struct config *config, const config_setting_t *setting,
                         const char ***words, int *count)
{
    TRY(check_elements(config, setting, KEY_TEXT, count));
    TRY(memory_array(words, (size_t)*count, sizeof **words, config->error));
    for (int i = 0; i < *count; i++) {
        (*words)[i] = config_setting_get_string(element(setting, i));
    }
    return STATUS_OK;
}

enum status config_reals(const struct config *config, const config_setting_t *setting,
                         double **values, int *count)
{
    TRY(check_elements(config, setting, KEY_REAL, count));
    TRY(memory_array(values, (size_t)*count, sizeof **values, config->error));
    for (int i = 0; i < *count; i++) {
        (*values)[i] = real_value(element(setting, i));
    }
    return STATUS_OK;
}

enum status config_choice(const struct config *config, const config_setting_t *group,
                          const char *key, const char *const *words, size_t count, int *index)
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
                                              word, words, count);
}
