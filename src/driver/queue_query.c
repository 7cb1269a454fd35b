/* What the queue tells of its items. */
#include "driver/queue_state.h"

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

int queue_holder_of_item(const struct queue *queue, int64_t item)
{
    const struct entry *const entry = &queue->entries[item];
    int worker = entry->holder;
    if (worker == REPORTED || worker == NOBODY) {
        return NOBODY;
    }
    const int end = worker + queue_workers_of(queue, entry);
    while (worker < end && !queue_holds(queue, entry, worker)) {
        worker++;
    }
    return worker < end ? worker : NOBODY;
}

bool queue_holds_item(const struct queue *queue, int64_t item, int worker)
{
    return queue_holds(queue, &queue->entries[item], worker);
}

struct queue_shares queue_shares_of_item(const struct queue *queue, int64_t item)
{
    const struct entry *const entry = &queue->entries[item];
    return (struct queue_shares){.n_workers = queue_workers_of(queue, entry),
                                 .n_handed = entry->n_handed,
                                 .n_reported = entry->n_reported};
}

void queue_peers(const struct queue *queue, int worker, int *first, int *end)
{
    const int team = queue_team_of(queue, worker);
    *first = team != NOTHING ? team * queue->team_size + 1 : worker;
    *end = team != NOTHING ? *first + queue->team_size : worker + 1;
}

int64_t queue_oldest_item(const struct queue *queue, int worker)
{
    int64_t oldest = NOTHING;
    for (int64_t i = 0; i < queue->counts.n_items; i++) {
        const struct entry *const entry = &queue->entries[i];
        if (queue_holds(queue, entry, worker) &&
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
