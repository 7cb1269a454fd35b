/* A case of a results file, so that it can be opened again. */
#pragma once

#include "report/study_data.h"

/* The study of its file as it was when the case was swept, with the weights of its model where they
 * and a file of trials where they are now: looked for in `folder` (may be NULL), where the study
 * had them and beside the results file, and taken only when their hash is that of the results.
 * STATUS_INPUT says what was not found, or what has changed. The sweep borrows all but its lists of
 * models and tasks from the data; released, on failure too, by stored_case_release. Local. */
MUST_CHECK enum status stored_case_find(const struct study_data *data, int case_index,
                                        const char *folder, struct sweep *sweep,
                                        struct error *error);
void stored_case_release(struct sweep *sweep);

/* STATUS_INPUT names the first model file that is where one of a swept case is looked for, and is
 * damaged or another one now. Models that are not here are none. Local. */
MUST_CHECK enum status stored_case_check_models(const struct study_data *data, const char *folder,
                                                struct error *error);
