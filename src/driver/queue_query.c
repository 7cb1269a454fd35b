/* What the queue tells of its work units. */
#include "driver/queue_state.h"

void queue_limit_cost(struct queue *queue, enum work_kind kind, double cost)
{
    queue->units.cost_limit[kind] = cost;
}

bool queue_has_unit(const struct queue *queue, int64_t id, enum work_kind kind)
{
    return id >= 0 && id < queue->counts.n_units && queue->units.all[id].kind == kind;
}

int queue_holder_of_unit(const struct queue *queue, int64_t id)
{
    const struct queue_unit *const unit = &queue->units.all[id];
    int worker = unit->holder;
    if (worker == REPORTED || worker == NOBODY) {
        return NOBODY;
    }
    const int end = worker + queue_workers_of(queue, unit);
    while (worker < end && !queue_holds(queue, unit, worker)) {
        worker++;
    }
    return worker < end ? worker : NOBODY;
}

bool queue_holds_unit(const struct queue *queue, int64_t id, int worker)
{
    return queue_holds(queue, &queue->units.all[id], worker);
}

struct unit_facts queue_unit_facts(const struct queue *queue, int64_t id)
{
    const struct queue_unit *const unit = &queue->units.all[id];
    return (struct unit_facts){.kind = unit->kind,
                               .index = unit->index,
                               .cost = unit->cost,
                               .n_workers = queue_workers_of(queue, unit),
                               .n_handed = unit->n_handed,
                               .n_reported = unit->n_reported,
                               .order = unit->order,
                               .is_given_up = unit->is_given_up,
                               .has_results = unit->has_results};
}

void queue_peers(const struct queue *queue, int worker, int *first, int *end)
{
    const int team = queue_team_of(queue, worker);
    *first = team != NOTHING ? queue_first_of_team(queue, team) : worker;
    *end = team != NOTHING ? *first + queue->team_size : worker + 1;
}

int64_t queue_oldest_unit(const struct queue *queue, int worker)
{
    int64_t oldest = NOTHING;
    for (int64_t i = 0; i < queue->counts.n_units; i++) {
        const struct queue_unit *const unit = &queue->units.all[i];
        if (queue_holds(queue, unit, worker) &&
            (oldest == NOTHING || unit->order < queue->units.all[oldest].order)) {
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
