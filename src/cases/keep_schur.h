/* The Schur form that a team has computed, into a file of its own. */
#pragma once

#include "core/status.h"
#include "team/team_schur.h"

/* Writes schur_file.h's arrays, every rank its own rows. The file exists complete or not at all.
 * STATUS_OUTPUT_TAKEN when there is a file of that name, which stays; STATUS_IO otherwise; the same
 * on all ranks. Collective. */
MUST_CHECK enum status keep_schur(const char *path, const struct team_schur *schur,
                                  const char *model, const char *versions, struct error *error);
