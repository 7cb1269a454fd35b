/* Models and cases as they are added: equal ones are counted once. */
#include "core/memory.h"
#include "study/study_parts.h"

#include <stdlib.h>
#include <string.h>

static int find_model(const struct sweep *sweep, const char *path)
{
    for (int i = sweep->n_models - 1; i >= 0; i--) {
        if (strcmp(sweep->models[i].path, path) == 0) {
            return i;
        }
    }
    return -1;
}

static void release_strings(struct model_spec *model)
{
    free(model->path);
    free(model->label);
    free(model->task);
    free(model->construction);
    free(model->identity);
}

static enum status append_model(struct study_reader *reader, struct model_spec *model, int *index)
{
    struct sweep *const sweep = reader->sweep;
    TRY(memory_reserve(&sweep->models, &reader->model_capacity, (size_t)sweep->n_models + 1,
                       sizeof *sweep->models, reader->error));
    *index = sweep->n_models++;
    sweep->models[*index] = *model;
    return STATUS_OK;
}

enum status study_add_model(struct study_reader *reader, enum status status,
                            struct model_spec *model, int *index)
{
    *index = status == STATUS_OK ? find_model(reader->sweep, model->path) : -1;
    if (status == STATUS_OK && *index < 0) {
        status = append_model(reader, model, index);
        if (status == STATUS_OK) {
            return STATUS_OK;
        }
    }
    release_strings(model);
    return status;
}

/* Cases of one model stand together but for entries that name the model again. */
static bool has_case(const struct sweep *sweep, int model, int task)
{
    for (int i = sweep->n_cases - 1; i >= 0; i--) {
        if (sweep->cases[i].model == model && sweep->cases[i].task == task) {
            return true;
        }
    }
    return false;
}

/* The model's case of that label, or -1. */
static int find_label(const struct sweep *sweep, int model, const char *label)
{
    for (int i = sweep->n_cases - 1; i >= 0; i--) {
        if (sweep->cases[i].model == model && strcmp(sweep->cases[i].task_label, label) == 0) {
            return i;
        }
    }
    return -1;
}

static enum status append_case(struct study_reader *reader, int model, int task, const char *label)
{
    struct sweep *const sweep = reader->sweep;
    TRY(memory_reserve(&sweep->cases, &reader->case_capacity, (size_t)sweep->n_cases + 1,
                       sizeof *sweep->cases, reader->error));
    sweep->cases[sweep->n_cases] = (struct case_spec){.model = model, .task = task};
    TRY(memory_string(&sweep->cases[sweep->n_cases].task_label, label, reader->error));
    sweep->n_cases++;
    return STATUS_OK;
}

enum status study_add_case(struct study_reader *reader, int model, int task, const char *label)
{
    struct sweep *const sweep = reader->sweep;
    if (has_case(sweep, model, task)) {
        return STATUS_OK;
    }
    if (sweep->n_cases >= STUDY_MAX_CASES) {
        return error_set(reader->error, STATUS_INPUT, "%s: more than %d cases",
                         reader->config->path, STUDY_MAX_CASES);
    }
    /* A model may meet its own trials of a task and the study's trials of the same task: the own
     * ones are then called so, whichever came first. */
    const int taken = find_label(sweep, model, label);
    if (taken >= 0 && sweep->cases[taken].task == CASE_TASK_OWN) {
        free(sweep->cases[taken].task_label);
        sweep->cases[taken].task_label = NULL;
        TRY(memory_string(&sweep->cases[taken].task_label, "own", reader->error));
    }
    return append_case(reader, model, task, taken >= 0 && task == CASE_TASK_OWN ? "own" : label);
}
