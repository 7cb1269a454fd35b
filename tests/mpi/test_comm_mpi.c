/* Packets and collective calls between real ranks. */
#include "comm/backoff.h"
#include "comm/comm.h"
#include "core/clock.h"
#include "core/rng.h"
#include "mpi/demand.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MEGABYTE = 1 << 20, LARGE = 5 * MEGABYTE, N_SMALL = 200, MAX_SMALL = 20000 };

static struct error error;
static int rank;
static int size;

static unsigned char pattern(size_t i, int seed)
{
    return (unsigned char)(i * 131 + i / 257 + (size_t)seed * 29);
}

static void fill(struct packer *packet, size_t length, int seed)
{
    unsigned char piece[4096];
    pack_clear(packet);
    for (size_t i = 0; i < length; i += sizeof piece) {
        const size_t count = length - i < sizeof piece ? length - i : sizeof piece;
        for (size_t k = 0; k < count; k++) {
            piece[k] = pattern(i + k, seed);
        }
        pack_bytes(packet, piece, count);
    }
    DEMAND_OK(pack_finish(packet, &error));
}

static bool is_filled(const struct packer *packet, size_t length, int seed)
{
    bool good = packet->size == length;
    for (size_t i = 0; good && i < length; i++) {
        good = packet->bytes[i] == pattern(i, seed);
    }
    return good;
}

/* ---- broadcast ----------------------------------------------------------------------------------
 */

static void bytes_of_the_root_reach_every_rank(void)
{
    static const size_t LENGTHS[] = {
        0, 1, 4096, (1 << 24) - 1, 1 << 24, (1 << 24) + 1, 20 * MEGABYTE, 3};
    struct packer packet = {0};
    for (size_t i = 0; i < sizeof LENGTHS / sizeof LENGTHS[0]; i++) {
        const int root = (int)i % size;
        if (rank == root) {
            fill(&packet, LENGTHS[i], (int)i);
        } /* elsewhere it still holds the last one: to be replaced */
        DEMAND_OK(comm_broadcast(MPI_COMM_WORLD, root, &packet, &error));
        DEMAND(is_filled(&packet, LENGTHS[i], (int)i));
    }
    pack_release(&packet);
}

/* ---- agree --------------------------------------------------------------------------------------
 */

static void without_a_failure_all_agree_on_success(void)
{
    (void)snprintf(error.text, sizeof error.text, "mine");
    DEMAND(comm_agree(MPI_COMM_WORLD, STATUS_OK, &error) == STATUS_OK);
    DEMAND(strcmp(error.text, "mine") == 0);
}

/* Every set of failing ranks: the lowest one speaks for all. */
static void the_lowest_failing_rank_speaks_for_all(void)
{
    static const enum status KINDS[] = {STATUS_IO, STATUS_INPUT, STATUS_DAMAGED, STATUS_JOB_MEMORY,
                                        STATUS_MISMATCH};
    for (unsigned failing = 1; failing < 1u << size; failing++) {
        char expected[64];
        enum status mine = STATUS_OK;
        const int lowest = __builtin_ctz(failing);
        if ((failing >> rank & 1u) != 0) {
            mine = error_set(&error, KINDS[rank % 5], "rank %d of set %u failed", rank, failing);
        } else {
            error.text[0] = '\0';
        }
        (void)snprintf(expected, sizeof expected, "rank %d of set %u failed", lowest, failing);
        DEMAND(comm_agree(MPI_COMM_WORLD, mine, &error) == KINDS[lowest % 5]);
        DEMAND(strcmp(error.text, expected) == 0);
    }
}

/* The least value sits on each rank once. */
static void all_ranks_get_the_least_value(void)
{
    for (int where = 0; where < size; where++) {
        int least = 99;
        const int mine = rank == where ? -3 : rank;
        DEMAND(comm_min(MPI_COMM_WORLD, mine, &least, &error) == STATUS_OK);
        DEMAND(least == -3);
    }
}

/* ---- packets ------------------------------------------------------------------------------------
 */

static void wait_for(struct comm *comm, int *from, struct packer *packet)
{
    bool got = false;
    struct backoff backoff = {0};
    DEMAND_OK(comm_receive(comm, from, packet, &got, &error));
    while (!got) {
        backoff_wait(&backoff);
        DEMAND_OK(comm_receive(comm, from, packet, &got, &error));
    }
}

static void an_endpoint_knows_its_place(struct comm *comm)
{
    DEMAND(comm->rank == rank);
    DEMAND(comm->size == size);
}

static void nothing_has_arrived(struct comm *comm)
{
    struct packer packet = {0};
    bool got = true;
    int from = -1;
    DEMAND_OK(comm_receive(comm, &from, &packet, &got, &error));
    DEMAND(!got);
    pack_release(&packet);
}

/* Length of packet number `number` of a rank; the first one is empty. */
static size_t small_length(int sender, int number)
{
    struct rng rng = rng_stream((struct rng_key){{17, 4}}, (uint64_t)sender, (uint64_t)number);
    return number == 0 ? 0 : (size_t)rng_below(&rng, MAX_SMALL);
}

static void send_small(struct comm *comm, int to)
{
    struct packer packet = {0};
    pack_i64(&packet, 0); /* an empty packet, too, has an address */
    for (int i = 0; i < N_SMALL; i++) {
        fill(&packet, small_length(rank, i), i);
        DEMAND_OK(comm_send(comm, to, packet.bytes, packet.size, &error));
        memset(packet.bytes, 0xee, packet.size); /* what was sent is a copy */
    }
    pack_release(&packet);
}

static void receive_small(struct comm *comm, int first_sender, int n_senders)
{
    struct packer packet = {0};
    int next[64] = {0};
    for (int i = 0; i < N_SMALL * n_senders; i++) {
        int from = -1;
        wait_for(comm, &from, &packet);
        DEMAND(from >= first_sender && from < first_sender + n_senders);
        DEMAND(is_filled(&packet, small_length(from, next[from]), next[from]));
        next[from]++;
    }
    pack_release(&packet);
}

static void packets_of_a_sender_keep_their_order(struct comm *comm)
{
    if (rank == COMM_DRIVER) {
        for (int worker = 1; worker < size; worker++) {
            send_small(comm, worker);
        }
        receive_small(comm, 1, size - 1);
    } else {
        send_small(comm, COMM_DRIVER);
        receive_small(comm, COMM_DRIVER, 1);
    }
    DEMAND_OK(comm_drain(comm, &error));
    nothing_has_arrived(comm);
}

/* All send before anybody receives: a send returns at once, however large its packet. */
static void large_packets_cross_each_other(struct comm *comm)
{
    struct packer packet = {0};
    const int n_peers = rank == COMM_DRIVER ? size - 1 : 1;
    fill(&packet, LARGE, rank);
    for (int i = 0; i < n_peers; i++) {
        const int peer = rank == COMM_DRIVER ? i + 1 : COMM_DRIVER;
        DEMAND_OK(comm_send(comm, peer, packet.bytes, packet.size, &error));
        DEMAND_OK(comm_send(comm, peer, packet.bytes, packet.size, &error));
    }
    (void)MPI_Barrier(MPI_COMM_WORLD);
    for (int i = 0; i < 2 * n_peers; i++) {
        int from = -1;
        wait_for(comm, &from, &packet);
        DEMAND(is_filled(&packet, LARGE, from));
    }
    DEMAND_OK(comm_drain(comm, &error));
    nothing_has_arrived(comm);
    pack_release(&packet);
}

/* A large packet leaves only when the other side takes it. */
static void draining_waits_until_a_packet_has_left(struct comm *comm)
{
    struct packer packet = {0};
    const struct timespec pause = {0, 150000000};
    double taken = 0.0;
    if (rank == 1) {
        int from = -1;
        (void)nanosleep(&pause, NULL);
        taken = clock_seconds();
        wait_for(comm, &from, &packet);
        DEMAND(is_filled(&packet, LARGE, 3));
        (void)MPI_Send(&taken, 1, MPI_DOUBLE, COMM_DRIVER, 99, MPI_COMM_WORLD);
    } else if (rank == COMM_DRIVER) {
        fill(&packet, LARGE, 3);
        DEMAND_OK(comm_send(comm, 1, packet.bytes, packet.size, &error));
        DEMAND_OK(comm_drain(comm, &error));
        const double drained = clock_seconds();
        (void)MPI_Recv(&taken, 1, MPI_DOUBLE, 1, 99, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        DEMAND(drained > taken);
    }
    pack_release(&packet);
}

static void test_packets(void)
{
    struct comm *comm = NULL;
    DEMAND_OK(comm_mpi_create(&comm, MPI_COMM_WORLD, &error));
    an_endpoint_knows_its_place(comm);
    nothing_has_arrived(comm);
    if (size > 1) {
        (void)MPI_Barrier(MPI_COMM_WORLD); /* or somebody's first packet is there already */
        packets_of_a_sender_keep_their_order(comm);
        (void)MPI_Barrier(MPI_COMM_WORLD);
        large_packets_cross_each_other(comm);
        draining_waits_until_a_packet_has_left(comm);
    }
    comm_mpi_destroy(&comm);
    DEMAND(comm == NULL);
    comm_mpi_destroy(&comm); /* again: nothing happens */
}

int main(int argc, char **argv)
{
    ranks_begin(&argc, &argv, &rank, &size);
    bytes_of_the_root_reach_every_rank();
    without_a_failure_all_agree_on_success();
    the_lowest_failing_rank_speaks_for_all();
    all_ranks_get_the_least_value();
    test_packets();
    (void)MPI_Finalize();
    return 0;
}
