/* Results files of format 3: older names, one state and one checksum for all values of a case, and
 * a study that was told in text alone. They are only read. For the store alone. */
#pragma once

#include "store/results_internal.h"

/* The measures that its files have. */
#define FORMAT3_MEASURES "fvu delta_fvu accuracy distance removed_mass sensitivity"

/* What format 3 called a dataset; NULL when it had none. */
const char *format3_name(const struct dataset *dataset);

/* What it called a text attribute of the root. */
const char *format3_attribute(const char *name);

/* The text that a label without a dataset had in all its files. */
const char *format3_label(const struct dataset *dataset);

/* The checksum of a case over the records of all its tables, each at its place in the schema. */
MUST_CHECK enum status format3_case_checksum(const struct schema *schema,
                                             struct record *const *records, int64_t case_index,
                                             int n_hidden, uint64_t *checksum, struct error *error);

/* Precision and team, from the canonical study; the tasks, and which of them a case was evaluated
 * on: one of that name, when the study had it. */
void format3_read_numerics(struct sweep *sweep);
MUST_CHECK enum status format3_read_tasks(const struct results *results, struct sweep *sweep,
                                          struct error *error);
