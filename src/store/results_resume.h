/* Whether an existing results file belongs to a sweep. */
#pragma once

#include "core/status.h"
#include "core/sweep.h"
#include "store/results.h"

/* STATUS_MISMATCH when it is of an older format; otherwise names the first differing key of the
 * study, the first differing case, or a trained model whose file no longer has the weights that
 * finished cases were computed with, while it has work left. Local. */
MUST_CHECK enum status results_match(const struct results *results, const struct sweep *sweep,
                                     struct error *error);
