/* A new results file for a study, with all that older files have of it: values are copied, bit for
 * bit, wherever the older job is final, fits its checksum and is the same one (store/keep_map.h).
 * Of several files that have a job, one in which it is done goes before one in which it failed. */
#pragma once

#include "store/keep_map.h"
#include "store/results.h"
#include "store/results_create.h"
#include "store/results_scan.h"

/* One of the older files. */
struct kept_file {
    struct results *results;
    struct sweep sweep;
    struct results_scan scan;
    struct keep_map map;
    unsigned char *changed; /* [n_models of the new study] a trained model whose file is another */
};

struct results_keep {
    const struct sweep *sweep;   /* borrowed, like all of these */
    const struct schema *schema; /* of the sweep */
    const struct schema *known;  /* all tables that an older file may have */
    struct provenance provenance;
    bool retry_failed; /* failed jobs are left to be computed again */
    struct kept_file *files;
    int n_files;
    int64_t n_kept; /* jobs of the study that were found last, by counting or by writing */
    unsigned char *has_failed; /* [cases of the study] whether one of those that were found had */
};

/* Opens one more older file and compares it, all checksums included. STATUS_MISMATCH when its isa
 * rounds otherwise than that of the files before. On failure too the rest is released by
 * results_keep_release. Local. */
MUST_CHECK enum status results_keep_add(struct results_keep *keep, const char *path,
                                        struct error *error);
void results_keep_release(struct results_keep *keep);

/* How many jobs of the study the files have. STATUS_MISMATCH when two of them have other values of
 * one job. Local. */
MUST_CHECK enum status results_keep_count(struct results_keep *keep, struct error *error);

/* Copies them into a file that is open for writing. Rank 0, serial. */
MUST_CHECK enum status results_keep_copy(struct results_keep *keep, const struct results *to,
                                         struct error *error);

/* A file_writer (store/atomic_file.h) of the whole new file; `keep` is a struct results_keep. */
enum status results_keep_write(const char *temporary, void *keep, struct error *error);

/* The new file in the place of its only older one, which has the same jobs (results_match) and
 * nothing of which is lost: it goes on being the same one, with its uuid. STATUS_MISMATCH when it
 * has a diagnostic that the study does not name. */
MUST_CHECK enum status results_keep_replace(struct results_keep *keep, const char *path,
                                            struct error *error);
