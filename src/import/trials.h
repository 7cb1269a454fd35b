/* Trials from arrays of any format that weights can come from. */
#pragma once

#include "core/network.h"
#include "core/trials.h"

struct import_trials {
    const char *path;
    bool batch_first; /* axes are trials x steps x channels, not steps x trials x channels */
    enum metric_kind metric;
};

/* Arrays `inputs` (or x), `targets` (or y) and, if it exists, `mask`: of two axes, or of three
 * when all channels of a step agree. They must fit the network and pass trials_check. On success
 * *trials is released by trials_release. STATUS_INPUT names file and array. Local. */
MUST_CHECK enum status import_trials(const struct import_trials *request,
                                     const struct network *network, struct trials *trials,
                                     struct error *error);
