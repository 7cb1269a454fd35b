/* The JSON writer of tables. */
#pragma once

#include "report/tables/table.h"

/* The rows of a view as an array of objects, with the columns that its file has and null where a
 * value is missing. STATUS_IO when something was not written. Local. */
MUST_CHECK enum status table_write_json(const struct table_view *view, FILE *stream,
                                        struct error *error);
