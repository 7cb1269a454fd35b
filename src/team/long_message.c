#include "team/long_message.h"

#include "team/process_grid.h"

enum { PIECE_TAG = 2 };

static int piece_at(size_t first, size_t count, int piece)
{
    return count - first < (size_t)piece ? (int)(count - first) : piece;
}

enum status long_message_send(const double *values, size_t count, int piece, int to, MPI_Comm comm,
                              struct error *error)
{
    for (size_t first = 0; first < count; first += (size_t)piece) {
        TRY(grid_check(MPI_Send(values + first, piece_at(first, count, piece), MPI_DOUBLE, to,
                                PIECE_TAG, comm),
                       "send numbers", error));
    }
    return STATUS_OK;
}

enum status long_message_receive(double *values, size_t count, int piece, int from, MPI_Comm comm,
                                 struct error *error)
{
    for (size_t first = 0; first < count; first += (size_t)piece) {
        TRY(grid_check(MPI_Recv(values + first, piece_at(first, count, piece), MPI_DOUBLE, from,
                                PIECE_TAG, comm, MPI_STATUS_IGNORE),
                       "receive numbers", error));
    }
    return STATUS_OK;
}
