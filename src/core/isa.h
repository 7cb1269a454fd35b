/* Which vector instructions the rollouts use. Chosen once for all ranks of a run: other
 * instructions round differently. */
#pragma once

#include "core/status.h"

#include <stdbool.h>

/* From the least to the most a processor can do: of several ranks the smallest runs on all. */
enum isa { ISA_PORTABLE, ISA_AVX2, ISA_AVX512, ISA_UNKNOWN /* of a results file, by its name */ };
enum { ISA_COUNT = ISA_UNKNOWN };

/* "portable", "avx2", "avx512", or "unknown". */
const char *isa_name(enum isa path);

/* The isa of that name, whether this processor has it or not; false when there is none. */
bool isa_from_name(const char *name, enum isa *path);

/* Whether both round in the same way. */
bool isa_same_bits(enum isa a, enum isa b);

/* Whether this processor has the instructions, and this build the code. */
bool isa_available(enum isa path);

/* The last one that is available. */
enum isa isa_best(void);

/* The isa of that name, the best one for NULL. STATUS_USAGE when there is none of that name, or
 * when this processor does not have it. */
MUST_CHECK enum status isa_find(const char *name, enum isa *path, struct error *error);
