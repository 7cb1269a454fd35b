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

/* Smallest (offset 0) or largest (1) n_R of the group's cases at an alpha. */
static struct table_value extreme_size(const struct row *row)
{
    const struct group *const group = &row->report->grouping.groups[row->at[ROW_GROUP]];
    int sizes[] = {-1, -1};
    for (int i = 0; i < group->n_cases; i++) {
        const int size = study_n_r(&row->report->data, group->cases[i], row->at[ROW_ALPHA]);
        sizes[0] = size >= 0 && (sizes[0] < 0 || size < sizes[0]) ? size : sizes[0];
        sizes[1] = size > sizes[1] ? size : sizes[1];
    }
    return sizes[0] < 0 ? table_missing() : table_integer(sizes[row->column->offset]);
}

static const struct column COUNTS[] = {
    {"n", "n", MEMBER(struct summary, n)},
    {"n_empty", "empty", MEMBER(struct summary, n_empty), .hides_zero = true},
    {"n_failed", "failed", MEMBER(struct summary, n_failed), .hides_zero = true},
    {"n_pending", "pending", MEMBER(struct summary, n_pending), .hides_zero = true},
    {"n_not_converged", "not converged", MEMBER(struct summary, n_unconverged), .hides_zero = true},
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

static const struct column SIZES[] = {
    {NULL, "n_R from", .value = extreme_size, .offset = 0, .is_brief = never},
    {NULL, "to", .value = extreme_size, .offset = 1, .is_brief = never},
    {0}};

#define STATISTICS                                                                                 \
    {"n", MEMBER(struct measure_summary, sample.n)},                                               \
        {"n_infinite", "infinite", MEMBER(struct measure_summary, sample.n_infinite),              \
         .hides_zero = true, .is_brief = is_effect},                                               \
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
    .at_main_alpha = true,
    .over = {ROW_GROUP, ROW_ALPHA, ROW_SET},
    .blocks = {{GROUP_COLUMNS, .object = row_group},
               {.columns = ALPHA_COLUMN},
               {.columns = SIZES},
               {.columns = SET_COLUMN},
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
               {.columns = ALPHA_COLUMN},
               {.columns = SET_COLUMN},
               {COUNTS, .object = task_summary},
               {WITH_INTERVAL, .object = task_measure, .name = with_interval},
               {WITHOUT_INTERVAL, .object = task_measure, .name = without_interval}}};
