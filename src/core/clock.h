/* The one clock of intervals: heartbeats, limits, progress, measured times. Local. */
#pragma once

/* Seconds since some moment in the past, the same for all processes of a machine; never goes back,
 * whatever happens to the time of day. */
double clock_seconds(void);
