/* Models that this program has trained. */
#ifndef SCHURSWEEP_STORE_MODEL_WRITE_H
#define SCHURSWEEP_STORE_MODEL_WRITE_H

#include "core/cell.h"
#include "core/network.h"
#include "core/status.h"

/* What stands in a model file beside its weights. */
struct model_record {
    const char *task;
    const char *construction;
    int64_t seed;
    const char *identity; /* 16 hex digits */
    const char *recipe;   /* its values, "key = value" per line */
    const char *versions;
    const double *loss_history; /* [n_losses] loss of every step */
    int n_losses;
    struct training_facts facts;
};

/* Writes a model file (weights float64) that is there complete or not at all. A file that is there
 * already stays and is no error: equal names hold equal models. STATUS_IO otherwise. Local. */
MUST_CHECK enum status model_file_write(const char *path, const struct network *network,
                                        const struct model_record *record, struct error *error);

/* Facts of a model file, and its identity ('' when it has none). STATUS_INPUT when it cannot be
 * read as HDF5. Local. */
MUST_CHECK enum status model_file_read_facts(const char *path, struct training_facts *facts,
                                             char identity[17], struct error *error);

#endif
