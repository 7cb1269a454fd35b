/* Typed, checked access to a libconfig file. Every message names file, line and key. */
#pragma once

#include "study/source.h"

#include <libconfig.h>
#include <stdint.h>

struct config {
    config_t lib;
    struct study_text source;
    const char *path;    /* borrowed */
    char *directory;     /* of the file: paths in it are relative to it */
    char **notes;        /* where config_note appends; may be NULL; borrowed */
    struct error *error; /* of all functions below; borrowed */
};

enum key_kind {
    KEY_INTEGER = 1,
    KEY_REAL = 2, /* integers are accepted where a real is meant */
    KEY_TEXT = 4,
    KEY_LIST = 8, /* [...] or (...) */
    KEY_GROUP = 16,
    KEY_BOOL = 32
};

/* A key that a group may contain. */
struct key_spec {
    const char *name;
    unsigned kinds; /* enum key_kind, or-ed */
    double low;     /* of numbers; no check when low == high */
    double high;
    const char *values;        /* as the manual says them; NULL: by kinds and bounds */
    const char *default_value; /* as the manual says it; NULL: the key is required */
    const char *meaning;       /* one line of the manual; NULL: the manual leaves the key out */
    const char *now;           /* a former name, still taken: what the key is called now */
};

/* What a group may contain. */
struct key_group {
    const char *name; /* in messages: "<name> key" */
    const struct key_spec *keys;
    size_t n_keys;
};

/* Scans and parses a study file. *notes, NULL or a string of the caller's, gets a line for each
 * former spelling; `notes` may be NULL. `error` gets the messages of all later calls too. On
 * success released by config_close. Local. */
MUST_CHECK enum status config_open(struct config *config, const char *path, char **notes,
                                   struct error *error);
void config_close(struct config *config);

/* STATUS_INPUT with "file:line: " and the message. `setting` may be NULL for the whole file. */
enum status config_error(const struct config *config, const config_setting_t *setting,
                         const char *format, ...) __attribute__((format(printf, 3, 4)));

/* "file:line: " and the message to the notes, as a line of its own. Lost when memory is short. */
void config_note(const struct config *config, const config_setting_t *setting, const char *format,
                 ...) __attribute__((format(printf, 3, 4)));

/* Refuses an unknown key (naming the nearest valid one), a wrong type, a number out of range, a
 * missing required key, a key beside its former name; notes a former name. */
MUST_CHECK enum status config_check(const struct config *config, const config_setting_t *group,
                                    const struct key_group *keys);

/* Values of keys that config_check has accepted; the default when the key is not there. */
int64_t config_integer(const config_setting_t *group, const char *name, int64_t default_value);
double config_real(const config_setting_t *group, const char *name, double default_value);
bool config_bool(const config_setting_t *group, const char *name, bool default_value);
const char *config_text(const config_setting_t *group, const char *name, const char *default_value);

/* A list of words from a list or from one word: *words[*count] point into the configuration, the
 * array is released by free. An empty list is refused. */
MUST_CHECK enum status config_words(const struct config *config, const config_setting_t *setting,
                                    const char ***words, int *count);

/* A list of numbers from a list or one number. Released by free. */
MUST_CHECK enum status config_reals(const struct config *config, const config_setting_t *setting,
                                    double **values, int *count);

/* "unknown <what> '<word>'", the nearest of words[count] or all of them. */
enum status config_unknown_word(const struct config *config, const config_setting_t *setting,
                                const char *what, const char *word, const char *const *words,
                                size_t count);

/* The same for the names of a list, as core/named.h takes it. */
enum status config_unknown_name(const struct config *config, const config_setting_t *setting,
                                const char *what, const char *word, const void *list);

/* *index of the word of that key among words[count]; left alone when the key is not given. */
MUST_CHECK enum status config_choice(const struct config *config, const config_setting_t *group,
                                     const char *key, const char *const *words, size_t count,
                                     int *index);

bool config_is_list(const config_setting_t *setting);
