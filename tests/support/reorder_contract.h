/* What must hold of both ways of ordering a Schur form, and agree between them. Programs that use
 * it are linked with --wrap=dtrexc_. */
#pragma once

#include "kernel/spectral/schur.h"
#include "support/check.h"
#include "support/matgen.h"

enum { REORDER_PLAIN, REORDER_BLOCKED, REORDER_PATHS };
extern const char *const REORDER_PATH_NAMES[REORDER_PATHS];

/* A Schur form to order, with what must come out. Column-major. */
struct reorder_problem {
    char name[64];
    int n;
    double *t;
    double *q;
    double *w;       /* q t q' */
    double spread;   /* how far eigenvalues may move, relative to the largest; INFINITY: no claim */
    double disorder; /* how far moduli may be out of order, relative to the largest */
};

/* Zero t and w, identity q. */
void reorder_problem_create(struct reorder_problem *problem, const char *name, int n);
void reorder_problem_release(struct reorder_problem *problem);

/* The ordered form, with what the split into sectors reads; released by schur_release. */
void reorder_run_path(int path, const struct reorder_problem *problem, struct schur *schur);

/* Width of the largest matrix in which the last reorder_run_path moved a block; 0 for no move. */
extern int reorder_widest_move;

/* Both ways: T and Q similar to what they were, the blocks described, the moduli in order, the
 * eigenvalues kept, the same blocks at the same places, the same masses of sectors. */
void reorder_check_contract(const struct reorder_problem *problem);

/* Fail with the name of the problem and of the way when the condition is false. */
#define REORDER_DEMAND(condition, problem, path, ...)                                              \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            print_error("%s, %s: ", (problem)->name, REORDER_PATH_NAMES[path]);                    \
            fail_msg(__VA_ARGS__);                                                                 \
        }                                                                                          \
    } while (0)
