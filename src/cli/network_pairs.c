#include "cli/network_pairs.h"

#include "cli/screen.h"
#include "core/hash.h"
#include "core/memory.h"
#include "core/text.h"
#include "kernel/comparisons/comparison.h"
#include "kernel/measures/measure.h"
#include "report/groups.h"
#include "report/stored_case.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is put together. Networks are numbered as the models of the sweep. */
struct gathering {
    const struct pairs_source *source;
    const struct study_data *data;
    const struct grouping *grouping;
    struct sweep *sweep;
    int *network_of;  /* [data's n_cases] -1: of no pair */
    int *first_tasks; /* [data's n_inputs] of each file in the sweep's list */
};

/* ---- what can be compared ---- */

static enum status check_complete(const struct study_data *data, struct error *error)
{
    const struct job_counts counts = study_count_jobs(data);
    return counts.n_pending == 0
               ? STATUS_OK
               : error_set(error, STATUS_USAGE,
                           "compare: %s%s: %lld jobs are not done yet: run the study to its end",
                           data->inputs[0].path, data->n_inputs > 1 ? " and the others" : "",
                           (long long)counts.n_pending);
}

static enum status check_one_seed(const struct study_data *data, struct error *error)
{
    return !data->seeds_differ
               ? STATUS_OK
               : error_set(error, STATUS_MISMATCH,
                           "compare: the files' studies have different seeds, their trials are not "
                           "the same");
}

/* Networks of groups of at least two. */
static enum status choose_networks(struct gathering *gathering, struct error *error)
{
    const struct grouping *const grouping = gathering->grouping;
    int n_lost = 0;
    TRY(memory_array(&gathering->network_of, (size_t)gathering->data->n_cases,
                     sizeof *gathering->network_of, error));
    for (int c = 0; c < gathering->data->n_cases; c++) {
        gathering->network_of[c] = -1;
    }
    for (int g = 0; g < grouping->n_groups; g++) {
        const struct group *const group = &grouping->groups[g];
        int n = 0;
        for (int i = 0; i < group->n_cases; i++) {
            const bool is_there = study_weights_hash(gathering->data, group->cases[i]) != 0;
            n += is_there;
            n_lost += !is_there;
            gathering->network_of[group->cases[i]] = is_there ? 0 : -1; /* numbered below */
        }
        for (int i = 0; n < 2 && i < group->n_cases; i++) {
            gathering->network_of[group->cases[i]] = -1;
        }
    }
    int count = 0;
    for (int c = 0; c < gathering->data->n_cases; c++) {
        gathering->network_of[c] = gathering->network_of[c] < 0 ? -1 : count++;
    }
    if (n_lost > 0) {
        screen_note("compare: %d networks that failed are left out", n_lost);
    }
    return count > 0 ? memory_array(&gathering->sweep->models, (size_t)count,
                                    sizeof *gathering->sweep->models, error)
                     : error_set(error, STATUS_USAGE,
                                 "compare: %s%s: no two networks differ by their seed alone",
                                 gathering->data->inputs[0].path,
                                 gathering->data->n_inputs > 1 ? " and the others" : "");
}

/* ---- networks ---- */

/* One row for each partition of its spectrum; none in a study without. */
static enum status read_partitions(const struct study_data *data, int c, struct model_spec *model,
                                   struct error *error)
{
    const int distance = measure_number(MEASURE_DISTANCE.variable.name);
    const int n = study_partitions(data, c);
    TRY(memory_array(&model->partitions, (size_t)n, sizeof *model->partitions, error));
    for (int p = 0; p < n; p++) {
        struct partition_distances *const row = &model->partitions[p];
        row->alpha_low = study_real(data, "alpha_low", c, (size_t)p);
        if (!(row->alpha_low <= study_real(data, "alpha_high", c, (size_t)p))) {
            break;
        }
        for (int set = 0; set < ABLATION_SET_COUNT; set++) {
            row->distance[set] = NAN;
        }
        for (int s = 0; s < data->n_sets; s++) {
            row->distance[data->sets[s]] = study_measure(data, c, data->n_alphas + p, s, distance);
        }
        model->n_partitions++;
    }
    return STATUS_OK;
}

/* Files of tasks are where they are found of the network that is looked at last. */
static enum status take_paths(const struct gathering *gathering, int c, struct model_spec *model,
                              struct error *error)
{
    const struct case_place place = gathering->data->cases[c];
    struct sweep stored;
    enum status status =
        stored_case_find(gathering->data, c, gathering->source->models, &stored, error);
    if (status == STATUS_OK) {
        const struct case_spec *const spec = &stored.cases[place.row];
        status = memory_string(&model->path, stored.models[spec->model].path, error);
        if (status == STATUS_OK && spec->task >= 0 && stored.tasks[spec->task].path != NULL) {
            struct task_spec *const task =
                &gathering->sweep->tasks[gathering->first_tasks[place.input] + spec->task];
            free(task->path);
            status = memory_string(&task->path, stored.tasks[spec->task].path, error);
        }
    }
    stored_case_release(&stored);
    return status;
}

static struct cell read_cell(const struct study_data *data, int c, enum cell_kind kind)
{
    const double leak = study_real(data, "leak", c, 0);
    struct cell cell = {.kind = kind, .leak = isnan(leak) ? 1.0 : leak};
    (void)activation_from_name(study_text(data, "activation", c), &cell.activation);
    (void)leak_form_from_name(study_text(data, "leak_form", c), &cell.leak_form);
    return cell;
}

static enum status add_network(struct gathering *gathering, int c, struct error *error)
{
    const struct study_data *const data = gathering->data;
    const struct results_input *const input = study_input(data, c);
    const struct case_spec *const spec = &input->sweep.cases[data->cases[c].row];
    const struct model_spec *const from = &input->sweep.models[spec->model];
    struct model_spec *const model = &gathering->sweep->models[gathering->sweep->n_models++];
    *model = (struct model_spec){.cell = read_cell(data, c, from->cell.kind),
                                 .n_hidden = from->n_hidden,
                                 .seed = from->seed,
                                 .weights_hash = study_weights_hash(data, c),
                                 .trials_hash = from->trials_hash};
    TRY(memory_string(&model->label, from->label, error));
    TRY(memory_string(&model->task, spec->task_label, error));
    TRY(memory_string(&model->construction, from->construction, error));
    TRY(memory_string(&model->identity, from->identity, error));
    TRY(take_paths(gathering, c, model, error));
    return read_partitions(data, c, model, error);
}

/* ---- tasks and pairs ---- */

static enum status add_tasks(struct gathering *gathering, struct error *error)
{
    const struct study_data *const data = gathering->data;
    struct sweep *const sweep = gathering->sweep;
    int n = 0;
    for (int i = 0; i < data->n_inputs; i++) {
        n += data->inputs[i].sweep.n_tasks;
    }
    TRY(memory_array(&sweep->tasks, (size_t)n, sizeof *sweep->tasks, error));
    TRY(memory_array(&gathering->first_tasks, (size_t)data->n_inputs, sizeof(int), error));
    for (int i = 0; i < data->n_inputs; i++) {
        gathering->first_tasks[i] = sweep->n_tasks;
        for (int t = 0; t < data->inputs[i].sweep.n_tasks; t++) {
            const struct task_spec *const from = &data->inputs[i].sweep.tasks[t];
            struct task_spec *const task = &sweep->tasks[sweep->n_tasks++];
            *task = *from;
            task->path = NULL;
            task->name = NULL;
            TRY(memory_string(&task->name, from->name, error));
            if (from->path != NULL) {
                TRY(memory_string(&task->path, from->path, error));
            }
        }
    }
    return STATUS_OK;
}

static void hash_inputs(struct hasher *hasher, const struct model_spec *model)
{
    hasher_u64(hasher, model->weights_hash);
    for (int p = 0; p < model->n_partitions; p++) {
        hasher_doubles(hasher, &model->partitions[p].alpha_low, 1);
        hasher_doubles(hasher, model->partitions[p].distance, ABLATION_SET_COUNT);
    }
}

/* The identity of a trained model covers neither its weights nor what was measured of it. */
static enum status find_inputs_hash(const struct sweep *sweep, struct case_spec *pair,
                                    struct error *error)
{
    struct hasher *hasher = NULL;
    TRY(hasher_create(&hasher, error));
    hash_inputs(hasher, &sweep->models[pair->model]);
    hash_inputs(hasher, &sweep->models[pair->partner]);
    pair->inputs_hash = hasher_digest64(hasher);
    hasher_destroy(&hasher);
    return STATUS_OK;
}

static enum status add_pair(const struct gathering *gathering, int first, int second,
                            struct error *error)
{
    const struct case_place place = gathering->data->cases[first];
    const struct sweep *const stored = &gathering->data->inputs[place.input].sweep;
    const struct case_spec *const from = &stored->cases[place.row];
    struct case_spec *const pair = &gathering->sweep->cases[gathering->sweep->n_cases++];
    *pair = (struct case_spec){
        .model = gathering->network_of[first],
        .partner = gathering->network_of[second],
        .task = from->task < 0 ? CASE_TASK_OWN : gathering->first_tasks[place.input] + from->task,
        .form = from->form};
    TRY(find_inputs_hash(gathering->sweep, pair, error));
    TRY(memory_string(&pair->task_label, from->task_label, error));
    return memory_string(&pair->matrix, from->matrix, error);
}

static enum status add_pairs(const struct gathering *gathering, struct error *error)
{
    const struct grouping *const grouping = gathering->grouping;
    size_t n = 0;
    for (int g = 0; g < grouping->n_groups; g++) {
        const size_t size = (size_t)grouping->groups[g].n_cases;
        n += size * (size - 1) / 2;
    }
    if (n > INT_MAX) {
        return error_set(error, STATUS_USAGE, "compare: %zu pairs, expected at most %d", n,
                         INT_MAX);
    }
    TRY(memory_array(&gathering->sweep->cases, n, sizeof *gathering->sweep->cases, error));
    for (int g = 0; g < grouping->n_groups; g++) {
        const struct group *const group = &grouping->groups[g];
        for (int i = 0; i < group->n_cases; i++) {
            for (int k = i + 1; k < group->n_cases; k++) {
                const int first = group->cases[i];
                const int second = group->cases[k];
                if (gathering->network_of[first] >= 0 && gathering->network_of[second] >= 0) {
                    TRY(add_pair(gathering, first, second, error));
                }
            }
        }
    }
    return STATUS_OK;
}

/* ---- the rest ---- */

/* What else tells these pairs from others stands in their labels. */
static enum status describe(struct sweep *sweep, struct error *error)
{
    char text[128];
    (void)snprintf(text, sizeof text, "pairs = %d\nseed = %" PRId64 "\nprecision = %s\n",
                   sweep->n_cases, sweep->seed, precision_name(sweep->precision));
    return memory_string(&sweep->canonical, text, error);
}

/* results.h5 -> results.pairs.h5 */
static enum status name_output(const struct pairs_source *source, char **output,
                               struct error *error)
{
    char path[PATH_MAX];
    const char *const file = source->files[0];
    if (source->output != NULL) {
        return memory_string(output, source->output, error);
    }
    return snprintf(path, sizeof path, "%.*s.pairs.h5", (int)text_stem_length(file, ".h5"), file) <
                   (int)sizeof path
               ? memory_string(output, path, error)
               : error_set(error, STATUS_USAGE, "compare: %s: path too long", file);
}

/* Where the files are, from the root. */
static enum status list_sources(const struct pairs_source *source, char **sources,
                                struct error *error)
{
    size_t size = 1;
    size_t length = 0;
    for (int i = 0; i < source->n_files; i++) {
        size += PATH_MAX;
    }
    TRY(memory_array(sources, size, 1, error));
    for (int i = 0; i < source->n_files; i++) {
        char path[PATH_MAX];
        if (realpath(source->files[i], path) == NULL) {
            return error_set(error, STATUS_INPUT, "compare: %s: %s", source->files[i],
                             strerror(errno));
        }
        length +=
            (size_t)snprintf(*sources + length, size - length, "%s%s", i > 0 ? "\n" : "", path);
    }
    return STATUS_OK;
}

static enum status gather(struct gathering *gathering, struct error *error)
{
    const struct sweep *const first = &gathering->data->inputs[0].sweep;
    struct sweep *const sweep = gathering->sweep;
    if (first->of_pairs || gathering->data->n_pairs > 0) {
        return error_set(
            error, STATUS_USAGE, "compare: %s: a file of pairs, expected one of a study",
            first->of_pairs ? gathering->data->inputs[0].path : gathering->data->pairs[0].path);
    }
    sweep->of_pairs = true;
    sweep->seed = first->seed;
    sweep->epsilon = first->epsilon;
    sweep->precision = first->precision;
    TRY(check_complete(gathering->data, error));
    TRY(check_one_seed(gathering->data, error));
    TRY(memory_string(&sweep->name, first->name, error));
    TRY(name_output(gathering->source, &sweep->output, error));
    TRY(list_sources(gathering->source, &sweep->sources, error));
    TRY(comparisons_add(sweep, error));
    TRY(add_tasks(gathering, error));
    TRY(choose_networks(gathering, error));
    for (int c = 0; c < gathering->data->n_cases; c++) {
        if (gathering->network_of[c] >= 0) {
            TRY(add_network(gathering, c, error));
        }
    }
    TRY(add_pairs(gathering, error));
    return describe(sweep, error);
}

enum status network_pairs_load(const struct pairs_source *source, struct sweep *sweep,
                               struct error *error)
{
    static const double any_epsilon = 0.0; /* nothing here depends on it */
    struct study_data data;
    struct grouping grouping = {0};
    *sweep = (struct sweep){0};
    TRY(study_data_read(&data, source->files, source->n_files,
                        source->n_files > 1 ? &any_epsilon : NULL, error));
    struct gathering gathering = {
        .source = source, .data = &data, .grouping = &grouping, .sweep = sweep};
    enum status status = grouping_create(&grouping, &data, false, error);
    THEN(status, gather(&gathering, error));
    free(gathering.network_of);
    free(gathering.first_tasks);
    grouping_release(&grouping);
    study_data_release(&data);
    if (status != STATUS_OK) {
        sweep_release(sweep);
    }
    return status;
}
