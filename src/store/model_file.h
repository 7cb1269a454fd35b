/* Model files and files of trials (serial HDF5, read-only). */
#pragma once

#include "core/network.h"
#include "core/status.h"
#include "core/trials.h"

#include <stdint.h>

enum {
    MODEL_NAME_SIZE = 64,
    MODEL_MAX_HIDDEN = 32768, /* n * n still fits the int of BLAS */
    MODEL_MAX_ROWS = MODEL_MAX_HIDDEN * CELL_MAX_GATES,
    MODEL_MAX_CHANNELS = 65536,
    TRIALS_MAX_AXIS = 1 << 24
};

/* Labels of a model file. */
struct model_labels {
    char task[MODEL_NAME_SIZE];         /* '' if unknown */
    char construction[MODEL_NAME_SIZE]; /* '' if unknown */
    int64_t seed;                       /* -1 if unknown */
    char identity[17];                  /* of a model that this program has trained, else '' */
    bool has_trials;
};

/* Weights (float32 or float64, any storage layout) as float64. The shapes must fit each other and
 * every value must be finite, and all must be what was written if the file has a checksum
 * (store/model_write.h). On success *network is released by network_release. STATUS_INPUT
 * names the file, the dataset, what was found and what was expected. Local. */
MUST_CHECK enum status model_file_read(const char *path, struct network *network,
                                       struct model_labels *labels, struct error *error);

/* All of a model but the matrix of a gate, which is not looked at: weight_hh is NULL. Local. */
MUST_CHECK enum status model_file_read_rest(const char *path, int gate, struct network *network,
                                            struct model_labels *labels, struct error *error);

/* All of a model but its recurrent weights: weight_hh is NULL. Those are only looked through, some
 * rows at a time, so that they need not fit the memory: refused as above unless finite, and *hash
 * is network_hash of the whole network. Local. */
MUST_CHECK enum status model_file_survey(const char *path, struct network *network,
                                         struct model_labels *labels, uint64_t *hash,
                                         struct error *error);

/* Keeps the file open for the readers here, each of which opens it: for thousands of models that is
 * most of their work. -1 when it cannot be opened, as they will say. Ended by model_file_let_go.
 * Local. */
int64_t model_file_hold(const char *path);
void model_file_let_go(int64_t held);

/* Group /trials of a model file or of a file of its own, checked by trials_check. On success
 * *trials is released by trials_release. Local. */
MUST_CHECK enum status trials_file_read(const char *path, struct trials *trials,
                                        struct error *error);
