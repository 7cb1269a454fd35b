/* Tables of a report. A table is a list of columns; each column is said once: its name in files,
 * its title where people read, and how its value is had. CSV, JSON, page and terminal are written
 * from that. tables.def lists all tables. */
#pragma once

#include "report/report.h"

#include <stddef.h>
#include <stdio.h>

enum {
    TABLE_NAME_SIZE = 64,
    TABLE_REAL_SIZE = 40,
    TABLE_COLUMNS_MAX = 36 + MEASURES_MAX * 12,
    TABLE_BLOCKS_MAX = 9
};

enum value_kind { TABLE_MISSING, TABLE_INTEGER, TABLE_REAL, TABLE_TEXT };

struct table_value {
    enum value_kind kind;
    int64_t integer;
    double real;
    const char *text; /* borrowed from the report, or a constant */
};

/* What the rows of a table run over. */
enum row_axis {
    ROW_NONE, /* ends a list of axes */
    ROW_CASE,
    ROW_GROUP,
    ROW_TASK,
    ROW_ALPHA,
    ROW_SET,
    ROW_DOMINANT,   /* RR, CR, CC, none */
    ROW_COMPARISON, /* with its group and alpha */
    ROW_PARTITION,  /* partitions of all cases, with their case */
    ROW_VALUE,      /* values of diagnostics, see study_value */
    ROW_ENSEMBLE,   /* with its first case */
    ROW_AXES
};

/* A value of a diagnostic over the seeds of a group. */
struct summarised_value {
    int number; /* from 1; 0: none yet */
    int group;
    struct diagnostic_value value;
    struct sample_summary sample;
};

/* Where a row is: a place on every axis of its table and on those that follow from it (the task of
 * a group), 0 on all others. */
struct column;
struct row {
    const struct report *report;
    int at[ROW_AXES];
    const struct column
        *column; /* that is read, the repeat of its block, and the object that it is of */
    int repeat;
    const void *object;
    union {
        struct agreement_count same;
        struct partitions_summary partitions;
        struct ensemble_range range;
        struct {
            int number; /* from 1; 0: none yet */
            struct diagnostic_value value;
        } found;
        struct summarised_value summarised;
    } made; /* room for an object that is computed */
};

struct column {
    const char *name;   /* NULL: not in files */
    const char *title;  /* on page and terminal; NULL: in files alone; "": that of the block */
    const char *format; /* of reals on page and terminal; NULL: "%.4g" */
    struct table_value (*value)(const struct row *row);
    size_t offset;      /* of a member */
    enum row_axis axis; /* that it labels: not shown where only one place of it is wanted */
    bool hides_zero;    /* from people: 0 is shown as missing */
    bool (*is_brief)(int repeat); /* whether the terminal has room for it; NULL: yes */
};

/* Columns of one object, the block perhaps once for every measure. */
struct column_block {
    const struct column *columns; /* ends with an empty one */
    /* What they are members of; when it gives NULL they are missing. NULL: the row itself. */
    const void *(*object)(struct row *row);
    /* Begins the names of repeat i: NULL after the last, "" where there is none. NULL: once. */
    const char *(*name)(int repeat);
};

struct report_table {
    const char *name; /* the file is <name>.csv; NULL: on the page alone */
    const char *title;
    const char *about;     /* what the page says above it; NULL: not on the page by itself */
    bool at_main_alpha;    /* where the page shows it */
    bool is_of_main_alpha; /* it has no rows of others on the page, nor says which it is */
    bool needs_partitions; /* only there when a case has partitions */
    bool has_every_job;    /* only there when that is no more than a million rows, or wanted */
    bool (*is_there)(const struct report *report); /* NULL: it is */
    enum row_axis over[4];
    struct column_block blocks[TABLE_BLOCKS_MAX];
    bool (*is_shown)(const struct row *row); /* on page and terminal; NULL: all rows */
};

/* All tables, NULL at the end. */
extern const struct report_table *const REPORT_TABLES[];

/* Columns that many tables begin with. */
extern const struct column CASE_COLUMNS[];  /* of the row's case */
extern const struct column GROUP_COLUMNS[]; /* of a struct group */
extern const struct column ALPHA_COLUMN[];
extern const struct column SET_COLUMN[];
const void *row_group(struct row *row);
/* Text of the row's case, by the name of the column. */
struct table_value row_text(const struct row *row);
double row_alpha(const struct row *row);

/* Getter and offset of a member of the row's object that is an int, a double or a text. */
struct table_value table_integer_member(const struct row *row);
struct table_value table_real_member(const struct row *row);
struct table_value table_text_member(const struct row *row);
#define MEMBER(type, member)                                                                       \
    .value = _Generic(((type *)NULL)->member, int                                                  \
                      : table_integer_member, double                                               \
                      : table_real_member, const char *                                            \
                      : table_text_member),                                                        \
    .offset = offsetof(type, member)

/* An int that is an enum dominant; unknown is missing. */
struct table_value table_dominant_member(const struct row *row);

/* A place on an axis, by its label; missing without an axis. */
struct table_value table_label(const struct axis *axis, const struct label *label);

/* A NaN is missing. */
struct table_value table_real(double value);
struct table_value table_integer(int64_t value);
struct table_value table_text(const char *text);
struct table_value table_missing(void);

/* Whether the report has that table. */
bool report_table_is_there(const struct report_table *table, const struct report *report);

/* The table of that name, or NULL. */
const struct report_table *report_table_find(const char *name);

/* Page and terminal leave out what has no title and rows that are not shown. */
enum audience { FOR_FILES, FOR_PAGE, FOR_TERMINAL };

/* Rows of a table. */
struct table_view {
    const struct report_table *table;
    const struct report *report;
    int only[ROW_AXES]; /* 1 + the one place of an axis that is wanted, 0 for all of them */
    enum audience audience;
    bool marks_alpha; /* rows of the page say which alpha they are of, so that one can be chosen */
};

/* Puts *row on the first row when it is zeroed, else on the next; false when there is none. */
bool table_step(const struct table_view *view, struct row *row);
int table_count_rows(const struct table_view *view);

/* One column with all its blocks repeated. */
struct table_column {
    char name[TABLE_NAME_SIZE]; /* in files */
    const char *title;
    bool is_text; /* found by table_shown_columns */
    int repeat;
    const struct column *column;
    const struct column_block *block;
};

/* columns[TABLE_COLUMNS_MAX] receives those of the files; returns how many. */
int table_columns(const struct report_table *table, struct table_column *columns);

/* Those that its audience sees and that have a value in some row. */
int table_shown_columns(const struct table_view *view, struct table_column *columns);

/* Value of a row in a column, as files have it and as people see it: an empty text is missing
 * there. */
struct table_value table_value(struct row *row, const struct table_column *column);
struct table_value table_shown_value(struct row *row, const struct table_column *column);
