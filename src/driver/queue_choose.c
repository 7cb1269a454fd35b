#include "driver/queue_choose.h"

bool queue_is_suspect(const struct entry *entry)
{
    return entry->attempts >= QUEUE_SUSPECT_ATTEMPTS;
}

bool queue_may_hand(const struct queue *queue, const struct entry *entry)
{
    return entry->holder == NOBODY && entry->cost <= queue->cost_limit[entry->kind];
}

/* First entry that may be handed out and is suspect or not, or NOTHING. */
static int64_t find_entry(const struct queue *queue, bool suspect, const int64_t *ids,
                          int64_t begin, int64_t end)
{
    for (int64_t i = begin; i < end; i++) {
        const int64_t id = ids != NULL ? ids[i] : i;
        const struct entry *const entry = &queue->entries[id];
        if (queue_may_hand(queue, entry) && queue_is_suspect(entry) == suspect) {
            return id;
        }
    }
    return NOTHING;
}

int64_t queue_find_related(const struct queue *queue, int model, bool is_shared)
{
    int64_t id = model != NOTHING ? queue->first_of_model[model] : NOTHING;
    while (id != NOTHING) {
        const struct entry *const entry = &queue->entries[id];
        if (queue_may_hand(queue, entry) && entry->attempts == 0 && entry->is_shared == is_shared) {
            return id;
        }
        id = queue->next_of_entry[id];
    }
    return NOTHING;
}

int64_t queue_find_ready(const struct queue *queue, const struct ready_list *list, bool suspect)
{
    return find_entry(queue, suspect, list->entries, list->next, list->count);
}

int64_t queue_find_training(const struct queue *queue, bool suspect)
{
    return find_entry(queue, suspect, NULL, queue->next_training, queue->n_trainings);
}

bool queue_is_quiet(const struct queue *queue)
{
    return queue->counts.n_busy == 0 && queue->n_teams_called == 0;
}

int64_t queue_choose_own(const struct queue *queue, int worker)
{
    int64_t id = queue_find_related(queue, queue->last_model[worker], false);
    if (id == NOTHING) {
        id = queue_find_ready(queue, &queue->ready, false);
    }
    if (id == NOTHING && queue->in_flight[worker] == 0) {
        id = queue_find_training(queue, false);
    }
    if (id == NOTHING && queue_is_quiet(queue)) {
        id = queue_find_ready(queue, &queue->ready, true);
    }
    if (id == NOTHING && queue_is_quiet(queue)) {
        id = queue_find_training(queue, true);
    }
    return id;
}

void queue_pass_over(const struct queue *queue, struct ready_list *list)
{
    while (list->next < list->count && queue->entries[list->entries[list->next]].holder != NOBODY) {
        list->next++;
    }
}
