/* Writers of tables: for programs as CSV, for people as HTML. */
#pragma once

#include "report/tables/table.h"

/* Comma-separated values with a line of names (RFC 4180, lines end with \n): texts are quoted where
 * they must be, numbers read back as the same bits, what is missing is empty. */
void table_write_csv(const struct report_table *table, const struct report *report, FILE *stream);

/* The line of names, and the rows of a view. */
void table_write_csv_names(const struct report_table *table, FILE *stream);
void table_write_csv_rows(const struct table_view *view, FILE *stream);

/* One field of it, a text; an apostrophe stands before one that a spreadsheet would take for a
 * formula. */
void table_write_csv_text(const char *text, FILE *stream);

/* The rows of a view with the columns that have a title. HTML: folded when there are many rows; a
 * line says so when there is none. */
void table_write_html(const struct table_view *view, FILE *page);

/* What people see of a value: a text itself, or a number in `buffer`; NULL when it is missing. */
const char *table_shown_text(struct row *row, const struct table_column *column,
                             char buffer[TABLE_REAL_SIZE]);
