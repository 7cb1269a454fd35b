/* The stack machine that a pickle is a program for, and its instructions. */
#pragma once

#include "import/pickle/arena.h"

struct machine {
    struct pickle *pickle; /* borrowed; values go there */
    const unsigned char *begin;
    const unsigned char *at; /* behind the instruction and what was taken of its arguments */
    const unsigned char *end;
    struct pickle_value **stack;
    size_t n_stack;
    size_t stack_capacity;
    size_t *marks; /* heights of the stack */
    size_t n_marks;
    size_t mark_capacity;
    struct pickle_value **memo; /* NULL where there is none */
    size_t n_memo;
    size_t memo_capacity;
    bool has_stopped;
    struct error *error; /* borrowed */
};

/* Runs one instruction; `width` is the size in bytes of its argument or of the argument's length,
 * a number of items, or the kind of container that is pushed. */
typedef enum status instruction(struct machine *machine, size_t width);

/* ---- what instructions are made of ----------------------------------------------------------- */

/* STATUS_INPUT with that message. */
enum status machine_fail(const struct machine *machine, const char *message);

MUST_CHECK enum status machine_take(struct machine *machine, size_t size,
                                    const unsigned char **bytes);
/* A little-endian number of `width` bytes, 8 at most. */
MUST_CHECK enum status machine_number(struct machine *machine, size_t width, uint64_t *number);
/* Up to the next line feed, which is taken too. */
MUST_CHECK enum status machine_line(struct machine *machine, struct pickle_text *line);

MUST_CHECK enum status machine_push(struct machine *machine, struct pickle_value *value);
/* A new value of that kind on top. */
MUST_CHECK enum status machine_push_new(struct machine *machine, enum pickle_kind kind,
                                        struct pickle_value **value);
/* The value on top, down to the last mark only. */
MUST_CHECK enum status machine_pop(struct machine *machine, struct pickle_value **value);
MUST_CHECK enum status machine_top(struct machine *machine, struct pickle_value **value);
/* The values above the last mark, which goes; they lie on the stack until the next push. */
MUST_CHECK enum status machine_pop_mark(struct machine *machine, struct pickle_value ***items,
                                        size_t *count);

/* ---- instructions ---------------------------------------------------------------------------- */

/* scalars.c */
instruction push_none, push_true, push_false, push_unsigned, push_signed, push_long, push_float,
    push_text, push_bytes;
/* lines.c: of protocol 0 */
instruction push_int_line, push_long_line, push_float_line, push_string_line, push_unicode_line;
/* containers.c */
instruction push_tuple, push_empty, push_marked, append_one, append_marked, set_one, set_marked;
/* objects.c */
instruction push_global_line, push_stack_global, push_instance, reduce, reduce_marked, new_object,
    new_object_with_keywords, build, push_persistent, push_persistent_line;
