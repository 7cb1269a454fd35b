/* VECTOR_CLONES before a function: it is compiled for each isa, and the best one is taken when the
 * program is loaded. Sums and products are not contracted (-ffp-contract=off), so that all of them
 * give the same bits. What it calls has to be WITHIN_CLONES. */
#pragma once

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__)
#define VECTOR_CLONES __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define VECTOR_CLONES
#endif
#define WITHIN_CLONES __attribute__((always_inline)) static inline
