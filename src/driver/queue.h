/* Which work unit goes to which worker next: a pure state machine without messages, clocks or
 * files. */
#pragma once

#include "comm/message.h"
#include "core/status.h"

#include <stdint.h>

struct queue;

enum { QUEUE_SUSPECT_ATTEMPTS = 2, QUEUE_MAX_CHUNKS = 256 };

struct queue_counts {
    int64_t n_jobs; /* jobs of the study, those found to be absent no longer counted; 0 when only
                       models are trained */
    int64_t n_done; /* of them done, here or before */
    int64_t n_failed;
    int64_t n_models;   /* to be trained in this run */
    int64_t n_trained;  /* of them trained */
    int64_t n_diverged; /* of them failed */
    int64_t n_units;    /* work units of this run */
    int64_t n_handed;   /* of them handed out so far */
    int64_t n_finished; /* of them reported */
    int n_busy;         /* workers with a work unit in flight */
};

/* What there is to do. All arrays are only read by queue_create. */
struct queue_input {
    int n_cases;
    int jobs_per_case;
    int n_chunks;            /* jobs of one chunk stay together when a case is split; 0 or 1: cases
                                are never split */
    const int *chunk_of_job; /* [jobs_per_case] below n_chunks, at most QUEUE_MAX_CHUNKS of them */
    const unsigned char *final; /* [n_cases * jobs_per_case] 1: that job needs nothing more; NULL:
                                   no job does */
    const int *model_of_case;   /* [n_cases] */
    const double *cost;         /* [n_cases] of sweeping the case, proportional to its seconds */
    int n_models;
    const unsigned char *missing; /* [n_models] 1: to be trained before its cases are swept */
    const double *training_cost;  /* [n_models] proportional to its seconds, not as `cost` is */
    int n_workers;                /* workers are 1 .. n_workers */
    /* Cases that a whole team sweeps. Team t is the workers t * team_size + 1 .. (t + 1) *
     * team_size; workers after the last whole team are in none. */
    int team_size;                 /* at most n_workers; 0: no case is for a team */
    const unsigned char *for_team; /* [n_cases] 1: by a team; NULL: none is */
    /* What earlier runs tell; NULL: nothing. Work units that were in flight when runs died, or that
     * a limit cut off before their first result, come last, and from QUEUE_SUSPECT_ATTEMPTS on run
     * alone, so that they cannot take others with them; those with a failure are not tried: the
     * worker only writes it down. */
    const unsigned char *attempts;       /* [n_cases] */
    const enum status *case_failure;     /* [n_cases] STATUS_OK or a job failure */
    const enum status *training_failure; /* [n_models] */
    int64_t n_done;                      /* what the scan found */
    int64_t n_failed;
    int64_t n_absent; /* marked as final because there is no such job */
};

/* One work unit per case with a job that is not final, one per missing model that such a case needs
 * (with `final` NULL: per missing model).
 *
 * Order. The most expensive come first so that none of them is left for the end; equal costs keep
 * the study's order. Cases of models that exist come before trainings; a case whose model is
 * missing becomes ready when that model is reported. A worker rather gets another case of the model
 * it has.
 *
 * The end. When fewer cases than workers are waiting they are handed out in chunks, so that nobody
 * is idle at the end: that adds work units.
 *
 * Teams. A case for a team comes before all others: the team of the worker that asks gets nothing
 * more until each of its workers has ended what it has (while one trains, only when nothing else is
 * left), then all of them get the same work unit and report it, each its own jobs of it.
 *
 * Released by queue_destroy. STATUS_INTERNAL when memory is short. */
MUST_CHECK enum status queue_create(struct queue **out, const struct queue_input *input,
                                    struct error *error);
void queue_destroy(struct queue **queue);

/* Next work unit for a worker; *got tells whether there is one for it. A worker gets up to `depth`
 * sweeps at once, but a training, which is long, only when it has nothing. Released by
 * work_unit_release. */
MUST_CHECK enum status queue_next(struct queue *queue, int worker, int depth,
                                  struct work_unit *work, bool *got, struct error *error);

/* False when queue_next has nothing for any worker, at any depth. */
bool queue_has_work(const struct queue *queue);

/* A worker reports. STATUS_INTERNAL when that worker does not have that work unit, or when the jobs
 * that it counts are not those of the work unit. */
MUST_CHECK enum status queue_report(struct queue *queue, int worker,
                                    const struct work_report *report, struct error *error);

/* A worker has left the work unit in the middle of it, after the jobs that it counts; a unit that
 * it does not have is nobody's. */
void queue_given_up(struct queue *queue, int worker, const struct work_report *report);

/* From now on work units of that kind that cost more are not handed out. INFINITY at first. */
void queue_limit_cost(struct queue *queue, enum work_kind kind, double cost);

/* True when there is such a work unit and it is of that kind. */
bool queue_has_unit(const struct queue *queue, int64_t id, enum work_kind kind);

/* What a work unit is and how far. */
struct unit_facts {
    enum work_kind kind;
    int index; /* case or model */
    double cost;
    int n_workers;  /* that it is for, a whole team or one */
    int n_handed;   /* workers that were given it */
    int n_reported; /* and those of n_handed that have reported it */
    int64_t order;  /* work units handed out before it */
    bool is_given_up;
    bool has_results; /* before it was given up */
};
/* There must be such a unit. */
struct unit_facts queue_unit_facts(const struct queue *queue, int64_t id);

/* Worker that has it and has not reported it, or 0; of a team the first such. */
int queue_holder_of_unit(const struct queue *queue, int64_t id);

/* Whether a worker has it and has not reported it. */
bool queue_holds_unit(const struct queue *queue, int64_t id, int worker);

/* The workers first .. end - 1 of a worker's team, or itself alone: its peers may wait for what it
 * reports. */
void queue_peers(const struct queue *queue, int worker, int *first, int *end);

/* The work unit that a worker was given first of those it has, or -1. */
int64_t queue_oldest_unit(const struct queue *queue, int worker);

/* True when every work unit has been reported. */
bool queue_is_finished(const struct queue *queue);

struct queue_counts queue_counts(const struct queue *queue);
