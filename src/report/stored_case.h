/* The weights and the trials behind a case of a results file, found again. */
#ifndef SCHURSWEEP_REPORT_STORED_CASE_H
#define SCHURSWEEP_REPORT_STORED_CASE_H

#include "core/network.h"
#include "core/sweep.h"
#include "report/study_data.h"

/* Looks for the model of a case in `folder` (NULL: nowhere else) and where the study had it. Taken
 * is only a file whose weights have the hash of the results; path[PATH_MAX] is its name. On success
 * *network is released by network_release. Local. */
bool stored_case_weights(const struct study_data *data, int case_index, const char *folder,
                         struct network *network, char *path);

/* Where the trials of a case are from. */
enum stored_trials {
    STORED_TRIALS_OWN,      /* in the model's file */
    STORED_TRIALS_BUILT_IN, /* a built-in task; params are set */
    STORED_TRIALS_FILE,     /* a file of the user's; path is set, hash is set */
    STORED_TRIALS_UNKNOWN
};

/* params[PARAMS_MAX], path[PATH_MAX]. Local. */
enum stored_trials stored_case_trials(const struct study_data *data, int case_index, double *params,
                                      char *path, uint64_t *hash);

/* Precision of the study that a case is from. */
enum precision stored_case_precision(const struct study_data *data, int case_index);

/* Whether a team of ranks swept the case together: one rank gives other bits. */
bool stored_case_is_shared(const struct study_data *data, int case_index);

#endif
