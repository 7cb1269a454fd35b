/* Whether an existing results file belongs to a sweep. */
#ifndef SCHURSWEEP_STORE_RESULTS_RESUME_H
#define SCHURSWEEP_STORE_RESULTS_RESUME_H

#include "core/status.h"
#include "core/sweep.h"
#include "store/results.h"

/* STATUS_MISMATCH names an older format, the first differing key of the study or case, or a
 * trained model whose file no longer has the weights that finished cases were computed with, while
 * it has work left. Local. */
MUST_CHECK enum status results_match(const struct results *results, const struct sweep *sweep,
                                     struct error *error);

#endif
