/* Cases of a sweep are opened here: model file, trials, Schur form, reference; by one rank alone or
 * by a team. Sweep, verify, report and plan come this way. */
#pragma once

#include "core/sweep.h"
#include "core/trials.h"
#include "kernel/experiment.h"

struct team;

/* Nothing open; borrows the sweep. Released by experiment_destroy. Local. */
MUST_CHECK enum status cases_alone(struct experiment **out, const struct sweep *sweep,
                                   struct error *error);

/* Cases that all ranks of a team open; borrows also the team and versions, the provenance of Schur
 * forms that the sweep wants kept. Local; all else is collective over the team. */
MUST_CHECK enum status cases_of_team(struct experiment **out, const struct sweep *sweep,
                                     const struct team *team, const char *versions,
                                     struct error *error);

/* Trials of a case, from the model, a file or the task; released by trials_release. Local. */
MUST_CHECK enum status case_trials_load(const struct sweep *sweep, const struct case_spec *spec,
                                        struct trials *trials, struct error *error);

/* What a status of reading or computing means for the jobs of a case. The study has checked every
 * file before the first job, so whatever is wrong now has changed; what is no failure of the job is
 * a lack of memory. */
enum status case_as_job_failure(enum status status);
