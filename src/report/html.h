/* Pieces of HTML: texts from files cannot become markup. */
#pragma once

#include "core/status.h"

#include <stdio.h>

/* A text with < > & and quotes as entities; fit for content and for attributes. */
void html_text(FILE *page, const char *text);

/* An SVG file as an image that is part of the page. */
MUST_CHECK enum status html_image(FILE *page, const char *path, const char *description,
                                  struct error *error);
