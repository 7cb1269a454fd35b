/* Trained networks of other programs: from a file of weights to a network and a line that says what
 * was taken for what. */
#pragma once

#include "core/network.h"
#include "core/trials.h"
#include "import/parts.h"
#include "import/trials.h"

enum { IMPORT_DESCRIPTION_SIZE = 4096 };

struct import_request {
    const char *path; /* PyTorch, safetensors, npz or HDF5, told by its content */
    struct import_names names;
    enum orientation
        square;       /* of matrices that fit both ways; ORIENTATION_UNKNOWN: by their names */
    struct cell cell; /* as the user tells; members that are not told do not count */
    bool tells_kind;
    bool tells_activation;
    bool tells_leak;                    /* and its form */
    const struct import_trials *trials; /* NULL for none */
};

struct imported {
    struct network network;
    bool has_trials;
    struct trials trials;
    struct import_trials_read trials_read;
    char description[IMPORT_DESCRIPTION_SIZE]; /* one line: sizes, parts, what was assumed */
};

/* On success *imported is released by imported_release. STATUS_INPUT for what cannot be this model,
 * STATUS_USAGE for a name that the file lacks; the message names file, array, what was found and
 * what was expected. Local. */
MUST_CHECK enum status import_read(const struct import_request *request, struct imported *imported,
                                   struct error *error);
void imported_release(struct imported *imported);
