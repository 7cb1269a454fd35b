#include "kernel/spectral/order.h"

#include "kernel/lapack.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

double order_pair_modulus(double diagonal, double above, double below)
{
    /* b c < 0, so |lambda|^2 = a^2 + |b c|. */
    return hypot(diagonal, sqrt(fabs(above)) * sqrt(fabs(below)));
}

/* dgees and dtrexc leave standardised blocks. */
static double pair_modulus(const double *t, int n, int start)
{
    const size_t column = (size_t)start * (size_t)n + (size_t)start;
    return order_pair_modulus(t[column], t[column + (size_t)n], t[column + 1]);
}

int order_scan_blocks(const double *t, int n, struct schur_block *blocks)
{
    int count = 0;
    for (int i = 0; i < n; count++) {
        const size_t diagonal = (size_t)i * (size_t)n + (size_t)i;
        const bool is_pair = i + 1 < n && t[diagonal + 1] != 0.0;
        const double modulus = is_pair ? pair_modulus(t, n, i) : fabs(t[diagonal]);
        blocks[count] = (struct schur_block){i, is_pair ? 2 : 1, modulus};
        i += blocks[count].size;
    }
    return count;
}

int order_find_largest(const struct schur_block *blocks, int n_blocks, int from)
{
    double largest = 0.0;
    for (int i = from; i < n_blocks; i++) {
        largest = fmax(largest, blocks[i].modulus);
    }
    for (int i = from; i < n_blocks; i++) {
        if (blocks[i].modulus >= largest * (1.0 - SCHUR_TIE_TOLERANCE)) {
            return i;
        }
    }
    return from;
}

static int find_row(const struct schur_block *blocks, int n_blocks, int row)
{
    int i = 0;
    while (i + 1 < n_blocks && blocks[i + 1].start <= row) {
        i++;
    }
    return i;
}

int order_by_modulus(double *t, double *q, int n, struct schur_block *blocks, int *n_blocks,
                     double *work)
{
    int refusals = 0;
    *n_blocks = order_scan_blocks(t, n, blocks);
    for (int front = 0; front < *n_blocks; front++) {
        int candidate = order_find_largest(blocks, *n_blocks, front);
        while (candidate > front) {
            int from = blocks[candidate].start + 1;
            int to = blocks[front].start + 1;
            int info = 0;
            dtrexc_("V", &n, t, &n, q, &n, &from, &to, work, &info, 1);
            *n_blocks = order_scan_blocks(t, n, blocks);
            if (info == 0) {
                break;
            }
            /* It stands behind a block of nearly the same eigenvalue: bring that one instead. */
            refusals++;
            candidate = find_row(blocks, *n_blocks, to - 1) - 1;
        }
    }
    return refusals;
}
