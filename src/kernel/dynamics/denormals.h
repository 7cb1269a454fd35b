/* Denormal numbers as zero while a rollout runs: a decaying network reaches them, and they cost a
 * hundred times as much as others. Other code needs them, so the mode is put back after it. The
 * mode is the calling thread's: local. */
#pragma once

#if defined(__x86_64__)
#include <xmmintrin.h>

/* Flush results to zero, and read operands as zero. */
enum { DENORMALS_FLUSH = 0x8000 | 0x0040 };

/* Returns the mode before. */
static inline unsigned denormals_flush(void)
{
    const unsigned mode = _mm_getcsr();
    _mm_setcsr(mode | DENORMALS_FLUSH);
    return mode;
}

static inline void denormals_restore(unsigned mode)
{
    _mm_setcsr(mode);
}

#else

static inline unsigned denormals_flush(void)
{
    return 0;
}

static inline void denormals_restore(unsigned mode)
{
    (void)mode;
}

#endif
