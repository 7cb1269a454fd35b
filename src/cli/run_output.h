/* The results file of a run, before the first job and after the last: rank 0. */
#pragma once

#include "core/sweep.h"
#include "store/lock.h"
#include "store/results_scan.h"

struct run_output_options {
    bool fresh;
    bool extend;        /* what is there of another study is kept where it is the same */
    char *const *older; /* [n_older] results files of which as much is kept */
    int n_older;
    bool retry_failed;
    bool quiet;
};

struct run_output {
    enum isa isa;             /* to compute on; a resumed file has its own */
    struct results_scan scan; /* what the file has already */
    int epoch_index;          /* record of this start in the restart history */
    struct epoch epoch;
    double begin; /* clock_seconds() of the start: other clocks may be set meanwhile */
};

/* Takes the lock, then creates the results file, with what is kept of others, or checks that the
 * existing one belongs to the sweep, and scans it. Nothing is ever written with the serial driver
 * into a file that has its name: killed then, it would be marked as open for writing. On success
 * output->scan is released by results_scan_release and the lock by lock_release. */
MUST_CHECK enum status run_output_prepare(struct run_output *output, struct lock *lock,
                                          const struct sweep *sweep,
                                          const struct run_output_options *options,
                                          struct error *error);

/* Notes the start of the run in the file's history. Independent. */
MUST_CHECK enum status run_output_start(struct run_output *output, const struct results *results,
                                        int n_ranks, struct error *error);

/* Notes the end of the run in the history. Independent. */
MUST_CHECK enum status run_output_finish(struct run_output *output, const struct results *results,
                                         struct error *error);

/* After a run that has ended all its jobs and closed the file: the name still leads to the file
 * that was locked, and every job is in it. STATUS_IO says what is not so. */
MUST_CHECK enum status run_output_check(const struct lock *lock, const struct sweep *sweep,
                                        struct error *error);
