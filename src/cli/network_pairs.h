/* The sweep of `compare`: all pairs of networks of one group (report/groups.h) of results files. */
#pragma once

#include "core/status.h"
#include "core/sweep.h"

/* Where pairs come from. */
struct pairs_source {
    const char *const *files; /* [n_files] results files */
    int n_files;
    const char *output; /* results file of the pairs; NULL: beside the first file, by its name */
    const char *models; /* folder where weights and trials are, or NULL */
};

/* Every network of a group with every later one, both in canonical order. Networks that could not
 * be had are left out, with a note. STATUS_MISMATCH when the files are no studies of one kind,
 * STATUS_USAGE when one has jobs that are not done, or no group has two networks, STATUS_INPUT when
 * weights or trials are not found. *sweep is released by sweep_release, unless this fails. Rank 0.
 */
MUST_CHECK enum status network_pairs_load(const struct pairs_source *source, struct sweep *sweep,
                                          struct error *error);
