/* Signals that ask a run to stop: USR1 after the work units in flight, TERM, INT and USR2 now. A
 * TERM or INT that comes seconds after another ends the process at once. */
#pragma once

#include "core/stop.h"

/* Before MPI_Init, on every rank. The handlers only set a flag, so that a signal may come twice
 * (Slurm and mpirun both send it); interrupted system calls go on. */
void stop_signals_install(void);

/* Before MPI_Finalize: all work is done, and the process will end with this code. The first rank
 * that ends with another than 0 makes mpirun tell the others to end, so that a TERM or INT after
 * another one is no news now. */
void stop_signals_leave(int code);

/* What has been asked so far; the most urgent wish stays. Local. */
struct stop_source stop_signals_source(void);
