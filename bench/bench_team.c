/* Schur form of a matrix that ranks share: mpirun -n RANKS bench_team WIDTH BLOCK KIND, KIND 0 for
 * a Gaussian matrix, 1 for one that is nearly orthogonal. The ranks form the usual grid of all of
 * them; one rank takes LAPACK, as a sweep does.
 *
 * Prints one line "width ranks seconds root other messages sent route": seconds of the form with
 * its order and certificate; MiB of memory that it added to the root, and at most to another rank;
 * messages that a rank sent at most, and their MiB, collective calls counted as one message. */
#include "bench_case.h"
#include "core/memory.h"
#include "core/rng.h"
#include "kernel/blas.h"
#include "team/matrix_move.h"
#include "team/team_schur.h"

#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

/* ---- messages -----------------------------------------------------------------------------------
 * The program's own MPI calls stand before the library's, for ScaLAPACK too. */

static struct {
    double messages;
    double bytes;
} traffic;

static void count(int elements, MPI_Datatype type)
{
    int size = 0;
    (void)PMPI_Type_size(type, &size);
    traffic.messages += 1.0;
    traffic.bytes += (double)elements * size;
}

int MPI_Send(const void *buffer, int elements, MPI_Datatype type, int to, int tag, MPI_Comm comm)
{
    count(elements, type);
    return PMPI_Send(buffer, elements, type, to, tag, comm);
}

int MPI_Isend(const void *buffer, int elements, MPI_Datatype type, int to, int tag, MPI_Comm comm,
              MPI_Request *request)
{
    count(elements, type);
    return PMPI_Isend(buffer, elements, type, to, tag, comm, request);
}

int MPI_Bcast(void *buffer, int elements, MPI_Datatype type, int root, MPI_Comm comm)
{
    count(elements, type);
    return PMPI_Bcast(buffer, elements, type, root, comm);
}

int MPI_Reduce(const void *in, void *out, int elements, MPI_Datatype type, MPI_Op op, int root,
               MPI_Comm comm)
{
    count(elements, type);
    return PMPI_Reduce(in, out, elements, type, op, root, comm);
}

int MPI_Allreduce(const void *in, void *out, int elements, MPI_Datatype type, MPI_Op op,
                  MPI_Comm comm)
{
    count(elements, type);
    return PMPI_Allreduce(in, out, elements, type, op, comm);
}

/* ---- measurement --------------------------------------------------------------------------------
 */

/* Most memory that the process has had, MiB. */
static double peak_memory(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024.0;
}

/* Block (row, col) of the matrix, the same whoever reads it: N(0, 1/n), on the diagonal of `shift`
 * places to the right 1 + 0.1 times that. */
struct source {
    int n;
    int kind;
};

static enum status make_block(void *from, int row, int col, int rows, int cols, double *values,
                              struct error *error)
{
    const struct source *const source = from;
    (void)error;
    for (int i = 0; i < rows * cols; i++) {
        const int at_row = row + i / cols;
        const int at_col = col + i % cols;
        struct rng rng =
            rng_stream((struct rng_key){{0x7465616d62, 1}}, (uint64_t)at_row, (uint64_t)at_col);
        const double normal = rng_normal(&rng) / sqrt((double)source->n);
        const bool shifted = at_col == (at_row + 1) % source->n;
        values[i] = source->kind == 0 ? normal : (shifted ? 1.0 : 0.0) + 0.1 * normal;
    }
    return STATUS_OK;
}

struct measured {
    double seconds;
    double memory;
    double messages;
    double mebibytes;
    enum schur_route route;
};

static enum status measure(const struct block_cyclic *w, double memory_before,
                           struct measured *measured, struct error *error)
{
    struct team_schur schur;
    (void)PMPI_Barrier(w->grid->comm);
    traffic.messages = traffic.bytes = 0.0;
    const double start = MPI_Wtime();
    TRY(team_schur_compute(&schur, w, 1.0, error));
    *measured = (struct measured){.seconds = MPI_Wtime() - start,
                                  .memory = peak_memory() - memory_before,
                                  .messages = traffic.messages,
                                  .mebibytes = traffic.bytes / 1048576.0,
                                  .route = schur.route};
    team_schur_release(&schur);
    return STATUS_OK;
}

/* One rank without a grid. */
static enum status measure_single(struct source *source, struct measured *measured,
                                  struct error *error)
{
    struct schur schur;
    double *w = NULL;
    const double memory_before = peak_memory();
    const size_t n = (size_t)source->n;
    TRY(memory_array2(&w, n, n, sizeof(double), error));
    enum status status = make_block(source, 0, 0, source->n, source->n, w, error);
    const double start = MPI_Wtime();
    if (status == STATUS_OK) {
        status = schur_compute(&schur, w, source->n, 1.0, error);
    }
    if (status == STATUS_OK) {
        *measured = (struct measured){.seconds = MPI_Wtime() - start,
                                      .memory = peak_memory() - memory_before};
        schur_release(&schur);
    }
    free(w);
    return status;
}

static void tell(const struct process_grid *grid, int n, const struct measured *mine)
{
    const double others = grid->rank == GRID_ROOT ? 0.0 : mine->memory;
    const double values[] = {others, mine->messages, mine->mebibytes};
    double most[3];
    (void)PMPI_Reduce(values, most, 3, MPI_DOUBLE, MPI_MAX, GRID_ROOT, grid->comm);
    if (grid->rank == GRID_ROOT) {
        (void)printf("%d %d %.3f %.0f %.0f %.0f %.1f %s\n", n, grid->size, mine->seconds,
                     mine->memory, most[0], most[1], most[2], schur_route_name(mine->route));
    }
}

static enum status run_alone(const struct process_grid *grid, struct source *source,
                             struct error *error)
{
    struct measured measured;
    TRY(measure_single(source, &measured, error));
    tell(grid, source->n, &measured);
    return STATUS_OK;
}

static enum status run_on(const struct process_grid *grid, struct source *source, int block,
                          struct error *error)
{
    struct block_cyclic w;
    struct measured measured;
    const double memory_before = peak_memory();
    TRY(block_cyclic_create(&w, grid, source->n, block, error));
    enum status status = matrix_read(&w, make_block, source, error);
    if (status == STATUS_OK) {
        status = measure(&w, memory_before, &measured, error);
    }
    if (status == STATUS_OK) {
        tell(grid, source->n, &measured);
    }
    block_cyclic_release(&w);
    return status;
}

static enum status run(int argc, char **argv, struct error *error)
{
    struct process_grid grid;
    int size = 0;
    int n_rows = 0;
    int n_cols = 0;
    struct source source = {bench_number(argc, argv, 1), bench_number(argc, argv, 3)};
    const int block = bench_number(argc, argv, 2);
    (void)MPI_Comm_size(MPI_COMM_WORLD, &size);
    process_grid_shape(size, &n_rows, &n_cols);
    if (source.n < 1 || block < 1 || n_rows * n_cols != size) {
        return error_set(error, STATUS_USAGE, "usage: bench_team WIDTH BLOCK KIND");
    }
    TRY(process_grid_create(&grid, MPI_COMM_WORLD, n_rows, n_cols, error));
    const enum status status =
        size == 1 ? run_alone(&grid, &source, error) : run_on(&grid, &source, block, error);
    process_grid_destroy(&grid);
    return status;
}

int main(int argc, char **argv)
{
    struct error error = {""};
    int rank = 0;
    (void)MPI_Init(&argc, &argv);
    (void)MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    blas_use_one_thread();
    const enum status status = run(argc, argv, &error);
    if (status != STATUS_OK && rank == 0) {
        (void)fprintf(stderr, "%s\n", error.text);
    }
    (void)MPI_Finalize();
    return (int)status;
}
