/* Tables of a report on a screen and as JSON. */
#pragma once

#include "cli/screen.h"
#include "core/json.h"
#include "report/tables/table.h"

/* The rows of a view with the columns that have a title and a value, every line after `margin`
 * blanks. */
MUST_CHECK enum status table_print(const struct table_view *view, const struct screen *screen,
                                   int margin, struct error *error);

/* The rows of a view, an object on a line each, with the columns that files have, into an array
 * that is open. One at a time: the whole table as one value would be many times its text. */
void table_print_json(const struct table_view *view, struct json *json);
