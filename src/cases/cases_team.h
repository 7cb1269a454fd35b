/* Cases that are opened by all ranks of a team. */
#pragma once

#include "cases/cases.h"
#include "team/team.h"

/* Nothing open; borrows sweep, team and versions, the provenance of Schur forms that the sweep
 * wants kept. Released by experiment_destroy. Local; all else is collective over the team. */
MUST_CHECK enum status cases_of_team(struct experiment **out, const struct sweep *sweep,
                                     const struct team *team, const char *versions,
                                     struct error *error);
