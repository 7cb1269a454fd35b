/* Python pickles, protocols 0 to 5, read as data: a tree of values in which the calls that would
 * make objects only stand. Nothing is looked up, imported or called.
 *
 * A tree may share its parts and may contain itself, as Python's do: who walks it bounds its steps
 * and its depth. Texts point into the bytes that were read, which must outlive the tree. */
#pragma once

#include "core/status.h"

#include <stddef.h>

enum {
    PICKLE_MAX_VALUES = 1 << 22, /* of one struct pickle, and likewise the items of all lists */
    PICKLE_MAX_DEPTH = 64        /* for walkers: no model is nested deeper */
};

enum pickle_kind {
    PICKLE_NONE,
    PICKLE_BOOL,
    PICKLE_INT,  /* of 64 bits */
    PICKLE_LONG, /* a longer one: its bytes, little-endian two's complement, or its digits */
    PICKLE_FLOAT,
    PICKLE_STR,   /* UTF-8, as it stands there */
    PICKLE_BYTES, /* also a str of Python 2 */
    PICKLE_TUPLE,
    PICKLE_LIST,
    PICKLE_DICT,
    PICKLE_SET,
    PICKLE_GLOBAL,    /* a class or a function, by its name */
    PICKLE_OBJECT,    /* what a call would give */
    PICKLE_PERSISTENT /* what is stored elsewhere, by its name */
};

struct pickle_text {
    const unsigned char *bytes; /* without a NUL at the end */
    size_t size;
};

struct pickle_value;

/* Items of a tuple, list or set; keys and values in turns of a dict. */
struct pickle_list {
    struct pickle_value **items;
    uint32_t count;
    uint32_t capacity;
};

struct pickle_object {
    struct pickle_value *callable;  /* a global, mostly */
    struct pickle_value *arguments; /* a tuple, mostly */
    struct pickle_value *state;     /* of BUILD, or NULL */
    struct pickle_list pairs;       /* of a class derived from dict */
};

struct pickle_value {
    enum pickle_kind kind;
    uint32_t tag : 31;    /* 0; for those who keep something of it */
    uint32_t is_open : 1; /* its parts are being walked */
    union {
        int64_t integer; /* of an int; 0 or 1 of a bool */
        double real;
        struct pickle_text text; /* also the digits or bytes of a long */
        struct pickle_list list;
        struct {
            struct pickle_value *module; /* both are texts */
            struct pickle_value *name;
        } global;
        struct pickle_object *object;
        struct pickle_value *identity; /* of what is stored elsewhere */
    };
};

/* All values of one file, maybe of several pickles; starts as {0}. */
struct pickle {
    void *blocks;                     /* memory of the tree */
    size_t n_values;                  /* so far */
    size_t n_items;                   /* in lists */
    size_t n_memory;                  /* bytes left in the newest block */
    size_t n_decoded;                 /* bytes of texts that were not taken as they stand */
    uint64_t n_source;                /* bytes read: what is decoded is less */
    struct pickle_value **identities; /* all that is stored elsewhere, in the order of the file */
    size_t n_identities;
    size_t identity_capacity;
};

/* Reads one pickle from the beginning of `source`; *used is its length. `path` begins messages.
 * STATUS_INPUT for what is none, is cut off or is larger than a model's. *root is owned by
 * `pickle`, whose other trees stay as they are. On failure too released by pickle_release. Local.
 */
MUST_CHECK enum status pickle_read(struct pickle *pickle, const char *path,
                                   struct pickle_text source, size_t *used,
                                   struct pickle_value **root, struct error *error);
void pickle_release(struct pickle *pickle);

/* ---- questions about values; NULL is a value that answers no --------------------------------- */

/* A text, or bytes, that read so. */
bool pickle_is_text(const struct pickle_value *value, const char *text);

/* Text of a str or of bytes; false for other kinds. */
bool pickle_get_text(const struct pickle_value *value, struct pickle_text *text);

/* An int of 0 or more, or a bool. */
bool pickle_get_count(const struct pickle_value *value, uint64_t *count);

/* A text of this program's own. */
struct pickle_text pickle_text_of(const char *text);

/* The item of a tuple or list, or NULL. */
struct pickle_value *pickle_item(const struct pickle_value *value, size_t index);

/* Number of items of a tuple or list, 0 for other kinds. */
size_t pickle_length(const struct pickle_value *value);

/* The keys and values of a dict, of an object derived from dict, or NULL. */
const struct pickle_list *pickle_pairs(const struct pickle_value *value);

/* The value under a key of a dict or of an object derived from dict, or NULL. */
struct pickle_value *pickle_entry(const struct pickle_value *value, const char *key);

/* The class or function of that name, in a module of that name or of one below it. */
bool pickle_is_global(const struct pickle_value *value, const char *module, const char *name);

/* The global that an object is made by, or NULL. */
const struct pickle_value *pickle_callable(const struct pickle_value *value);

/* Argument of the call that makes an object, or NULL. */
struct pickle_value *pickle_argument(const struct pickle_value *value, size_t index);
