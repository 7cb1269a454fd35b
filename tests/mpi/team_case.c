#include "mpi/team_case.h"

#include "core/hash.h"
#include "mpi/demand.h"
#include "support/matgen.h"

#include <stdlib.h>
#include <string.h>

static struct error error;

void shared_case_create(struct team_case *team_case, const struct process_grid *grid, double *full,
                        int n, int block)
{
    *team_case = (struct team_case){.n = n, .full = full};
    DEMAND_OK(block_cyclic_create(&team_case->w, grid, n, block, &error));
    DEMAND_OK(matrix_scatter(&team_case->w, MATRIX_ROW_MAJOR, full, &error));
}

void shared_case_release(struct team_case *team_case)
{
    block_cyclic_release(&team_case->w);
    free(team_case->full);
}

static void *copy_of(const void *bytes, size_t size)
{
    void *const copy = malloc(size);
    DEMAND(copy != NULL);
    memcpy(copy, bytes, size);
    return copy;
}

void shared_case_take(void *sink, int first, int count, const double *rows)
{
    const struct whole_matrix *const whole = sink;
    const size_t n = (size_t)whole->n;
    for (size_t i = 0; i < (size_t)count * n; i++) {
        const size_t row = (size_t)first + i / n;
        const size_t col = i % n;
        whole->values[whole->layout == MATRIX_ROW_MAJOR ? row * n + col : col * n + row] = rows[i];
    }
}

void shared_case_spread(const struct block_cyclic *matrix, enum matrix_layout layout, double *full)
{
    struct whole_matrix whole = {layout, matrix->n, full};
    DEMAND_OK(matrix_spread(matrix, full != NULL ? shared_case_take : NULL, &whole, &error));
}

void shared_case_collect(const struct team_schur *schur, struct schur *whole)
{
    const size_t n = (size_t)schur->form.n;
    *whole = schur->form;
    whole->t = matgen_zeros(n * n);
    whole->q = matgen_zeros(n * n);
    shared_case_spread(&schur->t, MATRIX_COLUMN_MAJOR, whole->t);
    shared_case_spread(&schur->q, MATRIX_COLUMN_MAJOR, whole->q);
    whole->eigenvalue_re = copy_of(schur->form.eigenvalue_re, n * sizeof(double));
    whole->eigenvalue_im = copy_of(schur->form.eigenvalue_im, n * sizeof(double));
    whole->blocks = copy_of(schur->form.blocks, n * sizeof *whole->blocks);
}

bool shared_case_grid_shape(int size, int turn, int *n_rows, int *n_cols)
{
    for (*n_rows = 1; *n_rows <= size; ++*n_rows) {
        if (size % *n_rows == 0 && turn-- == 0) {
            *n_cols = size / *n_rows;
            return true;
        }
    }
    return false;
}

void shared_case_on_all_grids(void (*check)(const struct process_grid *grid))
{
    int size = 0;
    int n_rows = 0;
    int n_cols = 0;
    (void)MPI_Comm_size(MPI_COMM_WORLD, &size);
    for (int turn = 0; shared_case_grid_shape(size, turn, &n_rows, &n_cols); turn++) {
        struct process_grid grid;
        DEMAND_OK(process_grid_create(&grid, MPI_COMM_WORLD, n_rows, n_cols, &error));
        check(&grid);
        process_grid_destroy(&grid);
    }
}

bool shared_case_is_served(const struct process_grid *grid)
{
    return schur_route_planned(1 << 15, grid->n_rows, grid->n_cols) == SCHUR_ROUTE_SCALAPACK;
}

void shared_case_compute(const struct team_case *team_case, struct team_schur *schur)
{
    const struct process_grid *const grid = team_case->w.grid;
    const struct team_schur_hook hook = {.share_small = shared_case_is_served(grid)};
    DEMAND_OK(team_schur_compute_hooked(schur, &team_case->w, 1.0, &hook, &error));
    if (schur->route != (hook.share_small ? SCHUR_ROUTE_SCALAPACK : SCHUR_ROUTE_LOCAL)) {
        demand_failed(schur_route_name(schur->route), __FILE__, __LINE__);
    }
}

bool shared_case_same_everywhere(const void *bytes, size_t size, MPI_Comm comm)
{
    const struct hash128 mine = hash_bytes128(bytes, size);
    struct hash128 other = mine;
    int same = 0;
    (void)MPI_Bcast(&other, sizeof other, MPI_BYTE, 0, comm);
    const int equal = mine.low == other.low && mine.high == other.high;
    (void)MPI_Allreduce(&equal, &same, 1, MPI_INT, MPI_MIN, comm);
    return same != 0;
}
