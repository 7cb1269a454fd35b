/* Matrices that the ranks of a test share, and what tests ask of them. */
#pragma once

#include "team/matrix_move.h"
#include "team/team_schur.h"

/* A matrix that every rank has whole in `full` [n, n] row-major, and in its shared form. */
struct team_case {
    int n;
    double *full;
    struct block_cyclic w;
};

/* Takes over `full` (malloc). Collective; a failure ends the test. */
void shared_case_create(struct team_case *team_case, const struct process_grid *grid, double *full,
                        int n, int block);
void shared_case_release(struct team_case *team_case);

/* The same form with t and q on every rank; released by schur_release. Collective. */
void shared_case_collect(const struct team_schur *schur, struct schur *whole);

/* A whole matrix that matrix_spread fills by shared_case_take, whose sink it is. */
struct whole_matrix {
    enum matrix_layout layout;
    int n;
    double *values; /* [n, n] */
};
void shared_case_take(void *whole, int first, int count, const double *rows);

/* matrix_spread into full[n, n], which may be NULL. Collective. */
void shared_case_spread(const struct block_cyclic *matrix, enum matrix_layout layout, double *full);

/* Calls `check` with the grids of all ranks, one after the other. Collective. */
void shared_case_on_all_grids(void (*check)(const struct process_grid *grid));

/* Grids of `size` ranks: shape `turn`, or false when there are no more. */
bool shared_case_grid_shape(int size, int turn, int *n_rows, int *n_cols);

/* team_schur_compute by ScaLAPACK whatever the width, where the grid is one that it serves.
 */
void shared_case_compute(const struct team_case *team_case, struct team_schur *schur);

/* A grid of several ranks that is no row or column of three or more. */
bool shared_case_is_served(const struct process_grid *grid);

/* True when every rank passes the same bytes. Collective. */
bool shared_case_same_everywhere(const void *bytes, size_t size, MPI_Comm comm);
