/* How far a results file is. Local. */
#pragma once

#include "report/study_data.h"

enum { TRAININGS_SHOWN = 3, COMMAND_SIZE = 4096 };

struct standing {
    bool running;
    bool of_pairs; /* it is a file of pairs */
    int64_t n_jobs;
    struct job_counts counts;
    int starts;
    int n_killed;        /* starts without an end, but for the one that runs */
    struct epoch last;   /* start_time 0 when there is none */
    double elapsed;      /* seconds of the last start so far; NaN when it was killed */
    double rate;         /* jobs per second of it; NaN when not known, or models are trained */
    double remaining;    /* seconds; NaN when not running or not known */
    double wall_seconds; /* of all starts that ended, and of the one that runs */
    double core_hours;   /* of their workers */
    int n_models;        /* that this program trains, as far as is known */
    int n_trained;
    int training[TRAININGS_SHOWN]; /* rows of the file whose models are in training, the furthest
                                    * first; -1 */
    int n_training;
};

/* Of one file, just read; `now` in seconds since 1970. */
struct standing standing_of(const struct results_input *input, struct job_counts counts,
                            bool running, int64_t now);

/* "running", "complete", or what to do. */
const char *standing_state(const struct standing *standing);

/* text[size]: as one word of a shell. */
void shell_word(const char *word, char *text, size_t size);

/* text[size]: the command that comes next, with the file as a word of a shell. */
void standing_next(const struct standing *standing, const char *file, char *text, size_t size);
