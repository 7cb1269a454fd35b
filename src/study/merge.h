/* One study of several: of shards, or of studies that differ in what they sweep. */
#pragma once

#include "core/status.h"
#include "core/sweep.h"

/* The study that has all cases, alphas, ablation sets, tasks and diagnostics of the parts, each
 * once; `output` of a part names it in messages. Cases of shards of one study stand as in that
 * study, others as in the parts one after another. Name and epsilon are those of the first.
 * STATUS_MISMATCH when a case would be another one, or a diagnostic has other parameters. Released
 * by sweep_release. Local. */
MUST_CHECK enum status study_merge(struct sweep *merged, const struct sweep *const *parts,
                                   int n_parts, const char *output, struct error *error);
