/* How much a test tries. */
#pragma once

#include <stdbool.h>
#include <stdlib.h>

/* The soak (tests/soak/) tries everything there is, the suite a part of it. */
static inline bool is_soak(void)
{
    return getenv("SCHURSWEEP_SOAK") != NULL;
}

/* Of many like things the suite tries every n-th, and under sanitizers, which take several times as
 * long, every second one of those; the soak each. Under sanitizers it is even: strides over bits or
 * bytes make it odd. */
static inline int every(int n)
{
#ifdef SCHURSWEEP_SANITIZE
    n *= 2;
#endif
    return is_soak() ? 1 : n;
}
