/* Trials from arrays of any format that weights can come from. */
#pragma once

#include "core/network.h"
#include "core/trials.h"

struct import_trials {
    const char *path;
    const char *outputs_path; /* of the network's own outputs; NULL: those in `path`, if any */
    const char *ignored; /* "a,b": arrays of these files that are looked at by nobody, or NULL */
    bool is_of_weights;  /* the file has weights too, so that other arrays are no surprise */
    bool batch_first;    /* axes are trials x steps x channels, not steps x trials x channels */
    bool time_first;     /* the other way, as the user tells; neither: as h0 shows, or time first */
    bool tells_metric;
    enum metric_kind metric; /* as the user tells */
};

/* How they were read. */
struct import_trials_read {
    bool batch_first;    /* as asked for, or as h0 shows */
    bool layout_is_open; /* nothing but the network's answers can tell whether that is right */
    bool has_no_targets; /* the outputs stand for them */
};

/* Arrays `inputs` (or x), `targets` (or y) and, if they exist, `mask`: of two axes, or of three
 * when all channels of a step agree; `h0`, an initial state for each trial; `outputs` of the
 * network itself, which a file of their own may have instead, and without targets are those. What
 * else the file has is refused unless it is ignored. They must fit the network and pass
 * trials_check. On success *trials is released by trials_release.
 * STATUS_INPUT names file and array. Local. */
MUST_CHECK enum status import_trials(const struct import_trials *request,
                                     const struct network *network, struct trials *trials,
                                     struct import_trials_read *read, struct error *error);
