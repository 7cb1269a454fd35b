/* What an existing results file still needs, and whether it belongs to a sweep at all. */
#ifndef SCHURSWEEP_STORE_RESULTS_RESUME_H
#define SCHURSWEEP_STORE_RESULTS_RESUME_H

#include "core/status.h"
#include "core/sweep.h"
#include "store/results_file.h"

/* STATUS_MISMATCH names the first differing key of the study, the first differing case, or a
 * trained model whose file no longer has the weights that finished cases were computed with, while
 * it has work left. Local. */
MUST_CHECK enum status results_match(const struct results *results, const struct sweep *sweep,
                                     struct error *error);

/* State of every cell after the checksums were verified. */
struct results_scan {
    unsigned char *final; /* [n_cases * jobs per case] 1: nothing to do any more */
    int64_t n_cells;
    int64_t n_done;
    int64_t n_failed;
    int64_t n_pending;
    int64_t n_damaged; /* marked done or failed, but their checksum or that of their case
                           disagrees: counted as pending */
};

/* Reads all cells. A failed cell counts as final unless retry_failed. Released by
 * results_scan_release. Local. */
MUST_CHECK enum status results_scan_create(struct results_scan *scan, const struct results *results,
                                           bool retry_failed, struct error *error);
void results_scan_release(struct results_scan *scan);

/* Whether there is nothing to do any more. */
bool results_scan_is_final(const struct results_scan *scan);

#endif
