/* A results file that is given further diagnostics. */
#pragma once

#include "store/results.h"
#include "store/results_create.h"

/* Whether the file lacks a table of the schema. Local. */
bool results_lack(const struct results *results, const struct schema *schema);

/* Puts a file with all tables of the schema in the place of `path`: what it had is copied bit for
 * bit, uuid and history too, the rest is pending. The old file stands until the new one is
 * complete. STATUS_MISMATCH when it belongs to another sweep (results_match), or has a diagnostic
 * that the schema has not. Rank 0, serial, and nobody else has the file open. */
MUST_CHECK enum status results_grow(const char *path, const struct sweep *sweep,
                                    const struct schema *schema,
                                    const struct provenance *provenance, struct error *error);
