#include "cli/run_limits.h"

#include "cli/duration.h"
#include "cli/stop_signals.h"
#include "core/clock.h"
#include "driver/driver.h"
#include "team/team_model.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

static const double DEFAULT_TIMEOUT = 3600.0;
static const double SLOW_CORE = 1e9; /* operations per second */
static const double LAST_CALL = 1.0; /* for all ranks, before the time is over */

static struct stop_wish ask(void *context)
{
    const struct run_limits *const limits = context;
    const struct stop_source signals = stop_signals_source();
    const struct stop_wish wish = stop_ask(&signals);
    return wish.kind != STOP_NOW && clock_seconds() > limits->end_time - LAST_CALL
               ? (struct stop_wish){STOP_NOW, "time limit"}
               : wish;
}

enum status run_limits_read(struct run_limits *limits, const struct run_limit_options *options,
                            struct error *error)
{
    /* Newer versions of Slurm tell the end of the job. */
    const char *const job_end = getenv("SLURM_JOB_END_TIME");
    char *end = NULL;
    const double moment = job_end != NULL ? strtod(job_end, &end) : 0.0;
    double limit =
        moment > 0 && end != NULL && *end == '\0' ? moment - (double)time(NULL) : INFINITY;
    *limits = (struct run_limits){.stop = {ask, limits}};
    if (options->time_limit != NULL) {
        TRY(duration_parse("--time-limit", options->time_limit, &limit, error));
    }
    if (options->stall_timeout != NULL) {
        TRY(duration_parse("--stall-timeout", options->stall_timeout, &limits->stall_timeout,
                           error));
        limits->stall_timeout = limits->stall_timeout == 0.0 ? INFINITY : limits->stall_timeout;
    }
    limits->end_time = clock_seconds() + limit;
    return STATUS_OK;
}

double run_limits_stall_timeout(const struct run_limits *limits, int n_hidden)
{
    const struct team_machine slow = {.flop_rate = SLOW_CORE};
    return limits->stall_timeout > 0.0 ? limits->stall_timeout
                                       : DEFAULT_TIMEOUT + team_model_seconds(n_hidden, 1, &slow);
}
