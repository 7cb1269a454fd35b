#include "report/example.h"

#include "cases/cases.h"
#include "core/text.h"
#include "report/stored_case.h"

#include <stdio.h>

enum {
    EXAMPLE_TRIALS = 8,
    WIDEST = 1024 /* of a matrix that is decomposed and drawn within seconds */
};

/* One with all its jobs at the main alpha, rather one that converged; -1: none. */
static int choose_case(const struct report *report, int task)
{
    const struct study_data *const data = &report->data;
    int chosen = -1;
    for (int g = 0; g < report->grouping.n_groups; g++) {
        const struct group *const group = &report->grouping.groups[g];
        for (int i = 0; group->task_index == task && i < group->n_cases; i++) {
            const int c = group->cases[i];
            int set = 0;
            while (set < data->n_sets &&
                   study_job_state(data, c, report->main_alpha, set) == JOB_DONE) {
                set++;
            }
            if (set == data->n_sets && study_integer(data, "converged", c, 0) != 0) {
                return c;
            }
            chosen = set == data->n_sets && chosen < 0 ? c : chosen;
        }
    }
    return chosen;
}

/* One split and one set: the rest of the study is not looked at. */
static enum status open_model(struct example *example, const struct report *report,
                              struct error *error)
{
    const int row = report->data.cases[example->case_index].row;
    struct sweep *const sweep = &example->sweep;
    TRY(stored_case_find(&report->data, example->case_index, report->options.models, sweep, error));
    sweep->alphas += report->main_alpha;
    sweep->n_alphas = 1;
    sweep->n_partitions = 0;
    sweep->n_ablations = 1;
    if (sweep->models[sweep->cases[row].model].n_hidden > WIDEST) {
        return error_set(error, STATUS_INPUT, "models of more than %d units are not drawn", WIDEST);
    }
    TRY(cases_alone(&example->experiment, sweep, error));
    return example->experiment->ops->open_model(example->experiment, row, error);
}

static enum status read_trials(struct example *example, const struct report *report,
                               struct error *error)
{
    const struct case_spec *const spec =
        &example->sweep.cases[report->data.cases[example->case_index].row];
    struct trials all;
    TRY(case_trials_load(&example->sweep, spec, &all, error));
    const int count = all.n_trials < EXAMPLE_TRIALS ? all.n_trials : EXAMPLE_TRIALS;
    const struct network *const network = example->experiment->network;
    const enum status status =
        all.n_in == network->n_in && all.n_out == network->n_out &&
                (all.h0 == NULL || all.n_hidden == network->n_hidden)
            ? trials_part(&all, 0, count, &example->trials, error)
            : error_set(error, STATUS_INPUT, "the trials of the task do not fit the model");
    trials_release(&all);
    return status;
}

void example_find(struct example *example, const struct report *report, int task)
{
    example_open(example, report, choose_case(report, task));
}

void example_open(struct example *example, const struct report *report, int case_index)
{
    struct error reason = {{0}};
    *example = (struct example){.case_index = case_index};
    if (example->case_index < 0) {
        (void)snprintf(example->missing, sizeof example->missing, "no finished model");
        return;
    }
    if (open_model(example, report, &reason) != STATUS_OK) {
        experiment_destroy(example->experiment);
        example->experiment = NULL;
    } else {
        example->has_trials = read_trials(example, report, &reason) == STATUS_OK;
    }
    if (!example->has_trials) {
        (void)snprintf(example->missing, sizeof example->missing, "%.240s", reason.text);
        text_clean(example->missing); /* a long name may have been cut within a character */
    }
}

void example_release(struct example *example)
{
    if (example->has_trials) {
        trials_release(&example->trials);
    }
    experiment_destroy(example->experiment);
    stored_case_release(&example->sweep);
    *example = (struct example){.case_index = -1};
}
