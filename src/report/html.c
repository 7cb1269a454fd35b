#include "report/html.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void html_text(FILE *page, const char *text)
{
    static const char special[] = "<>&\"'";
    static const char *const entities[] = {"&lt;", "&gt;", "&amp;", "&quot;", "&#39;"};
    for (; *text != '\0'; text++) {
        const char *const found = strchr(special, *text);
        if (found != NULL) {
            (void)fputs(entities[found - special], page);
        } else {
            (void)fputc((unsigned char)*text < 0x20 && *text != '\n' ? ' ' : *text, page);
        }
    }
}

/* The whole file, ended by a zero; NULL when it cannot be read. */
static char *read_file(const char *path)
{
    FILE *const file = fopen(path, "re");
    char *text = NULL;
    long size = -1;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0) {
        size = ftell(file);
        rewind(file);
    }
    if (size >= 0) {
        text = malloc((size_t)size + 1);
    }
    if (text != NULL && fread(text, 1, (size_t)size, file) == (size_t)size) {
        text[size] = '\0';
    } else {
        free(text);
        text = NULL;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return text;
}

#define TIP "<g onmousemove=\"gnuplot_svg.showHypertext(evt,'"

/* What is written otherwise: `from` begins it, `until` ends it, `instead` takes its place. Most of
 * a picture of many dots is what gnuplot says about each. */
static const struct {
    const char *from;
    const char *until; /* left out with what is before it; NULL: `from` alone */
    const char *instead;
    bool has_number; /* that of the picture follows `instead` */
} REWRITTEN[] = {
    {TIP, NULL, "<g fill=\"none\" data-tip=\"", false},
    {"<title>", "</title>", "", false},
    {"<desc>", "</desc>", "", false},
    {"')\" onmouseout=\"gnuplot_svg.hideHypertext()", NULL, "", false},
    {" id='", NULL, " id='p", true},
    {" id=\"", NULL, " id=\"p", true},
    {"href='#", NULL, "href='#p", true},
    {"url(#", NULL, "url(#p", true},
    {"url('#", NULL, "url('#p", true},
    {" stroke-width=\"1.00\" stroke-linecap=\"butt\" stroke-linejoin=\"miter\"", NULL, "", false},
    {" font-family=\"Helvetica,Arial,sans-serif\"", NULL, "", false},
    {",   ", NULL, ",", false},
    {"\n", NULL, " ", false},
    {"\t", NULL, "", false},
};

/* Groups around nothing, and around one that says something, are most of a picture of many dots.
 * Returns the place behind one that is left out, or NULL. *is_tip: the end of such a group is to be
 * left out as well. */
static const char *skip_group(FILE *page, const char *text, bool *is_tip)
{
    static const char empty[] = "</g>";
    static const char ends[] = "</g>\n</g>";
    if (*is_tip && strncmp(text, ends, strlen(ends)) == 0) {
        *is_tip = false;
        (void)fputs(empty, page);
        return text + strlen(ends);
    }
    const char *inside = strncmp(text, "<g ", 3) == 0 ? strchr(text, '>') : NULL;
    if (inside == NULL || strncmp(text, TIP, strlen(TIP)) == 0) {
        return NULL;
    }
    inside += 1 + strspn(inside + 1, " \n\t");
    if (strncmp(inside, empty, strlen(empty)) == 0) {
        return inside + strlen(empty);
    }
    *is_tip = *is_tip || strncmp(inside, TIP, strlen(TIP)) == 0;
    return strncmp(inside, TIP, strlen(TIP)) == 0 ? inside : NULL;
}

/* A symbol or a filter that nothing in the picture uses: returns the place behind it, or NULL. */
static const char *skip_unused(const char *text)
{
    static const struct {
        const char *from;
        const char *until;
    } kinds[] = {{"<circle id='gp", "/>"},
                 {"<path id='gp", "/>"},
                 {"<rect id='gp", "/>"},
                 {"<filter id='", "</filter>"}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strncmp(text, kinds[i].from, strlen(kinds[i].from)) == 0) {
            const char *const name = strchr(text, '\'') + 1;
            const char *const end = strstr(text, kinds[i].until);
            char used[64];
            (void)snprintf(used, sizeof used, "#%.*s'", (int)strcspn(name, "'"), name);
            return end != NULL && strstr(end, used) == NULL ? end + strlen(kinds[i].until) : NULL;
        }
    }
    return NULL;
}

static const char *write_piece(FILE *page, const char *text, int number, bool *is_tip)
{
    static const char beginnings[] = "<'\" hu,\n\t";
    const char *skipped = *text == '<' ? skip_group(page, text, is_tip) : NULL;
    skipped = skipped == NULL && *text == '<' ? skip_unused(text) : skipped;
    if (skipped != NULL) {
        return skipped;
    }
    for (size_t i = 0;
         strchr(beginnings, *text) != NULL && i < sizeof REWRITTEN / sizeof REWRITTEN[0]; i++) {
        const size_t length = strlen(REWRITTEN[i].from);
        if (strncmp(text, REWRITTEN[i].from, length) != 0) {
            continue;
        }
        const char *const until = REWRITTEN[i].until;
        const char *const end = until != NULL ? strstr(text, until) : NULL;
        (void)fputs(REWRITTEN[i].instead, page);
        if (REWRITTEN[i].has_number) {
            (void)fprintf(page, "%d-", number);
        }
        return end != NULL ? end + strlen(until) : text + length;
    }
    (void)fputc(*text, page);
    return text + 1;
}

enum status html_picture(FILE *page, const char *path, int number, const char *description,
                         struct error *error)
{
    static const char begin[] = "<svg";
    char *const file = read_file(path);
    const char *const svg = file != NULL ? strstr(file, begin) : NULL;
    if (svg == NULL) {
        free(file);
        return error_set(error, STATUS_IO, "%s: cannot read a picture", path);
    }
    (void)fputs("<svg role=\"img\" font-family=\"Helvetica,Arial,sans-serif\" aria-label=\"", page);
    html_text(page, description);
    (void)fputc('"', page);
    bool is_tip = false;
    for (const char *text = svg + strlen(begin); *text != '\0';) {
        text = write_piece(page, text, number, &is_tip);
    }
    free(file);
    return STATUS_OK;
}

void html_base64(FILE *page, const unsigned char *bytes, size_t size)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) { /* three bytes become four letters (RFC 4648) */
        const size_t n = size - i;
        const unsigned word = (unsigned)bytes[i] << 16 | (n > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                              (n > 2 ? (unsigned)bytes[i + 2] : 0);
        (void)fputc(letters[word >> 18], page);
        (void)fputc(letters[word >> 12 & 63], page);
        (void)fputc(n > 1 ? letters[word >> 6 & 63] : '=', page);
        (void)fputc(n > 2 ? letters[word & 63] : '=', page);
    }
}
