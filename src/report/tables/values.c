/* One row per case and value of a diagnostic. */
#include "report/tables/table.h"

#include <math.h>

static struct diagnostic_value value_of(const struct row *row)
{
    struct diagnostic_value value;
    (void)study_value(&row->report->data, row->at[ROW_VALUE], &value);
    return value;
}

static struct table_value diagnostic(const struct row *row)
{
    return table_text(value_of(row).diagnostic->name);
}

static struct table_value variable(const struct row *row)
{
    return table_text(value_of(row).variable->name);
}

static const char *axis_name(int axis)
{
    static const char *const names[] = {"axis_1", "axis_2", NULL};
    return names[axis];
}

static struct table_value axis(const struct row *row)
{
    const struct axis *const axis = value_of(row).variable->axes[row->repeat];
    return axis != NULL ? table_text(axis->name) : table_missing();
}

static struct table_value place(const struct row *row)
{
    const struct diagnostic_value value = value_of(row);
    const struct axis *const axis = value.variable->axes[row->repeat];
    const struct label *const label = &value.labels[row->repeat];
    return axis == NULL               ? table_missing()
           : axis->type == VALUE_TEXT ? table_text(label->text)
           : axis->type == VALUE_F64  ? table_real(label->real)
                                      : table_integer(label->integer);
}

static struct table_value number(const struct row *row)
{
    const struct diagnostic_value value = value_of(row);
    const struct study_data *const data = &row->report->data;
    const double real = study_real(data, value.variable->name, row->at[ROW_CASE], value.place);
    return value.variable->type == VALUE_F64 || isnan(real) ? table_real(real)
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
    .blocks = {{CASE_COLUMNS}, {WHAT}, {AXIS, .name = axis_name}, {VALUE}}};
