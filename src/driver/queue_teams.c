#include "driver/queue_teams.h"

#include "driver/queue_choose.h"

static int first_worker_of(const struct queue *queue, int team)
{
    return team * queue->team_size + 1;
}

/* Its ranks wait busily for each other, so they begin together. */
static bool team_can_begin(const struct queue *queue, int team)
{
    const int first = first_worker_of(queue, team);
    int n_ready = 0;
    for (int worker = first; worker < first + queue->team_size; worker++) {
        n_ready +=
            queue->has_shared[worker] || queue->in_flight[worker] == 0 || !queue->is_owed[worker];
    }
    return n_ready == queue->team_size;
}

static bool is_idle_team(const struct queue *queue, int team)
{
    const int first = first_worker_of(queue, team);
    bool is_idle = queue->team_unit[team] == NOTHING;
    for (int worker = first; worker < first + queue->team_size; worker++) {
        is_idle = is_idle && queue->in_flight[worker] == 0;
    }
    return is_idle;
}

static bool has_work_for_one(const struct queue *queue)
{
    return queue_find_ready(queue, &queue->ready, false) != NOTHING ||
           queue_find_training(queue, false) != NOTHING;
}

static bool is_training_team(const struct queue *queue, int team)
{
    const int first = first_worker_of(queue, team);
    bool is_training = false;
    for (int worker = first; worker < first + queue->team_size; worker++) {
        is_training = is_training || queue->is_training[worker];
    }
    return is_training;
}

/* A team that first has to end what it has leaves a case to one that has nothing to do. While one
 * of it trains, which is long, the others rather do what one can do alone than wait. */
static bool may_be_called(const struct queue *queue, int team)
{
    if (is_training_team(queue, team) && has_work_for_one(queue)) {
        return false;
    }
    for (int other = 0; other < queue->n_teams && !is_idle_team(queue, team); other++) {
        if (is_idle_team(queue, other)) {
            return false;
        }
    }
    return !queue->has_suspect_in_flight;
}

static void owe_team(struct queue *queue, int team, bool is_owed)
{
    const int first = first_worker_of(queue, team);
    for (int worker = first; worker < first + queue->team_size; worker++) {
        queue->is_owed[worker] = is_owed;
    }
}

/* Whether another team has the form of the model at hand, or is to make it. */
static bool is_of_another(const struct queue *queue, int team, int model)
{
    for (int other = 0; other < queue->n_teams; other++) {
        if (other != team && queue->team_model[other] == model) {
            return true;
        }
    }
    return false;
}

/* First case of a model whose form no other team has, or NOTHING. */
static int64_t find_new_model(const struct queue *queue, int team)
{
    const struct ready_list *const list = &queue->shared_ready;
    for (int64_t i = list->next; i < list->count; i++) {
        const struct entry *const entry = &queue->entries[list->entries[i]];
        if (queue_may_hand(queue, entry) && !queue_is_suspect(entry) &&
            !is_of_another(queue, team, queue->model_of_case[entry->index])) {
            return list->entries[i];
        }
    }
    return NOTHING;
}

/* A form is expensive: a team rather gets a case of the model whose form it has, or of one that no
 * team has. */
static int64_t choose_for_team(const struct queue *queue, int team)
{
    int64_t id = queue_find_related(queue, queue->team_model[team], true);
    if (id == NOTHING) {
        id = find_new_model(queue, team);
    }
    if (id == NOTHING) {
        id = queue_find_ready(queue, &queue->shared_ready, false);
    }
    if (id == NOTHING && queue_is_quiet(queue)) {
        id = queue_find_ready(queue, &queue->shared_ready, true);
    }
    return id;
}

/* Reserves a shared case for the team: from now on its workers get nothing else. */
static void call_team(struct queue *queue, int team)
{
    const int64_t id = choose_for_team(queue, team);
    if (id != NOTHING) {
        queue->team_unit[team] = id;
        queue->team_model[team] = queue->model_of_case[queue->entries[id].index];
        queue->entries[id].holder = first_worker_of(queue, team);
        queue->n_teams_called++;
        owe_team(queue, team, true);
    }
}

/* A case that was within the limit when its team was called may no longer be when the last of the
 * team has ended what it had. */
static void dismiss_if_too_expensive(struct queue *queue, int team)
{
    struct entry *const entry = &queue->entries[queue->team_unit[team]];
    if (entry->n_handed > 0 || entry->cost <= queue->cost_limit[WORK_SWEEP]) {
        return;
    }
    entry->holder = NOBODY;
    queue->team_unit[team] = NOTHING;
    queue->n_teams_called--;
    queue->shared_ready.next = 0;
    queue_pass_over(queue, &queue->shared_ready);
    owe_team(queue, team, false);
}

int64_t queue_choose_shared(struct queue *queue, int worker, bool *is_reserved)
{
    const int team = queue_team_of(queue, worker);
    *is_reserved = false;
    if (team == NOTHING) {
        return NOTHING;
    }
    if (queue->team_unit[team] != NOTHING) {
        dismiss_if_too_expensive(queue, team);
    }
    if (queue->team_unit[team] == NOTHING && may_be_called(queue, team)) {
        call_team(queue, team);
    }
    *is_reserved = queue->team_unit[team] != NOTHING;
    return *is_reserved && queue->is_owed[worker] && team_can_begin(queue, team)
               ? queue->team_unit[team]
               : NOTHING;
}
