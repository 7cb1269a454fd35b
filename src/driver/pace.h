/* How long work units take, who has been silent too long, and what still fits into the time:
 * arithmetic on times that the caller reads off one clock. */
#pragma once

#include "comm/message.h"

struct pace;

static const double PACE_CLOSING_TIME = 3.0; /* kept for the flush and the end of all ranks */

/* Work units that a worker may have at once. */
enum { PACE_MAX_UNITS = 32 };

/* end_time: when the run must be over; timeout: seconds that a worker without work units may be
 * silent when it owes an answer. Both may be INFINITY. Workers are 1 .. n_workers. Released by
 * pace_destroy. */
MUST_CHECK enum status pace_create(struct pace **out, int n_workers, double end_time,
                                   double stall_timeout, struct error *error);
void pace_destroy(struct pace **pace);

/* A worker was given a work unit, during which it may be silent for `stall_timeout` seconds, sent a
 * heartbeat, or reported the first of its work units, which took it `seconds`. Workers end their
 * work units in the order in which they got them. */
void pace_handed(struct pace *pace, int worker, enum work_kind kind, double cost,
                 double stall_timeout, double now);
void pace_heard(struct pace *pace, int worker, double now);
void pace_reported(struct pace *pace, int worker, enum work_kind kind, double cost, double seconds,
                   double now);

/* The caller itself has stood still for so long, as with a job that is suspended: nobody could be
 * heard, and the time counts as nobody's silence. */
void pace_stood_still(struct pace *pace, double seconds);

/* A worker, busy or not, owes an answer from now on; it has left and owes nothing. */
void pace_expect(struct pace *pace, int worker, double now);
void pace_left(struct pace *pace, int worker);
bool pace_has_left(const struct pace *pace, int worker);

/* Largest cost of a work unit of that kind that a worker would finish before the end, judged by the
 * slowest work unit of its kind so far; INFINITY before there was one. */
double pace_budget(const struct pace *pace, int worker, enum work_kind kind, double now);

/* Work units that a worker should have at once, from `least` to `most`: the more the shorter its
 * sweeps have been of late, so that it has something to do while a message is on its way. */
int pace_depth(const struct pace *pace, int worker, int least, int most);

/* Seconds that a worker may be silent at present: the timeout of the first of its work units, or
 * that of a worker without work units. */
double pace_timeout(const struct pace *pace, int worker);

/* A worker that is busy or owes an answer and has been silent longer than its timeout, or 0. */
int pace_silent_worker(struct pace *pace, double now);
