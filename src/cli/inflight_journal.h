/* The work units in flight of a run, kept in its results file. Rank 0. */
#pragma once

#include "cli/training_marks.h"
#include "core/sweep.h"
#include "driver/driver.h"
#include "store/results.h"

struct inflight_journal {
    const struct sweep *sweep;      /* borrowed */
    const struct results *results;  /* borrowed */
    unsigned char *attempts;        /* [n_cases] of earlier runs */
    unsigned char *faults;          /* [n_cases, FAULT_COUNT] */
    int *in_flight;                 /* [n_cases] work units of this run */
    int *first_case;                /* [n_models] where a training is remembered; -1 nowhere */
    enum status *case_failure;      /* [n_cases] a job failure: not to be tried */
    enum status *training_failure;  /* [n_models] */
    struct training_marks training; /* begun by its owner, once the start is known */
    struct work_journal calls;      /* for the driver; points back to the struct */
};

/* Independent: reads what earlier runs have left; `forgive` clears it, so that everything is tried
 * again. The struct must stay where it is. On failure too released by inflight_journal_release. */
MUST_CHECK enum status inflight_journal_begin(struct inflight_journal *journal,
                                              const struct sweep *sweep,
                                              const struct results *results, bool forgive,
                                              struct error *error);

void inflight_journal_release(struct inflight_journal *journal);
