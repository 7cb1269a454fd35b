#include "cli/command.h"
#include "core/text.h"

#include <string.h>

extern const struct command COMMAND_PLAN;
extern const struct command COMMAND_RUN;
extern const struct command COMMAND_TRAIN;
extern const struct command COMMAND_STATUS;
extern const struct command COMMAND_SHOW;
extern const struct command COMMAND_REPORT;
extern const struct command COMMAND_VERIFY;
extern const struct command COMMAND_IMPORT;

const struct command *const COMMANDS[] = {
    &COMMAND_PLAN,   &COMMAND_RUN,    &COMMAND_TRAIN,
    &COMMAND_STATUS, &COMMAND_SHOW,   &COMMAND_REPORT,
    &COMMAND_VERIFY, &COMMAND_IMPORT, NULL,
};

const struct command *command_find(const char *name)
{
    for (int i = 0; COMMANDS[i] != NULL; i++) {
        if (strcmp(COMMANDS[i]->name, name) == 0) {
            return COMMANDS[i];
        }
    }
    return NULL;
}

enum status command_unknown(const char *name, struct error *error)
{
    const char *names[sizeof COMMANDS / sizeof COMMANDS[0]];
    size_t count = 0;
    for (int i = 0; COMMANDS[i] != NULL; i++) {
        names[count++] = COMMANDS[i]->name;
    }
    const char *const nearest = text_nearest(name, names, count);
    if (nearest != NULL) {
        return error_set(error, STATUS_USAGE, "unknown command '%s', did you mean '%s'?", name,
                         nearest);
    }
    return error_set(error, STATUS_USAGE, "unknown command '%s', see schursweep --help", name);
}
