#include "report/tables/table.h"

#include <math.h>
#include <string.h>

/* ---- values ---- */

struct table_value table_missing(void)
{
    return (struct table_value){.kind = TABLE_MISSING};
}

struct table_value table_real(double value)
{
    return isnan(value) ? table_missing() : (struct table_value){.kind = TABLE_REAL, .real = value};
}

struct table_value table_integer(int64_t value)
{
    return (struct table_value){.kind = TABLE_INTEGER, .integer = value};
}

struct table_value table_text(const char *text)
{
    return (struct table_value){.kind = TABLE_TEXT, .text = text};
}

struct table_value table_label(const struct axis *axis, const struct label *label)
{
    return axis == NULL               ? table_missing()
           : axis->type == VALUE_TEXT ? table_text(label->text)
           : axis->type == VALUE_F64  ? table_real(label->real)
                                      : table_integer(label->integer);
}

static const void *member(const struct row *row)
{
    return (const char *)row->object + row->column->offset;
}

struct table_value table_integer_member(const struct row *row)
{
    return table_integer(*(const int *)member(row));
}

struct table_value table_real_member(const struct row *row)
{
    return table_real(*(const double *)member(row));
}

struct table_value table_text_member(const struct row *row)
{
    return table_text(*(const char *const *)member(row));
}

struct table_value table_dominant_member(const struct row *row)
{
    const int dominant = *(const int *)member(row);
    return dominant == DOMINANT_UNKNOWN ? table_missing() : table_text(dominant_name(dominant));
}

struct table_value table_value(struct row *row, const struct table_column *column)
{
    row->column = column->column;
    row->repeat = column->repeat;
    row->object = column->block->object != NULL ? column->block->object(row) : row;
    return row->object != NULL ? row->column->value(row) : table_missing();
}

struct table_value table_shown_value(struct row *row, const struct table_column *column)
{
    const struct table_value value = table_value(row, column);
    const bool is_hidden =
        (value.kind == TABLE_TEXT && value.text[0] == '\0') ||
        (value.kind == TABLE_INTEGER && value.integer == 0 && column->column->hides_zero);
    return is_hidden ? table_missing() : value;
}

/* ---- rows ---- */

static int axis_length(const struct report *report, enum row_axis axis)
{
    const int lengths[ROW_AXES] = {
        [ROW_CASE] = report->data.n_cases,
        [ROW_GROUP] = report->grouping.n_groups,
        [ROW_TASK] = report->grouping.n_tasks,
        [ROW_ALPHA] = report->data.n_alphas,
        [ROW_SET] = report->data.n_sets,
        [ROW_DOMINANT] = DOMINANT_KNOWN_COUNT,
        [ROW_COMPARISON] = (int)report->comparisons.n_rows,
        [ROW_PARTITION] = (int)report->first_partitions[report->data.n_cases],
        [ROW_VALUE] = report->n_values,
        [ROW_ENSEMBLE] = report->ensembles.n,
    };
    return lengths[axis];
}

/* The last axis runs fastest. */
static bool advance(const struct table_view *view, struct row *row)
{
    int n = 0;
    while (view->table->over[n] != ROW_NONE) {
        n++;
    }
    while (n-- > 0) {
        const enum row_axis axis = view->table->over[n];
        if (view->only[axis] == 0) {
            if (++row->at[axis] < axis_length(row->report, axis)) {
                return true;
            }
            row->at[axis] = 0;
        }
    }
    return false;
}

static bool runs_over(const struct report_table *table, enum row_axis axis)
{
    return table->over[0] == axis || table->over[1] == axis || table->over[2] == axis;
}

/* Places that follow from others. */
static void derive(const struct report_table *table, struct row *row)
{
    const struct report *const report = row->report;
    if (runs_over(table, ROW_COMPARISON)) {
        row->at[ROW_GROUP] = report->comparisons.rows[row->at[ROW_COMPARISON]].group;
        row->at[ROW_ALPHA] = report->comparisons.rows[row->at[ROW_COMPARISON]].alpha;
    }
    if (runs_over(table, ROW_ENSEMBLE)) {
        row->at[ROW_CASE] = report->ensembles.list[row->at[ROW_ENSEMBLE]].cases[0];
    }
    if (runs_over(table, ROW_COMPARISON) || runs_over(table, ROW_GROUP)) {
        row->at[ROW_TASK] = report->grouping.groups[row->at[ROW_GROUP]].task_index;
    }
    while (runs_over(table, ROW_PARTITION) &&
           (size_t)row->at[ROW_PARTITION] >= report->first_partitions[row->at[ROW_CASE] + 1]) {
        row->at[ROW_CASE]++;
    }
}

bool table_step(const struct table_view *view, struct row *row)
{
    bool is_there = row->report == NULL || advance(view, row);
    if (row->report == NULL) {
        row->report = view->report;
        for (const enum row_axis *axis = view->table->over; *axis != ROW_NONE; axis++) {
            row->at[*axis] = view->only[*axis] > 0 ? view->only[*axis] - 1 : 0;
            is_there = is_there && row->at[*axis] < axis_length(view->report, *axis);
        }
    }
    for (; is_there; is_there = advance(view, row)) {
        derive(view->table, row);
        bool is_wanted = view->audience == FOR_FILES || view->table->is_shown == NULL ||
                         view->table->is_shown(row);
        if (runs_over(view->table, ROW_CASE) && runs_over(view->table, ROW_ALPHA)) {
            is_wanted = is_wanted &&
                        study_has_alpha(&view->report->data, row->at[ROW_CASE], row->at[ROW_ALPHA]);
        }
        for (int axis = 0; axis < ROW_AXES; axis++) {
            is_wanted =
                is_wanted && (view->only[axis] == 0 || row->at[axis] == view->only[axis] - 1);
        }
        if (is_wanted) {
            return true;
        }
    }
    return false;
}

int table_count_rows(const struct table_view *view)
{
    int count = 0;
    for (struct row row = {0}; table_step(view, &row);) {
        count++;
    }
    return count;
}

/* ---- columns ---- */

/* Of one repeat of a block; `prefix` is '' when there is one. */
static int add_columns(const struct column_block *block, int repeat, const char *prefix,
                       struct table_column *columns)
{
    int n = 0;
    for (const struct column *column = block->columns; column->value != NULL; column++) {
        struct table_column *const added = &columns[n++];
        const char *const name = column->name != NULL ? column->name : "";
        *added = (struct table_column){.repeat = repeat, .column = column, .block = block};
        added->title = column->title != NULL && column->title[0] == '\0' ? prefix : column->title;
        (void)snprintf(added->name, sizeof added->name, "%s%s%s", prefix,
                       prefix[0] != '\0' && name[0] != '\0' ? "_" : "", name);
    }
    return n;
}

static int all_columns(const struct report_table *table, struct table_column *columns)
{
    int n = 0;
    for (int b = 0; b < TABLE_BLOCKS_MAX && table->blocks[b].columns != NULL; b++) {
        const struct column_block *const block = &table->blocks[b];
        if (block->name == NULL) {
            n += add_columns(block, 0, "", columns + n);
            continue;
        }
        for (int i = 0; block->name(i) != NULL; i++) {
            n += block->name(i)[0] != '\0' ? add_columns(block, i, block->name(i), columns + n) : 0;
        }
    }
    return n;
}

int table_columns(const struct report_table *table, struct table_column *columns)
{
    const int n = all_columns(table, columns);
    int kept = 0;
    for (int i = 0; i < n; i++) {
        if (columns[i].column->name != NULL) {
            columns[kept++] = columns[i];
        }
    }
    return kept;
}

/* Whether the audience of a view sees a column, and some row has a value; says what kind it is. */
static bool is_seen(const struct table_view *view, struct table_column *seen)
{
    const struct column *const column = seen->column;
    const bool is_brief = column->is_brief == NULL || column->is_brief(seen->repeat);
    struct row row = {0};
    if (seen->title == NULL || view->only[column->axis] > 0 ||
        (view->audience == FOR_TERMINAL && !is_brief)) {
        return false;
    }
    while (table_step(view, &row)) {
        const enum value_kind kind = table_shown_value(&row, seen).kind;
        if (kind != TABLE_MISSING) {
            seen->is_text = kind == TABLE_TEXT;
            return true;
        }
    }
    return false;
}

int table_shown_columns(const struct table_view *view, struct table_column *columns)
{
    const int n = all_columns(view->table, columns);
    int kept = 0;
    for (int i = 0; i < n; i++) {
        if (is_seen(view, &columns[i])) {
            columns[kept++] = columns[i];
        }
    }
    return kept;
}

/* ---- the list ---- */

bool report_table_is_there(const struct report_table *table, const struct report *report)
{
    return (!table->needs_partitions || report->n_with_partitions > 0) &&
           (!table->has_every_job || report_writes_jobs(report)) &&
           (table->is_there == NULL || table->is_there(report));
}

const struct report_table *report_table_find(const char *name)
{
    for (int i = 0; REPORT_TABLES[i] != NULL; i++) {
        if (REPORT_TABLES[i]->name != NULL && strcmp(REPORT_TABLES[i]->name, name) == 0) {
            return REPORT_TABLES[i];
        }
    }
    return NULL;
}
