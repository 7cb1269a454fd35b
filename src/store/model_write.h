/* Models that this program has trained or imported. They carry a checksum, so that a bit that rots
 * while they lie is noticed by whoever opens them. */
#pragma once

#include "core/network.h"
#include "core/status.h"
#include "core/training_facts.h"
#include "core/trials.h"

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

/* Writes a model file (weights float64) that exists complete or not at all. A file that exists
 * already stays and is no error: equal names hold equal models. STATUS_IO otherwise. Local. */
MUST_CHECK enum status model_file_write(const char *path, const struct network *network,
                                        const struct model_record *record, struct error *error);

/* What stands in an imported model file beside its weights. */
struct import_record {
    const char *task;         /* '' when it is not known: left out, as the next two */
    const char *construction; /* '' */
    int64_t seed;             /* -1 */
    const char *source;       /* the file it comes from */
    const char *description;  /* what was taken for what */
    const char *versions;
    const struct trials *trials; /* for /trials; NULL for none */
};

/* Writes an imported model (everything float64) that exists complete or not at all.
 * STATUS_OUTPUT_TAKEN when there is a file of that name, which stays; STATUS_IO otherwise. Local.
 */
MUST_CHECK enum status model_file_write_imported(const char *path, const struct network *network,
                                                 const struct import_record *record,
                                                 struct error *error);

/* What a model file tells beside its weights. */
struct kept_facts {
    struct training_facts training;
    char identity[17];
    char checksum[17]; /* of weights, identity and training, 16 hex digits; '' when the file has
                          none: it is older, or from elsewhere */
};

/* Facts of a model file; missing ones when it has none. STATUS_INPUT when it cannot be read as
 * HDF5. Local. */
MUST_CHECK enum status model_file_read_facts(const char *path, struct kept_facts *facts,
                                             struct error *error);

/* STATUS_INPUT when the file's checksum is not that of its facts and of weights with that
 * network_hash: they are not what was written. Local. */
MUST_CHECK enum status model_file_check(const char *path, const struct kept_facts *facts,
                                        uint64_t weights_hash, struct error *error);

/* The same of the facts that the file has now. Local. */
MUST_CHECK enum status model_file_check_weights(const char *path, uint64_t weights_hash,
                                                struct error *error);
