#include "support/schur_contract.h"

#include "support/matgen.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct judge {
    const double *w;
    const struct schur *schur;
    char *text;
};

static bool broken(const struct judge *judge, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool broken(const struct judge *judge, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(judge->text, CONTRACT_TEXT_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

static double entry(const struct schur *schur, int row, int col)
{
    return schur->t[(size_t)col * (size_t)schur->n + (size_t)row];
}

/* What rounding leaves, in units of the machine epsilon. */
static bool fits(const struct judge *judge)
{
    const struct schur *const schur = judge->schur;
    const double limit = 12.0 + 12.0 * sqrt((double)schur->n);
    const double residual = matgen_residual(judge->w, schur->q, schur->t, schur->n);
    const double orthogonality_loss = matgen_orthogonality(schur->q, schur->n);
    if (!(residual <= limit) || !(orthogonality_loss <= limit)) {
        return broken(judge, "residual %g eps, orthogonality_loss %g eps, limit %g", residual,
                      orthogonality_loss, limit);
    }
    const struct schur_certificate *const found = &schur->certificate;
    if (!(fabs(found->residual / DBL_EPSILON - residual) <= 1.0 + 0.1 * residual) ||
        !(fabs(found->orthogonality_loss / DBL_EPSILON - orthogonality_loss) <=
          1.0 + 0.1 * orthogonality_loss)) {
        return broken(judge, "certificate says %g and %g eps, plain loops %g and %g",
                      found->residual / DBL_EPSILON, found->orthogonality_loss / DBL_EPSILON,
                      residual, orthogonality_loss);
    }
    return true;
}

static bool is_quasi_triangular(const struct judge *judge)
{
    const struct schur *const schur = judge->schur;
    for (int col = 0; col < schur->n; col++) {
        for (int row = 0; row < schur->n; row++) {
            const double value = entry(schur, row, col);
            if (value == 0.0 ? signbit(value) : row > col + 1) {
                return broken(judge, "t[%d, %d] is %g", row, col, value);
            }
        }
        if (col + 2 < schur->n && entry(schur, col + 1, col) != 0.0 &&
            entry(schur, col + 2, col + 1) != 0.0) {
            return broken(judge, "three rows in one block at %d", col);
        }
    }
    return true;
}

static bool has_standard_pairs(const struct judge *judge)
{
    const struct schur *const schur = judge->schur;
    for (int row = 0; row + 1 < schur->n; row++) {
        const double below = entry(schur, row + 1, row);
        const double above = entry(schur, row, row + 1);
        const bool opposite = (below > 0.0 && above < 0.0) || (below < 0.0 && above > 0.0);
        if (below != 0.0 &&
            (!opposite || entry(schur, row, row) != entry(schur, row + 1, row + 1))) {
            return broken(judge, "block at row %d is not standardised", row);
        }
    }
    return true;
}

static bool describes_row(const struct schur *schur, const struct schur_block *block, int row)
{
    const double re = schur->eigenvalue_re[row];
    const double im = schur->eigenvalue_im[row];
    if (re != entry(schur, row, row) ||
        !(fabs(hypot(re, im) - block->modulus) <= 4e-16 * block->modulus)) {
        return false;
    }
    if (block->size == 1) {
        return im == 0.0;
    }
    const double sign = row == block->start ? 1.0 : -1.0;
    const int first = block->start;
    const double ratio =
        -entry(schur, first, first + 1) / im * (entry(schur, first + 1, first) / im);
    return sign * im > 0.0 && fabs(ratio - 1.0) <= 1e-14;
}

static bool has_right_blocks(const struct judge *judge)
{
    const struct schur *const schur = judge->schur;
    int row = 0;
    for (int i = 0; i < schur->n_blocks; i++) {
        const struct schur_block *const block = &schur->blocks[i];
        const bool pair = row + 1 < schur->n && entry(schur, row + 1, row) != 0.0;
        if (block->start != row || block->size != (pair ? 2 : 1)) {
            return broken(judge, "block %d is not what t has at row %d", i, row);
        }
        for (int k = 0; k < block->size; k++, row++) {
            if (!describes_row(schur, block, row)) {
                return broken(judge, "eigenvalue %d is not that of its block", row);
            }
        }
    }
    return row == schur->n ? true : broken(judge, "blocks end at row %d", row);
}

/* A later block may exceed an earlier one by the tie tolerance, and by what the swaps round. */
static bool is_in_order(const struct judge *judge)
{
    const struct schur *const schur = judge->schur;
    const double slack = 16.0 * schur->n * DBL_EPSILON * schur->norm +
                         (schur->certificate.n_unswapped > 0 ? 1e-6 * schur->spectral_radius : 0.0);
    double smallest = INFINITY;
    double largest = 0.0;
    for (int i = 0; i < schur->n_blocks; i++) {
        const double modulus = schur->blocks[i].modulus;
        if (!(modulus <= smallest + SCHUR_TIE_TOLERANCE * schur->radius + slack)) {
            return broken(judge, "modulus of block %d: %.17g after %.17g", i, modulus, smallest);
        }
        smallest = fmin(smallest, modulus);
        largest = fmax(largest, modulus);
    }
    return largest == schur->spectral_radius
               ? true
               : broken(judge, "spectral radius %g, largest modulus %g", schur->spectral_radius,
                        largest);
}

static bool has_right_norm(const struct judge *judge)
{
    const struct schur *const schur = judge->schur;
    const double norm = matgen_norm(schur->t, (size_t)schur->n * (size_t)schur->n);
    return fabs(norm - schur->norm) <= 1e-13 * norm
               ? true
               : broken(judge, "norm %.17g, of t %.17g", schur->norm, norm);
}

bool schur_contract_holds(const double *w, const struct schur *schur, char text[CONTRACT_TEXT_SIZE])
{
    const struct judge judge = {w, schur, text};
    return fits(&judge) && is_quasi_triangular(&judge) && has_standard_pairs(&judge) &&
           has_right_blocks(&judge) && is_in_order(&judge) && has_right_norm(&judge);
}

double schur_contract_distance(const struct schur *a, const struct schur *b)
{
    bool *const taken = calloc((size_t)a->n, sizeof *taken);
    double worst = taken != NULL && a->n == b->n ? 0.0 : INFINITY;
    for (int row = 0; row < a->n && worst < INFINITY; row++) {
        int nearest = -1;
        double best = INFINITY;
        for (int i = 0; i < b->n; i++) {
            const double away = hypot(a->eigenvalue_re[row] - b->eigenvalue_re[i],
                                      a->eigenvalue_im[row] - b->eigenvalue_im[i]);
            if (!taken[i] && away < best) {
                best = away;
                nearest = i;
            }
        }
        if (nearest >= 0) {
            taken[nearest] = true;
        }
        worst = fmax(worst, best);
    }
    free(taken);
    return worst == 0.0 ? 0.0 : worst / a->norm;
}
