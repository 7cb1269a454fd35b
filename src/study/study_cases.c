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

enum status study_add_case(struct study_reader *reader, int model, int task, const char *label)
{
    struct sweep *const sweep = reader->sweep;
    const int64_t parts[2] = {model, task};
    const struct hash128 key = hash_bytes128(parts, sizeof parts);
    const int index = sweep->n_cases;
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
    sweep->cases[index] = (struct case_spec){.model = model, .task = task};
    sweep->n_cases++;
    return memory_string(&sweep->cases[index].task_label, label, reader->error);
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
