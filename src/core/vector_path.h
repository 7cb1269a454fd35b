/* Which vector instructions the rollouts use. Chosen once for all ranks of a run: other
 * instructions round differently. */
#ifndef SCHURSWEEP_CORE_VECTOR_PATH_H
#define SCHURSWEEP_CORE_VECTOR_PATH_H

#include "core/status.h"

#include <stdbool.h>

/* From the least to the most a processor can do: of several ranks the smallest runs on all. */
enum vector_path { VECTOR_PORTABLE, VECTOR_AVX2, VECTOR_AVX512 };
enum { VECTOR_PATH_COUNT = 3 };

/* "portable", "avx2" or "avx512". */
const char *vector_path_name(enum vector_path path);

/* Whether this processor has the instructions, and this build the code. */
bool vector_path_available(enum vector_path path);

/* The last one that is available. */
enum vector_path vector_path_best(void);

/* The path of that name, the best one for NULL. STATUS_USAGE when there is none of that name, or
 * when this processor does not have it. */
MUST_CHECK enum status vector_path_find(const char *name, enum vector_path *path,
                                        struct error *error);

#endif
