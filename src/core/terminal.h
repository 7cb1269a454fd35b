/* What a stream shows its lines on: the window of a terminal, or a file. Local. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

enum { TERMINAL_UNLIMITED = 1 << 20 /* columns where nothing limits them */ };

/* Columns that a line may take: COLUMNS, else those of the terminal's window now; of a file as many
 * as there are. */
int terminal_width(FILE *stream);

/* Whether colours are wanted: on a terminal that has them, unless NO_COLOR is set or CLICOLOR is 0;
 * elsewhere where CLICOLOR_FORCE asks for them. */
bool terminal_has_colour(FILE *stream);

/* The same two, of what is known: `look_up` gives variables of the environment, `window` is 0 when
 * the stream is no terminal, or one that does not tell. */
typedef const char *(*terminal_look_up)(const char *name);
int terminal_width_from(terminal_look_up look_up, bool is_terminal, int window);
bool terminal_colour_from(terminal_look_up look_up, bool is_terminal);
