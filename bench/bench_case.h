/* A random network with random trials, the clock and the median: what the measurements of the
 * kernel share. */
#pragma once

#include "core/network.h"
#include "core/trials.h"
#include "kernel/dynamics/packed_trials.h"
#include "kernel/dynamics/rollout.h"

struct bench_sizes {
    int n_hidden;
    int n_trials;
    int n_steps;
    int n_channels; /* inputs and outputs */
    enum precision precision;
    enum isa path;
    enum cell_kind kind;
};

struct bench_case {
    struct network network;
    struct trials trials;
    struct packed_trials packed;
    struct rollout *rollout;
    struct trial_score *scores; /* [n_trials] */
};

/* Weights N(0, 1/N), normal inputs and targets, every step counted. Ends the program when there is
 * no memory. */
void bench_case_create(struct bench_case *bench, const struct bench_sizes *sizes);
void bench_case_release(struct bench_case *bench);

/* One rollout with its scores. */
void bench_case_run(struct bench_case *bench);

/* A whole number of the command line that is there; 0 for anything else. */
int bench_number(int argc, char **argv, int index);

/* Median of the values, [count]; sorts them. */
double bench_median(double *values, int count);

/* Seconds of this thread on a processor. */
double bench_clock(void);
