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

static int compare_entries(const void *a, const void *b)
{
    const struct entry *const x = a;
    const struct entry *const y = b;
    if (x->attempts != y->attempts) {
        return x->attempts - y->attempts;
    }
    if (x->cost != y->cost) {
        return x->cost < y->cost ? 1 : -1;
    }
    return (x->index > y->index) - (x->index < y->index);
}

static void add_entry(struct queue *queue, enum work_kind kind, int index, int attempts,
                      double cost, bool is_shared)
{
    queue->entries[queue->counts.n_units++] = (struct entry){.kind = kind,
                                                             .is_shared = is_shared,
                                                             .index = index,
                                                             .holder = NOBODY,
                                                             .attempts = attempts,
                                                             .cost = cost,
                                                             .end_chunk = queue->n_chunks,
                                                             .share = 1.0};
}

static int case_attempts(const struct queue_input *input, int case_index)
{
    return input->attempts != NULL ? input->attempts[case_index] : 0;
}

/* A training is remembered at the first case of its model. Until link_entries fills it,
 * first_of_model tells the training of a model. */
static void add_trainings(struct queue *queue, const struct queue_input *input,
                          const unsigned char *needed)
{
    for (int i = 0; i < input->n_models; i++) {
        queue->first_of_model[i] = needed[i] != 0 ? queue->counts.n_units : NOTHING;
        if (needed[i] != 0) {
            add_entry(queue, WORK_TRAIN, i, 0, input->training_cost[i], false);
        }
    }
    for (int i = input->n_cases - 1; input->attempts != NULL && i >= 0; i--) {
        const int64_t training = queue->first_of_model[input->model_of_case[i]];
        if (training != NOTHING) {
            queue->entries[training].attempts = input->attempts[i];
        }
    }
}

/* Marks the missing models that a pending case needs. */
static void mark_needed(const struct queue *queue, const struct queue_input *input,
                        unsigned char *needed)
{
    if (input->final == NULL) {
        memcpy(needed, input->missing, (size_t)input->n_models);
        return;
    }
    for (int i = 0; i < input->n_cases; i++) {
        const int model = input->model_of_case[i];
        if (has_pending(queue, i) && input->missing[model] != 0 &&
            queue->models[model].failure == STATUS_OK) {
            needed[model] = 1;
        }
    }
}

static void copy_failures(struct queue *queue, const struct queue_input *input)
{
    for (int i = 0; input->case_failure != NULL && i < input->n_cases; i++) {
        queue->case_failure[i] = input->case_failure[i];
    }
    for (int i = 0; input->training_failure != NULL && i < input->n_models; i++) {
        if (input->missing[i] != 0) {
            queue->models[i].failure = input->training_failure[i];
        }
    }
}

static void list_entries(struct queue *queue, const struct queue_input *input,
                         const unsigned char *needed)
{
    add_trainings(queue, input, needed);
    queue->n_trainings = queue->counts.n_units;
    queue->counts.n_models = queue->n_trainings;
    for (int i = 0; i < input->n_cases; i++) {
        if (has_pending(queue, i)) {
            const bool is_shared =
                queue->n_teams > 0 && input->shared != NULL && input->shared[i] != 0;
            add_entry(queue, WORK_SWEEP, i, case_attempts(input, i), input->cost[i], is_shared);
        }
    }
    const size_t n_sweeps = (size_t)(queue->counts.n_units - queue->n_trainings);
    qsort(queue->entries, (size_t)queue->n_trainings, sizeof *queue->entries, compare_entries);
    qsort(queue->entries + queue->n_trainings, n_sweeps, sizeof *queue->entries, compare_entries);
}

static void link_entries(struct queue *queue)
{
    for (int i = 0; i < queue->n_models; i++) {
        queue->first_of_model[i] = NOTHING;
    }
    for (int64_t i = queue->counts.n_units - 1; i >= queue->n_trainings; i--) {
        const int model = queue->model_of_case[queue->entries[i].index];
        queue->next_of_entry[i] = queue->first_of_model[model];
        queue->first_of_model[model] = i;
    }
}

static void list_ready(struct queue *queue, const unsigned char *needed)
{
    for (int64_t i = queue->n_trainings; i < queue->counts.n_units; i++) {
        if (needed[queue->model_of_case[queue->entries[i].index]] == 0) {
            queue_make_ready(queue, i);
        }
    }
}

static enum status copy_cases(struct queue *queue, const struct queue_input *input,
                              struct error *error)
{
    const size_t n_cases = (size_t)input->n_cases;
    const size_t n_jobs = n_cases * (size_t)input->jobs_per_case;
    if (input->final != NULL) {
        TRY(memory_array(&queue->final, n_jobs, 1, error));
        memcpy(queue->final, input->final, n_jobs);
        queue->counts.n_jobs = (int64_t)n_jobs - input->n_absent;
    }
    const size_t n_chunks = (size_t)input->jobs_per_case;
    TRY(memory_array(&queue->chunk_of_job, n_chunks, sizeof *queue->chunk_of_job, error));
    if (queue->n_chunks > 1) {
        memcpy(queue->chunk_of_job, input->chunk_of_job, n_chunks * sizeof *queue->chunk_of_job);
    }
    TRY(memory_array(&queue->case_failure, n_cases, sizeof *queue->case_failure, error));
    TRY(memory_array(&queue->model_of_case, n_cases, sizeof *queue->model_of_case, error));
    memcpy(queue->model_of_case, input->model_of_case, n_cases * sizeof *queue->model_of_case);
    return STATUS_OK;
}

static enum status allocate_workers(struct queue *queue, int n_workers, struct error *error)
{
    const size_t n = (size_t)n_workers + 1;
    TRY(memory_array(&queue->in_flight, n, sizeof *queue->in_flight, error));
    TRY(memory_array(&queue->last_model, n, sizeof *queue->last_model, error));
    TRY(memory_array(&queue->is_training, n, sizeof *queue->is_training, error));
    TRY(memory_array(&queue->is_owed, n, sizeof *queue->is_owed, error));
    TRY(memory_array(&queue->has_shared, n, sizeof *queue->has_shared, error));
    TRY(memory_array(&queue->team_unit, (size_t)queue->n_teams, sizeof *queue->team_unit, error));
    TRY(memory_array(&queue->team_model, (size_t)queue->n_teams, sizeof *queue->team_model, error));
    for (size_t worker = 0; worker < n; worker++) {
        queue->last_model[worker] = NOTHING;
    }
    for (int team = 0; team < queue->n_teams; team++) {
        queue->team_unit[team] = NOTHING;
        queue->team_model[team] = NOTHING;
    }
    return STATUS_OK;
}

static enum status allocate(struct queue *queue, const struct queue_input *input,
                            unsigned char **needed, struct error *error)
{
    const size_t n_models = (size_t)input->n_models;
    const size_t n_entries =
        (size_t)input->n_cases + n_models + QUEUE_SPLITS_PER_WORKER * (size_t)input->n_workers;
    TRY(copy_cases(queue, input, error));
    TRY(allocate_workers(queue, input->n_workers, error));
    TRY(memory_array(&queue->entries, n_entries, sizeof *queue->entries, error));
    TRY(memory_array(&queue->ready.entries, n_entries, sizeof(int64_t), error));
    TRY(memory_array(&queue->shared_ready.entries, (size_t)input->n_cases, sizeof(int64_t), error));
    TRY(memory_array(&queue->next_of_entry, n_entries, sizeof *queue->next_of_entry, error));
    TRY(memory_array(&queue->first_of_model, n_models, sizeof *queue->first_of_model, error));
    TRY(memory_array(&queue->models, n_models, sizeof *queue->models, error));
    return memory_array(needed, n_models, 1, error);
}

enum status queue_create(struct queue **out, const struct queue_input *input, struct error *error)
{
    unsigned char *needed = NULL;
    TRY(memory_array(out, 1, sizeof **out, error));
    struct queue *const queue = *out;
    queue->jobs_per_case = input->jobs_per_case;
    queue->n_chunks = input->n_chunks > 0 ? input->n_chunks : 1;
    queue->n_workers = input->n_workers;
    queue->team_size = input->shared != NULL ? input->team_size : 0;
    queue->n_teams = queue->team_size > 0 ? input->n_workers / queue->team_size : 0;
    queue->n_splits_left = QUEUE_SPLITS_PER_WORKER * (int64_t)input->n_workers;
    queue->n_cases = input->n_cases;
    queue->n_models = input->n_models;
    queue->counts.n_done = input->n_done;
    queue->counts.n_failed = input->n_failed;
    queue->cost_limit[WORK_SWEEP] = INFINITY;
    queue->cost_limit[WORK_TRAIN] = INFINITY;
    const enum status status = allocate(queue, input, &needed, error);
    if (status != STATUS_OK) {
        free(needed);
        queue_destroy(out);
        return status;
    }
    copy_failures(queue, input);
    mark_needed(queue, input, needed);
    list_entries(queue, input, needed);
    link_entries(queue);
    list_ready(queue, needed);
    free(needed);
    return STATUS_OK;
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
    free(old->final);
    free(old->model_of_case);
    free(old->chunk_of_job);
    free(old->entries);
    free(old->ready.entries);
    free(old->shared_ready.entries);
    free(old->team_unit);
    free(old->team_model);
    free(old->is_owed);
    free(old->has_shared);
    free(old->first_of_model);
    free(old->next_of_entry);
    free(old->models);
    free(old->case_failure);
    free(old->in_flight);
    free(old->last_model);
    free(old->is_training);
    free(old);
    *queue = NULL;
}
