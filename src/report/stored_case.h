/* A case of a results file, so that it can be opened again. */
#ifndef SCHURSWEEP_REPORT_STORED_CASE_H
#define SCHURSWEEP_REPORT_STORED_CASE_H

#include "report/study_data.h"

/* The study of its file as it was when the case was swept, but for the places of its model and of
 * its trials, which are looked for: the model where the study had it and in `folder` (may be NULL),
 * and taken only when its weights have the hash of the results. *case_index is the case's number in
 * it. STATUS_INPUT says what was not found. Released by sweep_release. Local. */
MUST_CHECK enum status stored_case_find(const struct study_data *data, int case_index,
                                        const char *folder, struct sweep *sweep,
                                        struct error *error);

/* Whether a team of ranks has computed it. */
bool stored_case_is_by_team(const struct study_data *data, int case_index);

#endif
