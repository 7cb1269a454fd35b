/* Full ordering of a real Schur form by windows on its diagonal, wherever T and Q lie.
 *
 * Kressner, Block algorithms for reordering standard and generalized Schur forms, ACM TOMS 32(4),
 * 2006. */
#pragma once

#include "kernel/spectral/schur.h"

#include <stdbool.h>

enum {
    REORDER_GROUP = 32, /* rows that are brought to the front together */
    /* The group stays shorter even if each of its rows becomes a pair. */
    REORDER_WINDOW = 2 * REORDER_GROUP + 4
};

/* Rows start .. start + size of T, never a part of a block. */
struct reorder_window {
    int start;
    int size;         /* <= REORDER_WINDOW */
    int first;        /* rows of the window that a swap has touched: first <= row < last; */
    int last;         /* none when last <= first */
    int n_members;    /* rows that the swaps have brought to the top */
    int n_unswapped;  /* times dtrexc refused */
    int *key;         /* [size] where each row's block shall start; the same on all ranks */
    double *local;    /* [size, size] column-major: this part of T */
    double *rotation; /* [size, size] column-major: local = rotation' * before * rotation */
};

/* Where T and Q lie. */
struct reorder_matrix {
    int n;
    bool sorts; /* this rank sorts windows; if not, share brings it the outcome */
    /* Makes all ranks go on, or none, by the status of each. NULL for one rank. */
    enum status (*ready)(void *context, enum status mine, struct error *error);
    /* Fills window->local, on the rank that sorts. */
    enum status (*load)(void *context, struct reorder_window *window, struct error *error);
    /* Gives all ranks the sorted window. NULL for one rank. */
    enum status (*share)(void *context, struct reorder_window *window, struct error *error);
    /* Stores window->local and multiplies the rest of T, and Q, by rows first .. last of the
     * rotation. */
    enum status (*apply)(void *context, const struct reorder_window *window, struct error *error);
    void *context;
};

/* Orders T, whose diagonal blocks are blocks[n_blocks], with Q following. Rounding may change
 * moduli meanwhile: the order is that of the moduli before. *n_unswapped grows by the refused
 * swaps, *n_windows tells how many windows were changed. STATUS_INTERNAL without memory, otherwise
 * what the matrix's functions give. Local or collective as the matrix. */
MUST_CHECK enum status schur_reorder_in_windows(const struct reorder_matrix *matrix,
                                                const struct schur_block *blocks, int n_blocks,
                                                int *n_unswapped, int *n_windows,
                                                struct error *error);
