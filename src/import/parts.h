/* Which array of a file plays which part in the model. */
#pragma once

#include "import/key_rules.h"
#include "import/table.h"

/* What the user said about names. */
struct import_names {
    const char *keys[IMPORT_PART_COUNT]; /* NULL for the usual names, "none" for an optional part;
                                            a bias may be a sum, "a,b", and read-outs are stacked */
    const char *ignored;                 /* "a,b", or NULL */
    bool ignored_may_be_elsewhere;       /* there are other files that they may be in */
    const char *mask;                    /* an array that W_hh is multiplied by, or NULL */
};

/* What was done with a matrix, to be said. */
enum import_turn {
    TURN_NONE,        /* as it is, and there was no other way */
    TURN_BY_SHAPE,    /* transposed: it fits no other way */
    TURN_BY_NAME,     /* transposed: its name means x W */
    TURN_BY_USER,     /* transposed on demand */
    TURN_NONE_ASSUMED /* fits both ways, taken as it is */
};

enum { IMPORT_MAX_SUMMANDS = 4 };

struct import_part {
    struct import_array *arrays[IMPORT_MAX_SUMMANDS]; /* borrowed from the table */
    int n_arrays;                                     /* 0 when the model lacks the part */
    enum orientation orientation;                     /* by the name */
    bool named;                                       /* by the user */
    enum import_turn turn;                            /* of a matrix, once import_weights has run */
};

struct import_parts {
    struct import_part part[IMPORT_PART_COUNT];
    size_t prefix_length;      /* of the recurrent matrix's name: "module.rnn." */
    struct import_array *mask; /* that the user has named, or NULL */
};

/* Marks the entries of "a,b" (or NULL) that are there as ignored. */
void import_ignore_found(struct import_table *table, const char *list);

/* Marks the entries that the user wants overlooked. STATUS_USAGE for one that is not there. */
MUST_CHECK enum status import_ignore(struct import_table *table, const struct import_names *names,
                                     struct error *error);

/* The recurrent matrix, to begin with. STATUS_USAGE for a name that is not there, STATUS_INPUT when
 * no array or more than one may be meant. */
MUST_CHECK enum status import_choose_recurrent(const struct import_table *table,
                                               const struct import_names *names,
                                               struct import_parts *parts, struct error *error);

/* All other parts, when the recurrent matrix is known to be square. Marks what is used. */
MUST_CHECK enum status import_choose_others(struct import_table *table,
                                            const struct import_names *names,
                                            struct import_parts *parts, struct error *error);
