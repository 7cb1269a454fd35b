#include "driver/pace.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_KINDS = 2 };

static const double SAFETY = 1.25; /* the next work unit may be slower than the slowest so far */
static const double TIME_AT_HAND = 5e-3; /* that work units in flight should fill: some wake-ups */
static const double FORGETTING = 0.9;    /* per work unit, of how slow work units have been */

struct worker_pace {
    double stall_timeout[PACE_MAX_UNITS]; /* [n_units] during each of its work units, first come
                                             first */
    int n_units;
    bool owes;
    bool has_left;
    double last_heard;
    double free_at; /* when it will probably have finished what it has */
    double seconds; /* of its slowest sweeps of late; INFINITY before the first */
};

struct pace {
    double end_time;
    double stall_timeout; /* with a worker without work units */
    int n_workers;
    double silent_from;               /* nobody can have been silent too long before that */
    double seconds_per_cost[N_KINDS]; /* of the slowest work unit; 0 before one was reported */
    struct worker_pace *workers;      /* [n_workers + 1] */
};

enum status pace_create(struct pace **out, int n_workers, double end_time, double stall_timeout,
                        struct error *error)
{
    TRY(memory_array(out, 1, sizeof **out, error));
    (*out)->end_time = end_time;
    (*out)->stall_timeout = stall_timeout;
    (*out)->n_workers = n_workers;
    const enum status status =
        memory_array(&(*out)->workers, (size_t)n_workers + 1, sizeof *(*out)->workers, error);
    if (status != STATUS_OK) {
        pace_destroy(out);
        return status;
    }
    for (int worker = 0; worker <= n_workers; worker++) {
        (*out)->workers[worker].seconds = INFINITY;
    }
    return STATUS_OK;
}

void pace_destroy(struct pace **pace)
{
    if (*pace != NULL) {
        free((*pace)->workers);
        free(*pace);
        *pace = NULL;
    }
}

double pace_timeout(const struct pace *pace, int worker)
{
    const struct worker_pace *const state = &pace->workers[worker];
    return state->n_units > 0 ? state->stall_timeout[0] : pace->stall_timeout;
}

/* When a worker will have been silent too long unless it is heard. */
static double silent_at(const struct pace *pace, int worker)
{
    const struct worker_pace *const state = &pace->workers[worker];
    return state->n_units > 0 || state->owes ? state->last_heard + pace_timeout(pace, worker)
                                             : INFINITY;
}

/* A worker was heard, or its work has changed: it may be due before all others. */
static void note_due(struct pace *pace, int worker)
{
    pace->silent_from = fmin(pace->silent_from, silent_at(pace, worker));
}

void pace_handed(struct pace *pace, int worker, enum work_kind kind, double cost,
                 double stall_timeout, double now)
{
    struct worker_pace *const state = &pace->workers[worker];
    if (state->n_units == 0) {
        state->last_heard = now;
    }
    state->stall_timeout[state->n_units++] = stall_timeout;
    note_due(pace, worker);
    state->free_at = fmax(state->free_at, now) + cost * pace->seconds_per_cost[kind];
}

void pace_heard(struct pace *pace, int worker, double now)
{
    pace->workers[worker].last_heard = now;
}

void pace_stood_still(struct pace *pace, double seconds)
{
    for (int worker = 1; worker <= pace->n_workers; worker++) {
        pace->workers[worker].last_heard += seconds;
    }
    pace->silent_from += seconds;
}

void pace_reported(struct pace *pace, int worker, enum work_kind kind, double cost, double seconds,
                   double now)
{
    struct worker_pace *const state = &pace->workers[worker];
    state->n_units--;
    memmove(state->stall_timeout, state->stall_timeout + 1,
            (size_t)state->n_units * sizeof *state->stall_timeout);
    state->last_heard = now;
    note_due(pace, worker);
    if (state->n_units == 0) {
        state->free_at = now;
    }
    if (kind == WORK_SWEEP) {
        state->seconds =
            isinf(state->seconds) ? seconds : fmax(seconds, FORGETTING * state->seconds);
    }
    if (cost > 0) {
        double *const slowest = &pace->seconds_per_cost[kind];
        *slowest = fmax(*slowest, SAFETY * seconds / cost);
    }
}

void pace_expect(struct pace *pace, int worker, double now)
{
    struct worker_pace *const state = &pace->workers[worker];
    if (state->n_units == 0) {
        state->last_heard = now;
    }
    state->owes = true;
    note_due(pace, worker);
}

void pace_left(struct pace *pace, int worker)
{
    pace->workers[worker].n_units = 0;
    pace->workers[worker].owes = false;
    pace->workers[worker].has_left = true;
}

bool pace_has_left(const struct pace *pace, int worker)
{
    return pace->workers[worker].has_left;
}

double pace_budget(const struct pace *pace, int worker, enum work_kind kind, double now)
{
    const double begin = fmax(pace->workers[worker].free_at, now);
    const double left = pace->end_time - PACE_CLOSING_TIME - begin;
    if (left <= 0) {
        return 0.0;
    }
    return isinf(left) || pace->seconds_per_cost[kind] == 0.0 ? INFINITY
                                                              : left / pace->seconds_per_cost[kind];
}

int pace_depth(const struct pace *pace, int worker, int least, int most)
{
    const double wanted = TIME_AT_HAND / pace->workers[worker].seconds;
    return wanted < least ? least : wanted > most ? most : (int)wanted;
}

/* Looks at the workers only when one of them can have been silent for so long since the last look:
 * a look at each of thousands for every message would be most of the driver's work. */
int pace_silent_worker(struct pace *pace, double now)
{
    if (now <= pace->silent_from) {
        return 0;
    }
    double first = INFINITY;
    for (int worker = 1; worker <= pace->n_workers; worker++) {
        const double moment = silent_at(pace, worker);
        if (now > moment) {
            return worker;
        }
        first = fmin(first, moment);
    }
    pace->silent_from = first;
    return 0;
}
