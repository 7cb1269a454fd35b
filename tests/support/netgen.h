/* Random networks and trials, and a rollout in plain loops and long double to compare with. */
#pragma once

#include "core/network.h"
#include "core/trials.h"

#include <stdint.h>

/* Weights N(0, 0.9^2/n), so that rounding is not amplified over many steps; every array is filled,
 * biases and h0 too. Ends the program when there is no memory. */
struct network netgen_network(uint64_t seed, int n_hidden, int n_in, int n_out);
/* The same of any cell. */
struct network netgen_network_of(uint64_t seed, const struct network_shape *shape);

/* Normal inputs and targets; a third of the places is masked out. */
struct trials netgen_trials(uint64_t seed, int n_steps, int n_trials, int n_in, int n_out);

/* f(x). */
long double netgen_activation(enum activation activation, long double x);

/* Of any cell: outputs[n_steps, n_trials, n_out] with weight_hh[n, n] in the place of the network's
 * own. */
void netgen_rollout(const struct network *network, const double *weight_hh,
                    const struct trials *trials, double *outputs);

/* The same without rounding to double. */
void netgen_rollout_exact(const struct network *network, const double *weight_hh,
                          const struct trials *trials, long double *outputs);

/* Sum over the counted places of (a - b)^2, in long double. */
long double netgen_squared_difference(const struct trials *trials, const double *a,
                                      const double *b);

/* The same of a about its own channel means. */
long double netgen_variation(const struct trials *trials, const double *a);
