/* One row per group (or task), alpha and ablation set. */
#include "report/tables/table.h"

static const void *group_summary(struct row *row)
{
    return summary_of_group(&row->report->summaries, row->at[ROW_GROUP], row->at[ROW_ALPHA],
                            row->at[ROW_SET]);
}

static const void *task_summary(struct row *row)
{
    return summary_of_task(&row->report->summaries, row->at[ROW_TASK], row->at[ROW_ALPHA],
                           row->at[ROW_SET]);
}

static const void *group_measure(struct row *row)
{
    const struct summary *const summary = group_summary(row);
    return &summary->measures[row->repeat];
}

static const void *task_measure(struct row *row)
{
    const struct summary *const summary = task_summary(row);
    return &summary->measures[row->repeat];
}

static const void *task_of_row(struct row *row)
{
    return &row->report->grouping.tasks[row->at[ROW_TASK]];
}

/* Measures with intervals come first. */
static const char *with_interval(int measure)
{
    return MEASURES[measure] == NULL         ? NULL
           : MEASURES[measure]->has_interval ? MEASURES[measure]->variable.name
                                             : "";
}

static const char *without_interval(int measure)
{
    return MEASURES[measure] == NULL         ? NULL
           : MEASURES[measure]->has_interval ? ""
                                             : MEASURES[measure]->variable.name;
}

/* A count that people see only where it is not 0. */
static struct table_value some(int count)
{
    return count > 0 ? table_integer(count) : table_missing();
}

static struct table_value some_failed(const struct row *row)
{
    return some(((const struct summary *)row->object)->n_failed);
}

static struct table_value some_pending(const struct row *row)
{
    return some(((const struct summary *)row->object)->n_pending);
}

static struct table_value some_unconverged(const struct row *row)
{
    return some(((const struct summary *)row->object)->n_unconverged);
}

/* Smallest and largest n_R of the group's cases at an alpha; false when none is divided. */
static bool find_sizes(const struct row *row, int *low, int *high)
{
    const struct group *const group = &row->report->grouping.groups[row->at[ROW_GROUP]];
    *low = -1;
    *high = -1;
    for (int i = 0; i < group->n_cases; i++) {
        const int size = study_n_r(&row->report->data, group->cases[i], row->at[ROW_ALPHA]);
        *low = size >= 0 && (*low < 0 || size < *low) ? size : *low;
        *high = size > *high ? size : *high;
    }
    return *low >= 0;
}

static struct table_value smallest_size(const struct row *row)
{
    int low = 0;
    int high = 0;
    return find_sizes(row, &low, &high) ? table_integer(low) : table_missing();
}

static struct table_value largest_size(const struct row *row)
{
    int low = 0;
    int high = 0;
    return find_sizes(row, &low, &high) ? table_integer(high) : table_missing();
}

static const struct column COUNTS[] = {
    {"n", "n", MEMBER(struct summary, n)},
    {"n_failed", MEMBER(struct summary, n_failed)},
    {"n_pending", MEMBER(struct summary, n_pending)},
    {"n_not_converged", MEMBER(struct summary, n_unconverged)},
    {NULL, "failed", .value = some_failed},
    {NULL, "pending", .value = some_pending},
    {NULL, "not converged", .value = some_unconverged},
    {"stabilizer_share", "stable", "%.2f", MEMBER(struct summary, stabilizer_share)},
    {0}};

static bool never(int repeat)
{
    (void)repeat;
    return false;
}

static bool is_effect(int measure)
{
    return MEASURES[measure] == &MEASURE_DELTA_FVU;
}

static const struct column SIZES[] = {{NULL, "n_R from", .value = smallest_size, .is_brief = never},
                                      {NULL, "to", .value = largest_size, .is_brief = never},
                                      {0}};

#define STATISTICS                                                                                 \
    {"n", MEMBER(struct measure_summary, sample.n)},                                               \
        {"mean", "", "%.4g", MEMBER(struct measure_summary, sample.mean)},                         \
        {"sd", MEMBER(struct measure_summary, sample.sd)},                                         \
        {"median", MEMBER(struct measure_summary, sample.median)},                                 \
        {"iqm", MEMBER(struct measure_summary, sample.iqm)},                                       \
        {"q25", MEMBER(struct measure_summary, sample.q25)},                                       \
    {                                                                                              \
        "q75", MEMBER(struct measure_summary, sample.q75)                                          \
    }

static const struct column WITH_INTERVAL[] = {
    STATISTICS,
    {"mean_low", "low", "%.3g", MEMBER(struct measure_summary, mean_interval.low),
     .is_brief = is_effect},
    {"mean_high", "high", "%.3g", MEMBER(struct measure_summary, mean_interval.high),
     .is_brief = is_effect},
    {"iqm_low", MEMBER(struct measure_summary, iqm_interval.low)},
    {"iqm_high", MEMBER(struct measure_summary, iqm_interval.high)},
    {0}};
static const struct column WITHOUT_INTERVAL[] = {STATISTICS, {0}};

const struct report_table TABLE_GROUPS = {
    .name = "groups",
    .title = "Statistics over the seeds of a group",
    .over = {ROW_GROUP, ROW_ALPHA, ROW_SET},
    .blocks = {{GROUP_COLUMNS, .object = row_group},
               {ALPHA_COLUMN},
               {SIZES},
               {SET_COLUMN},
               {COUNTS, .object = group_summary},
               {WITH_INTERVAL, .object = group_measure, .name = with_interval},
               {WITHOUT_INTERVAL, .object = group_measure, .name = without_interval}}};

static const struct column TASK_COLUMNS[] = {{"task", MEMBER(struct task_pool, task)},
                                             {"n_groups", MEMBER(struct task_pool, n_groups)},
                                             {0}};

const struct report_table TABLE_TASKS = {
    .name = "tasks",
    .title = "Statistics over all groups of a task",
    .over = {ROW_TASK, ROW_ALPHA, ROW_SET},
    .blocks = {{TASK_COLUMNS, .object = task_of_row},
               {ALPHA_COLUMN},
               {SET_COLUMN},
               {COUNTS, .object = task_summary},
               {WITH_INTERVAL, .object = task_measure, .name = with_interval},
               {WITHOUT_INTERVAL, .object = task_measure, .name = without_interval}}};
