/* What sharing a wide model between ranks would cost and save, predicted for this machine. */
#pragma once

#include "core/status.h"
#include "core/sweep.h"

struct team_advice {
    int n_hidden;         /* the widest model of the sweep */
    int n_ranks;          /* of the study's teams, or of those that would be best; 1: alone */
    int n_shared;         /* cases that the study gives to teams */
    double seconds;       /* of a Schur form by the team */
    double bytes;         /* of its rank that needs most, for a whole case but its trials */
    double alone_seconds; /* by one rank */
    double alone_bytes;
    bool fits_alone; /* alone_bytes are less than what this machine has for one core */
    bool pays;       /* by the model the team takes less than half the time of one rank */
};

/* Narrower models are no matter for teams. */
enum { TEAM_ADVICE_FROM = 1024 };

/* Measures how fast LAPACK is here, when the sweep has a model of TEAM_ADVICE_FROM units or more or
 * a team; else n_hidden is 0 and the rest too. Local. */
MUST_CHECK enum status team_advice_find(struct team_advice *advice, const struct sweep *sweep,
                                        struct error *error);

/* Bytes of a rank for a case of that width, alone, and those of the rank of a team that needs most;
 * beside the libraries and the trials. rollout_bytes: of the rollouts, their packed matrix
 * included. Pure. */
double alone_rank_bytes(int n_hidden, double rollout_bytes);
double team_rank_bytes(int n_hidden, const struct team_spec *team, double rollout_bytes);

/* One or two lines for a person on standard output, or nothing. */
void team_advice_print(const struct team_advice *advice, const struct sweep *sweep);
