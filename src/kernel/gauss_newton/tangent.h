/* How far outputs move, to first order, when recurrent weights change by dW: the forward tangent of
 * a linearised network. Everything here is local. */
#pragma once

#include "kernel/gauss_newton/linearisation.h"

/* *squares = sum over counted steps and outputs of the trials of the linearisation of (dy)^2 for
 * the change dw[width, width] (row-major), a block of the diagonal for each of the gates.
 * STATUS_INTERNAL without memory. */
MUST_CHECK enum status tangent_squares(const struct linearisation *linear, gate_set gates,
                                       const double *dw, double *squares, struct error *error);
