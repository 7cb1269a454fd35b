/* Other forms of a gated network. With S = diag(+-1) the network whose states are S h (and S c)
 * gives the same outputs: its candidate is S W S, S U, S b, every sigmoid gate W S (a gate opens as
 * it did), the read-out W_hy S. The candidate's eigenvalues and couplings stay as they are, those
 * of a sigmoid gate do not: what taking such a matrix apart shows is told by an ensemble over S. */
#pragma once

#include "core/network.h"
#include "core/sweep.h"

/* signs[n], +-1, of a choice from 1 on; those of 0 are all 1. They depend on choice and unit alone.
 * Pure. */
void gauge_signs(int choice, int n, double *signs);

/* Brings a network of a gated cell to that form; its weight_hh may be missing. Choice GAUGE_STORED
 * leaves any network as it is. STATUS_INTERNAL without memory. Local. */
MUST_CHECK enum status gauge_apply(struct network *network, int choice, struct error *error);

/* The same, or GAUGE_BALANCED (kernel/balance.h): the form in which a whole network is taken apart.
 * Local. */
MUST_CHECK enum status gauge_bring(struct network *network, int gauge, struct error *error);
