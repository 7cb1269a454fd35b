/* How much a test tries. */
#pragma once

#include <stdbool.h>
#include <stdlib.h>

/* The soak (tests/soak/) tries everything there is, the suite a part of it. */
static inline bool is_soak(void)
{
    return getenv("SCHURSWEEP_SOAK") != NULL;
}
