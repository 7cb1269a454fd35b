/* The split of an ordered Schur form at a threshold: R, the leading blocks, and C, the rest. */
#pragma once

#include "core/coupling.h"
#include "kernel/spectral/schur.h"

struct split {
    int n_blocks;     /* blocks in R */
    int n_r;          /* n_R: rows in R */
    double alpha_gap; /* smallest |(modulus / rho)^(1/a) - alpha|; at alpha = 1 without rho's own
                         block */
    double mass[COUPLING_COUNT]; /* |T_X|_F / |T|_F; 0 for T = 0 */
};

/* R ends with the last block whose modulus is >= (alpha^a - tau) rho, rho the largest modulus
 * and a the leak (1 without one), so it is always a prefix of the blocks and never splits one; rho
 * = 0 puts everything in R. alpha in (0, 1]. Local. */
struct split split_at(const struct schur *schur, double alpha);

/* The same with all masses 0: what the blocks alone tell. T may be NULL. Local. */
struct split split_blocks(const struct schur *schur, double alpha);

/* A split that thresholds can make, and for which: alpha in (alpha_low, alpha_high]. */
struct partition {
    int n_blocks; /* in R */
    int n_r;
    double alpha_low;
    double alpha_high;
};

/* partitions[schur->n_blocks] receives all of them in order, R growing, and their number is
 * returned. Blocks enter R one by one, those whose moduli tie within the tolerance together. With
 * a_i = (modulus_i / rho)^(1/a) of the largest block i of such a group, the partition that ends
 * with it holds for alpha in (a_next, a_i], the last one down to 0; rho = 0: one partition for all
 * alphas. split_at, which has the tolerance too, agrees from a_next + tolerance on. Blocks of
 * modulus 0 beside others make the last partition, which holds for no alpha: both its ends are 0.
 * Local. */
int split_partitions(const struct schur *schur, struct partition *partitions);
