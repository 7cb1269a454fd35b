#include "cli/screen.h"

#include "core/terminal.h"
#include "core/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_PART = 16 /* columns of a line behind its indent */ };

struct screen screen_of(FILE *stream)
{
    return (struct screen){.stream = stream,
                           .width = terminal_width(stream),
                           .has_colour = terminal_has_colour(stream)};
}

void screen_write(const struct screen *screen, enum screen_style style, const char *text,
                  size_t size)
{
    static const char *const codes[] = {[STYLE_PLAIN] = "",
                                        [STYLE_BOLD] = "\033[1m",
                                        [STYLE_FAINT] = "\033[2m",
                                        [STYLE_GOOD] = "\033[32m",
                                        [STYLE_BAD] = "\033[31m"};
    const bool is_styled = screen->has_colour && style != STYLE_PLAIN && size > 0;
    (void)fprintf(screen->stream, "%s%.*s%s", is_styled ? codes[style] : "", (int)size, text,
                  is_styled ? "\033[0m" : "");
}

/* Bytes of the next line: as many words as fit; of a longer word what fits of it. */
static size_t line_size(const char *text, int width)
{
    int columns = 0;
    const size_t fits = text_fit(text, width, &columns);
    size_t size = fits;
    if (text[fits] == '\0') {
        return fits;
    }
    while (size > 0 && text[size] != ' ') {
        size--;
    }
    return size > 0 ? size : fits > 0 ? fits : strlen(text);
}

static void say(const struct screen *screen, enum screen_style style, int indent,
                const char *format, va_list arguments)
{
    char *line = NULL;
    if (vasprintf(&line, format, arguments) < 0) {
        return; /* out of memory: what comes next will say so */
    }
    text_clean(line);
    const int rest = screen->width - indent;
    int width = screen->width;
    const char *text = line;
    do {
        const size_t size = line_size(text, width);
        size_t shown = size; /* a line that goes on ends with a word */
        while (text[size] != '\0' && shown > 0 && text[shown - 1] == ' ') {
            shown--;
        }
        screen_write(screen, style, text, shown);
        text += size;
        text += strspn(text, " ");
        (void)fprintf(screen->stream, "\n%*s", *text != '\0' ? indent : 0, "");
        width = rest > LEAST_PART ? rest : LEAST_PART;
    } while (*text != '\0');
    free(line);
}

void screen_say(const struct screen *screen, int indent, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(screen, STYLE_PLAIN, indent, format, arguments);
    va_end(arguments);
}

void screen_say_in(const struct screen *screen, enum screen_style style, int indent,
                   const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(screen, style, indent, format, arguments);
    va_end(arguments);
}

void screen_note(const char *format, ...)
{
    const struct screen screen = screen_of(stderr);
    va_list arguments;
    va_start(arguments, format);
    say(&screen, STYLE_PLAIN, 2, format, arguments);
    va_end(arguments);
}
