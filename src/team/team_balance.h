/* The balanced form (kernel/balance.h) of a ReLU network whose weight_hh a team shares. */
#pragma once

#include "core/network.h"
#include "team/block_cyclic.h"

/* Balances both. The same grid and block give the same bits, on all ranks. STATUS_INTERNAL without
 * memory, or when MPI fails. Collective. */
MUST_CHECK enum status team_balance(struct network *network, struct block_cyclic *weight_hh,
                                    struct error *error);
