#include "cli/commands/command.h"

#define COMMAND(name) extern const struct command COMMAND_##name;
#include <cli/commands/commands.def>
#undef COMMAND

#define COMMAND(name) &COMMAND_##name,
const struct command *const COMMANDS[] = {
#include <cli/commands/commands.def>
    NULL};
