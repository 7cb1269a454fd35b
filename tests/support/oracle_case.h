/* The trained models of tests/data as experiments, with what independent programs found there. */
#pragma once

#include "support/experiment_case.h"

enum { ORACLE_ALPHAS = 3, ORACLE_ALPHA_90 = 1 }; /* 0.85, 0.9, 0.95 */

/* Opens tests/data/<name>.h5 with these thresholds, all ablation sets and partitions, and rolls out
 * the full network; released by alone_release. `alone` must not move. */
void oracle_case_open(struct alone *alone, const char *name, const char *data_dir);

/* A dataset of tests/data/diagnostics/<name>.h5, count values, owned by the caller. */
double *oracle_case_read(const char *name, const char *dataset, const char *data_dir, int *count);
