#include "driver/queue.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum { NOBODY = 0, REPORTED = -1 };

/* An item to be: its jobs are read off `final` when it is handed out. */
struct entry {
    int case_index;
    int holder; /* worker that has it, NOBODY or REPORTED */
    double cost;
};

struct queue {
    int jobs_per_case;
    int n_workers;
    unsigned char *final; /* own copy */
    struct entry *entries;
    int *in_flight; /* [n_workers + 1] items of each worker */
    struct queue_counts counts;
};

static bool has_pending(const unsigned char *final, int jobs_per_case)
{
    return memchr(final, 0, (size_t)jobs_per_case) != NULL;
}

static int compare_cost(const void *a, const void *b)
{
    const struct entry *const x = a;
    const struct entry *const y = b;
    if (x->cost != y->cost) {
        return x->cost < y->cost ? 1 : -1;
    }
    return (x->case_index > y->case_index) - (x->case_index < y->case_index);
}

static void list_entries(struct queue *queue, int n_cases, const double *cost)
{
    for (int i = 0; i < n_cases; i++) {
        if (has_pending(queue->final + (size_t)i * (size_t)queue->jobs_per_case,
                        queue->jobs_per_case)) {
            queue->entries[queue->counts.n_items++] =
                (struct entry){.case_index = i, .holder = NOBODY, .cost = cost[i]};
        }
    }
    qsort(queue->entries, (size_t)queue->counts.n_items, sizeof *queue->entries, compare_cost);
}

enum status queue_create(struct queue **out, int n_cases, int jobs_per_case,
                         const unsigned char *final, const double *cost, int n_workers,
                         int64_t n_done, int64_t n_failed, struct error *error)
{
    TRY(memory_array(out, 1, sizeof **out, error));
    struct queue *const queue = *out;
    const size_t n_jobs = (size_t)n_cases * (size_t)jobs_per_case;
    queue->jobs_per_case = jobs_per_case;
    queue->n_workers = n_workers;
    queue->counts.n_jobs = (int64_t)n_jobs;
    queue->counts.n_done = n_done;
    queue->counts.n_failed = n_failed;
    enum status status = memory_array(&queue->final, n_jobs, 1, error);
    if (status == STATUS_OK) {
        status = memory_array(&queue->entries, (size_t)n_cases, sizeof *queue->entries, error);
    }
    if (status == STATUS_OK) {
        status = memory_array(&queue->in_flight, (size_t)n_workers + 1, sizeof *queue->in_flight,
                              error);
    }
    if (status != STATUS_OK) {
        queue_destroy(out);
        return status;
    }
    memcpy(queue->final, final, n_jobs);
    list_entries(queue, n_cases, cost);
    return STATUS_OK;
}

void queue_destroy(struct queue **queue)
{
    if (*queue != NULL) {
        free((*queue)->final);
        free((*queue)->entries);
        free((*queue)->in_flight);
        free(*queue);
        *queue = NULL;
    }
}

static enum status fill_item(const struct queue *queue, int64_t id, struct item *item,
                             struct error *error)
{
    const int case_index = queue->entries[id].case_index;
    TRY(item_create(item, id, case_index, queue->jobs_per_case, error));
    for (int job = 0; job < queue->jobs_per_case; job++) {
        if (!queue->final[(size_t)case_index * (size_t)queue->jobs_per_case + (size_t)job]) {
            item_want(item, job);
        }
    }
    return STATUS_OK;
}

enum status queue_next(struct queue *queue, int worker, int depth, struct item *item, bool *got,
                       struct error *error)
{
    *got = false;
    if (queue->counts.n_handed == queue->counts.n_items || queue->in_flight[worker] >= depth) {
        return STATUS_OK;
    }
    const int64_t id = queue->counts.n_handed;
    TRY(fill_item(queue, id, item, error));
    queue->entries[id].holder = worker;
    queue->counts.n_handed++;
    queue->counts.n_busy += queue->in_flight[worker] == 0;
    queue->in_flight[worker]++;
    *got = true;
    return STATUS_OK;
}

enum status queue_report(struct queue *queue, int worker, const struct report *report,
                         struct error *error)
{
    if (worker < 1 || worker > queue->n_workers || report->item < 0 ||
        report->item >= queue->counts.n_handed ||
        queue->entries[report->item].holder != worker) {
        return error_set(error, STATUS_INTERNAL,
                         "worker %d reports item %lld, which it does not have", worker,
                         (long long)report->item);
    }
    queue->entries[report->item].holder = REPORTED;
    queue->counts.n_done += report->n_done;
    queue->counts.n_failed += report->n_failed;
    queue->counts.n_finished++;
    queue->in_flight[worker]--;
    queue->counts.n_busy -= queue->in_flight[worker] == 0;
    return STATUS_OK;
}

bool queue_is_finished(const struct queue *queue)
{
    return queue->counts.n_finished == queue->counts.n_items;
}

struct queue_counts queue_counts(const struct queue *queue)
{
    return queue->counts;
}
