/* What determines the bits of all values of a case, and nothing else: neither its place in the
 * study nor any name, nor the epsilon that verdicts go by. Cases of equal identity have equal
 * values, in whatever study. */
#pragma once

#include "core/schema.h"
#include "core/sweep.h"

enum case_part {
    PART_MODEL, /* weights and own trials, or how it is trained */
    PART_TRIALS,
    PART_MATRIX,
    PART_ORDER,
    PART_GAUGE,
    PART_PRECISION,
    PART_TEAM,    /* 0 of a case that no team shares */
    PART_PARTNER, /* the second network of a pair, and weights and profiles of both; else 0 */
    CASE_PARTS
};

struct case_identity {
    uint64_t parts[CASE_PARTS];
};

/* "model", ...: for messages. */
extern const char *const CASE_PART_NAMES[CASE_PARTS];

/* Local. */
MUST_CHECK enum status case_identity_find(const struct sweep *sweep, int case_index,
                                          const struct schema *schema,
                                          struct case_identity *identity, struct error *error);

/* The first part in which two differ; CASE_PARTS when they are equal. */
enum case_part case_identity_differs(const struct case_identity *a, const struct case_identity *b);
