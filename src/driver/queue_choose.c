/* Which unit is next. */
#include "driver/queue_state.h"

bool queue_is_suspect(const struct queue_unit *unit)
{
    return unit->attempts >= QUEUE_SUSPECT_ATTEMPTS;
}

/* Whether nobody has it and it is not too expensive. */
static bool may_hand(const struct queue *queue, const struct queue_unit *unit)
{
    return unit->holder == NOBODY && unit->cost <= queue->units.cost_limit[unit->kind];
}

/* By the runs that ended while it was in flight. */
enum record { CLEAN, LATE /* comes when nothing clean is left */, SUSPECT };

static enum record record_of(const struct queue_unit *unit)
{
    return unit->attempts == 0 ? CLEAN : queue_is_suspect(unit) ? SUSPECT : LATE;
}

/* First unit of that record that may be handed out, or NOTHING. */
static int64_t find_unit(const struct queue *queue, enum record record, const int64_t *ids,
                         int64_t begin, int64_t end)
{
    for (int64_t i = begin; i < end; i++) {
        const int64_t id = ids != NULL ? ids[i] : i;
        const struct queue_unit *const unit = &queue->units.all[id];
        if (may_hand(queue, unit) && record_of(unit) == record) {
            return id;
        }
    }
    return NOTHING;
}

/* Another case of a model (or of NOTHING), for a team or for one worker, that may be handed out and
 * never failed to end; or NOTHING. */
static int64_t find_related(const struct queue *queue, int model, bool for_team)
{
    int64_t id = model != NOTHING ? queue->models[model].first_sweep : NOTHING;
    while (id != NOTHING) {
        const struct queue_unit *const unit = &queue->units.all[id];
        if (may_hand(queue, unit) && unit->attempts == 0 && unit->for_team == for_team) {
            return id;
        }
        id = unit->next;
    }
    return NOTHING;
}

static int64_t find_ready(const struct queue *queue, const struct ready_list *list,
                          enum record record)
{
    return find_unit(queue, record, list->units, list->next, list->count);
}

static int64_t find_training(const struct queue *queue, enum record record)
{
    return find_unit(queue, record, NULL, queue->units.next_training, queue->units.n_trainings);
}

/* Whether nobody has anything, and no team is about to: a suspect may run. */
static bool is_quiet(const struct queue *queue)
{
    return queue->counts.n_busy == 0 && queue->n_teams_called == 0;
}

int64_t queue_choose_own(const struct queue *queue, int worker)
{
    int64_t id = find_related(queue, queue->workers[worker].last_model, false);
    const bool is_free = queue->workers[worker].in_flight == 0;
    for (enum record record = CLEAN; record <= SUSPECT && id == NOTHING; record++) {
        if (record == SUSPECT && !is_quiet(queue)) {
            return NOTHING;
        }
        id = find_ready(queue, &queue->units.ready, record);
        if (id == NOTHING && (is_free || record == SUSPECT)) {
            id = find_training(queue, record);
        }
    }
    return id;
}

void queue_pass_over(const struct queue *queue, struct ready_list *list)
{
    while (list->next < list->count && queue->units.all[list->units[list->next]].holder != NOBODY) {
        list->next++;
    }
}

/* ---- teams ---- */

/* Its ranks wait busily for each other, so they begin together: when each has the unit already, or
 * has ended what it had. */
static bool team_can_begin(const struct queue *queue, int team)
{
    const struct queue_worker *const first = &queue->workers[queue_first_of_team(queue, team)];
    int n_ready = 0;
    for (const struct queue_worker *worker = first; worker < first + queue->team_size; worker++) {
        n_ready += worker->has_team_unit || worker->in_flight == 0 || !worker->is_owed;
    }
    return n_ready == queue->team_size;
}

static bool is_idle_team(const struct queue *queue, int team)
{
    const struct queue_worker *const first = &queue->workers[queue_first_of_team(queue, team)];
    bool is_idle = queue->teams[team].unit == NOTHING;
    for (const struct queue_worker *worker = first; worker < first + queue->team_size; worker++) {
        is_idle = is_idle && worker->in_flight == 0;
    }
    return is_idle;
}

/* Whether one worker could do something of that record. */
static bool has_own(const struct queue *queue, enum record record)
{
    return find_ready(queue, &queue->units.ready, record) != NOTHING ||
           find_training(queue, record) != NOTHING;
}

/* A team that first has to end what it has leaves a case to one that has nothing to do. While one
 * of it trains, which is long, the others rather do what one can do alone than wait. */
static bool may_be_called(const struct queue *queue, int team)
{
    const struct queue_worker *const first = &queue->workers[queue_first_of_team(queue, team)];
    bool is_training = false;
    for (const struct queue_worker *worker = first; worker < first + queue->team_size; worker++) {
        is_training = is_training || worker->is_training;
    }
    if (is_training && (has_own(queue, CLEAN) || has_own(queue, LATE))) {
        return false;
    }
    for (int other = 0; other < queue->n_teams && !is_idle_team(queue, team); other++) {
        if (is_idle_team(queue, other)) {
            return false;
        }
    }
    return !queue->units.has_suspect_in_flight;
}

static void owe_team(struct queue *queue, int team, bool is_owed)
{
    const int first = queue_first_of_team(queue, team);
    for (int worker = first; worker < first + queue->team_size; worker++) {
        queue->workers[worker].is_owed = is_owed;
    }
}

/* First case of a model whose Schur form no other team has at hand or is to make, or NOTHING. */
static int64_t find_new_model(const struct queue *queue, int team)
{
    const struct ready_list *const list = &queue->units.ready_for_team;
    for (int64_t i = list->next; i < list->count; i++) {
        const struct queue_unit *const unit = &queue->units.all[list->units[i]];
        bool is_new = may_hand(queue, unit) && record_of(unit) == CLEAN;
        for (int other = 0; is_new && other < queue->n_teams; other++) {
            is_new =
                other == team || queue->teams[other].model != queue->model_of_case[unit->index];
        }
        if (is_new) {
            return list->units[i];
        }
    }
    return NOTHING;
}

/* A form is expensive: a team rather gets a case of the model whose form it has, or of one that no
 * team has. */
static int64_t choose_for_team(const struct queue *queue, int team)
{
    int64_t id = find_related(queue, queue->teams[team].model, true);
    if (id == NOTHING) {
        id = find_new_model(queue, team);
    }
    if (id == NOTHING) {
        id = find_ready(queue, &queue->units.ready_for_team, CLEAN);
    }
    if (id == NOTHING && !has_own(queue, CLEAN)) {
        id = find_ready(queue, &queue->units.ready_for_team, LATE);
    }
    if (id == NOTHING && is_quiet(queue)) {
        id = find_ready(queue, &queue->units.ready_for_team, SUSPECT);
    }
    return id;
}

int64_t queue_choose_for_team(struct queue *queue, int worker, bool *is_reserved)
{
    const int number = queue_team_of(queue, worker);
    *is_reserved = false;
    if (number == NOTHING) {
        return NOTHING;
    }
    struct queue_unit *const all = queue->units.all;
    struct queue_team *const team = &queue->teams[number];
    if (team->unit != NOTHING && all[team->unit].n_handed == 0 &&
        all[team->unit].cost > queue->units.cost_limit[WORK_SWEEP]) {
        /* It was within the limit when its team was called, and no longer is when the last of the
         * team has ended what it had. */
        all[team->unit].holder = NOBODY;
        team->unit = NOTHING;
        queue->n_teams_called--;
        queue->units.ready_for_team.next = 0;
        queue_pass_over(queue, &queue->units.ready_for_team);
        owe_team(queue, number, false);
    }
    if (team->unit == NOTHING && may_be_called(queue, number)) {
        const int64_t id = choose_for_team(queue, number);
        if (id != NOTHING) { /* reserved: from now on its workers get nothing else */
            all[id].holder = queue_first_of_team(queue, number);
            *team = (struct queue_team){.unit = id, .model = queue->model_of_case[all[id].index]};
            queue->n_teams_called++;
            owe_team(queue, number, true);
        }
    }
    *is_reserved = team->unit != NOTHING;
    return *is_reserved && queue->workers[worker].is_owed && team_can_begin(queue, number)
               ? team->unit
               : NOTHING;
}
