/* What the queue tells of its work units. */
#include "driver/queue_state.h"

void queue_limit_cost(struct queue *queue, enum work_kind kind, double cost)
{
    queue->cost_limit[kind] = cost;
}

bool queue_has_unit(const struct queue *queue, int64_t unit, enum work_kind kind)
{
    return unit >= 0 && unit < queue->counts.n_units && queue->entries[unit].kind == kind;
}

enum work_kind queue_kind_of_work_unit(const struct queue *queue, int64_t unit)
{
    return queue->entries[unit].kind;
}

int queue_index_of_work_unit(const struct queue *queue, int64_t unit)
{
    return queue->entries[unit].index;
}

double queue_cost_of_work_unit(const struct queue *queue, int64_t unit)
{
    return queue->entries[unit].cost;
}

int queue_holder_of_work_unit(const struct queue *queue, int64_t unit)
{
    const struct entry *const entry = &queue->entries[unit];
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

bool queue_holds_unit(const struct queue *queue, int64_t unit, int worker)
{
    return queue_holds(queue, &queue->entries[unit], worker);
}

struct queue_holders queue_holders_of_unit(const struct queue *queue, int64_t unit)
{
    const struct entry *const entry = &queue->entries[unit];
    return (struct queue_holders){.n_workers = queue_workers_of(queue, entry),
                                  .n_handed = entry->n_handed,
                                  .n_reported = entry->n_reported};
}

void queue_peers(const struct queue *queue, int worker, int *first, int *end)
{
    const int team = queue_team_of(queue, worker);
    *first = team != NOTHING ? team * queue->team_size + 1 : worker;
    *end = team != NOTHING ? *first + queue->team_size : worker + 1;
}

int64_t queue_oldest_unit(const struct queue *queue, int worker)
{
    int64_t oldest = NOTHING;
    for (int64_t i = 0; i < queue->counts.n_units; i++) {
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
    return queue->counts.n_finished == queue->counts.n_units;
}

struct queue_counts queue_counts(const struct queue *queue)
{
    return queue->counts;
}
