/* Values of diagnostics over the seeds of a group. */
#include "core/axes.h"
#include "report/statistics.h"
#include "report/tables/table.h"

#include <math.h>
#include <string.h>

/* Found, and summarised, once for all columns of a row. */
static const void *summarise(struct row *row)
{
    const struct report *const report = row->report;
    const struct group *const group = &report->grouping.groups[row->at[ROW_GROUP]];
    const int number = 1 + row->at[ROW_VALUE];
    int n = 0;
    if (row->made.summarised.number == number && row->made.summarised.group == row->at[ROW_GROUP]) {
        return &row->made.summarised;
    }
    row->made.summarised.number = number;
    row->made.summarised.group = row->at[ROW_GROUP];
    (void)study_value(&report->data, row->at[ROW_VALUE], &row->made.summarised.value);
    for (int i = 0; i < group->n_cases; i++) {
        const double value =
            study_value_real(&report->data, group->cases[i], &row->made.summarised.value);
        if (!isnan(value)) {
            report->scratch[n++] = value;
        }
    }
    row->made.summarised.sample = statistics_summarise(report->scratch, n);
    return &row->made.summarised;
}

static const struct diagnostic_value *value_of(const struct row *row)
{
    return &row->made.summarised.value;
}

static struct table_value diagnostic(const struct row *row)
{
    return table_text(value_of(row)->diagnostic->name);
}

static struct table_value variable(const struct row *row)
{
    return table_text(value_of(row)->variable->name);
}

static const char *axis_name(int axis)
{
    static const char *const NAMES[] = {"axis_1", "axis_2", "axis_3", NULL};
    return NAMES[axis];
}

static struct table_value axis(const struct row *row)
{
    const struct axis *const axis = value_of(row)->variable->axes[row->repeat];
    return axis != NULL ? table_text(axis->name) : table_missing();
}

static struct table_value place(const struct row *row)
{
    return table_label(value_of(row)->variable->axes[row->repeat],
                       &value_of(row)->labels[row->repeat]);
}

/* Places of an axis that the page shows: of thresholds that of the page, of sets the couplings. */
static bool is_plain(const struct row *row, const struct axis *axis, size_t at)
{
    const struct study_data *const data = &row->report->data;
    if (axis == &AXIS_ALPHA) {
        return (int)at == row->report->main_alpha;
    }
    if (axis == &AXIS_ABLATION) {
        return __builtin_popcount(data->sets[at]) == 1;
    }
    return strcmp(axis->name, "removable_epsilon") == 0 || strcmp(axis->name, "null") == 0;
}

static bool is_shown(const struct row *row)
{
    struct row own = *row;
    (void)summarise(&own);
    const struct diagnostic_value *const value = value_of(&own);
    bool is = !value->diagnostic->is_always && own.made.summarised.sample.n > 0;
    for (int k = 0; k < VARIABLE_AXES_MAX && value->variable->axes[k] != NULL; k++) {
        is = is && is_plain(row, value->variable->axes[k], value->places[k]);
    }
    return is;
}

static const struct column WHAT[] = {{"diagnostic", "diagnostic", .value = diagnostic},
                                     {"variable", "value", .value = variable},
                                     {0}};
static const struct column AXIS[] = {
    {"", NULL, .value = axis}, {"place", "at", .value = place}, {0}};

static const struct column SAMPLE[] = {
    {"n", "n", MEMBER(struct summarised_value, sample.n)},
    {"median", "median", MEMBER(struct summarised_value, sample.median)},
    {"q25", "25 %", MEMBER(struct summarised_value, sample.q25)},
    {"q75", "75 %", MEMBER(struct summarised_value, sample.q75)},
    {"mean", NULL, MEMBER(struct summarised_value, sample.mean)},
    {"sd", NULL, MEMBER(struct summarised_value, sample.sd)},
    {0}};

const struct report_table TABLE_GROUP_VALUES = {
    .name = "group_values",
    .title = "What diagnostics found",
    .about = "Medians and quartiles over seeds of what the study's diagnostics have found, for "
             "single couplings at one threshold; all others are in group_values.csv, those of "
             "single networks in values.csv.",
    .is_of_main_alpha = true,
    .over = {ROW_GROUP, ROW_VALUE},
    .blocks = {{GROUP_COLUMNS, .object = row_group},
               {WHAT, .object = summarise},
               {AXIS, .object = summarise, .name = axis_name},
               {SAMPLE, .object = summarise}},
    .is_shown = is_shown};
