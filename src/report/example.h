/* One model of a task that is looked at closely: its weights, its Schur form, a few trials. */
#ifndef SCHURSWEEP_REPORT_EXAMPLE_H
#define SCHURSWEEP_REPORT_EXAMPLE_H

#include "core/network.h"
#include "core/trials.h"
#include "kernel/spectral/schur.h"
#include "report/report.h"

enum { EXAMPLE_TEXT_SIZE = 256 };

struct example {
    int case_index;   /* -1: no case of the task is finished */
    bool has_weights; /* network and schur are there */
    struct network network;
    struct schur schur;
    bool has_trials;
    struct trials trials;
    char missing[EXAMPLE_TEXT_SIZE]; /* why weights or trials are not there; '' if they are */
};

/* The first case of a task that has all its jobs at the main alpha, rather one that converged.
 * Weights are looked for where the study had them and where the options say, and taken only when
 * their hash is that of the results. What cannot be had is no error. Released by example_release.
 * Local. */
void example_find(struct example *example, const struct report *report, int task);
void example_release(struct example *example);

#endif
