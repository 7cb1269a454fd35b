/* Which array of a file plays which part in the model. */
#ifndef SCHURSWEEP_IMPORT_KEYS_H
#define SCHURSWEEP_IMPORT_KEYS_H

#include "import/table.h"

enum import_role {
    IMPORT_RECURRENT,
    IMPORT_INPUT,
    IMPORT_READOUT,
    IMPORT_BIAS,
    IMPORT_READOUT_BIAS,
    IMPORT_INITIAL_STATE,
    IMPORT_ROLE_COUNT
};

/* How the axes of a stored matrix lie. */
enum orientation {
    ORIENTATION_UNKNOWN,
    ORIENTATION_TO_FROM, /* W x, as PyTorch, PsychRNN and the model file have it */
    ORIENTATION_FROM_TO  /* x W, as Keras has it */
};

/* A name that means a part. It matches the end of a longer name, after a '.' or '/', whatever its
 * case; a final ":0" counts for nothing. */
struct key_rule {
    const char *base;
    enum import_role role;
    enum orientation orientation;
    bool sibling; /* only beside the recurrent matrix, under the same prefix */
    int group;    /* biases of one group are summed; 0 stands alone */
};

/* All rules; base is NULL at the end. */
extern const struct key_rule KEY_RULES[];

/* What the user said about names. */
struct import_names {
    const char *keys[IMPORT_ROLE_COUNT]; /* NULL for the usual names, "none" for an optional part;
                                            a bias may be a sum, "a,b" */
    const char *ignored;                 /* "a,b", or NULL */
};

enum { IMPORT_MAX_SUMMANDS = 4 };

struct import_part {
    struct import_array *arrays[IMPORT_MAX_SUMMANDS]; /* borrowed from the table */
    int n_arrays;                                     /* 0 when the model lacks the part */
    enum orientation orientation;                     /* by the name */
    bool named;                                       /* by the user */
};

struct import_parts {
    struct import_part part[IMPORT_ROLE_COUNT];
    size_t prefix_length; /* of the recurrent matrix's name: "module.rnn." */
};

/* "--readout" */
const char *import_role_option(enum import_role role);

/* True when the name means `base`; *prefix_length is where it begins. */
bool import_key_matches(const char *name, const char *base, size_t *prefix_length);

/* Marks the entries that the user wants overlooked. STATUS_USAGE for one that is not there. */
MUST_CHECK enum status import_ignore(struct import_table *table, const struct import_names *names,
                                     struct error *error);

/* The recurrent matrix, to begin with. STATUS_USAGE for a name that is not there, STATUS_INPUT when
 * no array or more than one may be meant. */
MUST_CHECK enum status import_choose_recurrent(const struct import_table *table,
                                               const struct import_names *names,
                                               struct import_parts *parts, struct error *error);

/* All other parts, when the recurrent matrix is known to be square. Marks what is used. */
MUST_CHECK enum status import_choose_others(const struct import_table *table,
                                            const struct import_names *names,
                                            struct import_parts *parts, struct error *error);

#endif
