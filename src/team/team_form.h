/* The form in which a network is taken apart, when a team shares its weight_hh: a gauge
 * of core/cell.h. */
#pragma once

#include "core/network.h"
#include "team/block_cyclic.h"

/* Brings both to that form. The same grid and block give the same bits, on all ranks.
 * STATUS_INTERNAL without memory, or when MPI fails. Collective. */
MUST_CHECK enum status team_change_form(struct network *network, struct block_cyclic *weight_hh,
                                        int gauge, struct error *error);
