/* The library behind the store, for those who must not know it. */
#pragma once

#include <stddef.h>

/* Silences the library's own printing and its clean-up at exit; call once before any other function
 * of this folder. */
void store_begin(void);

/* "1.10.8" */
void store_library_version(char *text, size_t size);
