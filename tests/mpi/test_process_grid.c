/* Grids of ranks and the matrices that they share. */
#include "mpi/demand.h"
#include "mpi/team_case.h"
#include "support/matgen.h"
#include "team/block_cyclic.h"
#include "team/long_message.h"
#include "team/matrix_move.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct error error;
static int rank;
static int size;

static void ranks_fill_the_grid_row_by_row(const struct process_grid *grid)
{
    int row_rank = -1;
    int column_rank = -1;
    DEMAND(grid->rank == rank && grid->size == size);
    DEMAND(grid->row * grid->n_cols + grid->col == rank);
    (void)MPI_Comm_rank(grid->row_comm, &row_rank);
    (void)MPI_Comm_rank(grid->column_comm, &column_rank);
    DEMAND(row_rank == grid->col && column_rank == grid->row);
}

static void a_grid_of_another_size_is_refused(void)
{
    struct process_grid grid;
    DEMAND(process_grid_create(&grid, MPI_COMM_WORLD, size + 1, 1, &error) == STATUS_INTERNAL);
    DEMAND(strstr(error.text, "ranks") != NULL);
    DEMAND(process_grid_create(&grid, MPI_COMM_WORLD, 0, size, &error) == STATUS_INTERNAL);
}

static void the_usual_grid_is_nearly_square(void)
{
    static const int EXPECTED[][3] = {{1, 1, 1},  {2, 1, 2},  {3, 1, 2},  {4, 2, 2}, {5, 2, 2},
                                      {6, 2, 3},  {7, 2, 3},  {8, 2, 4},  {9, 3, 3}, {10, 3, 3},
                                      {12, 3, 4}, {64, 8, 8}, {67, 6, 11}};
    for (size_t i = 0; i < sizeof EXPECTED / sizeof EXPECTED[0]; i++) {
        int rows = 0;
        int cols = 0;
        process_grid_shape(EXPECTED[i][0], &rows, &cols);
        DEMAND(rows == EXPECTED[i][1] && cols == EXPECTED[i][2]);
    }
}

static void the_lowest_failing_rank_speaks_for_all(const struct process_grid *grid)
{
    for (int failing = 0; failing < size; failing++) {
        char expected[32];
        (void)snprintf(expected, sizeof expected, "rank %d", failing);
        error.text[0] = '\0';
        const enum status mine =
            rank >= failing ? error_set(&error, STATUS_IO, "rank %d", rank) : STATUS_OK;
        DEMAND(grid_agree(grid, mine, &error) == STATUS_IO);
        DEMAND(strcmp(error.text, expected) == 0);
    }
    DEMAND(grid_agree(grid, STATUS_OK, &error) == STATUS_OK);
}

/* Values whose sum depends on the order of adding. */
static void sums_are_added_in_the_order_of_the_ranks(const struct process_grid *grid)
{
    double expected = 0.0;
    for (int i = 0; i < size; i++) {
        expected += pow(-3.7, i) / 3.0;
    }
    double values[2] = {pow(-3.7, rank) / 3.0, 1.0};
    DEMAND_OK(grid_sum(grid, values, 2, &error));
    DEMAND(memcmp(&values[0], &expected, sizeof expected) == 0);
    DEMAND(values[1] == size);
    double largest = rank == size - 1 ? (double)NAN : (double)rank;
    DEMAND_OK(grid_max(grid, &largest, &error));
    DEMAND(size == 1 ? largest == -INFINITY : largest == size - 2);
}

/* Entry of the matrix that the tests move. */
static double number(int row, int col)
{
    return row * 1000.0 + col;
}

static void fill(double *full, int n, enum matrix_layout layout)
{
    for (int row = 0; row < n; row++) {
        for (int col = 0; col < n; col++) {
            const int place = layout == MATRIX_ROW_MAJOR ? row * n + col : col * n + row;
            full[place] = number(row, col);
        }
    }
}

static void check_places(const struct block_cyclic *matrix)
{
    int count = 0;
    for (int row = 0; row < matrix->n; row++) {
        for (int col = 0; col < matrix->n; col++) {
            const double *const entry = block_cyclic_entry(matrix, row, col);
            DEMAND(entry == NULL || *entry == number(row, col));
            count += entry != NULL;
        }
    }
    DEMAND(count == matrix->n_local_rows * matrix->n_local_cols);
    int total = 0;
    (void)MPI_Allreduce(&count, &total, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    DEMAND(total == matrix->n * matrix->n);
    for (int i = 0; i < matrix->n_local_rows; i++) {
        DEMAND(block_cyclic_rows_before(matrix, block_cyclic_row(matrix, i)) == i);
    }
    for (int i = 0; i < matrix->n_local_cols; i++) {
        DEMAND(block_cyclic_cols_before(matrix, block_cyclic_col(matrix, i)) == i);
    }
    DEMAND(
        (double)sizeof(double) * (double)block_cyclic_count(matrix) <=
        block_cyclic_bytes(matrix->n, matrix->block, matrix->grid->n_rows, matrix->grid->n_cols));
}

static void whole_matrices_come_back(struct block_cyclic *matrix, enum matrix_layout layout)
{
    const size_t count = (size_t)matrix->n * (size_t)matrix->n;
    double *const full = matgen_zeros(count);
    double *const back = matgen_zeros(count);
    const bool is_root = rank == GRID_ROOT;
    fill(full, matrix->n, layout);
    DEMAND_OK(matrix_scatter(matrix, layout, is_root ? full : NULL, &error));
    check_places(matrix);
    DEMAND_OK(matrix_gather(matrix, layout, is_root ? back : NULL, &error));
    DEMAND(!is_root || memcmp(full, back, count * sizeof *full) == 0);
    memset(back, 0, count * sizeof *back);
    const bool wants = rank != size - 1 || size == 1;
    shared_case_spread(matrix, layout, wants ? back : NULL);
    DEMAND(!wants || memcmp(full, back, count * sizeof *full) == 0);
    free(full);
    free(back);
}

static enum status read_numbers(void *source, int row, int col, int rows, int cols, double *values,
                                struct error *where)
{
    int *const calls = source;
    if (calls != NULL && ++*calls == 2) {
        return error_set(where, STATUS_INPUT, "block at %d, %d", row, col);
    }
    for (int i = 0; i < rows * cols; i++) {
        values[i] = number(row + i / cols, col + i % cols);
    }
    return STATUS_OK;
}

static void parts_are_read_by_their_ranks(struct block_cyclic *matrix)
{
    memset(matrix->local, 0, block_cyclic_count(matrix) * sizeof(double));
    DEMAND_OK(matrix_read(matrix, read_numbers, NULL, &error));
    check_places(matrix);
    if (matrix->n > 2 * matrix->block) { /* every test's first rank has two blocks */
        int calls = rank == 0 ? 0 : 100;
        DEMAND(matrix_read(matrix, read_numbers, &calls, &error) == STATUS_INPUT);
        DEMAND(strncmp(error.text, "block at", 8) == 0);
    }
}

static void norms_are_those_of_plain_loops(struct block_cyclic *matrix)
{
    const size_t count = (size_t)matrix->n * (size_t)matrix->n;
    double *const full = matgen_zeros(count);
    double norm = 0.0;
    fill(full, matrix->n, MATRIX_ROW_MAJOR);
    const double expected = matgen_norm(full, count);
    DEMAND_OK(block_cyclic_norm(matrix, &norm, &error));
    DEMAND(fabs(norm - expected) <= 1e-14 * expected);
    DEMAND(shared_case_same_everywhere(&norm, sizeof norm, MPI_COMM_WORLD));
    double *const last = block_cyclic_entry(matrix, matrix->n - 1, matrix->n - 1);
    if (last != NULL) {
        *last = NAN;
    }
    DEMAND_OK(block_cyclic_norm(matrix, &norm, &error));
    DEMAND(isnan(norm));
    free(full);
}

/* Of any length; nothing behind them is written to. */
static void long_messages_arrive_in_pieces(const struct process_grid *grid)
{
    enum { PIECE = 3, MOST = 10 };
    for (size_t count = 0; count <= MOST; count++) {
        double values[MOST + 1];
        for (int i = 0; i <= MOST; i++) {
            values[i] = grid->rank == GRID_ROOT ? -1.0 : 100.0 * grid->rank + i;
        }
        if (grid->rank != GRID_ROOT) {
            DEMAND_OK(long_message_send(values, count, PIECE, GRID_ROOT, grid->comm, &error));
        }
        for (int from = 1; grid->rank == GRID_ROOT && from < grid->size; from++) {
            DEMAND_OK(long_message_receive(values, count, PIECE, from, grid->comm, &error));
            for (size_t i = 0; i <= MOST; i++) {
                DEMAND(values[i] == (i < count ? 100.0 * from + (double)i : -1.0));
            }
        }
    }
}

static void check_matrices(const struct process_grid *grid)
{
    static const int WIDTHS[] = {1, 2, 7, 31, 32, 33, 97, 200};
    for (size_t i = 0; i < sizeof WIDTHS / sizeof WIDTHS[0]; i++) {
        struct block_cyclic matrix;
        DEMAND_OK(block_cyclic_create(&matrix, grid, WIDTHS[i], 32, &error));
        whole_matrices_come_back(&matrix, MATRIX_ROW_MAJOR);
        whole_matrices_come_back(&matrix, MATRIX_COLUMN_MAJOR);
        parts_are_read_by_their_ranks(&matrix);
        DEMAND_OK(matrix_read(&matrix, read_numbers, NULL, &error));
        norms_are_those_of_plain_loops(&matrix);
        block_cyclic_release(&matrix);
    }
}

static void check_grid(const struct process_grid *grid)
{
    ranks_fill_the_grid_row_by_row(grid);
    the_lowest_failing_rank_speaks_for_all(grid);
    sums_are_added_in_the_order_of_the_ranks(grid);
    long_messages_arrive_in_pieces(grid);
    check_matrices(grid);
}

int main(int argc, char **argv)
{
    ranks_begin(&argc, &argv, &rank, &size);
    a_grid_of_another_size_is_refused();
    the_usual_grid_is_nearly_square();
    shared_case_on_all_grids(check_grid);
    (void)MPI_Finalize();
    return 0;
}
