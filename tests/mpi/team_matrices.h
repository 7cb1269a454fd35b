/* Large test matrices, and those that trouble a QR iteration. */
#pragma once

#include <mpi.h>
#include <stdbool.h>
#include <stdint.h>

enum team_kind {
    TEAM_GAUSSIAN,        /* N(0, 1/n) */
    TEAM_NEAR_ORTHOGONAL, /* orthogonal + 0.1 N(0, 1/n) */
    TEAM_SHIFT,           /* a cyclic shift + 0.1 N(0, 1/n) */
    TEAM_JORDAN,          /* one Jordan block of 0.9, and 1e-14 N(0, 1) */
    TEAM_LOW_RANK,        /* rank 5 */
    TEAM_ZERO,
    TEAM_PERMUTATION, /* one cycle: without exceptional shifts the iteration stands still */
    TEAM_TRIANGULAR,  /* upper, moduli in increasing order: all must be swapped */
    TEAM_REPEATED,    /* Q diag(1, 1, ..., 0.5, 0.5, ..., -0.5, ...) Q': many ties */
    TEAM_KIND_COUNT
};

const char *team_kind_name(enum team_kind kind);

/* True when eigenvalues are well conditioned. */
bool team_kind_is_tame(enum team_kind kind);

/* Matrix `seed` [n, n], row-major, malloc, made by rank 0 and the same on all ranks. Collective. */
double *team_matrix(enum team_kind kind, int n, uint64_t seed, MPI_Comm comm);
