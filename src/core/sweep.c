#include "core/sweep.h"

#include "core/memory.h"

#include <stdlib.h>

static void release_task(struct task_spec *task)
{
    free(task->name);
    free(task->path);
}

void model_spec_release(struct model_spec *model)
{
    free(model->path);
    free(model->label);
    free(model->task);
    free(model->construction);
    free(model->identity);
}

void sweep_release(struct sweep *sweep)
{
    for (int i = 0; i < sweep->n_tasks; i++) {
        release_task(&sweep->tasks[i]);
    }
    for (int i = 0; i < sweep->n_models; i++) {
        model_spec_release(&sweep->models[i]);
    }
    for (int i = 0; i < sweep->n_cases; i++) {
        free(sweep->cases[i].task_label);
    }
    free(sweep->name);
    free(sweep->output);
    free(sweep->canonical);
    free(sweep->alphas);
    free(sweep->tasks);
    free(sweep->models);
    free(sweep->cases);
    *sweep = (struct sweep){0};
}

int sweep_rows_per_case(const struct sweep *sweep)
{
    return sweep->n_alphas + sweep->n_partitions;
}

int sweep_jobs_per_case(const struct sweep *sweep)
{
    return sweep_rows_per_case(sweep) * sweep->n_ablations;
}

int sweep_jobs_of_case(const struct sweep *sweep, int case_index)
{
    const int n_partitions =
        sweep->n_partitions > 0 ? sweep->models[sweep->cases[case_index].model].n_hidden : 0;
    return (sweep->n_alphas + n_partitions) * sweep->n_ablations;
}

int64_t sweep_job_count(const struct sweep *sweep)
{
    int64_t count = 0;
    for (int i = 0; i < sweep->n_cases; i++) {
        count += sweep_jobs_of_case(sweep, i);
    }
    return count;
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

static void pack_task(const struct task_spec *task, struct packer *packer)
{
    pack_string(packer, task->name);
    pack_string(packer, task->path);
    pack_u64(packer, task->trials_hash);
    for (int i = 0; i < TASK_PARAMS_MAX; i++) {
        pack_f64(packer, task->params[i]);
    }
}

static void unpack_task(struct task_spec *task, struct unpacker *unpacker)
{
    task->name = unpack_string(unpacker);
    task->path = unpack_string(unpacker);
    task->trials_hash = unpack_u64(unpacker);
    for (int i = 0; i < TASK_PARAMS_MAX; i++) {
        task->params[i] = unpack_f64(unpacker);
    }
}

static void pack_model(const struct model_spec *model, struct packer *packer)
{
    pack_string(packer, model->path);
    pack_string(packer, model->label);
    pack_string(packer, model->task);
    pack_string(packer, model->construction);
    pack_string(packer, model->identity);
    pack_i32(packer, model->n_hidden);
    pack_i32(packer, model->n_in);
    pack_i32(packer, model->n_out);
    pack_i64(packer, model->seed);
    pack_u64(packer, model->weights_hash);
    pack_u64(packer, model->trials_hash);
    pack_i32(packer, model->is_trained);
    training_spec_pack(&model->training, packer);
}

static void unpack_model(struct model_spec *model, struct unpacker *unpacker)
{
    model->path = unpack_string(unpacker);
    model->label = unpack_string(unpacker);
    model->task = unpack_string(unpacker);
    model->construction = unpack_string(unpacker);
    model->identity = unpack_string(unpacker);
    model->n_hidden = unpack_i32(unpacker);
    model->n_in = unpack_i32(unpacker);
    model->n_out = unpack_i32(unpacker);
    model->seed = unpack_i64(unpacker);
    model->weights_hash = unpack_u64(unpacker);
    model->trials_hash = unpack_u64(unpacker);
    model->is_trained = unpack_i32(unpacker) != 0;
    training_spec_unpack(&model->training, unpacker);
}

static void pack_team(const struct team_spec *team, struct packer *packer)
{
    const int32_t numbers[] = {team->n_ranks, team->from_hidden, team->n_rows,
                               team->n_cols,  team->block,       team->keep_schur};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        pack_i32(packer, numbers[i]);
    }
}

static void unpack_team(struct team_spec *team, struct unpacker *unpacker)
{
    team->n_ranks = unpack_i32(unpacker);
    team->from_hidden = unpack_i32(unpacker);
    team->n_rows = unpack_i32(unpacker);
    team->n_cols = unpack_i32(unpacker);
    team->block = unpack_i32(unpacker);
    team->keep_schur = unpack_i32(unpacker) != 0;
}

void sweep_pack(const struct sweep *sweep, struct packer *packer)
{
    pack_string(packer, sweep->name);
    pack_string(packer, sweep->output);
    pack_string(packer, sweep->canonical);
    pack_i64(packer, sweep->seed);
    pack_f64(packer, sweep->epsilon);
    pack_i32(packer, (int32_t)sweep->precision);
    pack_i32(packer, (int32_t)sweep->isa);
    pack_i32(packer, sweep->n_alphas);
    for (int i = 0; i < sweep->n_alphas; i++) {
        pack_f64(packer, sweep->alphas[i]);
    }
    pack_i32(packer, sweep->n_partitions);
    pack_team(&sweep->team, packer);
    pack_i32(packer, sweep->n_ablations);
    for (int i = 0; i < sweep->n_ablations; i++) {
        pack_i32(packer, (int32_t)sweep->ablations[i]);
    }
    pack_i32(packer, sweep->n_tasks);
    for (int i = 0; i < sweep->n_tasks; i++) {
        pack_task(&sweep->tasks[i], packer);
    }
    pack_i32(packer, sweep->n_models);
    for (int i = 0; i < sweep->n_models; i++) {
        pack_model(&sweep->models[i], packer);
    }
    pack_i32(packer, sweep->n_cases);
    for (int i = 0; i < sweep->n_cases; i++) {
        pack_i32(packer, sweep->cases[i].model);
        pack_i32(packer, sweep->cases[i].task);
        pack_string(packer, sweep->cases[i].task_label);
    }
}

static enum status unpack_grid(struct sweep *sweep, struct unpacker *unpacker, struct error *error)
{
    const int n_alphas = unpack_count(unpacker, sizeof(double));
    TRY(memory_array(&sweep->alphas, (size_t)n_alphas, sizeof(double), error));
    sweep->n_alphas = n_alphas;
    for (int i = 0; i < n_alphas; i++) {
        sweep->alphas[i] = unpack_f64(unpacker);
    }
    const int n_partitions = unpack_i32(unpacker);
    sweep->n_partitions = n_partitions > 0 ? n_partitions : 0;
    unpack_team(&sweep->team, unpacker);
    const int n_ablations = unpack_count(unpacker, sizeof(int32_t));
    sweep->n_ablations = n_ablations > ABLATION_SET_COUNT ? 0 : n_ablations;
    for (int i = 0; i < sweep->n_ablations; i++) {
        sweep->ablations[i] = (ablation_set)unpack_i32(unpacker) & ABLATION_ALL;
    }
    return STATUS_OK;
}

static enum status unpack_lists(struct sweep *sweep, struct unpacker *unpacker, struct error *error)
{
    const int n_tasks = unpack_count(unpacker, sizeof(double) * TASK_PARAMS_MAX);
    TRY(memory_array(&sweep->tasks, (size_t)n_tasks, sizeof *sweep->tasks, error));
    sweep->n_tasks = n_tasks;
    for (int i = 0; i < n_tasks; i++) {
        unpack_task(&sweep->tasks[i], unpacker);
    }
    const int n_models = unpack_count(unpacker, sizeof(int64_t));
    TRY(memory_array(&sweep->models, (size_t)n_models, sizeof *sweep->models, error));
    sweep->n_models = n_models;
    for (int i = 0; i < n_models; i++) {
        unpack_model(&sweep->models[i], unpacker);
    }
    const int n_cases = unpack_count(unpacker, sizeof(int64_t));
    TRY(memory_array(&sweep->cases, (size_t)n_cases, sizeof *sweep->cases, error));
    sweep->n_cases = n_cases;
    for (int i = 0; i < n_cases; i++) {
        sweep->cases[i].model = unpack_i32(unpacker);
        sweep->cases[i].task = unpack_i32(unpacker);
        sweep->cases[i].task_label = unpack_string(unpacker);
    }
    return STATUS_OK;
}

/* Indexes of a message are used without further checks later on. */
static enum status check_references(const struct sweep *sweep, struct error *error)
{
    const struct team_spec *const team = &sweep->team;
    if (team->n_ranks != 0 &&
        (team->n_rows < 1 || team->n_cols < 1 || team->block < 1 ||
         team->n_ranks / team->n_rows != team->n_cols || team->n_ranks % team->n_rows != 0)) {
        return error_set(error, STATUS_INTERNAL, "the team of the sweep message is malformed");
    }
    if (sweep->n_partitions != 0 && sweep->n_partitions != sweep_max_hidden(sweep)) {
        return error_set(error, STATUS_INTERNAL, "%d partitions of the sweep message are malformed",
                         sweep->n_partitions);
    }
    for (int i = 0; i < sweep->n_models; i++) {
        const struct model_spec *const model = &sweep->models[i];
        if (model->is_trained &&
            (model->training.task < 0 || model->training.task >= sweep->n_tasks)) {
            return error_set(error, STATUS_INTERNAL, "model %d of the sweep message is malformed",
                             i);
        }
    }
    for (int i = 0; i < sweep->n_cases; i++) {
        const struct case_spec *const item = &sweep->cases[i];
        if (item->model < 0 || item->model >= sweep->n_models || item->task < CASE_TASK_OWN ||
            item->task >= sweep->n_tasks) {
            return error_set(error, STATUS_INTERNAL, "case %d of the sweep message is malformed",
                             i);
        }
    }
    return STATUS_OK;
}

enum status sweep_unpack(struct sweep *sweep, const void *bytes, size_t size, struct error *error)
{
    *sweep = (struct sweep){0};
    struct unpacker unpacker = unpack_begin(bytes, size);
    sweep->name = unpack_string(&unpacker);
    sweep->output = unpack_string(&unpacker);
    sweep->canonical = unpack_string(&unpacker);
    sweep->seed = unpack_i64(&unpacker);
    sweep->epsilon = unpack_f64(&unpacker);
    sweep->precision =
        unpack_i32(&unpacker) == PRECISION_FLOAT32 ? PRECISION_FLOAT32 : PRECISION_FLOAT64;
    const int32_t path = unpack_i32(&unpacker);
    sweep->isa = path >= 0 && path < ISA_COUNT ? (enum isa)path : ISA_PORTABLE;
    enum status status = unpack_grid(sweep, &unpacker, error);
    if (status == STATUS_OK) {
        status = unpack_lists(sweep, &unpacker, error);
    }
    if (status == STATUS_OK) {
        status = unpack_finish(&unpacker, "sweep", error);
    }
    if (status == STATUS_OK) {
        status = check_references(sweep, error);
    }
    if (status != STATUS_OK) {
        sweep_release(sweep);
    }
    return status;
}
