#include "distributed/distributed_order.h"

#include "core/memory.h"
#include "distributed/matrix_move.h"
#include "distributed/standardise.h"
#include "kernel/spectral/order_blocked.h"

#include <stdlib.h>

/* The swaps of the whole matrix, gathered in whole->q, which begins as the identity. */
static enum status allocate_whole(struct schur *whole, int n, struct error *error)
{
    const size_t count = (size_t)n;
    *whole = (struct schur){.n = n};
    TRY(memory_matrix(&whole->t, count, count, sizeof(double), error));
    TRY(memory_matrix(&whole->q, count, count, sizeof(double), error));
    TRY(memory_array(&whole->blocks, count, sizeof *whole->blocks, error));
    for (size_t i = 0; i < count; i++) {
        whole->q[i * count + i] = 1.0;
    }
    return STATUS_OK;
}

static enum status order_whole(struct schur *whole, struct error *error)
{
    (void)standardise_blocks(whole->t, whole->q, whole->n);
    return order_by_modulus_blocked(whole, error);
}

static enum status order_on_root(struct block_cyclic *t, struct schur *whole, struct error *error)
{
    enum status status = STATUS_OK;
    const bool is_root = t->grid->rank == GRID_ROOT;
    if (is_root) {
        status = allocate_whole(whole, t->n, error);
    }
    TRY(grid_agree(t->grid, status, error));
    TRY(matrix_gather(t, MATRIX_COLUMN_MAJOR, whole->t, error));
    if (is_root) {
        status = order_whole(whole, error);
    }
    return grid_agree(t->grid, status, error);
}

static void exchange_locals(struct block_cyclic *a, struct block_cyclic *b)
{
    double *const local = a->local;
    a->local = b->local;
    b->local = local;
}

/* Q := Q Z. */
static enum status follow(struct block_cyclic *q, const struct schur *whole,
                          struct block_cyclic *work, struct error *error)
{
    struct block_cyclic swaps;
    TRY(block_cyclic_create(&swaps, q->grid, q->n, q->block, error));
    const enum status status = matrix_scatter(&swaps, MATRIX_COLUMN_MAJOR, whole->q, error);
    if (status == STATUS_OK) {
        block_cyclic_multiply("N", q, "N", &swaps, 1.0, 0.0, work);
        exchange_locals(q, work);
    }
    block_cyclic_release(&swaps);
    return status;
}

static enum status distribute(struct block_cyclic *t, struct block_cyclic *q,
                              const struct schur *whole, struct block_cyclic *work,
                              struct error *error)
{
    TRY(matrix_scatter(t, MATRIX_COLUMN_MAJOR, whole->t, error));
    return follow(q, whole, work, error);
}

enum status distributed_order_gathered(struct block_cyclic *t, struct block_cyclic *q,
                                       struct block_cyclic *work, int *n_unswapped,
                                       struct error *error)
{
    struct schur whole = {0};
    enum status status = order_on_root(t, &whole, error);
    if (status == STATUS_OK) {
        status = distribute(t, q, &whole, work, error);
    }
    *n_unswapped = whole.certificate.n_unswapped;
    schur_release(&whole);
    if (status == STATUS_OK) {
        status = grid_check(MPI_Bcast(n_unswapped, 1, MPI_INT, GRID_ROOT, t->grid->comm),
                            "share the number of refused swaps", error);
    }
    return status;
}
