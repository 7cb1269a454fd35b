/* Models and cases as they are added: equal ones are counted once. */
#include "core/memory.h"
#include "study/study_parts.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum status study_add_model(struct study_reader *reader, const struct model_spec *model,
                            const struct model_names *names, int *index)
{
    struct sweep *const sweep = reader->sweep;
    char resolved[PATH_MAX];
    /* A file is one model by whatever path it is named. One that is not there yet has only its
     * path. */
    const char *const path = realpath(names->path, resolved) != NULL ? resolved : names->path;
    const struct hash128 key = hash_bytes128(path, strlen(path));
    *index = index_map_find(&reader->model_of_path, key);
    if (*index >= 0) {
        return STATUS_OK;
    }
    TRY(memory_reserve(&sweep->models, &reader->model_capacity, (size_t)sweep->n_models + 1,
                       sizeof *sweep->models, reader->error));
    TRY(index_map_put(&reader->model_of_path, key, sweep->n_models, reader->error));
    *index = sweep->n_models++;
    struct model_spec *const added = &sweep->models[*index];
    *added = *model;
    TRY(memory_string(&added->path, names->path, reader->error));
    TRY(memory_string(&added->label, names->label, reader->error));
    TRY(memory_string(&added->task, names->task, reader->error));
    TRY(memory_string(&added->construction, names->construction, reader->error));
    return memory_string(&added->identity, names->identity, reader->error);
}

enum { GAUGES = 16 };

static enum status add_case(struct study_reader *reader, const struct case_spec *spec)
{
    struct sweep *const sweep = reader->sweep;
    const enum cell_kind kind = sweep->models[spec->model].cell.kind;
    const int64_t parts[5] = {spec->model, spec->task, (int64_t)spec->form.gates, spec->form.gauge,
                              (int64_t)spec->form.order};
    const struct hash128 key = hash_bytes128(parts, sizeof parts);
    const int index = sweep->n_cases;
    char name[GATE_SET_NAME_SIZE];
    if (index_map_find(&reader->cases, key) >= 0) {
        return STATUS_OK;
    }
    if (index >= STUDY_MAX_CASES) {
        return error_set(reader->error, STATUS_INPUT, "%s: more than %d cases",
                         reader->config->path, STUDY_MAX_CASES);
    }
    TRY(memory_reserve(&sweep->cases, &reader->case_capacity, (size_t)index + 1,
                       sizeof *sweep->cases, reader->error));
    TRY(index_map_put(&reader->cases, key, index, reader->error));
    struct case_spec *const added = &sweep->cases[index];
    *added = *spec;
    added->task_label = NULL;
    sweep->n_cases++;
    TRY(memory_string(&added->matrix, gate_set_name(kind, spec->form.gates, name), reader->error));
    return memory_string(&added->task_label, spec->task_label, reader->error);
}

/* What is no candidate alone is no property of the network but of the signs in which it is written:
 * an ensemble over them. */
static enum status add_gauges(struct study_reader *reader, struct case_spec spec, gate_set gates)
{
    const enum cell_kind kind = reader->sweep->models[spec.model].cell.kind;
    const int count = gates == cell_candidate(kind) ? 1 : GAUGES;
    const int first = spec.form.gauge;
    spec.form.gates = gates;
    for (int i = 0; i < count; i++) {
        spec.form.gauge = first + i;
        TRY(add_case(reader, &spec));
    }
    return STATUS_OK;
}

/* Every matrix alone, then all together. */
static enum status add_all(struct study_reader *reader, const struct case_spec *spec)
{
    const int n_gates = cell_parts(reader->sweep->models[spec->model].cell.kind)->n_gates;
    for (int gate = 0; gate < n_gates; gate++) {
        TRY(add_gauges(reader, *spec, 1u << gate));
    }
    return n_gates > 1 ? add_gauges(reader, *spec, (1u << n_gates) - 1) : STATUS_OK;
}

/* `order` and `gauge` of the entry. */
static enum status read_form(const struct study_reader *reader, const config_setting_t *entry,
                             const struct cell *cell, struct network_form *form)
{
    static const char *const orders[] = {"step", "recurrent"};
    static const char *const gauges[] = {"balanced", "stored"};
    const config_setting_t *const setting = config_setting_get_member(entry, "gauge");
    int order = ORDER_STEP;
    int gauge = 0;
    TRY(config_choice(reader->config, entry, "order", orders, ORDER_COUNT, &order));
    TRY(config_choice(reader->config, entry, "gauge", gauges, 2, &gauge));
    if (setting != NULL && gauge == 0 && cell_gauge(cell) != GAUGE_BALANCED) {
        return config_error(reader->config, setting,
                            "gauge is 'balanced', expected units of relu for it");
    }
    form->order = (enum mode_order)order;
    form->gauge = gauge == 1 ? GAUGE_STORED : cell_gauge(cell);
    return STATUS_OK;
}

enum status study_add_cases(struct study_reader *reader, const config_setting_t *entry, int model,
                            int task, const char *label)
{
    const config_setting_t *const setting = config_setting_get_member(entry, "matrix");
    const struct cell *const cell = &reader->sweep->models[model].cell;
    const enum cell_kind kind = cell->kind;
    struct case_spec spec = {.model = model, .task = task, .task_label = (char *)label};
    const char **words = NULL;
    int count = 0;
    TRY(read_form(reader, entry, cell, &spec.form));
    if (setting == NULL) {
        return add_gauges(reader, spec, cell_candidate(kind));
    }
    TRY(config_words(reader->config, setting, &words, &count));
    enum status status = STATUS_OK;
    for (int i = 0; i < count && status == STATUS_OK; i++) {
        gate_set gates = 0;
        char all[GATE_SET_NAME_SIZE];
        if (strcmp(words[i], "all") == 0) {
            status = add_all(reader, &spec);
        } else if (gate_set_from_name(kind, words[i], &gates)) {
            status = add_gauges(reader, spec, gates);
        } else {
            status = config_error(
                reader->config, setting,
                "matrix is '%s', expected \"all\" or names of %s, a matrix or several joined by +, "
                "as the cell of %s, %s, has them",
                words[i], gate_set_name(kind, (1u << cell_parts(kind)->n_gates) - 1, all),
                reader->sweep->models[model].label, cell_parts(kind)->name);
        }
    }
    free(words);
    return status;
}

enum status study_name_own_trials(struct study_reader *reader)
{
    struct sweep *const sweep = reader->sweep;
    for (int i = 0; i < sweep->n_cases; i++) {
        struct case_spec *const spec = &sweep->cases[i];
        bool is_taken = false;
        for (int t = 0; spec->task == CASE_TASK_OWN && t < sweep->n_tasks; t++) {
            is_taken = is_taken || strcmp(sweep->tasks[t].name, spec->task_label) == 0;
        }
        if (is_taken) {
            free(spec->task_label);
            spec->task_label = NULL;
            TRY(memory_string(&spec->task_label, "own", reader->error));
        }
    }
    return STATUS_OK;
}

enum status study_check_job_count(const struct study_reader *reader,
                                  const config_setting_t *setting, double n_cases)
{
    const struct sweep *const sweep = reader->sweep;
    const double jobs = n_cases * (double)sweep_jobs_per_case(sweep);
    if (jobs > STUDY_MAX_JOBS) {
        return config_error(
            reader->config, setting,
            "study has %.6g jobs (%.0f cases x (%d alphas%s x %d ablation sets + %d "
            "diagnostics)), expected at most %d",
            jobs, n_cases, sweep_rows_per_case(sweep),
            sweep->n_partitions > 0 ? " and partitions" : "", sweep->n_ablations,
            sweep->n_diagnostics, STUDY_MAX_JOBS);
    }
    return STATUS_OK;
}
