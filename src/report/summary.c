#include "report/summary.h"

#include "core/job_result.h"
#include "core/memory.h"
#include "report/effect.h"
#include "report/resamples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A sample whose intervals are wanted. */
struct sample {
    const double *values; /* [n] finite ones, ascending */
    int n;
    struct measure_summary *summary;
    const struct measure_summary *twin; /* that has the same values; NULL: none */
};

/* Everything that a summary is made from; the arrays have room for all cases. */
struct maker {
    const struct study_data *data;
    const struct grouping *grouping;
    struct bootstrap *bootstrap; /* of pooled groups */
    struct resamples *resamples; /* of single groups, of one size; NULL at first */
    double *values;
    int *strata;            /* how many of the values are of which group */
    struct sample *samples; /* [n_samples] of a group */
    size_t n_samples;
    double *kept; /* [n_kept] their values */
    size_t n_kept;
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

/* Values of a measure, group after group, the finite ones first; strata that have none are left
 * out. */
static int collect(const struct maker *maker, const struct selection *selection, int measure,
                   int *n_strata, int *n_finite)
{
    int n = 0;
    int n_infinite[2] = {0, 0};
    *n_strata = 0;
    for (int g = 0; g < selection->n_groups; g++) {
        const struct group *const group = &maker->grouping->groups[selection->groups[g]];
        const int before = n;
        for (int i = 0; i < group->n_cases; i++) {
            const double value = effect_value(maker->data, group->cases[i], selection->alpha,
                                              selection->set, measure);
            if (isfinite(value)) {
                maker->values[n++] = value;
            }
            n_infinite[0] += isinf(value) && value < 0;
            n_infinite[1] += isinf(value) && value > 0;
        }
        if (n > before) {
            maker->strata[(*n_strata)++] = n - before;
        }
    }
    *n_finite = n;
    for (int i = 0; i < n_infinite[0] + n_infinite[1]; i++) {
        maker->values[n++] = i < n_infinite[0] ? -INFINITY : INFINITY;
    }
    return n;
}

/* Puts a sample of a group down for its intervals; none when it is too small, known when all its
 * values are the same. Neighbouring alphas often have the same partition, thus the same values: the
 * first of them is looked at. The values are sorted. */
static void keep_sample(struct maker *maker, const double *values, int n,
                        struct measure_summary *summary)
{
    if (n < BOOTSTRAP_LEAST || n > RESAMPLES_LARGEST) {
        return;
    }
    if (values[0] == values[n - 1]) {
        summary->mean_interval = (struct interval){values[0], values[0]};
        summary->iqm_interval = summary->mean_interval;
        return;
    }
    const struct sample *const last =
        maker->n_samples > 0 ? &maker->samples[maker->n_samples - 1] : NULL;
    struct sample *const sample = &maker->samples[maker->n_samples++];
    *sample = (struct sample){values, n, summary, NULL};
    if (last != NULL && last->n == n &&
        memcmp(last->values, values, (size_t)n * sizeof *values) == 0) {
        sample->values = last->values;
        sample->twin = last->twin != NULL ? last->twin : last->summary;
        return;
    }
    double *const own = maker->kept + maker->n_kept;
    memcpy(own, values, (size_t)n * sizeof *own);
    maker->n_kept += (size_t)n;
    sample->values = own;
}

static enum status summarise(struct maker *maker, const struct selection *selection, int measure,
                             struct measure_summary *summary, struct error *error)
{
    int n_strata = 0;
    int n_finite = 0;
    const int n = collect(maker, selection, measure, &n_strata, &n_finite);
    const bool is_wanted = MEASURES[measure]->has_interval;
    summary->mean_interval = (struct interval){NAN, NAN};
    summary->iqm_interval = summary->mean_interval;
    if (is_wanted && selection->n_groups > 1 && n_finite <= POOLED_MOST) {
        TRY(bootstrap_intervals(maker->bootstrap, maker->values, maker->strata, n_strata,
                                &summary->mean_interval, &summary->iqm_interval, error));
    }
    summary->sample = statistics_summarise(maker->values, n);
    if (is_wanted && selection->n_groups == 1) {
        const double *finite = maker->values;
        for (int i = 0; i < n && isinf(*finite) && *finite < 0; i++) {
            finite++;
        }
        keep_sample(maker, finite, n_finite, summary);
    }
    return STATUS_OK;
}

/* ---- intervals of a group ---- */

/* Twins last, the others by size; among equal ones as they were put down. */
static int compare_samples(const void *a, const void *b)
{
    const struct sample *const x = a;
    const struct sample *const y = b;
    const int by_twin = (x->twin != NULL) - (y->twin != NULL);
    const int by_size = (x->n > y->n) - (x->n < y->n);
    return by_twin != 0   ? by_twin
           : by_size != 0 ? by_size
                          : (x->summary > y->summary) - (x->summary < y->summary);
}

/* Of samples of one size, as many at a time as are worth it. */
static enum status find_intervals(struct maker *maker, const struct sample *samples, int m,
                                  struct error *error)
{
    enum { AT_ONCE = 64 };
    const double *values[AT_ONCE];
    struct interval mean[AT_ONCE];
    struct interval iqm[AT_ONCE];
    if (maker->resamples == NULL || resamples_size(maker->resamples) != samples->n) {
        resamples_destroy(&maker->resamples);
        TRY(resamples_create(&maker->resamples, samples->n, error));
    }
    for (int first = 0; first < m; first += AT_ONCE) {
        const int count = m - first < AT_ONCE ? m - first : AT_ONCE;
        for (int i = 0; i < count; i++) {
            values[i] = samples[first + i].values;
        }
        resamples_intervals(maker->resamples, values, count, mean, iqm);
        for (int i = 0; i < count; i++) {
            samples[first + i].summary->mean_interval = mean[i];
            samples[first + i].summary->iqm_interval = iqm[i];
        }
    }
    return STATUS_OK;
}

static enum status find_all_intervals(struct maker *maker, struct error *error)
{
    struct sample *const samples = maker->samples;
    size_t i = 0;
    qsort(samples, maker->n_samples, sizeof *samples, compare_samples);
    while (i < maker->n_samples && samples[i].twin == NULL) {
        size_t end = i + 1;
        while (end < maker->n_samples && samples[end].twin == NULL &&
               samples[end].n == samples[i].n) {
            end++;
        }
        TRY(find_intervals(maker, samples + i, (int)(end - i), error));
        i = end;
    }
    for (; i < maker->n_samples; i++) {
        samples[i].summary->mean_interval = samples[i].twin->mean_interval;
        samples[i].summary->iqm_interval = samples[i].twin->iqm_interval;
    }
    return STATUS_OK;
}

/* Alpha runs innermost, for those who look whether the values are those of the last one. */
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

/* All samples of a group are put down before their intervals are found. */
static enum status summarise_group(struct maker *maker, int group, struct summary *rows,
                                   struct error *error)
{
    const struct study_data *const data = maker->data;
    size_t n_samples = 0;
    for (int i = 0; MEASURES[i] != NULL; i++) {
        n_samples += MEASURES[i]->has_interval ? (size_t)(data->n_sets * data->n_alphas) : 0;
    }
    maker->n_samples = 0;
    maker->n_kept = 0;
    TRY(memory_array(&maker->samples, n_samples, sizeof *maker->samples, error));
    TRY(memory_array2(&maker->kept, n_samples, (size_t)maker->grouping->groups[group].n_cases,
                      sizeof *maker->kept, error));
    TRY(summarise_groups(maker, &group, 1, rows, error));
    TRY(find_all_intervals(maker, error));
    free(maker->samples);
    free(maker->kept);
    maker->samples = NULL;
    maker->kept = NULL;
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
        TRY(summarise_group(maker, i, summaries->of_groups + (size_t)i * n_rows, error));
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
    resamples_destroy(&maker.resamples);
    free(maker.samples);
    free(maker.kept);
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
