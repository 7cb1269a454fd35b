#include "core/sweep.h"

#include <stdlib.h>
#include <string.h>

const char *const GAUSS_NEWTON_NAMES[GAUSS_NEWTON_CHOICES] = {"price", "exact", "probes"};

static void release_task(struct task_spec *task)
{
    free(task->name);
    free(task->path);
}

const char *precision_name(enum precision precision)
{
    static const char *const names[PRECISION_COUNT] = {"float64", "float32"};
    return names[precision];
}

void sweep_release(struct sweep *sweep)
{
    for (int i = 0; i < sweep->n_tasks; i++) {
        release_task(&sweep->tasks[i]);
    }
    for (int i = 0; i < sweep->n_oods; i++) {
        free(sweep->oods[i].label);
        release_task(&sweep->oods[i].task);
    }
    for (int i = 0; i < sweep->n_models; i++) {
        free(sweep->models[i].path);
        free(sweep->models[i].label);
        free(sweep->models[i].task);
        free(sweep->models[i].construction);
        free(sweep->models[i].identity);
        free(sweep->models[i].partitions);
    }
    for (int i = 0; i < sweep->n_cases; i++) {
        free(sweep->cases[i].task_label);
        free(sweep->cases[i].matrix);
    }
    for (int i = 0; i < sweep->n_diagnostics; i++) {
        free(sweep->diagnostics[i].name);
    }
    free(sweep->diagnostics);
    free(sweep->sources);
    free(sweep->name);
    free(sweep->output);
    free(sweep->canonical);
    free(sweep->alphas);
    free(sweep->tasks);
    free(sweep->oods);
    free(sweep->models);
    free(sweep->cases);
    *sweep = (struct sweep){0};
}

int sweep_rows_per_case(const struct sweep *sweep)
{
    return sweep->n_alphas + sweep->n_partitions;
}

int sweep_removals_per_case(const struct sweep *sweep)
{
    return sweep_rows_per_case(sweep) * sweep->n_ablations;
}

int sweep_jobs_per_case(const struct sweep *sweep)
{
    return sweep_removals_per_case(sweep) + sweep->n_diagnostics;
}

int sweep_jobs_of_case(const struct sweep *sweep, int case_index)
{
    const int n_partitions = sweep->n_partitions > 0 ? sweep_case_width(sweep, case_index) : 0;
    return (sweep->n_alphas + n_partitions) * sweep->n_ablations + sweep->n_diagnostics;
}

int64_t sweep_job_count(const struct sweep *sweep)
{
    int64_t count = 0;
    for (int i = 0; i < sweep->n_cases; i++) {
        count += sweep_jobs_of_case(sweep, i);
    }
    return count;
}

int sweep_find_diagnostic(const struct sweep *sweep, const char *name)
{
    for (int i = 0; i < sweep->n_diagnostics; i++) {
        if (strcmp(sweep->diagnostics[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

int sweep_case_width(const struct sweep *sweep, int case_index)
{
    const struct case_spec *const spec = &sweep->cases[case_index];
    return sweep->models[spec->model].n_hidden * gate_set_count(spec->form.gates);
}

int sweep_max_modes(const struct sweep *sweep)
{
    int widest = sweep_max_hidden(sweep);
    for (int i = 0; i < sweep->n_cases; i++) {
        const int width = sweep_case_width(sweep, i);
        widest = width > widest ? width : widest;
    }
    return widest;
}

int sweep_first_case(const struct sweep *sweep, int model)
{
    for (int i = 0; i < sweep->n_cases; i++) {
        if (sweep->cases[i].model == model) {
            return i;
        }
    }
    return -1;
}

bool sweep_needs_team(const struct sweep *sweep, int case_index)
{
    return sweep->team.n_ranks > 0 &&
           sweep->models[sweep->cases[case_index].model].n_hidden >= sweep->team.from_hidden;
}

bool sweep_has_teams(const struct sweep *sweep)
{
    int i = 0;
    while (i < sweep->n_cases && !sweep_needs_team(sweep, i)) {
        i++;
    }
    return i < sweep->n_cases;
}

int sweep_max_hidden(const struct sweep *sweep)
{
    int widest = 0;
    for (int i = 0; i < sweep->n_models; i++) {
        if (sweep->models[i].n_hidden > widest) {
            widest = sweep->models[i].n_hidden;
        }
    }
    return widest;
}
