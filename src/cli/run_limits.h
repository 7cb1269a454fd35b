/* When and why a run ends early: signals, the time given to it, workers without a heartbeat. */
#ifndef SCHURSWEEP_CLI_RUN_LIMITS_H
#define SCHURSWEEP_CLI_RUN_LIMITS_H

#include "core/status.h"
#include "core/stop.h"

/* As given on the command line, or NULL. */
struct run_limit_options {
    const char *time_limit;
    const char *stall_timeout;
};

struct run_limits {
    struct stop_source stop; /* signals, and the end of the time; points back to the struct */
    double end_time;         /* clock_seconds() at which the run must be over; or INFINITY */
    double patience;         /* as given by the user, INFINITY for ever; 0 when not given */
};

/* Text for --help. */
#define RUN_LIMITS_HELP                                                                            \
    "  --time-limit TIME    begin nothing that would not finish by then, stop with code 75;\n"     \
    "                       90s, 30m, hh:mm:ss as in sbatch; SLURM_JOB_END_TIME by default\n"      \
    "  --stall-timeout TIME  longest silence of a working rank before it counts as stuck and\n"    \
    "                       the run stops with code 75; 0s for never, by default 1h and what a "   \
    "Schur\n"                                                                                      \
    "                       form of thousands of units can take\n"

/* Reads the options and the environment; the time runs from now. The struct must stay where it is.
 */
MUST_CHECK enum status run_limits_read(struct run_limits *limits,
                                       const struct run_limit_options *options,
                                       struct error *error);

/* Seconds a worker may send no heartbeat while it has a work unit of a model of n_hidden units, 0
 * for a worker without work units; or INFINITY. A Schur form gives none before its end: unless the
 * user has said how long to wait, a model gets the time that a very slow core would take for it
 * besides.
 */
double run_limits_patience(const struct run_limits *limits, int n_hidden);

#endif
