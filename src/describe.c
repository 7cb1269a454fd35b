/* Man pages and completion, made from the option tables while the program is built:
 *
 *     schursweep_describe FOLDER
 *
 * writes FOLDER/man1/schursweep.1, man1/schursweep-COMMAND.1, completion/schursweep (bash),
 * completion/_schursweep (zsh) and completion/schursweep.fish. No part of what is installed. */
#include "cli/commands/command.h"
#include "cli/versions.h"
#include "core/status.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The options of a command, one after the other. */
#define FOR_OPTIONS(option, command)                                                               \
    for (const struct option_spec *option = (command)->options->options;                           \
         option < (command)->options->options + OPTIONS_MAX && option->name != NULL; option++)

static FILE *open_file(const char *folder, const char *part, const char *name)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s/%s", folder, part, name);
    FILE *const file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    return file;
}

static void close_file(FILE *file)
{
    if (ferror(file) != 0 || fclose(file) != 0) {
        perror("describe");
        exit(EXIT_FAILURE);
    }
}

/* ---- man ---- */

/* Hyphens that can be copied, no line that begins as a request. */
static void put_roff(FILE *file, const char *text)
{
    bool is_line_start = true;
    for (; *text != '\0'; text++) {
        if (is_line_start && (*text == '.' || *text == '\'')) {
            (void)fputs("\\&", file);
        }
        if (*text == '-' || *text == '\\') {
            (void)fputs(*text == '-' ? "\\-" : "\\e", file);
        } else {
            (void)fputc(*text, file);
        }
        is_line_start = *text == '\n';
    }
}

static void put_options(FILE *file, const struct command *command)
{
    (void)fputs(".SH OPTIONS\n", file);
    FOR_OPTIONS(option, command)
    {
        (void)fputs(".TP\n\\fB", file);
        if (option->letter != '\0') {
            (void)fprintf(file, "\\-%c\\fR, \\fB", option->letter);
        }
        put_roff(file, option->name);
        (void)fprintf(file, "\\fR");
        if (option->argument != NULL) {
            (void)fputs(" \\fI", file);
            put_roff(file, option->argument);
            (void)fputs("\\fR", file);
        }
        (void)fputc('\n', file);
        put_roff(file, option->help);
        (void)fputc('\n', file);
    }
    if (command->options->more != NULL) {
        (void)fputs(".SH NOTES\n.nf\n", file);
        put_roff(file, command->options->more);
        (void)fputs(".fi\n", file);
    }
}

static void write_command_page(const char *folder, const struct command *command)
{
    char name[64];
    (void)snprintf(name, sizeof name, "schursweep-%s.1", command->name);
    FILE *const file = open_file(folder, "man1", name);
    (void)fprintf(
        file, ".TH SCHURSWEEP\\-%s 1 \"\" \"%s\" \"schursweep\"\n.SH NAME\nschursweep\\-%s \\- ",
        command->name, version_program(), command->name);
    put_roff(file, command->summary);
    (void)fprintf(file, "\n.SH SYNOPSIS\n\\fBschursweep %s\\fR [options] \\fI", command->name);
    put_roff(file, command->arguments);
    (void)fputs("\\fR\n", file);
    put_options(file, command);
    (void)fputs(".SH SEE ALSO\n\\fBschursweep\\fR(1)\n", file);
    close_file(file);
}

static void write_overview(const char *folder)
{
#define EXIT_ROW(name, value, text) {value, text},
    static const struct {
        int code;
        const char *text;
    } codes[] = {STATUS_LIST(EXIT_ROW)};
#undef EXIT_ROW
    FILE *const file = open_file(folder, "man1", "schursweep.1");
    (void)fprintf(
        file,
        ".TH SCHURSWEEP 1 \"\" \"%s\" \"schursweep\"\n.SH NAME\nschursweep \\- sensitivity "
        "sweeps of recurrent networks in ordered Schur coordinates\n.SH SYNOPSIS\n"
        "\\fBschursweep\\fR \\fICOMMAND\\fR [options] \\fIFILE\\fR\n.SH COMMANDS\n",
        version_program());
    for (int i = 0; COMMANDS[i] != NULL; i++) {
        (void)fprintf(file, ".TP\n\\fBschursweep\\-%s\\fR(1)\n", COMMANDS[i]->name);
        put_roff(file, COMMANDS[i]->summary);
        (void)fputc('\n', file);
    }
    (void)fputs(
        ".SH ENVIRONMENT\nEach option may be given by a variable, \\fB\\-\\-time\\-limit\\fR as "
        "\\fBSCHURSWEEP_TIME_LIMIT\\fR, a flag as 1. The command line goes before it.\n"
        ".SH EXIT STATUS\n",
        file);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0] && codes[i].code < 100; i++) {
        (void)fprintf(file, ".TP\n%d\n", codes[i].code);
        put_roff(file, codes[i].text);
        (void)fputc('\n', file);
    }
    close_file(file);
}

/* ---- completion ---- */

static void write_bash(const char *folder)
{
    FILE *const file = open_file(folder, "completion", "schursweep");
    (void)fputs("# bash completion of schursweep, made from its option tables\n"
                "_schursweep() {\n"
                "    local word=${COMP_WORDS[COMP_CWORD]} options=\n"
                "    if ((COMP_CWORD == 1)); then\n"
                "        COMPREPLY=($(compgen -W '",
                file);
    for (int i = 0; COMMANDS[i] != NULL; i++) {
        (void)fprintf(file, "%s ", COMMANDS[i]->name);
    }
    (void)fputs("--help --version' -- \"$word\"))\n        return\n    fi\n"
                "    case ${COMP_WORDS[1]} in\n",
                file);
    for (int i = 0; COMMANDS[i] != NULL; i++) {
        (void)fprintf(file, "    %s) options='", COMMANDS[i]->name);
        FOR_OPTIONS(option, COMMANDS[i])
        {
            (void)fprintf(file, "%s ", option->name);
        }
        (void)fputs("--help' ;;\n", file);
    }
    (void)fputs("    esac\n"
                "    [[ $word == -* ]] && COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
                "}\n"
                "complete -o default -F _schursweep schursweep\n",
                file);
    close_file(file);
}

/* A help text inside of '...' of a shell, without what _arguments takes for its own. */
static void put_quoted(FILE *file, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            (void)fputs("'\\''", file);
        } else {
            (void)fputc(strchr("[]:", *text) != NULL ? ' ' : *text, file);
        }
    }
}

static void write_zsh(const char *folder)
{
    FILE *const file = open_file(folder, "completion", "_schursweep");
    (void)fputs("#compdef schursweep\n# zsh completion of schursweep, made from its option tables\n"
                "if ((CURRENT == 2)); then\n    local -a commands=(\n",
                file);
    for (int i = 0; COMMANDS[i] != NULL; i++) {
        (void)fprintf(file, "        '%s:", COMMANDS[i]->name);
        put_quoted(file, COMMANDS[i]->summary);
        (void)fputs("'\n", file);
    }
    (void)fputs("    )\n    _describe command commands\n    return\nfi\nlocal command=${words[2]}\n"
                "shift words\n((CURRENT--))\ncase $command in\n",
                file);
    for (int i = 0; COMMANDS[i] != NULL; i++) {
        (void)fprintf(file, "%s) _arguments", COMMANDS[i]->name);
        FOR_OPTIONS(option, COMMANDS[i])
        {
            (void)fprintf(file, " \\\n    '%s[", option->name);
            put_quoted(file, option->help);
            (void)fprintf(file, "]%s%s%s'", option->argument != NULL ? ":" : "",
                          option->argument != NULL ? option->argument : "",
                          option->argument != NULL ? ":_files" : "");
        }
        (void)fputs(" \\\n    '*:file:_files' ;;\n", file);
    }
    (void)fputs("esac\n", file);
    close_file(file);
}

static void write_fish(const char *folder)
{
    FILE *const file = open_file(folder, "completion", "schursweep.fish");
    (void)fputs("# fish completion of schursweep, made from its option tables\n", file);
    for (int i = 0; COMMANDS[i] != NULL; i++) {
        (void)fprintf(file, "complete -c schursweep -n __fish_use_subcommand -a %s -d '",
                      COMMANDS[i]->name);
        put_quoted(file, COMMANDS[i]->summary);
        (void)fputs("'\n", file);
        FOR_OPTIONS(option, COMMANDS[i])
        {
            (void)fprintf(file, "complete -c schursweep -n '__fish_seen_subcommand_from %s' -l %s",
                          COMMANDS[i]->name, option->name + 2);
            if (option->letter != '\0') {
                (void)fprintf(file, " -s %c", option->letter);
            }
            (void)fprintf(file, "%s -d '", option->argument != NULL ? " -r" : "");
            put_quoted(file, option->help);
            (void)fputs("'\n", file);
        }
    }
    close_file(file);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return EXIT_FAILURE;
    }
    for (int i = 0; COMMANDS[i] != NULL; i++) {
        write_command_page(argv[1], COMMANDS[i]);
    }
    write_overview(argv[1]);
    write_bash(argv[1]);
    write_zsh(argv[1]);
    write_fish(argv[1]);
    return EXIT_SUCCESS;
}
