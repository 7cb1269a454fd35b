/* What the name of an array or of a note means. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum import_role {
    IMPORT_RECURRENT,
    IMPORT_INPUT,
    IMPORT_READOUT,
    IMPORT_MATRIX_COUNT, /* the roles so far are matrices */
    IMPORT_BIAS = IMPORT_MATRIX_COUNT,
    IMPORT_READOUT_BIAS,
    IMPORT_INITIAL_STATE,
    IMPORT_CELL_STATE, /* the second state of an lstm */
    IMPORT_DALE_SIGN,  /* 1 or -1 of each unit, or a diagonal matrix of them */
    IMPORT_PART_COUNT, /* the roles so far are parts of the model */
    /* what is said of its dynamics */
    IMPORT_LEAK = IMPORT_PART_COUNT,
    IMPORT_STEP,
    IMPORT_TIME,
    IMPORT_LEAK_FORM,
    IMPORT_NONLINEARITY
};

/* How the axes of a stored matrix lie. */
enum orientation {
    ORIENTATION_UNKNOWN,
    ORIENTATION_TO_FROM, /* W x, as PyTorch, PsychRNN and the model file have it */
    ORIENTATION_FROM_TO  /* x W, as Keras has it */
};

/* A name that means a role. It matches the end of a longer name, after a '.' or '/', whatever its
 * case, and '/' for '.'; a final ":0" counts for nothing. */
struct key_rule {
    const char *base;
    enum import_role role;
    enum orientation orientation;
    bool sibling;  /* only beside the recurrent matrix, under the same prefix */
    int group;     /* biases of one group are summed; 0 stands alone */
    bool of_units; /* a bias of W_hh h, which some cells keep apart from that of W_ih x */
};

/* All rules, from key_rules.def; base is NULL at the end. */
extern const struct key_rule KEY_RULES[];

/* True when the name means `base`; *prefix_length is where it begins. */
bool import_key_matches(const char *name, const char *base, size_t *prefix_length);

/* How a matrix lies whose name ends with weight, as PyTorch has it, or kernel, as Keras has. */
enum orientation import_word_orientation(const char *name);

/* The rule by which a name has that role, or NULL. */
const struct key_rule *import_key_rule(const char *name, enum import_role role,
                                       size_t *prefix_length);
