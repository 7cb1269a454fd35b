/* The tiles of a rollout that run together: one where the fused kernel runs, several side by side
 * where BLAS multiplies. */
#pragma once

#include "core/network.h"
#include "kernel/dynamics/rollout.h"
#include "kernel/dynamics/rollout_kernel.h"

/* Trials that BLAS multiplies together. */
enum { BLAS_TRIALS = 192, BLOCK_TILES_MOST = BLAS_TRIALS / TILE_FLOAT64 };

struct rollout_plan {
    enum precision precision;
    const struct rollout_kernel *kernel;
    bool uses_blas;
    int tiles_per_block; /* of the last block there may be fewer */
    size_t tile_width;
    const struct cell_parts *parts;
    size_t panel_units; /* of the fused kernel */
    size_t n_hidden;
    size_t n_in;
    size_t n_out;
};

/* Everything about sizes that network, precision, isa and product decide. Local, like all here. */
struct rollout_plan rollout_plan_make(enum cell_kind kind, int n_hidden,
                                      const struct trials *trials, enum precision precision,
                                      enum isa path, enum rollout_product product);

/* Values in each of the arrays of a tile_job: recurrent, readout, state or next of a block, and its
 * sums, 0 where they need no place of their own. */
size_t rollout_plan_recurrent(const struct rollout_plan *plan);
size_t rollout_plan_readout(const struct rollout_plan *plan);
size_t rollout_plan_state(const struct rollout_plan *plan);
size_t rollout_plan_sums(const struct rollout_plan *plan);

/* Weights in the order in which the kernel, or BLAS, reads them: those of a gate that lead to unit
 * i, of its matrix row[n_hidden], and those of the readout. */
void rollout_pack_row(const struct rollout_plan *plan, const struct network *network, int gate,
                      size_t i, const double *row, void *recurrent);
void rollout_pack_readout(const struct rollout_plan *plan, const struct network *network,
                          void *readout);

/* Runs n_tiles <= tiles_per_block jobs to the end; they share weights, state, next and sums. */
void rollout_run_block(const struct rollout_plan *plan, const struct tile_job *jobs, int n_tiles);
