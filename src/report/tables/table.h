/* Tables of a report: one const struct each, in one list; CSV, JSON and page are written from it.
 */
#ifndef SCHURSWEEP_REPORT_TABLES_TABLE_H
#define SCHURSWEEP_REPORT_TABLES_TABLE_H

#include "report/report.h"

#include <stdio.h>

enum { TABLE_NAME_SIZE = 64 };

enum value_kind { TABLE_MISSING, TABLE_INTEGER, TABLE_REAL, TABLE_TEXT };

struct table_value {
    enum value_kind kind;
    int64_t integer;
    double real;
    const char *text; /* borrowed from the report, or a constant */
};

struct report_table {
    const char *name; /* the file is <name>.csv */
    const char *title;
    bool needs_curves; /* only there when a case has a threshold curve */
    size_t (*n_rows)(const struct report *report);
    int (*n_columns)(const struct report *report);
    /* name[TABLE_NAME_SIZE] */
    void (*column_name)(int column, char *name);
    struct table_value (*value)(const struct report *report, size_t row, int column);
};

/* All tables, NULL at the end. */
extern const struct report_table *const REPORT_TABLES[];

/* Whether the report has that table. */
bool report_table_is_there(const struct report_table *table, const struct report *report);

/* The table of that name, or NULL. */
const struct report_table *report_table_find(const char *name);

/* A NaN is missing. */
struct table_value table_real(double value);
struct table_value table_integer(int64_t value);
struct table_value table_text(const char *text);
struct table_value table_missing(void);

/* Comma-separated values with a line of names (RFC 4180, lines end with \n): texts are quoted where
 * they must be, numbers read back as the same bits, what is missing is empty. */
void table_write_csv(const struct report_table *table, const struct report *report, FILE *stream);

/* One field of it. */
void table_write_csv_text(const char *text, FILE *stream);

/* The shortest decimal that reads back as the same number. */
void table_format_real(double value, char *text, size_t size);

#endif
