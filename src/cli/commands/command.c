#include "cli/commands/command.h"

#include "core/text.h"

#include <string.h>

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
    const char *names[COMMANDS_MAX];
    size_t count = 0;
    for (int i = 0; COMMANDS[i] != NULL && i < COMMANDS_MAX; i++) {
        names[count++] = COMMANDS[i]->name;
    }
    const char *const nearest = text_nearest(name, names, count);
    if (nearest != NULL) {
        return error_set(error, STATUS_USAGE, "unknown command '%s', did you mean '%s'?", name,
                         nearest);
    }
    return error_set(error, STATUS_USAGE, "unknown command '%s', see schursweep --help", name);
}
