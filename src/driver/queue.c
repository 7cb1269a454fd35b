#include "driver/queue.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NOBODY = 0, REPORTED = -1, NOTHING = -1 };

/* An item to be: the jobs of a sweep are read off `final` when it is handed out. */
struct entry {
    enum item_kind kind;
    int index;    /* case or model */
    int holder;   /* worker that has it, NOBODY or REPORTED */
    int attempts; /* runs that ended while it was in flight */
    double cost;
    int64_t handed_as; /* number of items handed out before it */
};

/* Why a model could not be trained. */
struct failed_model {
    enum status failure; /* STATUS_OK: it could, or has not been tried */
    char *message;
};

/* Entries stand in the order trainings, then sweeps, each by cost. */
struct queue {
    int jobs_per_case;
    int n_workers;
    int n_cases;
    int n_models;
    unsigned char *final; /* own copy, NULL without sweeps */
    int *model_of_case;   /* own copy */
    struct entry *entries;
    int64_t n_trainings;
    int64_t next_training;
    int64_t *ready; /* entries of sweeps that can begin, first come first */
    int64_t n_ready;
    int64_t next_ready;
    int64_t *first_of_model;     /* [n_models] first entry that sweeps the model, or NOTHING */
    int64_t *next_of_entry;      /* [n_items] next entry of the same model, or NOTHING */
    struct failed_model *models; /* [n_models] */
    enum status *case_failure;   /* [n_cases] why a case is not tried */
    int *in_flight;              /* [n_workers + 1] items of each worker */
    bool *is_training;           /* [n_workers + 1] its only item is a training */
    double cost_limit[2];        /* of the kinds of item */
    struct queue_counts counts;
};

static const unsigned char *cells_of(const struct queue *queue, int case_index)
{
    return queue->final + (size_t)case_index * (size_t)queue->jobs_per_case;
}

static bool has_pending(const struct queue *queue, int case_index)
{
    return queue->final != NULL &&
           memchr(cells_of(queue, case_index), 0, (size_t)queue->jobs_per_case) != NULL;
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

static void add_entry(struct queue *queue, enum item_kind kind, int index, int attempts,
                      double cost)
{
    queue->entries[queue->counts.n_items++] = (struct entry){
        .kind = kind, .index = index, .holder = NOBODY, .attempts = attempts, .cost = cost};
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
        queue->first_of_model[i] = needed[i] != 0 ? queue->counts.n_items : NOTHING;
        if (needed[i] != 0) {
            add_entry(queue, ITEM_TRAIN, i, 0, input->training_cost[i]);
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
    queue->n_trainings = queue->counts.n_items;
    queue->counts.n_models = queue->n_trainings;
    for (int i = 0; i < input->n_cases; i++) {
        if (has_pending(queue, i)) {
            add_entry(queue, ITEM_SWEEP, i, case_attempts(input, i), input->cost[i]);
        }
    }
    const size_t n_sweeps = (size_t)(queue->counts.n_items - queue->n_trainings);
    qsort(queue->entries, (size_t)queue->n_trainings, sizeof *queue->entries, compare_entries);
    qsort(queue->entries + queue->n_trainings, n_sweeps, sizeof *queue->entries, compare_entries);
}

static void link_entries(struct queue *queue)
{
    for (int i = 0; i < queue->n_models; i++) {
        queue->first_of_model[i] = NOTHING;
    }
    for (int64_t i = queue->counts.n_items - 1; i >= queue->n_trainings; i--) {
        const int model = queue->model_of_case[queue->entries[i].index];
        queue->next_of_entry[i] = queue->first_of_model[model];
        queue->first_of_model[model] = i;
    }
}

static void list_ready(struct queue *queue, const unsigned char *needed)
{
    for (int64_t i = queue->n_trainings; i < queue->counts.n_items; i++) {
        if (needed[queue->model_of_case[queue->entries[i].index]] == 0) {
            queue->ready[queue->n_ready++] = i;
        }
    }
}

static enum status allocate(struct queue *queue, const struct queue_input *input,
                            unsigned char **needed, struct error *error)
{
    const size_t n_cases = (size_t)input->n_cases;
    const size_t n_models = (size_t)input->n_models;
    const size_t n_jobs = n_cases * (size_t)input->jobs_per_case;
    if (input->final != NULL) {
        TRY(memory_array(&queue->final, n_jobs, 1, error));
        memcpy(queue->final, input->final, n_jobs);
        queue->counts.n_jobs = (int64_t)n_jobs;
    }
    TRY(memory_array(&queue->model_of_case, n_cases, sizeof *queue->model_of_case, error));
    memcpy(queue->model_of_case, input->model_of_case, n_cases * sizeof *queue->model_of_case);
    TRY(memory_array(&queue->entries, n_cases + n_models, sizeof *queue->entries, error));
    TRY(memory_array(&queue->ready, n_cases, sizeof *queue->ready, error));
    TRY(memory_array(&queue->first_of_model, n_models, sizeof *queue->first_of_model, error));
    TRY(memory_array(&queue->next_of_entry, n_cases + n_models, sizeof *queue->next_of_entry,
                     error));
    TRY(memory_array(&queue->models, n_models, sizeof *queue->models, error));
    TRY(memory_array(&queue->case_failure, n_cases, sizeof *queue->case_failure, error));
    TRY(memory_array(&queue->in_flight, (size_t)input->n_workers + 1, sizeof *queue->in_flight,
                     error));
    TRY(memory_array(&queue->is_training, (size_t)input->n_workers + 1, sizeof *queue->is_training,
                     error));
    return memory_array(needed, n_models, 1, error);
}

enum status queue_create(struct queue **out, const struct queue_input *input, struct error *error)
{
    unsigned char *needed = NULL;
    TRY(memory_array(out, 1, sizeof **out, error));
    struct queue *const queue = *out;
    queue->jobs_per_case = input->jobs_per_case;
    queue->n_workers = input->n_workers;
    queue->n_cases = input->n_cases;
    queue->n_models = input->n_models;
    queue->counts.n_done = input->n_done;
    queue->counts.n_failed = input->n_failed;
    queue->cost_limit[ITEM_SWEEP] = INFINITY;
    queue->cost_limit[ITEM_TRAIN] = INFINITY;
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
    free(old->entries);
    free(old->ready);
    free(old->first_of_model);
    free(old->next_of_entry);
    free(old->models);
    free(old->case_failure);
    free(old->in_flight);
    free(old->is_training);
    free(old);
    *queue = NULL;
}

/* First entry of a kind, from *next on, that nobody has had and that is within the limit, or
 * NOTHING. *next passes over those that were had. */
static int64_t find_affordable(const struct queue *queue, enum item_kind kind, const int64_t *ids,
                               int64_t *next, int64_t end)
{
    for (int64_t i = *next; i < end; i++) {
        const int64_t id = ids != NULL ? ids[i] : i;
        const struct entry *const entry = &queue->entries[id];
        const bool is_had = entry->holder != NOBODY;
        *next += is_had && i == *next;
        if (!is_had && entry->cost <= queue->cost_limit[kind]) {
            return id;
        }
    }
    return NOTHING;
}

/* Chooses the next entry for a worker with that many items, or NOTHING. */
static int64_t choose(struct queue *queue, int in_flight)
{
    const int64_t sweep =
        find_affordable(queue, ITEM_SWEEP, queue->ready, &queue->next_ready, queue->n_ready);
    if (sweep != NOTHING || in_flight > 0) {
        return sweep;
    }
    return find_affordable(queue, ITEM_TRAIN, NULL, &queue->next_training, queue->n_trainings);
}

static enum status want_jobs(const struct queue *queue, struct item *item, struct error *error)
{
    const struct failed_model *const model = &queue->models[queue->model_of_case[item->index]];
    for (int job = 0; job < queue->jobs_per_case; job++) {
        if (cells_of(queue, item->index)[job] == 0) {
            item_want(item, job);
        }
    }
    const bool is_own = model->failure == STATUS_OK;
    item->failure = is_own ? queue->case_failure[item->index] : model->failure;
    if (item->failure == STATUS_OK) {
        return STATUS_OK;
    }
    return memory_string(&item->message,
                         model->message != NULL ? model->message : status_text(item->failure),
                         error);
}

enum status queue_next(struct queue *queue, int worker, int depth, struct item *item, bool *got,
                       struct error *error)
{
    *got = false;
    if (queue->in_flight[worker] >= depth || queue->is_training[worker]) {
        return STATUS_OK;
    }
    const int64_t id = choose(queue, queue->in_flight[worker]);
    if (id == NOTHING) {
        return STATUS_OK;
    }
    struct entry *const entry = &queue->entries[id];
    const bool is_sweep = entry->kind == ITEM_SWEEP;
    TRY(item_create(item, id, entry->kind, entry->index, is_sweep ? queue->jobs_per_case : 0,
                    error));
    if (is_sweep) {
        TRY(want_jobs(queue, item, error));
    }
    entry->holder = worker;
    entry->handed_as = queue->counts.n_handed++;
    queue->counts.n_busy += queue->in_flight[worker] == 0;
    queue->in_flight[worker]++;
    queue->is_training[worker] = !is_sweep;
    *got = true;
    return STATUS_OK;
}

/* Its cases can begin: to be swept, or to be marked as failed. */
static enum status release_cases(struct queue *queue, int model, const struct report *report,
                                 struct error *error)
{
    if (report->failure != STATUS_OK) {
        queue->models[model].failure = report->failure;
        TRY(memory_string(&queue->models[model].message, report->message, error));
    }
    for (int64_t i = queue->first_of_model[model]; i != NOTHING; i = queue->next_of_entry[i]) {
        queue->ready[queue->n_ready++] = i;
    }
    return STATUS_OK;
}

/* Jobs that an item wants. */
static int64_t count_wanted(const struct queue *queue, const struct entry *entry)
{
    int64_t count = 0;
    for (int job = 0; entry->kind == ITEM_SWEEP && job < queue->jobs_per_case; job++) {
        count += cells_of(queue, entry->index)[job] == 0;
    }
    return count;
}

enum status queue_report(struct queue *queue, int worker, const struct report *report,
                         struct error *error)
{
    if (worker < 1 || worker > queue->n_workers || report->item < 0 ||
        report->item >= queue->counts.n_items || queue->entries[report->item].holder != worker) {
        return error_set(error, STATUS_INTERNAL,
                         "worker %d reports item %lld, which it does not have", worker,
                         (long long)report->item);
    }
    struct entry *const entry = &queue->entries[report->item];
    const int64_t n_wanted = count_wanted(queue, entry);
    if (report->n_done < 0 || report->n_done > n_wanted ||
        report->n_failed != n_wanted - report->n_done) {
        return error_set(error, STATUS_INTERNAL,
                         "worker %d reports %lld done and %lld failed jobs of item %lld, which "
                         "has %lld",
                         worker, (long long)report->n_done, (long long)report->n_failed,
                         (long long)report->item, (long long)n_wanted);
    }
    entry->holder = REPORTED;
    queue->counts.n_done += report->n_done;
    queue->counts.n_failed += report->n_failed;
    queue->counts.n_finished++;
    queue->in_flight[worker]--;
    queue->is_training[worker] = false;
    queue->counts.n_busy -= queue->in_flight[worker] == 0;
    if (entry->kind == ITEM_SWEEP) {
        return STATUS_OK;
    }
    queue->counts.n_trained += report->failure == STATUS_OK;
    queue->counts.n_diverged += report->failure != STATUS_OK;
    return release_cases(queue, entry->index, report, error);
}

void queue_limit_cost(struct queue *queue, enum item_kind kind, double cost)
{
    queue->cost_limit[kind] = cost;
}

bool queue_has_item(const struct queue *queue, int64_t item, enum item_kind kind)
{
    return item >= 0 && item < queue->counts.n_items && queue->entries[item].kind == kind;
}

enum item_kind queue_kind_of_item(const struct queue *queue, int64_t item)
{
    return queue->entries[item].kind;
}

int queue_index_of_item(const struct queue *queue, int64_t item)
{
    return queue->entries[item].index;
}

double queue_cost_of_item(const struct queue *queue, int64_t item)
{
    return queue->entries[item].cost;
}

int64_t queue_oldest_item(const struct queue *queue, int worker)
{
    int64_t oldest = NOTHING;
    for (int64_t i = 0; i < queue->counts.n_items; i++) {
        const struct entry *const entry = &queue->entries[i];
        if (entry->holder == worker &&
            (oldest == NOTHING || entry->handed_as < queue->entries[oldest].handed_as)) {
            oldest = i;
        }
    }
    return oldest;
}

bool queue_is_finished(const struct queue *queue)
{
    return queue->counts.n_finished == queue->counts.n_items;
}

struct queue_counts queue_counts(const struct queue *queue)
{
    return queue->counts;
}
