/* The linear assignment problem: rows and columns put together, one to one, at the least cost. */
#pragma once

#include "core/status.h"

struct assignment;

/* Workspace for [n, n]; released by assignment_destroy. Local. */
MUST_CHECK enum status assignment_create(struct assignment **out, int n, struct error *error);
void assignment_destroy(struct assignment **assignment);

/* column[n]: that of every row, so that the sum of cost[row, column[row]] (row-major, finite) is
 * least. Depends on the costs alone. Local. */
void assignment_solve(struct assignment *assignment, const double *cost, int *column);
