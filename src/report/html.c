#include "report/html.h"

#include <errno.h>
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

enum status html_image(FILE *page, const char *path, const char *description, struct error *error)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char bytes[3];
    size_t n = 0;
    FILE *const image = fopen(path, "re");
    if (image == NULL) {
        return error_set(error, STATUS_IO, "%s: cannot read: %s", path, strerror(errno));
    }
    (void)fputs("<img src=\"data:image/svg+xml;base64,", page);
    while ((n = fread(bytes, 1, sizeof bytes, image)) > 0) {
        /* Three bytes become four letters (RFC 4648). */
        const unsigned word = (unsigned)bytes[0] << 16 | (n > 1 ? (unsigned)bytes[1] << 8 : 0) |
                              (n > 2 ? (unsigned)bytes[2] : 0);
        (void)fputc(letters[word >> 18], page);
        (void)fputc(letters[word >> 12 & 63], page);
        (void)fputc(n > 1 ? letters[word >> 6 & 63] : '=', page);
        (void)fputc(n > 2 ? letters[word & 63] : '=', page);
    }
    (void)fputs("\" alt=\"", page);
    html_text(page, description);
    (void)fputs("\">", page);
    const bool lost = ferror(image) != 0;
    (void)fclose(image);
    return lost ? error_set(error, STATUS_IO, "%s: cannot read", path) : STATUS_OK;
}
