#include "comm/backoff.h"
#include "comm/comm.h"
#include "core/memory.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { PACKET_TAG = 1 };

/* A packet on its way. */
struct outgoing {
    MPI_Request request;
    void *bytes;
};

struct comm_mpi {
    struct comm base;
    MPI_Comm mpi;
    struct outgoing *outbox;
    size_t n_outgoing;
    size_t capacity;
};

static enum status mpi_error(int code, const char *what, struct error *error)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    (void)MPI_Error_string(code, text, &length);
    return error_set(error, STATUS_INTERNAL, "MPI: %s: %s", what, text);
}

#define TRY_MPI(call, what)                                                                        \
    do {                                                                                           \
        const int try_code_ = (call);                                                              \
        if (try_code_ != MPI_SUCCESS) {                                                            \
            return mpi_error(try_code_, what, error);                                              \
        }                                                                                          \
    } while (0)

static enum status sweep_outbox(struct comm_mpi *comm, struct error *error)
{
    for (size_t i = 0; i < comm->n_outgoing;) {
        int sent = 0;
        TRY_MPI(MPI_Test(&comm->outbox[i].request, &sent, MPI_STATUS_IGNORE), "send");
        if (sent) {
            free(comm->outbox[i].bytes);
            comm->outbox[i] = comm->outbox[--comm->n_outgoing];
        } else {
            i++;
        }
    }
    return STATUS_OK;
}

static enum status mpi_send(struct comm *base, int to, const void *bytes, size_t size,
                            struct error *error)
{
    struct comm_mpi *const comm = (struct comm_mpi *)base;
    if (size > INT_MAX) {
        return error_set(error, STATUS_INTERNAL, "message of %zu bytes is too long", size);
    }
    TRY(sweep_outbox(comm, error));
    TRY(memory_reserve(&comm->outbox, &comm->capacity, comm->n_outgoing + 1, sizeof *comm->outbox,
                       error));
    struct outgoing *const outgoing = &comm->outbox[comm->n_outgoing];
    TRY(memory_array(&outgoing->bytes, size, 1, error));
    memcpy(outgoing->bytes, bytes, size);
    comm->n_outgoing++;
    TRY_MPI(MPI_Isend(outgoing->bytes, (int)size, MPI_BYTE, to, PACKET_TAG, comm->mpi,
                      &outgoing->request),
            "send");
    return STATUS_OK;
}

static enum status mpi_receive(struct comm *base, int *from, struct packer *packet, bool *got,
                               struct error *error)
{
    struct comm_mpi *const comm = (struct comm_mpi *)base;
    int found = 0;
    int size = 0;
    MPI_Status info;
    *got = false;
    TRY(sweep_outbox(comm, error));
    TRY_MPI(MPI_Iprobe(MPI_ANY_SOURCE, PACKET_TAG, comm->mpi, &found, &info), "probe");
    if (!found) {
        return STATUS_OK;
    }
    TRY_MPI(MPI_Get_count(&info, MPI_BYTE, &size), "count");
    TRY(memory_reserve(&packet->bytes, &packet->capacity, (size_t)size, 1, error));
    TRY_MPI(MPI_Recv(packet->bytes, size, MPI_BYTE, info.MPI_SOURCE, PACKET_TAG, comm->mpi,
                     MPI_STATUS_IGNORE),
            "receive");
    packet->size = (size_t)size;
    *from = info.MPI_SOURCE;
    *got = true;
    return STATUS_OK;
}

static enum status mpi_drain(struct comm *base, struct error *error)
{
    struct comm_mpi *const comm = (struct comm_mpi *)base;
    struct backoff backoff = {0};
    TRY(sweep_outbox(comm, error));
    while (comm->n_outgoing > 0) {
        backoff_wait(&backoff);
        TRY(sweep_outbox(comm, error));
    }
    return STATUS_OK;
}

static const struct comm_ops MPI_OPS = {mpi_send, mpi_receive, mpi_drain};

enum status comm_mpi_create(struct comm **out, MPI_Comm mpi, struct error *error)
{
    struct comm_mpi *comm = NULL;
    *out = NULL;
    TRY(memory_array(&comm, 1, sizeof *comm, error));
    comm->base.ops = &MPI_OPS;
    comm->mpi = mpi;
    (void)MPI_Comm_rank(mpi, &comm->base.rank);
    (void)MPI_Comm_size(mpi, &comm->base.size);
    *out = &comm->base;
    return STATUS_OK;
}

void comm_mpi_destroy(struct comm **base)
{
    struct comm_mpi *const comm = (struct comm_mpi *)*base;
    if (comm != NULL) {
        for (size_t i = 0; i < comm->n_outgoing; i++) {
            /* Its bytes stay: MPI may still read them. */
            (void)MPI_Request_free(&comm->outbox[i].request);
        }
        free(comm->outbox);
        free(comm);
    }
    *base = NULL;
}

static enum status wait_asleep(MPI_Request *request, const char *what, struct error *error)
{
    struct backoff backoff = {0};
    for (;;) {
        int done = 0;
        TRY_MPI(MPI_Test(request, &done, MPI_STATUS_IGNORE), what);
        if (done) {
            return STATUS_OK;
        }
        backoff_wait(&backoff);
    }
}

static enum status broadcast_piece(MPI_Comm mpi, int root, void *bytes, size_t size,
                                   struct error *error)
{
    MPI_Request request = MPI_REQUEST_NULL;
    TRY_MPI(MPI_Ibcast(bytes, (int)size, MPI_BYTE, root, mpi, &request), "broadcast");
    return wait_asleep(&request, "broadcast", error);
}

enum status comm_broadcast(MPI_Comm mpi, int root, struct packer *packet, struct error *error)
{
    enum { PIECE = 1 << 24 };
    uint64_t size = packet->size;
    TRY(broadcast_piece(mpi, root, &size, sizeof size, error));
    TRY(memory_reserve(&packet->bytes, &packet->capacity, (size_t)size, 1, error));
    packet->size = (size_t)size;
    for (size_t first = 0; first < packet->size; first += PIECE) {
        const size_t left = packet->size - first;
        TRY(broadcast_piece(mpi, root, packet->bytes + first, left < PIECE ? left : PIECE, error));
    }
    return STATUS_OK;
}

enum status comm_min(MPI_Comm mpi, int mine, int *min, struct error *error)
{
    MPI_Request request = MPI_REQUEST_NULL;
    TRY_MPI(MPI_Iallreduce(&mine, min, 1, MPI_INT, MPI_MIN, mpi, &request), "minimum");
    return wait_asleep(&request, "minimum", error);
}

enum status comm_agree(MPI_Comm mpi, enum status mine, struct error *error)
{
    int rank = 0;
    int size = 0;
    (void)MPI_Comm_rank(mpi, &rank);
    (void)MPI_Comm_size(mpi, &size);
    const int failing = mine == STATUS_OK ? size : rank;
    int first = size;
    TRY(comm_min(mpi, failing, &first, error));
    if (first == size) {
        return STATUS_OK;
    }
    int status = (int)mine;
    TRY(broadcast_piece(mpi, first, &status, sizeof status, error));
    TRY(broadcast_piece(mpi, first, error->text, sizeof error->text, error));
    return (enum status)status;
}
