#include "cli/options.h"

#include "core/memory.h"
#include "core/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LINE_WIDTH = 80 };

/* Options that had another name, which is still taken. */
static const struct {
    const char *former;
    const char *name;
} RENAMED[] = {{"--item-timeout", "--stall-timeout"}, {"--profile", "--partitions"}};

/* True when the word is that name, alone or before '='. */
static bool is_called(const char *word, const char *name)
{
    const size_t length = strlen(name);
    return strncmp(word, name, length) == 0 && (word[length] == '\0' || word[length] == '=');
}

/* How many rows a table has. */
static int count_options(const struct option_table *table)
{
    int n = 0;
    while (n < OPTIONS_MAX && table->options[n].name != NULL) {
        n++;
    }
    return n;
}

/* The present name of what the word formerly meant, or NULL. */
static const char *present_name(const char *word)
{
    for (size_t i = 0; i < sizeof RENAMED / sizeof RENAMED[0]; i++) {
        if (is_called(word, RENAMED[i].former)) {
            return RENAMED[i].name;
        }
    }
    return NULL;
}

static const struct option_spec *find_option(const struct option_table *table, const char *word)
{
    const char *const renamed = present_name(word);
    for (int i = 0; i < count_options(table); i++) {
        const struct option_spec *const option = &table->options[i];
        const bool is_letter =
            option->letter != '\0' && word[1] == option->letter && word[2] == '\0';
        if (is_letter || is_called(word, option->name) ||
            (renamed != NULL && strcmp(renamed, option->name) == 0)) {
            return option;
        }
    }
    return NULL;
}

/* A value stands after '=' or in the next word. */
static enum status take_value(int argc, char **argv, int *i, const struct option_spec *option,
                              void *values, struct error *error)
{
    const char *const equals = argv[*i][1] == '-' ? strchr(argv[*i], '=') : NULL;
    void *const member = (char *)values + option->member;
    if (option->argument == NULL) {
        if (equals != NULL) {
            return error_set(error, STATUS_USAGE, "%s: option %s takes no value", argv[0],
                             option->name);
        }
        *(bool *)member = true;
        return STATUS_OK;
    }
    if (equals == NULL && *i + 1 >= argc) {
        return error_set(error, STATUS_USAGE, "%s: option %s needs a value", argv[0], argv[*i]);
    }
    const char *const value = equals != NULL ? equals + 1 : argv[++*i];
    if (value[0] == '\0') {
        return error_set(error, STATUS_USAGE, "%s: the value of option %s is empty", argv[0],
                         option->name);
    }
    *(const char **)member = value;
    return STATUS_OK;
}

void options_variable(const struct option_spec *option, char name[OPTION_VARIABLE_SIZE])
{
    (void)snprintf(name, OPTION_VARIABLE_SIZE, "SCHURSWEEP_%s", option->name + 2);
    for (char *at = name; *at != '\0'; at++) {
        *at = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
    }
}

/* What the command line says stands, so this comes before it. */
static enum status take_environment(const char *command, const struct option_table *table,
                                    void *values, struct error *error)
{
    char name[OPTION_VARIABLE_SIZE];
    for (int i = 0; i < count_options(table); i++) {
        const struct option_spec *const option = &table->options[i];
        void *const member = (char *)values + option->member;
        options_variable(option, name);
        const char *const value = getenv(name);
        if (value == NULL || value[0] == '\0') {
            continue;
        }
        if (option->argument != NULL) {
            *(const char **)member = value;
        } else if ((value[0] == '0' || value[0] == '1') && value[1] == '\0') {
            *(bool *)member = value[0] == '1';
        } else {
            return error_set(error, STATUS_USAGE, "%s: %s is '%s', expected 1 or 0", command, name,
                             value);
        }
    }
    return STATUS_OK;
}

enum status options_parse_files(int argc, char **argv, const struct option_table *table,
                                void *values, char **files, int *n_files, struct error *error)
{
    const char *names[OPTIONS_MAX];
    const int n_names = count_options(table);
    bool only_files = false;
    *n_files = 0;
    for (int i = 0; i < n_names; i++) {
        names[i] = table->options[i].name;
    }
    TRY(take_environment(argv[0], table, values, error));
    for (int i = 1; i < argc; i++) {
        if (only_files || argv[i][0] != '-' || argv[i][1] == '\0') {
            files[(*n_files)++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            only_files = true;
        } else {
            const struct option_spec *const option = find_option(table, argv[i]);
            if (option == NULL) {
                const char *const nearest = text_nearest(argv[i], names, (size_t)n_names);
                return nearest != NULL
                           ? error_set(error, STATUS_USAGE,
                                       "%s: unknown option '%s', did you mean '%s'?", argv[0],
                                       argv[i], nearest)
                           : error_set(error, STATUS_USAGE,
                                       "%s: unknown option '%s', see schursweep %s --help", argv[0],
                                       argv[i], argv[0]);
            }
            TRY(take_value(argc, argv, &i, option, values, error));
        }
    }
    if ((*n_files == 0 && !table->file_is_optional) || (*n_files > 0 && files[0][0] == '\0')) {
        return error_set(error, STATUS_USAGE, "%s: %s is missing", argv[0], table->file);
    }
    return STATUS_OK;
}

enum status options_parse(int argc, char **argv, const struct option_table *table, void *values,
                          const char **file, struct error *error)
{
    char **files = NULL;
    int n_files = 0;
    *file = NULL;
    TRY(memory_array(&files, (size_t)argc + 1, sizeof *files, error));
    enum status status = options_parse_files(argc, argv, table, values, files, &n_files, error);
    if (status == STATUS_OK && n_files > 1) {
        status = error_set(error, STATUS_USAGE, "%s: unexpected argument '%s', expected one %s",
                           argv[0], files[1], table->file);
    }
    if (status == STATUS_OK) {
        *file = n_files > 0 ? files[0] : NULL;
    }
    free(files);
    return status;
}

enum status options_check_folder(const char *command, const char *option, const char *path,
                                 struct error *error)
{
    struct stat info;
    return path == NULL || (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
               ? STATUS_OK
               : error_set(error, STATUS_USAGE, "%s: %s is '%s', which is no folder", command,
                           option, path);
}

/* "  -o, --output FILE"; returns its width. */
static int write_name(char *text, size_t size, const struct option_spec *option)
{
    const char letter[] = {'-', option->letter, ',', ' ', '\0'};
    return snprintf(text, size, "  %s%s%s%s", option->letter != '\0' ? letter : "", option->name,
                    option->argument != NULL ? " " : "",
                    option->argument != NULL ? option->argument : "");
}

void options_print_help(FILE *stream, const struct option_table *table)
{
    char name[64];
    int column = 0;
    for (int i = 0; i < count_options(table); i++) {
        const struct option_spec *const option = &table->options[i];
        const int width = write_name(name, sizeof name, option) + 2;
        column = width > column ? width : column;
    }
    for (int i = 0; i < count_options(table); i++) {
        const struct option_spec *const option = &table->options[i];
        const char *help = option->help;
        (void)write_name(name, sizeof name, option);
        while (*help != '\0') {
            /* As many whole words as fit into a line; a longer word stands alone. */
            const int rest = (int)strlen(help);
            int length = rest < LINE_WIDTH - column ? rest : LINE_WIDTH - column;
            while (length < rest && length > 0 && help[length] != ' ') {
                length--;
            }
            length = length > 0 ? length : rest;
            (void)fprintf(stream, "%-*s%.*s\n", column, name, length, help);
            help += length;
            help += *help == ' ';
            name[0] = '\0';
        }
    }
    if (table->more != NULL) {
        (void)fprintf(stream, "\n%s", table->more);
    }
}

void options_print_notes(FILE *stream, int argc, char **argv, const struct option_table *table)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *const renamed = argv[i][0] == '-' ? present_name(argv[i]) : NULL;
        if (renamed != NULL && find_option(table, argv[i]) != NULL) {
            (void)fprintf(stream, "note: %.*s is now called %s\n", (int)strcspn(argv[i], "="),
                          argv[i], renamed);
        }
    }
}
