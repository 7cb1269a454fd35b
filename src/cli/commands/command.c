#include "cli/commands/command.h"

#include "core/named.h"
#include "core/text.h"

const struct command *command_find(const char *name)
{
    return named_find(COMMANDS, name);
}

enum status command_unknown(const char *name, struct error *error)
{
    const char *names[NAMED_MAX];
    const size_t count = named_names(COMMANDS, names);
    const char *const nearest = text_nearest(name, names, count);
    if (nearest != NULL) {
        return error_set(error, STATUS_USAGE, "unknown command '%s', did you mean '%s'?", name,
                         nearest);
    }
    return error_set(error, STATUS_USAGE, "unknown command '%s', see schursweep --help", name);
}
