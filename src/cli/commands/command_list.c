#include "cli/commands/command.h"

#include "core/named.h"

#define COMMAND(name) extern const struct command COMMAND_##name;
#include <cli/commands/commands.def>
#undef COMMAND

#define COMMAND(name) &COMMAND_##name,
const struct command *const COMMANDS[] = {
#include <cli/commands/commands.def>
    NULL};
_Static_assert(sizeof COMMANDS / sizeof COMMANDS[0] <= NAMED_MAX, "more commands than names");
