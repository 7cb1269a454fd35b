#include "team/certify.h"

#include <math.h>

enum status measure_residual(const struct block_cyclic *t, const struct block_cyclic *q,
                             struct block_cyclic *work, struct block_cyclic *product,
                             double *residual, struct error *error)
{
    double norm = 0.0;
    double distance = 0.0;
    TRY(block_cyclic_norm(product, &norm, error));
    block_cyclic_multiply("N", q, "N", t, 1.0, 0.0, work);
    block_cyclic_multiply("N", work, "T", q, -1.0, 1.0, product);
    TRY(block_cyclic_norm(product, &distance, error));
    *residual = norm == 0.0 ? 0.0 : distance / norm;
    return STATUS_OK;
}

enum status measure_orthogonality_loss(const struct block_cyclic *q, struct block_cyclic *work,
                                       double *orthogonality_loss, struct error *error)
{
    block_cyclic_multiply("T", q, "N", q, 1.0, 0.0, work);
    for (int i = 0; i < work->n; i++) {
        double *const entry = block_cyclic_entry(work, i, i);
        if (entry != NULL) {
            *entry -= 1.0;
        }
    }
    TRY(block_cyclic_norm(work, orthogonality_loss, error));
    *orthogonality_loss /= sqrt((double)q->n);
    return STATUS_OK;
}
