/* The Gauss-Newton form of a case: how far outputs move, to first order, when couplings are taken
 * away. With one row of J for each counted (trial, step, output), the gain of that output for each
 * pair (I, J), I < J, of diagonal blocks of T being removed whole,
 *
 *     J_p = sum over (i, j) in p of G_ij T_ij,    G = sum over t of mu_t z_{t-1}'
 *
 * (adjoint.h), outputs move by d(x)^2 = x' F x, F = J'J / sum (y - mean y)^2, in units of the
 * distance, for any set x of pairs. Exactly, every counted output goes back by itself; else each
 * trial goes back n_probes times with random signs on all of them, of which F is the mean.
 *
 * Where there are more than GAUSS_NEWTON_PAIRS pairs, neighbouring blocks are grouped, and a pair
 * is one of groups. Sets at a split are kept for every split, whatever the groups. Everything here
 * is local. */
#pragma once

#include "core/coupling.h"
#include "core/isa.h"
#include "core/network.h"
#include "core/rng.h"
#include "core/trials.h"
#include "kernel/spectral/schur.h"

enum { GAUSS_NEWTON_PAIRS = 4096, GAUSS_NEWTON_GROUPS = 91, GAUSS_NEWTON_PROBES = 16 };

/* How many columns go back together at most, and what states and adjoints of a piece take. */
enum { GAUSS_NEWTON_COLUMNS = 256, GAUSS_NEWTON_WORK_BYTES = 32 * 1024 * 1024 };

/* What exactness may cost, in operations; with more, probes are taken. */
#define GAUSS_NEWTON_FLOPS 1e11

/* A case in one memory, or a part of its trials. All borrowed. */
struct gauss_newton_source {
    const struct network *network;
    const struct schur *form; /* of the matrices of the gates */
    gate_set gates;
    const struct trials *trials;
    int first_trial; /* number of the first of them among all */
    enum isa isa;
    struct rng_key key;      /* of random signs, whose stream is the number of the trial */
    double full_variation;   /* sum (y - mean y)^2 over counted outputs of all trials */
    double target_variation; /* the same of targets */
    /* Asked between pieces of work; anything but STATUS_OK ends it. NULL: nobody asks. */
    enum status (*go_on)(void *context, struct error *error);
    void *context;
};

/* Products of the changes by two couplings at a split. */
enum { SPLIT_PRODUCTS = COUPLING_COUNT * (COUPLING_COUNT + 1) / 2 };

struct gauss_newton {
    int n;
    int n_blocks;
    int n_groups; /* of blocks; n_blocks where every block is its own */
    int n_in_group;
    int n_pairs;  /* of groups, row after row: (0, 1), (0, 2), ... (1, 2), ... */
    int n_probes; /* 0: exact */
    double full_variation;
    double target_variation;
    /* All sums over outputs, in one array. */
    double *sums;
    size_t n_sums;
    double *gram;          /* [n_pairs, n_pairs + 1]: J'J of even and of odd trials */
    double *pair_squares;  /* [n_probes or 1, n_pairs] of J */
    double *split_squares; /* [n_probes or 1, n_blocks + 1, SPLIT_PRODUCTS] with R of 0, 1, ...
                              blocks: RR RR, RR CR, CR CR, RR CC, CR CC, CC CC */
    double *squares;       /* [n, n] row-major: of G */
    double *states;        /* [n, n]: z z' over trials and steps up to the last counted one */
    double *n_states;      /* [1] how many */
    double *slopes;        /* [1] f' of an rnn over these trials and steps, mean of its units */
    double *adjoints;      /* [n, n]: mu mu' over outputs and steps */
    double *gradient;      /* [n, n] row-major: d fvu / d T */
};

/* Operations that exactness takes for trials of a network. */
double gauss_newton_flops(const struct trials *trials, int n_hidden);

/* Pairs of so many blocks, or of groups of them. */
int gauss_newton_pairs(int n_blocks);

/* About how many rollouts of the full network the form is worth. */
double gauss_newton_rollouts(const struct trials *trials, int n_hidden);

/* Bytes that it takes at most, with the work of gauss_newton_add; of matrices `width` wide. */
size_t gauss_newton_memory(int width);

/* All sums 0. Released by gauss_newton_release. STATUS_INTERNAL without memory. */
MUST_CHECK enum status gauss_newton_create(struct gauss_newton *gn,
                                           const struct gauss_newton_source *source, bool is_exact,
                                           struct error *error);
void gauss_newton_release(struct gauss_newton *gn);

/* Adds the trials of the source. The bits depend on which trials are added in one call, on isa and
 * BLAS. STATUS_INTERNAL without memory, or what go_on gave. */
MUST_CHECK enum status gauss_newton_add(struct gauss_newton *gn,
                                        const struct gauss_newton_source *source,
                                        struct error *error);

/* After the last one: matrices that were half filled become whole. */
void gauss_newton_finish(struct gauss_newton *gn);

/* Number of a pair of groups, row < col, and the group of a block. */
static inline int gauss_newton_pair(const struct gauss_newton *gn, int row, int col)
{
    return row * (2 * gn->n_groups - row - 1) / 2 + col - row - 1;
}
static inline int gauss_newton_group(const struct gauss_newton *gn, int block)
{
    return block / gn->n_in_group;
}

/* Square of the predicted distance of one pair being removed, and with probes its standard error
 * (else 0); `se` may be NULL. */
double gauss_newton_pair_square(const struct gauss_newton *gn, int pair, double *se);

/* The same of a set of couplings, R being the first n_blocks blocks. */
double gauss_newton_set_square(const struct gauss_newton *gn, int n_blocks, ablation_set set,
                               double *se);

/* Element of J'J of the even (0) or odd (1) trials. */
double gauss_newton_gram(const struct gauss_newton *gn, int half, int row, int col);
