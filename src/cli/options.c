#include "cli/options.h"

#include "core/memory.h"
#include "core/text.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_OPTIONS = 16 };

static const struct option_spec *find_long(const struct option_spec *options, size_t n_options,
                                           const char *word)
{
    const size_t length = strcspn(word, "=");
    for (size_t i = 0; i < n_options; i++) {
        if (strlen(options[i].name) == length && strncmp(options[i].name, word, length) == 0) {
            return &options[i];
        }
    }
    return NULL;
}

static const struct option_spec *find_option(const struct option_spec *options, size_t n_options,
                                             const char *word)
{
    if (word[1] == '-') {
        return find_long(options, n_options, word);
    }
    for (size_t i = 0; i < n_options; i++) {
        if (options[i].letter != '\0' && word[1] == options[i].letter && word[2] == '\0') {
            return &options[i];
        }
    }
    return NULL;
}

static enum status unknown_option(const char *command, const char *word,
                                  const struct option_spec *options, size_t n_options,
                                  struct error *error)
{
    const char *names[MAX_OPTIONS];
    for (size_t i = 0; i < n_options; i++) {
        names[i] = options[i].name;
    }
    const char *const nearest = text_nearest(word, names, n_options);
    if (nearest != NULL) {
        return error_set(error, STATUS_USAGE, "%s: unknown option '%s', did you mean '%s'?",
                         command, word, nearest);
    }
    return error_set(error, STATUS_USAGE, "%s: unknown option '%s', see schursweep %s --help",
                     command, word, command);
}

/* A value stands behind '=' or in the next word. */
static enum status take_value(int argc, char **argv, int *i, const struct option_spec *option,
                              struct error *error)
{
    const char *const equals = argv[*i][1] == '-' ? strchr(argv[*i], '=') : NULL;
    if (option->flag != NULL) {
        if (equals != NULL) {
            return error_set(error, STATUS_USAGE, "%s: option %s takes no value", argv[0],
                             option->name);
        }
        *option->flag = true;
        return STATUS_OK;
    }
    if (equals == NULL && *i + 1 >= argc) {
        return error_set(error, STATUS_USAGE, "%s: option %s needs a value", argv[0], argv[*i]);
    }
    *option->value = equals != NULL ? equals + 1 : argv[++*i];
    if ((*option->value)[0] == '\0') {
        return error_set(error, STATUS_USAGE, "%s: the value of option %s is empty", argv[0],
                         option->name);
    }
    return STATUS_OK;
}

enum status options_parse_files(int argc, char **argv, const struct option_spec *options,
                                size_t n_options, const char *file_meaning, char **files,
                                int *n_files, struct error *error)
{
    bool only_files = false;
    *n_files = 0;
    for (int i = 1; i < argc; i++) {
        if (only_files || argv[i][0] != '-' || argv[i][1] == '\0') {
            files[(*n_files)++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            only_files = true;
        } else {
            const struct option_spec *const option = find_option(options, n_options, argv[i]);
            if (option == NULL) {
                return unknown_option(argv[0], argv[i], options, n_options, error);
            }
            TRY(take_value(argc, argv, &i, option, error));
        }
    }
    if (*n_files == 0 || files[0][0] == '\0') {
        return error_set(error, STATUS_USAGE, "%s: %s is missing", argv[0], file_meaning);
    }
    return STATUS_OK;
}

enum status options_parse(int argc, char **argv, const struct option_spec *options,
                          size_t n_options, const char *file_meaning, const char **file,
                          struct error *error)
{
    char **files = NULL;
    int n_files = 0;
    *file = NULL;
    TRY(memory_array(&files, (size_t)argc + 1, sizeof *files, error));
    enum status status =
        options_parse_files(argc, argv, options, n_options, file_meaning, files, &n_files, error);
    if (status == STATUS_OK && n_files > 1) {
        status = error_set(error, STATUS_USAGE, "%s: unexpected argument '%s', expected one %s",
                           argv[0], files[1], file_meaning);
    }
    if (status == STATUS_OK) {
        *file = files[0];
    }
    free(files);
    return status;
}
