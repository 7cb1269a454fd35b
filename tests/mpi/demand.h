/* Checks of programs on several ranks: one that fails says where and ends all ranks. */
#pragma once

#include "core/status.h"

#include <mpi.h>
#include <stdio.h>
#include <time.h>

static inline void demand_failed(const char *what, const char *file, int line)
{
    int rank = -1;
    (void)MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    (void)fprintf(stderr, "%s:%d: rank %d: %s\n", file, line, rank, what);
    (void)MPI_Abort(MPI_COMM_WORLD, 1);
}

#define DEMAND(condition)                                                                          \
    ((condition) ? (void)0 : demand_failed(#condition " is false", __FILE__, __LINE__))

/* The call succeeds; otherwise its message is shown. Needs a `struct error error`. */
#define DEMAND_OK(call)                                                                            \
    ((call) == STATUS_OK ? (void)0 : demand_failed(error.text, __FILE__, __LINE__))

/* What the main of such a program begins with: MPI, and its place among the ranks. */
static inline void ranks_begin(int *argc, char ***argv, int *rank, int *size)
{
    (void)MPI_Init(argc, argv);
    (void)MPI_Comm_rank(MPI_COMM_WORLD, rank);
    (void)MPI_Comm_size(MPI_COMM_WORLD, size);
}

/* A barrier in which those that are there sleep: in Open MPI's own they take the core from the one
 * that they wait for. */
static inline void ranks_meet(void)
{
    const struct timespec pause = {.tv_nsec = 500000};
    MPI_Request request = MPI_REQUEST_NULL;
    int all_are_there = 0;
    (void)MPI_Ibarrier(MPI_COMM_WORLD, &request);
    while (MPI_Test(&request, &all_are_there, MPI_STATUS_IGNORE) == MPI_SUCCESS && !all_are_there) {
        (void)nanosleep(&pause, NULL);
    }
}
