/* Writers of tables: for programs as CSV, for people as HTML and on the terminal. */
#pragma once

#include "report/tables/table.h"

/* Comma-separated values with a line of names (RFC 4180, lines end with \n): texts are quoted where
 * they must be, numbers read back as the same bits, what is missing is empty. */
void table_write_csv(const struct report_table *table, const struct report *report, FILE *stream);

/* One field of it. */
void table_write_csv_text(const char *text, FILE *stream);

/* The shortest decimal that reads back as the same number. */
void table_format_real(double value, char *text, size_t size);

/* The rows of a view with the columns that have a title. HTML: folded when there are many rows; a
 * line says so when there is none. */
void table_write_html(const struct table_view *view, FILE *page);

/* The same, aligned, every line after `margin`. */
void table_write_text(const struct table_view *view, const char *margin, FILE *stream);
