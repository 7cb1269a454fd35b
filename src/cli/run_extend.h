/* Results of older studies in the file of a new one: rank 0, local. */
#pragma once

#include "cli/run_output.h"

/* Behind the message of results_match, that the output is another study's: how many of its jobs can
 * be kept, and by which option. Returns `status`. */
enum status run_extend_refuse(const struct sweep *sweep, enum status status, struct error *error);

/* Makes the output, open to be read, a file of the sweep that has all its jobs already, under other
 * names, in another order, or but for diagnostics (results_match). */
MUST_CHECK enum status run_extend_same(const struct sweep *sweep, const struct results *results,
                                       struct error *error);

/* Warns of jobs that are computed again because they are damaged. */
void run_extend_tell_damage(const char *path, const struct results_scan *scan);

/* Makes the output a new file of the sweep, with all that it had, if it is there, and that older
 * files have. What was there goes aside. Nothing happens when it is the sweep's and the older files
 * have nothing more. *isa, of the processors, is that of the files afterwards. STATUS_MISMATCH when
 * the files contradict each other, or the processors have no such isa. */
MUST_CHECK enum status run_extend(const struct sweep *sweep,
                                  const struct run_output_options *options, enum isa isa,
                                  struct error *error);
