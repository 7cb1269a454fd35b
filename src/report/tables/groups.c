/* One row per group (or task), alpha and ablation set. */
#include "report/tables/table.h"

#include <stdio.h>

static const char *const GROUP_LABELS[] = {"task", "construction", "hidden", "alpha", "ablation"};
static const char *const TASK_LABELS[] = {"task", "n_groups", "alpha", "ablation"};
enum {
    N_GROUP_LABELS = sizeof GROUP_LABELS / sizeof GROUP_LABELS[0],
    N_TASK_LABELS = sizeof TASK_LABELS / sizeof TASK_LABELS[0]
};

static const char *const COUNTS[] = {"n", "n_failed", "n_pending", "n_not_converged",
                                     "stabilizer_share"};
static const char *const STATISTICS[] = {"n",         "mean",    "sd",      "median",
                                         "iqm",       "q25",     "q75",     "mean_low",
                                         "mean_high", "iqm_low", "iqm_high"};
enum {
    N_COUNTS = sizeof COUNTS / sizeof COUNTS[0],
    N_STATISTICS = sizeof STATISTICS / sizeof STATISTICS[0],
    N_WITHOUT_INTERVALS = N_STATISTICS - 4,
    N_WITH_INTERVALS_COLUMNS = MEASURES_WITH_INTERVALS * N_STATISTICS,
    N_MEASURE_COLUMNS =
        N_WITH_INTERVALS_COLUMNS + (MEASURE_COUNT - MEASURES_WITH_INTERVALS) * N_WITHOUT_INTERVALS
};

/* Measure and statistic of a column behind the counts. */
static void locate(int column, enum measure *measure, int *statistic)
{
    if (column < N_WITH_INTERVALS_COLUMNS) {
        *measure = (enum measure)(column / N_STATISTICS);
        *statistic = column % N_STATISTICS;
        return;
    }
    const int rest = column - N_WITH_INTERVALS_COLUMNS;
    *measure = (enum measure)(MEASURES_WITH_INTERVALS + rest / N_WITHOUT_INTERVALS);
    *statistic = rest % N_WITHOUT_INTERVALS;
}

static void summary_column_name(int column, char *name)
{
    enum measure measure;
    int statistic = 0;
    if (column < N_COUNTS) {
        (void)snprintf(name, TABLE_NAME_SIZE, "%s", COUNTS[column]);
        return;
    }
    locate(column - N_COUNTS, &measure, &statistic);
    (void)snprintf(name, TABLE_NAME_SIZE, "%s_%s", VARIABLES[measure_variable(measure)].name,
                   STATISTICS[statistic]);
}

static struct table_value statistic_value(const struct measure_summary *summary, int statistic)
{
    const struct sample_summary *const sample = &summary->sample;
    const double reals[] = {0.0,
                            sample->mean,
                            sample->sd,
                            sample->median,
                            sample->iqm,
                            sample->q25,
                            sample->q75,
                            summary->mean_interval.low,
                            summary->mean_interval.high,
                            summary->iqm_interval.low,
                            summary->iqm_interval.high};
    return statistic == 0 ? table_integer(sample->n) : table_real(reals[statistic]);
}

static struct table_value summary_value(const struct summary *summary, int column)
{
    enum measure measure;
    int statistic = 0;
    const int counts[] = {summary->n, summary->n_failed, summary->n_pending,
                          summary->n_unconverged};
    if (column < N_COUNTS - 1) {
        return table_integer(counts[column]);
    }
    if (column == N_COUNTS - 1) {
        return table_real(summary->stabilizer_share);
    }
    locate(column - N_COUNTS, &measure, &statistic);
    return statistic_value(&summary->measures[measure], statistic);
}

/* Which group or task, alpha and set a row is. */
struct place {
    int index;
    int alpha;
    int set;
};

static struct place place_of(const struct report *report, size_t row)
{
    const size_t n_sets = (size_t)report->data.n_sets;
    const size_t n_alphas = (size_t)report->data.n_alphas;
    return (struct place){(int)(row / n_sets / n_alphas), (int)(row / n_sets % n_alphas),
                          (int)(row % n_sets)};
}

static size_t rows_of(const struct report *report, int count)
{
    return (size_t)count * (size_t)report->data.n_alphas * (size_t)report->data.n_sets;
}

static size_t n_group_rows(const struct report *report)
{
    return rows_of(report, report->grouping.n_groups);
}

static int n_group_columns(const struct report *report)
{
    (void)report;
    return N_GROUP_LABELS + N_COUNTS + N_MEASURE_COLUMNS;
}

static void group_column_name(int column, char *name)
{
    if (column < N_GROUP_LABELS) {
        (void)snprintf(name, TABLE_NAME_SIZE, "%s", GROUP_LABELS[column]);
    } else {
        summary_column_name(column - N_GROUP_LABELS, name);
    }
}

static struct table_value group_value(const struct report *report, size_t row, int column)
{
    const struct place place = place_of(report, row);
    const struct group *const group = &report->grouping.groups[place.index];
    switch (column) {
    case 0:
        return table_text(group->task);
    case 1:
        return table_text(group->construction);
    case 2:
        return table_integer(group->hidden);
    case 3:
        return table_real(report->data.alphas[place.alpha]);
    case 4:
        return table_text(ablation_name(report->data.sets[place.set]));
    default:
        return summary_value(
            summary_of_group(&report->summaries, place.index, place.alpha, place.set),
            column - N_GROUP_LABELS);
    }
}

static size_t n_task_rows(const struct report *report)
{
    return rows_of(report, report->grouping.n_tasks);
}

static int n_task_columns(const struct report *report)
{
    (void)report;
    return N_TASK_LABELS + N_COUNTS + N_MEASURE_COLUMNS;
}

static void task_column_name(int column, char *name)
{
    if (column < N_TASK_LABELS) {
        (void)snprintf(name, TABLE_NAME_SIZE, "%s", TASK_LABELS[column]);
    } else {
        summary_column_name(column - N_TASK_LABELS, name);
    }
}

static struct table_value task_value(const struct report *report, size_t row, int column)
{
    const struct place place = place_of(report, row);
    const struct task_pool *const task = &report->grouping.tasks[place.index];
    switch (column) {
    case 0:
        return table_text(task->task);
    case 1:
        return table_integer(task->n_groups);
    case 2:
        return table_real(report->data.alphas[place.alpha]);
    case 3:
        return table_text(ablation_name(report->data.sets[place.set]));
    default:
        return summary_value(
            summary_of_task(&report->summaries, place.index, place.alpha, place.set),
            column - N_TASK_LABELS);
    }
}

const struct report_table TABLE_GROUPS = {.name = "groups",
                                          .title = "Statistics over the seeds of a group",
                                          .n_rows = n_group_rows,
                                          .n_columns = n_group_columns,
                                          .column_name = group_column_name,
                                          .value = group_value};

const struct report_table TABLE_TASKS = {.name = "tasks",
                                         .title = "Statistics over all groups of a task",
                                         .n_rows = n_task_rows,
                                         .n_columns = n_task_columns,
                                         .column_name = task_column_name,
                                         .value = task_value};
