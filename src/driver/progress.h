/* Progress of a run for a person: a bar on a terminal, plain lines elsewhere, or nothing. */
#ifndef SCHURSWEEP_DRIVER_PROGRESS_H
#define SCHURSWEEP_DRIVER_PROGRESS_H

#include "driver/queue.h"

#include <stdio.h>

enum progress_style { PROGRESS_NONE, PROGRESS_LINES, PROGRESS_BAR };

struct progress {
    FILE *stream; /* borrowed */
    enum progress_style style;
    int n_workers;
    double start;         /* seconds, any clock */
    int64_t final_before; /* cells that were final when the run began */
    double last_shown;
};

/* Shows nothing yet. */
struct progress progress_begin(FILE *stream, enum progress_style style, int n_workers,
                               const struct queue_counts *counts, double now);

/* Shows the counts when it is time to: ten times a second on a terminal, every five seconds in
 * lines. */
void progress_update(struct progress *progress, const struct queue_counts *counts, double now);

/* Shows the final counts and ends the line. */
void progress_end(struct progress *progress, const struct queue_counts *counts, double now);

/* "1 h 02 min", "3 min 20 s", "12.3 s". */
void progress_duration(double seconds, char *text, size_t size);

#endif
