/* What `show` is asked for. */
#pragma once

#include "cli/screen.h"
#include "report/names.h"
#include "report/report.h"

struct show_request {
    const struct report *report;
    const struct short_names *names;
    const int *cases; /* [n_cases] wanted, in their order */
    int n_cases;
    const unsigned char *alphas; /* [n_alphas of the report] wanted */
    struct screen screen;
};

/* Wanted thresholds of a case that are one partition. */
struct show_partition {
    int first; /* alpha, for what they have in common */
    int end;   /* before this alpha; some in between may not be wanted */
    int n_r;   /* -1: not known */
};

/* The next partition of a case after *partition, the first when its `end` is 0; false when there is
 * none. Local. */
bool show_next_partition(const struct show_request *request, int case_index,
                         struct show_partition *partition);

/* "0.85 ~0.9 0.95", with a mark where an eigenvalue is near; of many "0.5 to 0.98 (13)". */
void show_alphas(const struct show_request *request, int case_index,
                 const struct show_partition *partition, char *text, size_t size);

/* "NAME: task copy, dense_orthogonal, N 72, ..." and, of a failed case, why. */
void show_heading(const struct show_request *request, int case_index);

/* cases[n_cases of the report] receives those of models that are wanted[] (all when NULL), in the
 * order of a key: a column of the cases ("model", "task", "construction", "hidden", "seed"), a
 * measure of the full network, or an ablation set by its change of FVU, the largest first; NULL: as
 * they are. STATUS_USAGE when there is no such key. Local. */
MUST_CHECK enum status show_order(const struct report *report, const unsigned char *wanted,
                                  const char *key, const unsigned char *alphas, int *cases,
                                  int *n_cases, struct error *error);

/* A row for each partition of each model: what removals change. */
MUST_CHECK enum status show_overview(const struct show_request *request, struct error *error);

/* All measures in a block for each partition, and the diagnostics. */
MUST_CHECK enum status show_blocks(const struct show_request *request, struct error *error);

/* All partitions of the spectrum of each model. */
MUST_CHECK enum status show_all_partitions(const struct show_request *request, struct error *error);
