/* Packets between the driver (rank 0) and its workers. Two implementations: MPI, and a loopback
 * within one process for a run on one rank and for tests. Every failure is STATUS_INTERNAL: memory
 * is short, or MPI gave an error. */
#pragma once

#include "core/pack.h"
#include "core/status.h"

#include <mpi.h>

enum { COMM_DRIVER = 0 };

struct comm;

struct comm_ops {
    enum status (*send)(struct comm *comm, int to, const void *bytes, size_t size,
                        struct error *error);
    enum status (*receive)(struct comm *comm, int *from, struct packer *packet, bool *got,
                           struct error *error);
    enum status (*drain)(struct comm *comm, struct error *error);
};

/* One endpoint. Rank 0 is the driver, ranks 1 .. size-1 are workers. */
struct comm {
    const struct comm_ops *ops;
    int rank;
    int size;
};

/* Sends a copy of the bytes and returns at once. Local. */
MUST_CHECK static inline enum status comm_send(struct comm *comm, int to, const void *bytes,
                                               size_t size, struct error *error)
{
    return comm->ops->send(comm, to, bytes, size, error);
}

/* Takes the next packet if one has arrived: its bytes replace those of *packet. Never waits. Local.
 */
MUST_CHECK static inline enum status
comm_receive(struct comm *comm, int *from, struct packer *packet, bool *got, struct error *error)
{
    return comm->ops->receive(comm, from, packet, got, error);
}

/* Waits, asleep, until everything sent has left. Local. */
MUST_CHECK static inline enum status comm_drain(struct comm *comm, struct error *error)
{
    return comm->ops->drain(comm, error);
}

/* MPI endpoint over `mpi` (borrowed). Released by comm_mpi_destroy. Local. */
MUST_CHECK enum status comm_mpi_create(struct comm **out, MPI_Comm mpi, struct error *error);
void comm_mpi_destroy(struct comm **comm);

/* Bytes of the root on all ranks, waiting asleep: the root may prepare them for minutes. On the
 * root `packet` is read, elsewhere replaced. Collective. */
MUST_CHECK enum status comm_broadcast(MPI_Comm mpi, int root, struct packer *packet,
                                      struct error *error);

/* All ranks leave with the same status, that of the lowest rank that failed, and its message.
 * Waits asleep. Collective. */
MUST_CHECK enum status comm_agree(MPI_Comm mpi, enum status mine, struct error *error);

/* *min: the smallest value of all ranks. Waits asleep. Collective. */
MUST_CHECK enum status comm_min(MPI_Comm mpi, int mine, int *min, struct error *error);

/* Called by the driver's endpoint of a loopback when nothing has arrived: lets the worker work.
 * *worked tells whether it did anything. */
typedef enum status (*loopback_idle)(void *context, bool *worked, struct error *error);

/* A driver and size - 1 workers in one process. ends[size] receives the endpoints; released
 * together by comm_loopback_destroy(ends). `idle` may be NULL. Local. */
MUST_CHECK enum status comm_loopback_create(struct comm **ends, int size, loopback_idle idle,
                                            void *context, struct error *error);
void comm_loopback_destroy(struct comm **ends);
