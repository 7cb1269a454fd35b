/* One row per case and value of a diagnostic. */
#include "report/tables/table.h"

#include <math.h>

/* Found once for all columns of a row. */
static const void *found_value(struct row *row)
{
    if (row->made.found.number != 1 + row->at[ROW_VALUE]) {
        row->made.found.number = 1 + row->at[ROW_VALUE];
        (void)study_value(&row->report->data, row->at[ROW_VALUE], &row->made.found.value);
    }
    return &row->made.found.value;
}

static struct table_value diagnostic(const struct row *row)
{
    const struct diagnostic_value *const value = row->object;
    return table_text(value->diagnostic->name);
}

static struct table_value variable(const struct row *row)
{
    const struct diagnostic_value *const value = row->object;
    return table_text(value->variable->name);
}

static const char *axis_name(int axis)
{
    static const char *const names[] = {"axis_1", "axis_2", "axis_3", NULL};
    return names[axis];
}

static struct table_value axis(const struct row *row)
{
    const struct diagnostic_value *const value = row->object;
    const struct axis *const axis = value->variable->axes[row->repeat];
    return axis != NULL ? table_text(axis->name) : table_missing();
}

static struct table_value place(const struct row *row)
{
    const struct diagnostic_value *const value = row->object;
    return table_label(value->variable->axes[row->repeat], &value->labels[row->repeat]);
}

static struct table_value number(const struct row *row)
{
    const struct diagnostic_value *const value = row->object;
    const double real = study_value_real(&row->report->data, row->at[ROW_CASE], value);
    return value->variable->type == VALUE_F64 || isnan(real) ? table_real(real)
                                                             : table_integer((int64_t)real);
}

static const struct column WHAT[] = {
    {"diagnostic", .value = diagnostic}, {"variable", .value = variable}, {0}};
static const struct column AXIS[] = {{"", .value = axis}, {"place", .value = place}, {0}};
static const struct column VALUE[] = {{"value", .value = number}, {0}};

const struct report_table TABLE_VALUES = {
    .name = "values",
    .title = "Values of diagnostics",
    .over = {ROW_CASE, ROW_VALUE},
    .blocks = {{CASE_COLUMNS},
               {WHAT, .object = found_value},
               {AXIS, .object = found_value, .name = axis_name},
               {VALUE, .object = found_value}}};
