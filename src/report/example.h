/* One model of a task that is looked at closely: its weights, its Schur form, a few trials. */
#pragma once

#include "core/trials.h"
#include "kernel/experiment.h"
#include "report/report.h"

enum { EXAMPLE_TEXT_SIZE = 256 };

struct example {
    int case_index;                /* -1: no case of the task is finished */
    struct sweep sweep;            /* of that case, at the main alpha alone */
    struct experiment *experiment; /* with its model open; NULL when that cannot be had */
    bool has_trials;
    struct trials trials;            /* the first few */
    char missing[EXAMPLE_TEXT_SIZE]; /* why model or trials are not there; '' if they are */
};

/* Of a case; no case when it is -1. Weights are looked for where the study had them and where the
 * options say, and taken only when their hash is that of the results. What cannot be had is no
 * error. Released by example_release. Local. */
void example_open(struct example *example, const struct report *report, int case_index);

/* The first case of a task that has all its jobs at the main alpha, rather one that converged.
 * Otherwise as example_open. Local. */
void example_find(struct example *example, const struct report *report, int task);
void example_release(struct example *example);

/* Runs the trials of an example: the full network and the network without each coupling, at the
 * alpha that it is of. */
enum { EXAMPLE_RUNS = 1 + COUPLING_COUNT };
extern const ablation_set EXAMPLE_SETS[EXAMPLE_RUNS];

/* outputs[EXAMPLE_RUNS, n_steps, n_trials, n_out]; NaN where a network overflows. Local. */
MUST_CHECK enum status example_run(const struct example *example, double *outputs,
                                   struct error *error);
