#include "comm/comm.h"

enum status comm_send(struct comm *comm, int to, const void *bytes, size_t size,
                      struct error *error)
{
    return comm->ops->send(comm, to, bytes, size, error);
}

enum status comm_receive(struct comm *comm, int *from, struct packer *packet, bool *got,
                         struct error *error)
{
    return comm->ops->receive(comm, from, packet, got, error);
}

enum status comm_drain(struct comm *comm, struct error *error)
{
    return comm->ops->drain(comm, error);
}
