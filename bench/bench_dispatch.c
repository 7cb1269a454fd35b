/* The driver over MPI with workers that only burn time.
 *
 *   mpirun -n RANKS bench_dispatch ROUNDS UNITS MICROSECONDS
 *
 * Each round runs the work units (one job each) twice: dealt out beforehand, without a message, and
 * handed out by driver_run. A line per round: work units per second; efficiency, the time without
 * the driver over that with it; processor seconds of rank 0 per work unit. */
#include "comm/backoff.h"
#include "core/clock.h"
#include "core/memory.h"
#include "driver/driver.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct bench {
    struct comm *comm;
    int rounds;
    int units;
    double burn; /* processor seconds of a work unit */
};

struct round_times {
    double dealt;
    double driven;
    double driver_cpu;
};

static double thread_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Processor time: a work unit must not shrink while its worker waits for a core. */
static void burn(double seconds)
{
    const double end = seconds > 0 ? thread_seconds() + seconds : 0;
    while (end > 0 && thread_seconds() < end) {
    }
}

/* ---- workers */

static enum status send_report(struct comm *comm, struct packer *packet, int64_t unit,
                               struct error *error)
{
    const struct work_report report = {.unit = unit, .n_done = 1};
    pack_clear(packet);
    message_pack_report(&report, packet);
    TRY(pack_finish(packet, error));
    return comm_send(comm, COMM_DRIVER, packet->bytes, packet->size, error);
}

static enum status take_packet(const struct bench *bench, struct packer *packet, bool *stopped,
                               struct error *error)
{
    struct work_unit unit;
    if (message_kind_of(packet) == MESSAGE_STOP) {
        *stopped = true;
        pack_clear(packet);
        message_pack_bare(MESSAGE_GOODBYE, packet);
        TRY(pack_finish(packet, error));
        return comm_send(bench->comm, COMM_DRIVER, packet->bytes, packet->size, error);
    }
    TRY(message_unpack_work(packet, &unit, error));
    burn(bench->burn);
    const int64_t id = unit.id;
    work_unit_release(&unit);
    return send_report(bench->comm, packet, id, error);
}

static enum status serve(const struct bench *bench, struct packer *packet, struct error *error)
{
    struct backoff backoff = {0};
    bool stopped = false;
    while (!stopped) {
        bool got = false;
        int from = 0;
        TRY(comm_receive(bench->comm, &from, packet, &got, error));
        if (got) {
            TRY(take_packet(bench, packet, &stopped, error));
            backoff_reset(&backoff);
        } else {
            backoff_wait(&backoff);
        }
    }
    return comm_drain(bench->comm, error);
}

/* ---- rank 0 */

static enum status drive_queue(const struct bench *bench, struct queue *queue, struct error *error)
{
    struct progress progress;
    bool abandoned = false;
    const struct queue_counts counts = queue_counts(queue);
    const struct driver_options options = {.end_time = INFINITY, .stall_timeout = 600.0};
    TRY(progress_begin(&progress, stderr, PROGRESS_NONE, bench->comm->size - 1, NULL, &counts,
                       clock_seconds(), error));
    const enum status status =
        driver_run(bench->comm, queue, &progress, &options, &abandoned, error);
    progress_release(&progress);
    return status;
}

/* Arrays that the queue reads while it is made; every work unit has a model of its own. */
struct queue_arrays {
    unsigned char *zeros;
    int *model_of_case;
    double *cost;
};

static enum status fill_arrays(struct queue_arrays *arrays, int units, struct error *error)
{
    const size_t n = (size_t)units;
    TRY(memory_array(&arrays->zeros, n, 1, error));
    TRY(memory_array(&arrays->model_of_case, n, sizeof(int), error));
    TRY(memory_array(&arrays->cost, n, sizeof(double), error));
    for (int i = 0; i < units; i++) {
        arrays->model_of_case[i] = i;
    }
    return STATUS_OK;
}

static enum status create_queue(const struct bench *bench, struct queue **queue,
                                struct error *error)
{
    struct queue_arrays arrays = {0};
    enum status status = fill_arrays(&arrays, bench->units, error);
    if (status == STATUS_OK) {
        const struct queue_input input = {.n_cases = bench->units,
                                          .jobs_per_case = 1,
                                          .final = arrays.zeros,
                                          .model_of_case = arrays.model_of_case,
                                          .cost = arrays.cost,
                                          .n_models = bench->units,
                                          .missing = arrays.zeros,
                                          .training_cost = arrays.cost,
                                          .n_workers = bench->comm->size - 1};
        status = queue_create(queue, &input, error);
    }
    free(arrays.zeros);
    free(arrays.model_of_case);
    free(arrays.cost);
    return status;
}

static enum status drive(const struct bench *bench, struct round_times *times, struct error *error)
{
    struct queue *queue = NULL;
    TRY(create_queue(bench, &queue, error));
    const double begin = clock_seconds();
    const double begin_cpu = thread_seconds();
    const enum status status = drive_queue(bench, queue, error);
    times->driven = clock_seconds() - begin;
    times->driver_cpu = thread_seconds() - begin_cpu;
    queue_destroy(&queue);
    return status;
}

/* ---- all ranks */

/* What the workers need without a driver. */
static enum status run_dealt(const struct bench *bench, double *seconds, struct error *error)
{
    const int n_workers = bench->comm->size - 1;
    const int rank = bench->comm->rank;
    TRY(comm_agree(MPI_COMM_WORLD, STATUS_OK, error));
    const double begin = clock_seconds();
    for (int unit = 0; rank != COMM_DRIVER && unit < bench->units; unit++) {
        if (unit % n_workers == rank - 1) {
            burn(bench->burn);
        }
    }
    TRY(comm_agree(MPI_COMM_WORLD, STATUS_OK, error));
    *seconds = clock_seconds() - begin;
    return STATUS_OK;
}

static enum status run_round(const struct bench *bench, struct packer *packet,
                             struct round_times *times, struct error *error)
{
    TRY(run_dealt(bench, &times->dealt, error));
    return bench->comm->rank == COMM_DRIVER ? drive(bench, times, error)
                                            : serve(bench, packet, error);
}

static enum status run(const struct bench *bench, struct error *error)
{
    struct packer packet = {0};
    enum status status = STATUS_OK;
    for (int round = 0; status == STATUS_OK && round < bench->rounds; round++) {
        struct round_times times = {0};
        status = run_round(bench, &packet, &times, error);
        if (status == STATUS_OK && bench->comm->rank == COMM_DRIVER) {
            (void)printf("%.0f %.4f %.3e\n", bench->units / times.driven,
                         times.dealt / times.driven, times.driver_cpu / bench->units);
        }
    }
    pack_release(&packet);
    return status;
}

static enum status run_arguments(int argc, char **argv, struct error *error)
{
    struct bench bench = {.rounds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0,
                          .units = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 0,
                          .burn = argc > 3 ? 1e-6 * strtod(argv[3], NULL) : -1.0};
    if (bench.rounds < 1 || bench.units < 1 || bench.burn < 0) {
        return error_set(error, STATUS_USAGE, "usage: bench_dispatch ROUNDS UNITS MICROSECONDS");
    }
    TRY(comm_mpi_create(&bench.comm, MPI_COMM_WORLD, error));
    const enum status status =
        bench.comm->size < 2 ? error_set(error, STATUS_USAGE, "bench_dispatch needs two ranks")
                             : run(&bench, error);
    comm_mpi_destroy(&bench.comm);
    return status;
}

int main(int argc, char **argv)
{
    struct error error = {""};
    (void)MPI_Init(&argc, &argv);
    const enum status status = run_arguments(argc, argv, &error);
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "%s\n", error.text);
        MPI_Abort(MPI_COMM_WORLD, (int)status);
    }
    (void)MPI_Finalize();
    return 0;
}
