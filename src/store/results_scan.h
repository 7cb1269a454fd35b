/* What an existing results file still needs. */
#pragma once

#include "core/status.h"
#include "store/results.h"

/* State of every removal and diagnostic after the checksums were verified. */
struct results_scan {
    unsigned char *final; /* [n_slots] 1: nothing to do any more; jobs as in sweep_jobs_per_case */
    int64_t n_slots;      /* cases * jobs per case */
    int64_t n_absent;     /* of them empty jobs of partitions that their model does not have; others
                             in such places are pending */
    int64_t n_jobs;       /* the others */
    int64_t n_done;
    int64_t n_failed;
    int64_t n_pending;
    int64_t n_damaged; /* marked done or failed, but their checksum disagrees: counted as pending */
};

/* Reads everything, also while a run writes: a job that ends meanwhile is pending. Only one that is
 * done again after a failure may seem damaged in the middle of it. A failed job counts as final
 * unless retry_failed. Released by results_scan_release. Local. */
MUST_CHECK enum status results_scan_create(struct results_scan *scan, const struct results *results,
                                           bool retry_failed, struct error *error);
void results_scan_release(struct results_scan *scan);

/* Whether there is nothing to do any more. */
bool results_scan_is_final(const struct results_scan *scan);
