#include "core/memory.h"
#include "driver/queue_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool has_pending(const struct queue *queue, int case_index)
{
    return queue->final != NULL &&
           memchr(queue_jobs(queue, case_index), 0, (size_t)queue->jobs_per_case) != NULL;
}

/* Those that ended no run first, the most expensive of them first; of the others the cheapest,
 * which may fit where a more expensive one did not; then in the order of the study. */
static int compare_units(const void *a, const void *b)
{
    const struct queue_unit *const x = a;
    const struct queue_unit *const y = b;
    if (x->attempts != y->attempts) {
        return x->attempts - y->attempts;
    }
    if (x->cost != y->cost) {
        return (x->cost < y->cost) == (x->attempts == 0) ? 1 : -1;
    }
    return (x->index > y->index) - (x->index < y->index);
}

static struct queue_unit *add_unit(struct queue *queue, enum work_kind kind, int index, double cost)
{
    struct queue_unit *const unit = &queue->units.all[queue->counts.n_units++];
    *unit = (struct queue_unit){.kind = kind,
                                .index = index,
                                .holder = NOBODY,
                                .cost = cost,
                                .end_chunk = queue->n_chunks,
                                .next = NOTHING};
    return unit;
}

/* Which missing models are to be trained: those that a pending case needs, in a run that only
 * trains all. Attempts at a training are remembered at the first case of its model. Until the
 * sweeps are linked models[].first_sweep is the training of a model. */
static void add_trainings(struct queue *queue, const struct queue_input *input,
                          unsigned char *needed)
{
    if (input->final == NULL) {
        memcpy(needed, input->missing, (size_t)input->n_models);
    }
    for (int i = 0; i < input->n_cases; i++) {
        const int model = input->model_of_case[i];
        if (has_pending(queue, i) && input->missing[model] != 0 &&
            queue->models[model].failure == STATUS_OK) {
            needed[model] = 1;
        }
    }
    for (int i = 0; i < input->n_models; i++) {
        queue->models[i].first_sweep = needed[i] != 0 ? queue->counts.n_units : NOTHING;
        if (needed[i] != 0) {
            (void)add_unit(queue, WORK_TRAIN, i, input->training_cost[i]);
        }
    }
    for (int i = input->n_cases - 1; input->attempts != NULL && i >= 0; i--) {
        const int64_t training = queue->models[input->model_of_case[i]].first_sweep;
        if (training != NOTHING) {
            queue->units.all[training].attempts = input->attempts[i];
        }
    }
    queue->units.n_trainings = queue->counts.n_units;
    queue->counts.n_models = queue->counts.n_units;
    qsort(queue->units.all, (size_t)queue->counts.n_units, sizeof *queue->units.all, compare_units);
}

/* Links the sweeps of each model in their order, and lists those whose model is not to be trained
 * as ready. */
static void add_sweeps(struct queue *queue, const struct queue_input *input,
                       const unsigned char *needed)
{
    const int64_t n_trainings = queue->units.n_trainings;
    for (int i = 0; i < input->n_cases; i++) {
        if (has_pending(queue, i)) {
            struct queue_unit *const unit = add_unit(queue, WORK_SWEEP, i, input->cost[i]);
            unit->attempts = input->attempts != NULL ? input->attempts[i] : 0;
            unit->for_team = queue->n_teams > 0 && input->for_team[i] != 0;
        }
    }
    qsort(queue->units.all + n_trainings, (size_t)(queue->counts.n_units - n_trainings),
          sizeof *queue->units.all, compare_units);
    for (int i = 0; i < queue->n_models; i++) {
        queue->models[i].first_sweep = NOTHING;
    }
    for (int64_t id = queue->counts.n_units - 1; id >= n_trainings; id--) {
        struct queue_unit *const unit = &queue->units.all[id];
        struct queue_model *const model = &queue->models[queue->model_of_case[unit->index]];
        unit->next = model->first_sweep;
        model->first_sweep = id;
    }
    for (int64_t id = n_trainings; id < queue->counts.n_units; id++) {
        if (needed[queue->model_of_case[queue->units.all[id].index]] == 0) {
            queue_make_ready(queue, id);
        }
    }
}

/* An array of the queue's own; zeros where there are no values. */
static enum status copy_array(void *out, const void *values, size_t count, size_t size,
                              struct error *error)
{
    void *copy = NULL;
    TRY(memory_array(&copy, count, size, error));
    if (values != NULL) {
        memcpy(copy, values, count * size);
    }
    memcpy(out, &copy, sizeof copy);
    return STATUS_OK;
}

/* Of the units, and of who works on them. */
static enum status allocate_workers(struct queue *queue, const struct queue_input *input,
                                    struct error *error)
{
    struct unit_list *const units = &queue->units;
    const size_t n_cases = (size_t)input->n_cases;
    const size_t n_units = n_cases + (size_t)input->n_models + (size_t)units->n_splits_left;
    TRY(memory_array(&units->all, n_units, sizeof *units->all, error));
    TRY(memory_array(&units->ready.units, n_units, sizeof(int64_t), error));
    TRY(memory_array(&units->ready_for_team.units, n_cases, sizeof(int64_t), error));
    TRY(memory_array(&queue->workers, (size_t)input->n_workers + 1, sizeof *queue->workers, error));
    for (int worker = 0; worker <= input->n_workers; worker++) {
        queue->workers[worker].last_model = NOTHING;
    }
    TRY(memory_array(&queue->teams, (size_t)queue->n_teams, sizeof *queue->teams, error));
    for (int team = 0; team < queue->n_teams; team++) {
        queue->teams[team] = (struct queue_team){.unit = NOTHING, .model = NOTHING};
    }
    return STATUS_OK;
}

static enum status allocate(struct queue *queue, const struct queue_input *input,
                            struct error *error)
{
    const size_t n_cases = (size_t)input->n_cases;
    const size_t n_models = (size_t)input->n_models;
    const size_t n_jobs = (size_t)input->jobs_per_case;
    if (input->final != NULL) {
        TRY(copy_array(&queue->final, input->final, n_cases * n_jobs, 1, error));
        queue->counts.n_jobs = (int64_t)(n_cases * n_jobs) - input->n_absent;
    }
    TRY(copy_array(&queue->chunk_of_job, queue->n_chunks > 1 ? input->chunk_of_job : NULL, n_jobs,
                   sizeof *queue->chunk_of_job, error));
    TRY(copy_array(&queue->model_of_case, input->model_of_case, n_cases,
                   sizeof *queue->model_of_case, error));
    TRY(copy_array(&queue->case_failure, input->case_failure, n_cases, sizeof *queue->case_failure,
                   error));
    TRY(memory_array(&queue->models, n_models, sizeof *queue->models, error));
    for (int i = 0; input->training_failure != NULL && i < input->n_models; i++) {
        queue->models[i].failure = input->missing[i] != 0 ? input->training_failure[i] : STATUS_OK;
    }
    return allocate_workers(queue, input, error);
}

enum status queue_create(struct queue **out, const struct queue_input *input, struct error *error)
{
    TRY(memory_array(out, 1, sizeof **out, error));
    struct queue *const queue = *out;
    queue->n_cases = input->n_cases;
    queue->n_models = input->n_models;
    queue->n_workers = input->n_workers;
    queue->jobs_per_case = input->jobs_per_case;
    queue->n_chunks = input->n_chunks > 0 ? input->n_chunks : 1;
    queue->team_size = input->for_team != NULL ? input->team_size : 0;
    queue->n_teams = queue->team_size > 0 ? input->n_workers / queue->team_size : 0;
    queue->counts.n_done = input->n_done;
    queue->counts.n_failed = input->n_failed;
    queue->units.n_splits_left = QUEUE_SPLITS_PER_WORKER * (int64_t)input->n_workers;
    queue->units.cost_limit[WORK_SWEEP] = INFINITY;
    queue->units.cost_limit[WORK_TRAIN] = INFINITY;
    unsigned char *needed = NULL; /* [n_models] 1: to be trained */
    enum status status = allocate(queue, input, error);
    THEN(status, memory_array(&needed, (size_t)input->n_models, 1, error));
    if (status == STATUS_OK) {
        add_trainings(queue, input, needed);
        add_sweeps(queue, input, needed);
        free(needed);
    } else {
        queue_destroy(out);
    }
    return status;
}

void queue_destroy(struct queue **queue)
{
    struct queue *const old = *queue;
    if (old == NULL) {
        return;
    }
    for (int i = 0; old->models != NULL && i < old->n_models; i++) {
        free(old->models[i].message);
    }
    free(old->chunk_of_job);
    free(old->final);
    free(old->model_of_case);
    free(old->case_failure);
    free(old->units.all);
    free(old->units.ready.units);
    free(old->units.ready_for_team.units);
    free(old->models);
    free(old->workers);
    free(old->teams);
    free(old);
    *queue = NULL;
}
