#include "cases/case_input.h"

#include "kernel/tasks/task.h"
#include "store/model_file.h"
#include "store/model_write.h"

#include <string.h>

enum status case_as_job_failure(enum status status)
{
    if (status == STATUS_OK || status_is_job_failure(status)) {
        return status;
    }
    return status == STATUS_INPUT ? STATUS_JOB_MODEL : STATUS_JOB_MEMORY;
}

struct ablation_grid case_grid(const struct sweep *sweep)
{
    return (struct ablation_grid){.alphas = sweep->alphas,
                                  .n_alphas = sweep->n_alphas,
                                  .n_partitions = sweep->n_partitions,
                                  .sets = sweep->ablations,
                                  .n_sets = sweep->n_ablations};
}

struct changed_trials case_changes(const struct sweep *sweep, const struct case_spec *spec)
{
    const struct task_spec *const task =
        spec->task == CASE_TASK_OWN ? NULL : &sweep->tasks[spec->task];
    return (struct changed_trials){.oods = sweep->oods,
                                   .n_oods = sweep->n_oods,
                                   .task = task != NULL && task->path == NULL ? task->name : NULL,
                                   .seed = sweep->seed,
                                   .precision = sweep->precision};
}

bool case_shares_form(const struct case_spec *a, const struct case_spec *b)
{
    return a->model == b->model && a->form.gates == b->form.gates &&
           a->form.gauge == b->form.gauge && a->form.order == b->form.order;
}

static enum status check_hash(const char *path, uint64_t found, uint64_t expected,
                              struct error *error)
{
    return found == expected ? STATUS_OK
                             : error_set(error, STATUS_JOB_MODEL,
                                         "%s: content has changed since the study began", path);
}

enum status case_check_model(const struct model_spec *model, uint64_t weights_hash,
                             struct training_facts *training, struct error *error)
{
    struct kept_facts facts;
    TRY(model_file_read_facts(model->path, &facts, error));
    TRY(model_file_check(model->path, &facts, weights_hash, error));
    *training = facts.training;
    if (model->is_trained) {
        return strcmp(facts.identity, model->identity) == 0
                   ? STATUS_OK
                   : error_set(error, STATUS_JOB_MODEL, "%s: identity is '%s', expected '%s'",
                               model->path, facts.identity, model->identity);
    }
    return check_hash(model->path, weights_hash, model->weights_hash, error);
}

enum status case_check_shape(const struct model_spec *model, const struct network *network,
                             struct error *error)
{
    return network->n_hidden == model->n_hidden && network->cell.kind == model->cell.kind
               ? STATUS_OK
               : error_set(error, STATUS_JOB_MODEL, "%s: a %s of %d units, expected a %s of %d",
                           model->path, cell_parts(network->cell.kind)->name, network->n_hidden,
                           cell_parts(model->cell.kind)->name, model->n_hidden);
}

enum status case_check_trials(const struct network *network, const struct trials *trials,
                              struct error *error)
{
    const bool has_states = trials->h0 == NULL || trials->n_hidden == network->n_hidden;
    return trials->n_in == network->n_in && trials->n_out == network->n_out && has_states
               ? STATUS_OK
               : error_set(error, STATUS_JOB_MODEL,
                           "the trials have %d inputs and %d outputs%s, expected %d and %d as the "
                           "model has",
                           trials->n_in, trials->n_out,
                           has_states ? "" : " and states of another width", network->n_in,
                           network->n_out);
}

static enum status read_checked(const char *path, uint64_t expected, struct trials *trials,
                                struct error *error)
{
    uint64_t hash = 0;
    TRY(trials_file_read(path, trials, error));
    enum status status = trials_hash(trials, &hash, error);
    if (status == STATUS_OK && expected != 0) { /* 0: an older results file does not tell it */
        status = check_hash(path, hash, expected, error);
    }
    if (status != STATUS_OK) {
        trials_release(trials);
    }
    return status;
}

enum status case_trials_load(const struct sweep *sweep, const struct case_spec *spec,
                             struct trials *trials, struct error *error)
{
    if (spec->task == CASE_TASK_OWN) {
        const struct model_spec *const model = &sweep->models[spec->model];
        return read_checked(model->path, model->trials_hash, trials, error);
    }
    const struct task_spec *const task = &sweep->tasks[spec->task];
    if (task->path != NULL) {
        return read_checked(task->path, task->trials_hash, trials, error);
    }
    const struct task_ops *ops = NULL;
    struct rng_key key;
    double params[PARAMS_MAX];
    TRY(task_require(task->name, &ops, error));
    task_complete_params(ops, task->params, params);
    TRY(task_held_out_key(ops, params, sweep->seed, &key, error));
    return task_generate(ops, params, key, 0, (int)params[TASK_PARAM_TRIALS_INDEX], trials, error);
}
