/* The state of the queue, shared by its making and its running. For the queue's own files. */
#pragma once

#include "driver/queue.h"

enum { NOBODY = 0, REPORTED = -1, NOTHING = -1 };

/* Units that splitting may add in the whole run. */
enum { QUEUE_SPLITS_PER_WORKER = 4 };

/* A work unit of this run: a training, or the chunks first_chunk .. end_chunk - 1 of a case. Which
 * jobs of a chunk are wanted is read off `final` when the unit is handed out. */
struct queue_unit {
    enum work_kind kind;
    int index;        /* case or model */
    int holder;       /* worker that has it, of a team the first; NOBODY or REPORTED */
    int attempts;     /* runs that ended while it was in flight */
    double cost;      /* in the unit of queue_input.cost or training_cost */
    int64_t order;    /* units handed out before it */
    int first_chunk;  /* of a sweep; the units of one case do not overlap */
    int end_chunk;    /* greater than first_chunk */
    bool for_team;    /* never split */
    int n_handed;     /* workers that were given it, of queue_workers_of() */
    int n_reported;   /* and those of n_handed that have reported it */
    int64_t n_jobs;   /* in the reports so far */
    bool is_given_up; /* by a worker, in the middle of it */
    bool has_results; /* some of its jobs were done before */
    int64_t next;     /* next sweep of the same model, or NOTHING */
};

/* Sweeps that can begin. All before `next` have been handed out. */
struct ready_list {
    int64_t *units; /* first come first */
    int64_t count;
    int64_t next;
};

/* All units: trainings, then sweeps, each by cost; then what splitting adds. */
struct unit_list {
    struct queue_unit *all; /* [counts.n_units], and room for n_splits_left more */
    int64_t n_trainings;
    int64_t next_training; /* all before it have been handed out */
    int64_t n_trainings_handed;
    struct ready_list ready;          /* for one worker each */
    struct ready_list ready_for_team; /* for a whole team each */
    int64_t n_chunks_waiting;         /* of the units of `ready` that nobody has */
    int64_t n_splits_left;
    double cost_limit[2];       /* by kind; what costs more is not handed out */
    bool has_suspect_in_flight; /* then nothing else is in flight */
};

struct queue_worker {
    int in_flight;    /* units that it has, at most one when it is a training or a team's */
    bool is_training; /* its only unit is a training */
    bool is_owed;     /* is to get the unit of its team, and nothing else before */
    bool has_team_unit;
    int last_model; /* that it has at hand, or NOTHING */
};

/* A team is called when a unit is reserved for it, and begins when all its workers are free. */
struct queue_team {
    int64_t unit; /* that it has or is called for, or NOTHING */
    int model;    /* whose Schur form it has or is to make, or NOTHING */
};

struct queue_model {
    int64_t first_sweep; /* of its sweeps, linked by unit.next; or NOTHING */
    enum status
        failure;   /* why it could not be trained; STATUS_OK: it could, or has not been tried */
    char *message; /* owned; NULL without failure */
};

struct queue {
    /* The study; all arrays are copies of the queue's own. */
    int n_cases;
    int n_models;
    int n_workers;
    int jobs_per_case;
    int n_chunks;              /* of a case, at least 1 */
    int *chunk_of_job;         /* [jobs_per_case] */
    unsigned char *final;      /* [n_cases, jobs_per_case]; NULL without sweeps */
    int *model_of_case;        /* [n_cases] */
    enum status *case_failure; /* [n_cases] why a case is not tried, or STATUS_OK */

    struct unit_list units;
    struct queue_model *models;   /* [n_models] */
    struct queue_worker *workers; /* [n_workers + 1], from 1 */
    int team_size;                /* 0: no teams */
    int n_teams;
    int n_teams_called;       /* and have not begun */
    struct queue_team *teams; /* [n_teams] */
    struct queue_counts counts;
};

/* Such a work unit has been in flight when several runs died: it runs alone, so that it is known.
 */
bool queue_is_suspect(const struct queue_unit *unit);

/* The next unit for a worker without its team, or NOTHING. */
int64_t queue_choose_own(const struct queue *queue, int worker);

/* The unit of its team that a worker is to get now, or NOTHING; *is_reserved: and no other. */
int64_t queue_choose_for_team(struct queue *queue, int worker, bool *is_reserved);

/* Moves the beginning of the list past what has been handed out. */
void queue_pass_over(const struct queue *queue, struct ready_list *list);

/* Lists a sweep as ready. */
static inline void queue_make_ready(struct queue *queue, int64_t id)
{
    struct unit_list *const units = &queue->units;
    const struct queue_unit *const unit = &units->all[id];
    struct ready_list *const list = unit->for_team ? &units->ready_for_team : &units->ready;
    list->units[list->count++] = id;
    units->n_chunks_waiting += unit->for_team ? 0 : unit->end_chunk - unit->first_chunk;
}

/* Team of a worker, or NOTHING. */
static inline int queue_team_of(const struct queue *queue, int worker)
{
    const int team = queue->team_size > 0 ? (worker - 1) / queue->team_size : NOTHING;
    return team < queue->n_teams ? team : NOTHING;
}

static inline int queue_first_of_team(const struct queue *queue, int team)
{
    return team * queue->team_size + 1;
}

/* Workers that a unit is handed to. */
static inline int queue_workers_of(const struct queue *queue, const struct queue_unit *unit)
{
    return unit->for_team ? queue->team_size : 1;
}

/* Whether a worker was given a unit and has not reported it. */
static inline bool queue_holds(const struct queue *queue, const struct queue_unit *unit, int worker)
{
    if (!unit->for_team) {
        return unit->holder == worker;
    }
    const int team = queue_team_of(queue, worker);
    return team != NOTHING && queue->workers[worker].has_team_unit &&
           &queue->units.all[queue->teams[team].unit] == unit;
}

/* Jobs of a case: 1 where nothing is wanted. */
static inline const unsigned char *queue_jobs(const struct queue *queue, int case_index)
{
    return queue->final + (size_t)case_index * (size_t)queue->jobs_per_case;
}
