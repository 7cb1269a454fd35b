#include "report/summary.h"

#include "core/job_result.h"
#include "core/memory.h"
#include "report/effect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Everything that a summary is made from; the arrays have room for all cases. */
struct maker {
    const struct study_data *data;
    const struct grouping *grouping;
    struct bootstrap *bootstrap;
    double *values;
    int *strata; /* how many of the values are of which group */
};

/* The groups of one row: a single one, or all of a task. */
struct selection {
    const int *groups;
    int n_groups;
    int alpha;
    int set;
};

static void count_states(const struct maker *maker, const struct selection *selection,
                         struct summary *summary)
{
    const struct study_data *const data = maker->data;
    for (int g = 0; g < selection->n_groups; g++) {
        const struct group *const group = &maker->grouping->groups[selection->groups[g]];
        for (int i = 0; i < group->n_cases; i++) {
            const int c = group->cases[i];
            const int state = study_job_state(data, c, selection->alpha, selection->set);
            const bool is_empty = effect_is_empty(data, c, selection->alpha, selection->set);
            const bool counts = state == JOB_DONE && !is_empty;
            summary->n += counts;
            summary->n_empty += is_empty;
            summary->n_failed += state == JOB_FAILED;
            summary->n_pending += state == JOB_PENDING;
            summary->n_unconverged += counts && (int)study_integer(data, "converged", c, 0) == 0;
            summary->n_stabilizers +=
                effect_verdict(data, c, selection->alpha, selection->set) == 1;
        }
    }
    summary->stabilizer_share = summary->n > 0 && data->sets[selection->set] != ABLATION_NONE
                                    ? (double)summary->n_stabilizers / summary->n
                                    : NAN;
}

/* Values of a measure, group after group; strata that have none are left out. Infinite ones come
 * last, and are no part of the resamples. */
static enum status summarise(struct maker *maker, const struct selection *selection, int measure,
                             struct measure_summary *summary, struct error *error)
{
    int n = 0;
    int n_strata = 0;
    int n_infinite = 0;
    for (int g = 0; g < selection->n_groups; g++) {
        const struct group *const group = &maker->grouping->groups[selection->groups[g]];
        const int before = n;
        for (int i = 0; i < group->n_cases; i++) {
            const double value = effect_value(maker->data, group->cases[i], selection->alpha,
                                              selection->set, measure);
            if (isfinite(value)) {
                maker->values[n++] = value;
            }
            n_infinite += isinf(value) != 0;
        }
        if (n > before) {
            maker->strata[n_strata++] = n - before;
        }
    }
    summary->mean_interval = (struct interval){NAN, NAN};
    summary->iqm_interval = summary->mean_interval;
    if (MEASURES[measure]->has_interval) {
        TRY(bootstrap_intervals(maker->bootstrap, maker->values, maker->strata, n_strata,
                                &summary->mean_interval, &summary->iqm_interval, error));
    }
    for (int i = 0; i < n_infinite; i++) {
        maker->values[n++] = INFINITY;
    }
    summary->sample = statistics_summarise(maker->values, n);
    return STATUS_OK;
}

/* Alpha runs innermost: neighbouring alphas often have the same partition, thus the same values and
 * intervals, which the bootstrap remembers. */
static enum status summarise_groups(struct maker *maker, const int *groups, int n_groups,
                                    struct summary *rows, struct error *error)
{
    const struct study_data *const data = maker->data;
    for (int set = 0; set < data->n_sets; set++) {
        for (int alpha = 0; alpha < data->n_alphas; alpha++) {
            const struct selection selection = {groups, n_groups, alpha, set};
            count_states(maker, &selection, &rows[alpha * data->n_sets + set]);
        }
        for (int measure = 0; MEASURES[measure] != NULL; measure++) {
            for (int alpha = 0; alpha < data->n_alphas; alpha++) {
                const struct selection selection = {groups, n_groups, alpha, set};
                struct summary *const row = &rows[alpha * data->n_sets + set];
                TRY(summarise(maker, &selection, measure, &row->measures[measure], error));
            }
        }
    }
    return STATUS_OK;
}

/* A row for each alpha and set of each group and task, and its room for each measure. */
static enum status allocate(struct summaries *summaries, const struct grouping *grouping,
                            struct error *error)
{
    const size_t n_rows = (size_t)summaries->n_alphas * (size_t)summaries->n_sets;
    const size_t n_group_rows = (size_t)grouping->n_groups * n_rows;
    const size_t n_task_rows = (size_t)grouping->n_tasks * n_rows;
    size_t n_measures = 0;
    while (MEASURES[n_measures] != NULL) {
        n_measures++;
    }
    TRY(memory_array(&summaries->of_groups, n_group_rows, sizeof(struct summary), error));
    TRY(memory_array(&summaries->of_tasks, n_task_rows, sizeof(struct summary), error));
    TRY(memory_array2(&summaries->values, n_group_rows + n_task_rows, n_measures,
                      sizeof *summaries->values, error));
    for (size_t i = 0; i < n_group_rows; i++) {
        summaries->of_groups[i].measures = summaries->values + i * n_measures;
    }
    for (size_t i = 0; i < n_task_rows; i++) {
        summaries->of_tasks[i].measures = summaries->values + (n_group_rows + i) * n_measures;
    }
    return STATUS_OK;
}

static enum status fill(struct summaries *summaries, struct maker *maker, struct error *error)
{
    const struct grouping *const grouping = maker->grouping;
    const size_t n_rows = (size_t)summaries->n_alphas * (size_t)summaries->n_sets;
    TRY(bootstrap_create(&maker->bootstrap, error));
    TRY(memory_array(&maker->values, (size_t)maker->data->n_cases, sizeof(double), error));
    TRY(memory_array(&maker->strata, (size_t)grouping->n_groups, sizeof(int), error));
    TRY(allocate(summaries, grouping, error));
    for (int i = 0; i < grouping->n_groups; i++) {
        TRY(summarise_groups(maker, &i, 1, summaries->of_groups + (size_t)i * n_rows, error));
    }
    for (int i = 0; i < grouping->n_tasks; i++) {
        const struct task_pool *const task = &grouping->tasks[i];
        struct summary *const rows = summaries->of_tasks + (size_t)i * n_rows;
        if (task->n_groups == 1) {
            memcpy(rows, summaries->of_groups + (size_t)task->groups[0] * n_rows,
                   n_rows * sizeof *rows);
        } else {
            TRY(summarise_groups(maker, task->groups, task->n_groups, rows, error));
        }
    }
    return STATUS_OK;
}

enum status summaries_create(struct summaries *summaries, const struct study_data *data,
                             const struct grouping *grouping, struct error *error)
{
    struct maker maker = {.data = data, .grouping = grouping};
    *summaries = (struct summaries){.n_alphas = data->n_alphas, .n_sets = data->n_sets};
    const enum status status = fill(summaries, &maker, error);
    bootstrap_destroy(&maker.bootstrap);
    free(maker.values);
    free(maker.strata);
    return status;
}

void summaries_release(struct summaries *summaries)
{
    free(summaries->of_groups);
    free(summaries->of_tasks);
    free(summaries->values);
    *summaries = (struct summaries){0};
}

static size_t row_of(const struct summaries *summaries, int index, int alpha, int set)
{
    return ((size_t)index * (size_t)summaries->n_alphas + (size_t)alpha) *
               (size_t)summaries->n_sets +
           (size_t)set;
}

const struct summary *summary_of_group(const struct summaries *summaries, int group, int alpha,
                                       int set)
{
    return &summaries->of_groups[row_of(summaries, group, alpha, set)];
}

const struct summary *summary_of_task(const struct summaries *summaries, int task, int alpha,
                                      int set)
{
    return &summaries->of_tasks[row_of(summaries, task, alpha, set)];
}

static bool has_effects(const struct summaries *summaries, const struct summary *of_one, int alpha)
{
    for (int a = 0; a < summaries->n_alphas; a++) {
        for (int set = 1; (alpha < 0 || a == alpha) && set < summaries->n_sets; set++) {
            if (of_one[a * summaries->n_sets + set].n > 0) {
                return true;
            }
        }
    }
    return false;
}

bool summary_group_has_effects(const struct summaries *summaries, int group, int alpha)
{
    return has_effects(summaries, summary_of_group(summaries, group, 0, 0), alpha);
}

bool summary_task_has_effects(const struct summaries *summaries, int task, int alpha)
{
    return has_effects(summaries, summary_of_task(summaries, task, 0, 0), alpha);
}

const struct measure_summary *summary_measure(const struct summary *summary,
                                              const struct measure_ops *measure)
{
    return &summary->measures[measure_number(measure->variable.name)];
}
