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

/* Those that ended no run first, then by cost, then in the order of the study. */
static int compare_units(const void *a, const void *b)
{
    const struct queue_unit *const x = a;
    const struct queue_unit *const y = b;
    if (x->attempts != y->attempts) {
        return x->attempts - y->attempts;
    }
    if (x->cost != y->cost) {
        return x->cost < y->cost ? 1 : -1;
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

/* Whether a missing model is to be trained: when a pending case needs it, or in a run that only
 * trains. */
static void mark_needed(const struct queue *queue, const struct queue_input *input,
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
}

/* Attempts at a training are remembered at the first case of its model. Until the sweeps are linked
 * models[].first_sweep is the training of a model. */
static void add_trainings(struct queue *queue, const struct queue_input *input,
                          const unsigned char *needed)
{
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
}

static void add_sweeps(struct queue *queue, const struct queue_input *input)
{
    for (int i = 0; i < input->n_cases; i++) {
        if (has_pending(queue, i)) {
            struct queue_unit *const unit = add_unit(queue, WORK_SWEEP, i, input->cost[i]);
            unit->attempts = input->attempts != NULL ? input->attempts[i] : 0;
            unit->for_team = queue->n_teams > 0 && input->for_team[i] != 0;
        }
    }
}

/* Links the sweeps of each model in their order, and lists those whose model is not to be trained
 * as ready. */
static void link_sweeps(struct queue *queue, const unsigned char *needed)
{
    const int64_t n_trainings = queue->units.n_trainings;
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

static void list_units(struct queue *queue, const struct queue_input *input,
                       const unsigned char *needed)
{
    struct queue_unit *const all = queue->units.all;
    add_trainings(queue, input, needed);
    add_sweeps(queue, input);
    const int64_t n_trainings = queue->units.n_trainings;
    qsort(all, (size_t)n_trainings, sizeof *all, compare_units);
    qsort(all + n_trainings, (size_t)(queue->counts.n_units - n_trainings), sizeof *all,
          compare_units);
    link_sweeps(queue, needed);
}

static enum status copy_study(struct queue *queue, const struct queue_input *input,
                              struct error *error)
{
    const size_t n_cases = (size_t)input->n_cases;
    const size_t n_per_case = (size_t)input->jobs_per_case;
    if (input->final != NULL) {
        TRY(memory_array(&queue->final, n_cases * n_per_case, 1, error));
        memcpy(queue->final, input->final, n_cases * n_per_case);
        queue->counts.n_jobs = (int64_t)(n_cases * n_per_case) - input->n_absent;
    }
    TRY(memory_array(&queue->chunk_of_job, n_per_case, sizeof *queue->chunk_of_job, error));
    if (queue->n_chunks > 1) {
        memcpy(queue->chunk_of_job, input->chunk_of_job, n_per_case * sizeof *queue->chunk_of_job);
    }
    TRY(memory_array(&queue->model_of_case, n_cases, sizeof *queue->model_of_case, error));
    memcpy(queue->model_of_case, input->model_of_case, n_cases * sizeof *queue->model_of_case);
    TRY(memory_array(&queue->case_failure, n_cases, sizeof *queue->case_failure, error));
    if (input->case_failure != NULL) {
        memcpy(queue->case_failure, input->case_failure, n_cases * sizeof *queue->case_failure);
    }
    TRY(memory_array(&queue->models, (size_t)input->n_models, sizeof *queue->models, error));
    for (int i = 0; input->training_failure != NULL && i < input->n_models; i++) {
        queue->models[i].failure = input->missing[i] != 0 ? input->training_failure[i] : STATUS_OK;
    }
    return STATUS_OK;
}

static enum status allocate(struct queue *queue, const struct queue_input *input,
                            struct error *error)
{
    struct unit_list *const units = &queue->units;
    const size_t n_units =
        (size_t)input->n_cases + (size_t)input->n_models + (size_t)units->n_splits_left;
    TRY(memory_array(&units->all, n_units, sizeof *units->all, error));
    TRY(memory_array(&units->ready.units, n_units, sizeof(int64_t), error));
    TRY(memory_array(&units->ready_for_team.units, (size_t)input->n_cases, sizeof(int64_t), error));
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

static enum status fill(struct queue *queue, const struct queue_input *input, struct error *error)
{
    unsigned char *needed = NULL; /* [n_models] 1: to be trained */
    TRY(copy_study(queue, input, error));
    TRY(allocate(queue, input, error));
    TRY(memory_array(&needed, (size_t)input->n_models, 1, error));
    mark_needed(queue, input, needed);
    list_units(queue, input, needed);
    free(needed);
    return STATUS_OK;
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
    const enum status status = fill(queue, input, error);
    if (status != STATUS_OK) {
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
