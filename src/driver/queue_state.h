/* The state of the queue, shared by its making and its running. */
#ifndef SCHURSWEEP_DRIVER_QUEUE_STATE_H
#define SCHURSWEEP_DRIVER_QUEUE_STATE_H

#include "driver/queue.h"

enum { NOBODY = 0, REPORTED = -1, NOTHING = -1 };

/* Parts that may be made more, in the whole run. */
enum { QUEUE_SPLITS_PER_WORKER = 4 };

/* A work unit to be: the jobs of a sweep are read off `final` when it is handed out. */
struct entry {
    enum work_kind kind;
    int index;    /* case or model */
    int holder;   /* worker that has it, NOBODY or REPORTED */
    int attempts; /* runs that ended while it was in flight */
    double cost;
    int64_t handed_as; /* number of work units handed out before it */
    int first_chunk;   /* of a sweep: the chunks whose jobs it has */
    int end_chunk;
    double share; /* of its case, 1 unless the case was split */
    bool is_shared;
    int n_handed;   /* workers that were given it: 1, or of a shared one up to the team's size */
    int n_reported; /* and those that have reported it */
    int64_t n_accounted; /* jobs in the reports so far */
};

/* Sweeps that can begin. */
struct ready_list {
    int64_t *entries; /* first come first */
    int64_t count;
    int64_t next; /* all before it have been handed out */
};

/* Why a model could not be trained. */
struct failed_model {
    enum status failure; /* STATUS_OK: it could, or has not been tried */
    char *message;
};

/* Entries stand in the order trainings, then sweeps, each by cost. */
struct queue {
    int jobs_per_case;
    int n_chunks;
    int *chunk_of_job; /* [jobs_per_case] own copy */
    int n_workers;
    int n_cases;
    int n_models;
    unsigned char *final; /* own copy, NULL without sweeps */
    int *model_of_case;   /* own copy */
    struct entry *entries;
    int64_t n_trainings;
    int64_t next_training;
    int64_t n_trainings_handed;
    struct ready_list ready;        /* for one worker each */
    struct ready_list shared_ready; /* for a team each */
    int team_size;                  /* 0: no teams */
    int n_teams;
    int64_t *team_unit;          /* [n_teams] entry that a team has or is to get, or NOTHING */
    int *team_model;             /* [n_teams] whose form a team has or is to make, or NOTHING */
    int n_teams_called;          /* teams that are to get one and have not begun */
    bool *is_owed;               /* [n_workers + 1] is to get the entry of its team */
    bool *has_shared;            /* [n_workers + 1] has it */
    int64_t *first_of_model;     /* [n_models] first entry that sweeps the model, or NOTHING */
    int64_t *next_of_entry;      /* [n_units] next entry of the same model, or NOTHING */
    struct failed_model *models; /* [n_models] */
    enum status *case_failure;   /* [n_cases] why a case is not tried */
    int *in_flight;              /* [n_workers + 1] work units of each worker */
    bool *is_training;           /* [n_workers + 1] its only work unit is a training */
    int *last_model;             /* [n_workers + 1] that the worker has at hand, or NOTHING */
    bool has_suspect_in_flight;
    double cost_limit[2];  /* of the kinds of work unit */
    double n_waiting;      /* cases that are ready and with nobody; parts count as such */
    int64_t n_splits_left; /* entries that there is room for */
    struct queue_counts counts;
};

/* Lists a sweep as ready. */
static inline void queue_make_ready(struct queue *queue, int64_t id)
{
    struct ready_list *const list =
        queue->entries[id].is_shared ? &queue->shared_ready : &queue->ready;
    list->entries[list->count++] = id;
    queue->n_waiting += queue->entries[id].is_shared ? 0.0 : 1.0;
}

/* Team of a worker, or NOTHING. */
static inline int queue_team_of(const struct queue *queue, int worker)
{
    const int team = queue->team_size > 0 ? (worker - 1) / queue->team_size : NOTHING;
    return team < queue->n_teams ? team : NOTHING;
}

/* Workers that an entry is handed to. */
static inline int queue_workers_of(const struct queue *queue, const struct entry *entry)
{
    return entry->is_shared ? queue->team_size : 1;
}

/* Whether a worker was given an entry and has not reported it. */
static inline bool queue_holds(const struct queue *queue, const struct entry *entry, int worker)
{
    if (!entry->is_shared) {
        return entry->holder == worker;
    }
    const int team = queue_team_of(queue, worker);
    return team != NOTHING && queue->has_shared[worker] &&
           &queue->entries[queue->team_unit[team]] == entry;
}

/* Cells of a case. */
static inline const unsigned char *queue_jobs(const struct queue *queue, int case_index)
{
    return queue->final + (size_t)case_index * (size_t)queue->jobs_per_case;
}

#endif
