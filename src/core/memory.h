/* Allocation with overflow checks. Everything is released with free(). */
#pragma once

#include "core/status.h"

#include <stddef.h>

/* `out` and `array` are addresses of the caller's pointer, whatever it points to.
 *
 * Zeroed array of count elements of `size` bytes, aligned to a cache line; *out owned by the
 * caller. A zero count gives a valid pointer. STATUS_INTERNAL names the size that was not there. */
MUST_CHECK enum status memory_array(void *out, size_t count, size_t size, struct error *error);

/* The same for two factors, count_a x count_b elements. */
MUST_CHECK enum status memory_array2(void *out, size_t count_a, size_t count_b, size_t size,
                                     struct error *error);

/* Grow *array (capacity in elements, doubled) so that index `needed - 1` is valid. */
MUST_CHECK enum status memory_reserve(void *array, size_t *capacity, size_t needed, size_t size,
                                      struct error *error);

/* Copy of a string; *out owned by the caller. */
MUST_CHECK enum status memory_string(char **out, const char *text, struct error *error);
