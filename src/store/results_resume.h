/* Whether an existing results file belongs to a sweep. */
#pragma once

#include "core/status.h"
#include "core/sweep.h"
#include "store/keep_map.h"
#include "store/results.h"

/* Whether the file has the jobs of the sweep, whatever the order of its cases, all names, epsilon,
 * and which diagnostics it has. *is_same: every job has its place and its labels, and no table of
 * the schema is missing; else results_keep makes a file of it that is so, in which nothing is lost.
 * STATUS_MISMATCH when it is of an older format; otherwise it names the first differing key of the
 * study, a case that is another one or not there, or a trained model whose file no longer has the
 * weights that finished cases were computed with, while it has work left. Local. */
MUST_CHECK enum status results_match(const struct results *results, const struct sweep *sweep,
                                     const struct schema *schema, bool *is_same,
                                     struct error *error);

/* Takes those trained models out of the map to an open file, and says which in changed[n_models of
 * the sweep]. Local. */
MUST_CHECK enum status results_match_weights(const struct results *results,
                                             const struct sweep *sweep, struct keep_map *map,
                                             unsigned char *changed, struct error *error);
