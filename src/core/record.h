/* The values of one list of variables for one case: what a diagnostic fills, and what is written,
 * read, checked and compared as a whole. */
#pragma once

#include "core/status.h"
#include "core/variable.h"

struct record;

/* All values missing. Borrows the list; *out is released by record_destroy. Local. */
MUST_CHECK enum status record_create(struct record **out, const struct variable *variables,
                                     const struct sweep *sweep, struct error *error);
void record_destroy(struct record **record);

/* The array of a variable by its name, [axes] row-major, owned by the record; the name and the type
 * must be those of the list (asserted). NULL when one of its axes has no length. */
double *record_f64(struct record *record, const char *name);
int32_t *record_i32(struct record *record, const char *name);
uint64_t *record_u64(struct record *record, const char *name);
uint8_t *record_u8(struct record *record, const char *name);
int8_t *record_i8(struct record *record, const char *name);

/* Length of one of its axes, from 0. */
size_t record_axis_length(const struct record *record, const char *name, int axis);

/* Variable i of the list, its array and how many values it has. */
const struct variable *record_variable(const struct record *record, int i);
void *record_values(const struct record *record, int i);
size_t record_count(const struct record *record, int i);
int record_length(const struct record *record);

/* Lower half of XXH3 (128 bit) over the number of the case (int64) and all values in the order of
 * the list, without times. */
MUST_CHECK enum status record_checksum(const struct record *record, int64_t case_index,
                                       uint64_t *checksum, struct error *error);

/* Whether two records of one list hold the same bits, NaN being NaN; times do not count. Otherwise
 * *different is the first variable in which they differ. */
bool record_same(const struct record *a, const struct record *b, const struct variable **different);
