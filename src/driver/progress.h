/* Progress of a run: for a person a bar on a terminal, plain lines elsewhere, or nothing; for a
 * program a JSON object a line. Rank 0; times are seconds of one clock of the caller's. */
#pragma once

#include "core/sweep.h"
#include "driver/queue.h"

#include <stdio.h>

enum progress_style { PROGRESS_NONE, PROGRESS_LINES, PROGRESS_BAR, PROGRESS_JSON };

/* A training in flight, as last heard of. */
struct progress_training {
    struct training_progress last;
    int model;
};

enum { PROGRESS_MAX_TRAININGS = 4096 };

struct progress {
    FILE *stream; /* borrowed */
    enum progress_style style;
    int n_workers;
    double start;         /* seconds, any clock */
    int64_t final_before; /* jobs that were final when the run began */
    double last_shown;
    const struct sweep *sweep;           /* for names of models; borrowed */
    struct progress_training *trainings; /* [PROGRESS_MAX_TRAININGS] */
    int n_trainings;
};

/* Shows nothing yet. Released by progress_release. */
MUST_CHECK enum status progress_begin(struct progress *progress, FILE *stream,
                                      enum progress_style style, int n_workers,
                                      const struct sweep *sweep, const struct queue_counts *counts,
                                      double now, struct error *error);
void progress_release(struct progress *progress);

/* How far a training is, and its end. */
void progress_training(struct progress *progress, const struct training_progress *training,
                       int model);
void progress_training_ended(struct progress *progress, int64_t unit);

/* Shows the counts when it is time to: ten times a second on a terminal, every five seconds in
 * lines, once a second in JSON. */
void progress_update(struct progress *progress, const struct queue_counts *counts, double now);

/* Shows the final counts and ends the line. */
void progress_end(struct progress *progress, const struct queue_counts *counts, double now);

/* "1 h 02 min", "3 min 20 s", "12.3 s". */
void progress_duration(double seconds, char *text, size_t size);
