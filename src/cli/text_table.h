/* Rows of aligned cells on a screen. Columns that do not fit beside the others follow below, after
 * the first column once more; a text that is wider than its room ends with an ellipsis, and a
 * column without any text is left out. */
#pragma once

#include "cli/screen.h"
#include "core/status.h"

struct text_column {
    const char *title;
    bool is_left; /* a text; numbers stand at the right */
};

struct text_table;

/* Borrows columns[n_columns]. Released by text_table_destroy. */
MUST_CHECK enum status text_table_create(struct text_table **out, const struct text_column *columns,
                                         int n_columns, struct error *error);
void text_table_destroy(struct text_table **table);

/* The next cell, row by row: a copy of the text, or "-" where there is none, for NULL. When memory
 * is short text_table_print says so. */
void text_table_add(struct text_table *table, enum screen_style style, const char *text);

/* The same, formatted. */
void text_table_add_number(struct text_table *table, const char *format, double value);
void text_table_add_count(struct text_table *table, int64_t count);

/* All rows below a line of titles, every line after `margin` blanks. */
MUST_CHECK enum status text_table_print(const struct text_table *table, const struct screen *screen,
                                        int margin, struct error *error);
