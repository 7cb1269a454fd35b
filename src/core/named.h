/* Lists of things with a name: arrays of pointers to const structs whose first member is
 * `const char *name`, NULL at the end, as the .def lists make them. Local. */
#pragma once

#include <stddef.h>

enum { NAMED_MAX = 64 }; /* things that a list may have */

/* The first of that name, or NULL. */
const void *named_find(const void *list, const char *name);

/* Fills names[] in the order of the list, NAMED_MAX at most; how many there are. */
size_t named_names(const void *list, const char *names[NAMED_MAX]);
