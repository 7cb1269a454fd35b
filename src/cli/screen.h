/* Lines for people: cleaned, no wider than the window, with colours where they are wanted. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

enum screen_style { STYLE_PLAIN, STYLE_BOLD, STYLE_FAINT, STYLE_GOOD, STYLE_BAD };

struct screen {
    FILE *stream; /* borrowed */
    int width;    /* columns; TERMINAL_UNLIMITED in a file */
    bool has_colour;
};

struct screen screen_of(FILE *stream);

/* A line; one that is too wide goes on in further ones, between words where it can, after `indent`
 * blanks. */
void screen_say(const struct screen *screen, int indent, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same of a style. */
void screen_say_in(const struct screen *screen, enum screen_style style, int indent,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The first `size` bytes of a text as they are, in a style. */
void screen_write(const struct screen *screen, enum screen_style style, const char *text,
                  size_t size);

/* A line on standard error, for notes and warnings beside a command's output. */
void screen_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
