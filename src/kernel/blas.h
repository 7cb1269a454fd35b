/* The BLAS library in use. Everything here is local. */
#pragma once

#include "core/status.h"

/* One thread per rank: ranks are the parallelism. The library's pool exists already when main
 * begins, so this is a call and not an environment variable. */
void blas_use_one_thread(void);

/* One thread, and the buffer that the library works in, taken now: before anything else is
 * computed. STATUS_INTERNAL when there is no room for it, where the library itself would wait for
 * ever. */
MUST_CHECK enum status blas_begin(struct error *error);

/* "OpenBLAS 0.3.21 ... SkylakeX": configuration, and the core type chosen at run time, for some
 * processors the wrong one (docs/known_problems.md). The strings belong to the library. */
const char *blas_configuration(void);
const char *blas_core(void);
