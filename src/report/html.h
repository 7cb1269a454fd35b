/* Pieces of HTML: texts from files cannot become markup. */
#pragma once

#include "core/status.h"

#include <stdio.h>

/* A text with < > & and quotes as entities; fit for content and for attributes. */
void html_text(FILE *page, const char *text);

/* A picture of gnuplot's as part of the page, so that its texts can be found and copied. `number`
 * keeps its identifiers from those of other pictures; what it says when it is pointed at becomes an
 * attribute, data-tip, in the place of script. */
MUST_CHECK enum status html_picture(FILE *page, const char *path, int number,
                                    const char *description, struct error *error);

/* Bytes as letters (RFC 4648). */
void html_base64(FILE *page, const unsigned char *bytes, size_t size);
