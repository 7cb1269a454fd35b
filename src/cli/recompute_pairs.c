/* Comparisons of a file of pairs computed once more, from the files that they came from. */
#include "cases/pair_case.h"
#include "cli/network_pairs.h"
#include "cli/recompute.h"
#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* files[n] of lines; the text is cut into them. */
static enum status split_sources(char *text, char ***files, int *n, struct error *error)
{
    size_t count = 1;
    for (const char *c = text; *c != '\0'; c++) {
        count += *c == '\n';
    }
    TRY(memory_array(files, count, sizeof **files, error));
    char *rest = text;
    for (*n = 0; rest != NULL; ++*n) {
        (*files)[*n] = strsep(&rest, "\n");
    }
    return STATUS_OK;
}

/* The pairs once more, which must be those that are stored. */
static enum status load(const struct study_data *data, const char *folder, struct sweep *sweep,
                        struct error *error)
{
    const struct sweep *const stored = &data->inputs[0].sweep;
    struct pairs_source source = {.output = data->inputs[0].path, .models = folder};
    char *text = NULL;
    char **files = NULL;
    TRY(memory_string(&text, stored->sources, error));
    enum status status = split_sources(text, &files, &source.n_files, error);
    source.files = (const char *const *)files;
    THEN(status, network_pairs_load(&source, sweep, error));
    free(files);
    free(text);
    TRY(status);
    sweep->isa = stored->isa;
    bool is_same = sweep->n_cases == stored->n_cases;
    for (int i = 0; is_same && i < stored->n_cases; i++) {
        const struct case_spec *const now = &sweep->cases[i];
        const struct case_spec *const then = &stored->cases[i];
        is_same =
            now->inputs_hash == then->inputs_hash &&
            strcmp(sweep->models[now->model].label, stored->models[then->model].label) == 0 &&
            strcmp(sweep->models[now->partner].label, stored->models[then->partner].label) == 0;
    }
    if (!is_same || !isa_available(stored->isa)) {
        sweep_release(sweep);
        return is_same ? error_set(error, STATUS_INPUT,
                                   "computed with isa '%s', which this processor has not",
                                   isa_name(stored->isa))
                       : error_set(error, STATUS_INPUT,
                                   "the results files of the pairs have changed since");
    }
    return STATUS_OK;
}

static enum status recompute(struct pair_cases *pairs, const struct study_data *data,
                             const struct sweep *sweep, const struct stored_job *job,
                             struct recompute_outcome *outcome, struct error *error)
{
    const struct schema *const schema = &study_input(data, job->case_index)->schema;
    const struct comparison_ops *const ops = comparison_find(schema->tables[job->job].name);
    struct network_pair pair = {.go_on = NULL};
    struct record *made = NULL;
    bool is_same = false;
    TRY(pair_cases_open(pairs, data->cases[job->case_index].row, ops->needs, &pair, error));
    TRY(record_create(&made, ops->variables, sweep, error));
    enum status status = ops->run(&pair, made, error);
    THEN(status,
         recompute_compare(data, job->case_index, ops->variables, sweep, made, &is_same, error));
    record_destroy(&made);
    TRY(status);
    if (!is_same && outcome->n_different++ == 0) {
        outcome->first_different = *job;
    }
    outcome->n_equal += is_same;
    return STATUS_OK;
}

enum status recompute_pairs(const struct study_data *data, const struct stored_job *jobs, size_t n,
                            const char *folder, struct recompute_outcome *outcome,
                            struct error *error)
{
    struct pair_cases *pairs = NULL;
    struct sweep sweep;
    *outcome = (struct recompute_outcome){0};
    enum status status = load(data, folder, &sweep, error);
    if (status != STATUS_OK && status != STATUS_INTERNAL) {
        recompute_skip(outcome, n, error);
        return STATUS_OK;
    }
    TRY(status);
    status = pair_cases_create(&pairs, &sweep, error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        status = recompute(pairs, data, &sweep, &jobs[i], outcome, error);
        if (status_is_job_failure(status)) {
            recompute_skip(outcome, 1, error);
            status = STATUS_OK;
        }
    }
    pair_cases_destroy(&pairs);
    sweep_release(&sweep);
    return status;
}
