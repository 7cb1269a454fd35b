/* Workers at the ends of a loopback that only pretend to work, for tests of the driver. */
#pragma once

#include "core/rng.h"
#include "driver/driver.h"

#include <stdio.h>

enum { MAX_WORKERS = 6, MAX_ENDS = MAX_WORKERS + 1, MAX_CASES = 12, JOBS = 5 };

/* What a fake_workers does with its n-th report. */
enum trouble {
    NO_TROUBLE,
    REPORTS_FAILURE,
    REPORTS_ANOTHER_UNIT,
    REPORTS_TWICE,
    SENDS_GARBAGE,
    SENDS_HALF_A_REPORT,
    FALLS_SILENT,  /* and the transport says so when nobody else works either */
    KEEPS_THE_UNIT /* and answers nothing any more, not even a stop */
};

struct fake_workers {
    struct comm *ends[MAX_ENDS];
    int n_workers;
    struct rng rng;
    struct packer packet;
    enum trouble trouble;
    int trouble_at; /* number of the report */
    int n_reports;
    int n_garbage; /* bytes of it */
    int mute;      /* the worker that answers nothing any more, 0 none */
    enum status training_failure;
    double unit_seconds; /* what it says that work units take, at first a second */
    int team_size;       /* of the plan: 0 no teams */
    const unsigned char *shared;
    /* what was seen */
    struct work_unit waiting[MAX_ENDS][DRIVER_MAX_DEPTH];
    int n_waiting[MAX_ENDS];
    int most_waiting;
    int n_units[MAX_ENDS];
    int swept[MAX_CASES];
    int trained[MAX_CASES];
    enum status failure_of_case[MAX_CASES];
    int shared_by[MAX_CASES]; /* workers that had a part of it */
    bool stopped[MAX_ENDS];
    bool has_left[MAX_ENDS];
    struct stop_wish wish;               /* what fake_workers_ask answers */
    struct stop_wish wish_to_come;       /* and from its report number wish_at on */
    int wish_at;                         /* 0: never */
    void (*after_report)(int n_reports); /* may be NULL */
};

void fake_workers_begin(struct fake_workers *fake_workers, int n_workers);

/* Asks a fake_workers for its wish: `ask` of a stop_source. */
struct stop_wish fake_workers_ask(void *fake_workers);

/* Everybody reads what is left; each must have been stopped, unless it is mute. */
void fake_workers_end(struct fake_workers *fake_workers);

/* What the queue is made of. Model i belongs to case i. */
struct plan {
    int n_cases;
    unsigned char final[MAX_CASES * JOBS];
    unsigned char missing[MAX_CASES];
    int team_size;                   /* 0: no case is shared */
    unsigned char shared[MAX_CASES]; /* 1: by a team, whose workers wait for each other */
    unsigned char attempts[MAX_CASES];
    FILE *stream;                         /* of the progress, NULL for none */
    const struct driver_options *options; /* NULL: no limits */
    bool abandoned;                       /* at the end */
};

/* Runs the plan with the fake_workers under a driver. */
enum status fake_workers_run(struct fake_workers *fake_workers, struct plan *plan,
                             struct queue_counts *counts, struct error *error);
