/* Durations on the command line: those of Slurm, and numbers with a unit. */
#pragma once

#include "core/status.h"

/* Seconds of "90s", "30m", "2h", "1d", and as in sbatch --time and squeue %L: "minutes",
 * "minutes:seconds", "hours:minutes:seconds", "days-hours[:minutes[:seconds]]", "UNLIMITED" and
 * "INVALID" or "NOT_SET" (INFINITY). STATUS_USAGE names the option. Local. */
MUST_CHECK enum status duration_parse(const char *option, const char *text, double *seconds,
                                      struct error *error);
