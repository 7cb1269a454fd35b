/* The linear dynamics that describe a network's states best: what dynamical similarity analysis
 * compares (Ostrow et al. 2023). */
#pragma once

#include "core/isa.h"
#include "core/network.h"
#include "core/status.h"
#include "core/trials.h"

/* Delays of the embedding, its directions, and of how many trials the states are taken. */
enum { DYNAMICS_DELAYS = 5, DYNAMICS_RANK = 15, DYNAMICS_TRIALS = 64 };

/* dynamics[DYNAMICS_RANK, DYNAMICS_RANK] row-major: A of v_{t+1} = A v_t, where v_t are the leading
 * directions of the centred, delay-embedded states of the first trials, scaled to norm 1; NaN when
 * there are fewer directions than that. STATUS_JOB_ROLLOUT_NONFINITE when states are not finite,
 * STATUS_JOB_SCHUR_FAILED when LAPACK gives up. Local. */
MUST_CHECK enum status dynamics_find(const struct network *network, const struct trials *trials,
                                     enum isa isa, double *dynamics, struct error *error);
