#include "driver/queue_choose.h"

bool queue_is_suspect(const struct queue_unit *unit)
{
    return unit->attempts >= QUEUE_SUSPECT_ATTEMPTS;
}

bool queue_may_hand(const struct queue *queue, const struct queue_unit *unit)
{
    return unit->holder == NOBODY && unit->cost <= queue->units.cost_limit[unit->kind];
}

/* First unit that may be handed out and is suspect or not, or NOTHING. */
static int64_t find_unit(const struct queue *queue, bool suspect, const int64_t *ids, int64_t begin,
                         int64_t end)
{
    for (int64_t i = begin; i < end; i++) {
        const int64_t id = ids != NULL ? ids[i] : i;
        const struct queue_unit *const unit = &queue->units.all[id];
        if (queue_may_hand(queue, unit) && queue_is_suspect(unit) == suspect) {
            return id;
        }
    }
    return NOTHING;
}

int64_t queue_find_related(const struct queue *queue, int model, bool for_team)
{
    int64_t id = model != NOTHING ? queue->models[model].first_sweep : NOTHING;
    while (id != NOTHING) {
        const struct queue_unit *const unit = &queue->units.all[id];
        if (queue_may_hand(queue, unit) && unit->attempts == 0 && unit->for_team == for_team) {
            return id;
        }
        id = unit->next;
    }
    return NOTHING;
}

int64_t queue_find_ready(const struct queue *queue, const struct ready_list *list, bool suspect)
{
    return find_unit(queue, suspect, list->units, list->next, list->count);
}

int64_t queue_find_training(const struct queue *queue, bool suspect)
{
    return find_unit(queue, suspect, NULL, queue->units.next_training, queue->units.n_trainings);
}

bool queue_is_quiet(const struct queue *queue)
{
    return queue->counts.n_busy == 0 && queue->n_teams_called == 0;
}

int64_t queue_choose_own(const struct queue *queue, int worker)
{
    int64_t id = queue_find_related(queue, queue->workers[worker].last_model, false);
    if (id == NOTHING) {
        id = queue_find_ready(queue, &queue->units.ready, false);
    }
    if (id == NOTHING && queue->workers[worker].in_flight == 0) {
        id = queue_find_training(queue, false);
    }
    if (id == NOTHING && queue_is_quiet(queue)) {
        id = queue_find_ready(queue, &queue->units.ready, true);
    }
    if (id == NOTHING && queue_is_quiet(queue)) {
        id = queue_find_training(queue, true);
    }
    return id;
}

void queue_pass_over(const struct queue *queue, struct ready_list *list)
{
    while (list->next < list->count && queue->units.all[list->units[list->next]].holder != NOBODY) {
        list->next++;
    }
}
