/* Numbers from one rank to another, more of them than MPI can count with an int. */
#pragma once

#include "core/status.h"

#include <mpi.h>

/* Numbers that go at once: 1 GiB. */
enum { LONG_MESSAGE_PIECE = 1 << 27 };

/* values[count] in pieces of at most `piece` numbers, the same count and piece on both sides.
 * Point-to-point: rank `to` receives what rank `from` sends, the others take no part.
 * STATUS_INTERNAL when MPI fails. */
MUST_CHECK enum status long_message_send(const double *values, size_t count, int piece, int to,
                                         MPI_Comm comm, struct error *error);
MUST_CHECK enum status long_message_receive(double *values, size_t count, int piece, int from,
                                            MPI_Comm comm, struct error *error);
