#include "cli/run_limits.h"

#include "cli/duration.h"
#include "cli/stop_signals.h"
#include "core/clock.h"
#include "driver/pace.h"
#include "team/team_model.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

static const double DEFAULT_TIMEOUT = 3600.0;
static const double SLOW_CORE = 1e9; /* operations per second */
static const double LAST_CALL = 1.0; /* for all ranks, before the time is over */

/* Kept for the flush and the end of all ranks: nothing is begun any more. A limit of 0 says so: it
 * makes the results file, or checks it, and ends. */
static enum status check_limit(const char *text, double limit, double needed, struct error *error)
{
    return limit == 0.0 || limit > needed
               ? STATUS_OK
               : error_set(
                     error, STATUS_USAGE,
                     "--time-limit: '%s' leaves no time to begin anything, expected more than "
                     "%.3gs, of which %.3gs are for the end",
                     text, ceil(needed), PACE_CLOSING_TIME);
}

static struct stop_wish ask(void *context)
{
    const struct run_limits *const limits = context;
    const struct stop_source signals = stop_signals_source();
    const struct stop_wish wish = stop_ask(&signals);
    return wish.kind != STOP_NOW && clock_seconds() > limits->end_time - LAST_CALL
               ? (struct stop_wish){STOP_NOW, limits->end_source}
               : wish;
}

enum status run_limits_read(struct run_limits *limits, const struct run_limit_options *options,
                            struct error *error)
{
    /* Newer versions of Slurm tell the end of the job, as it was planned at its start: a shell that
     * has outlived its job, or a job whose time was extended, tells a moment that is past. */
    const char *const job_end = getenv("SLURM_JOB_END_TIME");
    char *end = NULL;
    const double moment = job_end != NULL ? strtod(job_end, &end) : 0.0;
    const double left = moment - (double)time(NULL);
    double limit = left > 0 && end != NULL && *end == '\0' ? left : INFINITY;
    *limits = (struct run_limits){.stop = {ask, limits},
                                  .end_source = "time limit of SLURM_JOB_END_TIME"};
    if (options->time_limit != NULL) {
        limits->end_source = "time limit";
        TRY(duration_parse("--time-limit", options->time_limit, &limit, error));
        TRY(check_limit(options->time_limit, limit, PACE_CLOSING_TIME, error));
        limits->time_limit = options->time_limit;
    }
    if (options->stall_timeout != NULL) {
        TRY(duration_parse("--stall-timeout", options->stall_timeout, &limits->stall_timeout,
                           error));
        limits->stall_timeout = limits->stall_timeout == 0.0 ? INFINITY : limits->stall_timeout;
    }
    limits->begin_time = clock_seconds();
    limits->end_time = limits->begin_time + limit;
    return STATUS_OK;
}

enum status run_limits_check(const struct run_limits *limits, struct error *error)
{
    const double used = clock_seconds() - limits->begin_time;
    return limits->time_limit == NULL
               ? STATUS_OK
               : check_limit(limits->time_limit, limits->end_time - limits->begin_time,
                             used + PACE_CLOSING_TIME, error);
}

double run_limits_stall_timeout(const struct run_limits *limits, int n_hidden)
{
    const struct team_machine slow = {.flop_rate = SLOW_CORE};
    return limits->stall_timeout > 0.0 ? limits->stall_timeout
                                       : DEFAULT_TIMEOUT + team_model_seconds(n_hidden, 1, &slow);
}
