/* One file of weights to one model file: read, replayed, written. */
#pragma once

#include "cli/replay.h"
#include "core/json.h"
#include "import/import.h"

/* What holds for every file of a command. */
struct import_settings {
    struct import_request request; /* without a path */
    const char *task;              /* '' when it is not known, as the next */
    const char *construction;
    double expected_fvu; /* NaN when it is not told */
    int *searches;       /* for causes, how many more may be made; NULL: any number */
    struct json *json;   /* for what has become of each, begun at the first; NULL: lines */
};

/* A file and the model that it is for. */
struct import_pair {
    const char *path;
    const char *output;
    int64_t seed;
    bool may_be_there; /* an output that has the same network, trials and labels is no error */
};

/* What has become of it. */
struct import_outcome {
    char description[IMPORT_DESCRIPTION_SIZE]; /* the line about it */
    struct network_shape shape;
    uint64_t weights_hash;
    int n_steps; /* of trials; 0 without */
    int n_trials;
    struct replay replay; /* of trials */
    bool was_there;       /* nothing was written */
};

/* Writes pair->output, which must not be there. A network that does not fit its trials is told on
 * stderr. With the statuses of import_read, replay_run and model_file_write_imported, and
 * STATUS_INPUT for outputs or an FVU that are not as told. Local. */
MUST_CHECK enum status import_model(const struct import_settings *settings,
                                    const struct import_pair *pair, struct import_outcome *outcome,
                                    struct error *error);

/* Tells it on stdout, or into settings->json: the outcome, or, when `failure` is not NULL, that.
 * Lines are for what was imported alone; the path may have any bytes and is written as one line. */
void import_tell(const struct import_settings *settings, const struct import_pair *pair,
                 const struct import_outcome *outcome, const struct error *failure);
