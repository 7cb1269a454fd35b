/* Parts of torch_walk: names, entries of the table (leaves.c), whole modules and what the
 * attributes of objects say (modules.c). */
#pragma once

#include "import/torch/walk.h"

enum { WALKER_TEXT_SIZE = 257 };

/* On its way through a tree. */
struct walker {
    struct torch_file *file;
    struct import_table *table;
    char name[IMPORT_NAME_LENGTH + 2]; /* with room for one byte more */
    size_t length;                     /* of the name */
    size_t steps;                      /* that are left */
    int depth;
};

/* Adds a word to the name; walker_leave goes back to the length that was returned. */
size_t walker_enter(struct walker *walker, struct pickle_text word);
void walker_leave(struct walker *walker, size_t before);

/* So many more values or keys are looked at. STATUS_INPUT when there were too many. */
MUST_CHECK enum status walker_steps(struct walker *walker, size_t count, struct error *error);

/* All values of a dict, whatever class it has, under their keys; nothing of another value. */
MUST_CHECK enum status walker_mapping(struct walker *walker, const struct pickle_value *value,
                                      struct error *error);
MUST_CHECK enum status walker_pairs(struct walker *walker, const struct pickle_list *pairs,
                                    struct error *error);

/* Entries under the name that the walker is at: an array of numbers, one string, what
 * walker_scalar has written, an object. */
MUST_CHECK enum status walker_add_array(const struct walker *walker,
                                        const struct torch_array *array, struct error *error);
MUST_CHECK enum status walker_add_text(const struct walker *walker, const struct torch_array *array,
                                       struct error *error);
MUST_CHECK enum status walker_add_scalar(struct walker *walker, const struct pickle_value *value,
                                         const char *text, struct error *error);
MUST_CHECK enum status walker_add_opaque(const struct walker *walker,
                                         const struct pickle_value *value, struct error *error);

/* The attributes of an object, a dict, or NULL. */
const struct pickle_value *walker_state(const struct pickle_value *object);

/* What a module has: parameters, buffers, modules in it, and attributes of its own. */
MUST_CHECK enum status walker_module(struct walker *walker, const struct pickle_value *module,
                                     const struct pickle_value *state, struct error *error);

/* Attributes that are no private ones. */
MUST_CHECK enum status walker_attributes(struct walker *walker, const struct pickle_value *state,
                                         struct error *error);

/* A number, a text, or the name of a function or class, in words; false for other values. */
bool walker_scalar(const struct pickle_value *value, char text[WALKER_TEXT_SIZE]);

/* The class of an object: "torch.nn.modules.rnn.RNN"; "object" where it has no name. */
void walker_class_name(const struct pickle_value *object, char text[WALKER_TEXT_SIZE]);
