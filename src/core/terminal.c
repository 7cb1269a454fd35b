#include "core/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { USUAL_WIDTH = 80, LEAST_WIDTH = 20 };

int terminal_width_from(terminal_look_up look_up, bool is_terminal, int window)
{
    const char *const columns = look_up("COLUMNS");
    const long asked = columns != NULL ? strtol(columns, NULL, 10) : 0;
    const long width = asked > 0 && asked < TERMINAL_UNLIMITED ? asked
                       : !is_terminal                          ? TERMINAL_UNLIMITED
                       : window > 0                            ? window
                                                               : USUAL_WIDTH;
    return width < LEAST_WIDTH ? LEAST_WIDTH : (int)width;
}

static bool is_set(const char *value)
{
    return value != NULL && value[0] != '\0';
}

/* no-color.org and bixense.com/clicolors */
bool terminal_colour_from(terminal_look_up look_up, bool is_terminal)
{
    const char *const force = look_up("CLICOLOR_FORCE");
    const char *const colour = look_up("CLICOLOR");
    const char *const kind = look_up("TERM");
    if (is_set(look_up("NO_COLOR"))) {
        return false;
    }
    if (is_set(force) && strcmp(force, "0") != 0) {
        return true;
    }
    return is_terminal && is_set(kind) && strcmp(kind, "dumb") != 0 &&
           !(colour != NULL && strcmp(colour, "0") == 0);
}

static const char *environment(const char *name)
{
    return getenv(name);
}

int terminal_width(FILE *stream)
{
    struct winsize size = {0};
    const bool is_terminal = isatty(fileno(stream)) != 0;
    const bool is_told = is_terminal && ioctl(fileno(stream), TIOCGWINSZ, &size) == 0;
    return terminal_width_from(environment, is_terminal, is_told ? size.ws_col : 0);
}

bool terminal_has_colour(FILE *stream)
{
    return terminal_colour_from(environment, isatty(fileno(stream)) != 0);
}
