/* Matrices that the ranks of a test share, and what tests ask of them. */
#ifndef SCHURSWEEP_TESTS_MPI_TEAM_CASE_H
#define SCHURSWEEP_TESTS_MPI_TEAM_CASE_H

#include "distributed/distributed_schur.h"

/* A matrix that every rank has whole in `full` [n, n] row-major, and in its shared form. */
struct team_case {
    int n;
    double *full;
    struct block_cyclic w;
};

/* Takes over `full` (malloc). Collective; a failure ends the test. */
void team_case_create(struct team_case *team_case, const struct process_grid *grid, double *full,
                      int n, int block);
void team_case_release(struct team_case *team_case);

/* The same form with t and q on every rank; released by schur_release. Collective. */
void team_case_collect(const struct distributed_schur *schur, struct schur *whole);

/* Grids of `size` ranks: shape `turn`, or false when there are no more. */
bool team_case_grid_shape(int size, int turn, int *n_rows, int *n_cols);

/* distributed_schur_compute by ScaLAPACK whatever the width, where the grid is one that it serves.
 */
void team_case_compute(const struct team_case *team_case, struct distributed_schur *schur);

/* A grid of several ranks that is no row or column of three or more. */
bool team_case_is_served(const struct process_grid *grid);

/* True when every rank passes the same bytes. Collective. */
bool team_case_same_everywhere(const void *bytes, size_t size, MPI_Comm comm);

#endif
