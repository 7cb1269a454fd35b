/* Memory of a tree of values: nothing is freed before all of it is. */
#pragma once

#include "import/pickle/pickle.h"

/* A new value of that kind, zeroed otherwise. STATUS_INPUT when there are too many. */
MUST_CHECK enum status arena_value(struct pickle *pickle, enum pickle_kind kind,
                                   struct pickle_value **value, struct error *error);

/* `size` bytes, zeroed, aligned for any value. */
MUST_CHECK enum status arena_take(struct pickle *pickle, size_t size, void *out,
                                  struct error *error);

/* `room` bytes for a text that is decoded from `size` bytes. STATUS_INPUT when much more is
 * decoded than was read: a pickle may decode one text again and again. */
MUST_CHECK enum status arena_text(struct pickle *pickle, size_t size, size_t room,
                                  unsigned char **text, struct error *error);

/* More items at the end of a list. STATUS_INPUT when all lists together have too many. */
MUST_CHECK enum status arena_append(struct pickle *pickle, struct pickle_list *list,
                                    struct pickle_value *const *items, size_t count,
                                    struct error *error);
