/* Tables of a report on a screen and as JSON. */
#pragma once

#include "cli/screen.h"
#include "report/tables/table.h"

/* The rows of a view with the columns that have a title and a value, every line after `margin`
 * blanks. */
MUST_CHECK enum status table_print(const struct table_view *view, const struct screen *screen,
                                   int margin, struct error *error);

/* The rows of a view as JSON objects with the columns that files have: a missing value is null, and
 * so is an infinite one; a number is the shortest that reads back as the same. *is_first: nothing
 * stands before them. */
MUST_CHECK enum status table_print_json(const struct table_view *view, bool *is_first, FILE *stream,
                                        struct error *error);
