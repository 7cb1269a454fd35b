#include "kernel/spectral/reorder.h"

#include "core/array.h"
#include "kernel/lapack.h"

#include <math.h>
#include <stdbool.h>

/* The imaginary part of the eigenvalues a +- i sqrt(-b c) of [a b; c a], b c < 0. */
static double pair_imaginary(double above, double below)
{
    return sqrt(fabs(above)) * sqrt(fabs(below));
}

/* |shift + leak (re + i im)|; hypot keeps the squares from overflow. */
static double modulus_of(struct schur_order order, double re, double im)
{
    return hypot(order.shift + order.leak * re, order.leak * im);
}

/* dgees and dtrexc leave standardised blocks, and exact zeros below single ones. */
int schur_scan_blocks(const double *t, int n, struct schur_order order, struct schur_block *blocks)
{
    int count = 0;
    for (int i = 0; i < n; count++) {
        const double *const block = t + column_major(i, i, n); /* t[i, i], next to it block[n] */
        const bool is_pair = i + 1 < n && block[1] != 0.0;
        const double im = is_pair ? pair_imaginary(block[n], block[1]) : 0.0;
        blocks[count] = (struct schur_block){i, is_pair ? 2 : 1, modulus_of(order, block[0], im)};
        i += blocks[count].size;
    }
    return count;
}

void schur_describe(struct schur *form, const double *on, const double *below, const double *above,
                    size_t stride)
{
    form->n_blocks = 0;
    form->spectral_radius = 0.0;
    form->radius = 0.0;
    for (int row = 0; row < form->n;) {
        const size_t at = (size_t)row * stride;
        struct schur_block *const block = &form->blocks[form->n_blocks++];
        *block = (struct schur_block){.start = row, .size = 1};
        form->eigenvalue_re[row] = on[at];
        form->eigenvalue_im[row] = 0.0;
        if (row + 1 < form->n && below[at] != 0.0) { /* [a b; c a] has a +- i sqrt(-b c) */
            block->size = 2;
            form->eigenvalue_im[row] = pair_imaginary(above[at], below[at]);
            form->eigenvalue_re[row + 1] = on[at + stride];
            form->eigenvalue_im[row + 1] = -form->eigenvalue_im[row];
        }
        block->modulus = modulus_of(form->order, on[at], form->eigenvalue_im[row]);
        form->spectral_radius =
            fmax(form->spectral_radius, hypot(on[at], form->eigenvalue_im[row]));
        form->radius = fmax(form->radius, block->modulus);
        row += block->size;
    }
}

static double largest_modulus(const struct schur_block *blocks, int n_blocks, int from)
{
    double largest = 0.0;
    for (int i = from; i < n_blocks; i++) {
        largest = fmax(largest, blocks[i].modulus);
    }
    return largest;
}

double schur_reorder_tie(const struct schur_block *blocks, int n_blocks)
{
    return SCHUR_TIE_TOLERANCE * largest_modulus(blocks, n_blocks, 0);
}

int schur_reorder_next(const struct schur_block *blocks, int n_blocks, int from, double tie)
{
    const double largest = largest_modulus(blocks, n_blocks, from);
    int next = from;
    while (next < n_blocks && !(blocks[next].modulus >= largest - tie)) {
        next++;
    }
    return next < n_blocks ? next : from; /* NaN ties with nothing */
}

/* Selection sort: dtrexc brings block `candidate` to the front by swaps of neighbours (Bai and
 * Demmel, On swapping diagonal blocks in real Schur form, Linear Algebra Appl. 186, 1993). It
 * refuses a swap, INFO = 1, when the two blocks are too close for it to be backward stable; the
 * block then stands at row *ilst, after the one that it could not pass. Moduli change by rounding
 * with every swap, and a pair may become two real eigenvalues: the blocks are read anew each time.
 */
int schur_reorder(double *t, double *q, int n, struct schur_order order, struct schur_block *blocks,
                  int *n_blocks, double *work)
{
    int refusals = 0;
    *n_blocks = schur_scan_blocks(t, n, order, blocks);
    const double tie = schur_reorder_tie(blocks, *n_blocks);
    for (int front = 0; front < *n_blocks; front++) {
        int candidate = schur_reorder_next(blocks, *n_blocks, front, tie);
        while (candidate > front) {
            int from = blocks[candidate].start + 1;
            int to = blocks[front].start + 1;
            int info = 0;
            dtrexc_("V", &n, t, &n, q, &n, &from, &to, work, &info, 1);
            *n_blocks = schur_scan_blocks(t, n, order, blocks);
            if (info == 0) {
                break;
            }
            /* It stands after a block of nearly the same eigenvalue: bring that one instead. */
            refusals++;
            candidate = 0;
            while (candidate + 1 < *n_blocks && blocks[candidate + 1].start <= to - 1) {
                candidate++;
            }
            candidate--;
        }
    }
    return refusals;
}
