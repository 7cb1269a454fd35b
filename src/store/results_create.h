/* Creation of a results file: complete, flushed and only then under its name. */
#pragma once

#include "core/schema.h"
#include "core/status.h"
#include "core/sweep.h"

/* What produced the file. */
struct provenance {
    const char *versions;     /* of the program and its libraries */
    const char *git_revision; /* '' if unknown */
};

/* Writes everything that is known before the first job (scales, labels, attributes, all arrays
 * of the schema at full size with their fill values) to a temporary file beside `path`, flushes it
 * to disk and links it to `path` without replacing anything. Nothing of the file changes size or
 * metadata later. STATUS_OUTPUT_TAKEN when `path` has come to exist meanwhile, STATUS_IO otherwise;
 * a failure leaves no file. Rank 0, serial. */
MUST_CHECK enum status results_create(const char *path, const struct sweep *sweep,
                                      const struct schema *schema,
                                      const struct provenance *provenance, struct error *error);

/* The same into a new file of that very name, which a failure leaves behind. */
MUST_CHECK enum status results_create_at(const char *temporary, const struct sweep *sweep,
                                         const struct schema *schema,
                                         const struct provenance *provenance, struct error *error);

/* Bytes that the arrays of such a file take, its texts estimated. Pure but for memory. */
MUST_CHECK enum status results_size(const struct sweep *sweep, const struct schema *schema,
                                    int64_t *bytes, struct error *error);
