/* When and why a run ends early: signals, the time given to it, workers without a heartbeat. */
#pragma once

#include "core/status.h"
#include "core/stop.h"

#include <stddef.h>

/* As given on the command line, or NULL. */
struct run_limit_options {
    const char *time_limit;
    const char *stall_timeout;
};

struct run_limits {
    struct stop_source stop; /* signals, and the end of the time; points back to the struct */
    const char *time_limit;  /* as given by the user, or NULL */
    double begin_time;       /* clock_seconds() */
    double end_time;         /* clock_seconds() at which the run must be over; or INFINITY */
    const char *end_source;  /* whose end that is: "time limit", or the job's variable */
    double stall_timeout;    /* as given by the user, INFINITY for ever; 0 when not given */
};

/* Rows of an option table, for a struct run_limit_options at that offset of the values. */
#define RUN_LIMIT_OPTIONS(at)                                                                      \
    {"--time-limit", '\0', "TIME",                                                                 \
     "begin nothing that would not finish by then, stop with code 75; 90s, 30m, hh:mm:ss as in "   \
     "sbatch; by default SLURM_JOB_END_TIME, unless that is past",                                 \
     (at) + offsetof(struct run_limit_options, time_limit)},                                       \
    {                                                                                              \
        "--stall-timeout", '\0', "TIME",                                                           \
            "time without a heartbeat after which a working rank counts as stuck and the run "     \
            "stops with code 75; 0s: never; by default 1h and the time that a Schur form of "      \
            "thousands of units can take",                                                         \
            (at) + offsetof(struct run_limit_options, stall_timeout)                               \
    }

/* Reads the options and the environment; the time runs from now. The struct must stay where it is.
 * STATUS_USAGE names an option that is no duration, or a limit in which nothing can be done. Local.
 */
MUST_CHECK enum status run_limits_read(struct run_limits *limits,
                                       const struct run_limit_options *options,
                                       struct error *error);

/* Before the first work unit: STATUS_USAGE when the time that the user has given is over but for
 * what the end takes. Local. */
MUST_CHECK enum status run_limits_check(const struct run_limits *limits, struct error *error);

/* Seconds a worker may send no heartbeat while it has a work unit of a model of n_hidden units, 0
 * for a worker without work units; or INFINITY. A Schur form gives none before its end: unless the
 * user has said how long to wait, a model gets the time that a very slow core would take for it
 * besides. Local. */
double run_limits_stall_timeout(const struct run_limits *limits, int n_hidden);
