#include "kernel/spectral/split.h"

#include <math.h>
#include <stddef.h>

static int count_leading_blocks(const struct schur *schur, double alpha)
{
    const double threshold = alpha * schur->spectral_radius * (1.0 - SCHUR_TIE_TOLERANCE);
    int last = schur->n_blocks;
    while (last > 1 && schur->blocks[last - 1].modulus < threshold) {
        last--;
    }
    return last;
}

static int largest_block(const struct schur *schur)
{
    int largest = 0;
    for (int i = 1; i < schur->n_blocks; i++) {
        if (schur->blocks[i].modulus > schur->blocks[largest].modulus) {
            largest = i;
        }
    }
    return largest;
}

static double gap_at(const struct schur *schur, double alpha)
{
    const double rho = schur->spectral_radius;
    const int own_block = alpha == 1.0 ? largest_block(schur) : -1;
    double gap = NAN;
    for (int i = 0; i < schur->n_blocks && rho > 0.0; i++) {
        if (i != own_block) {
            gap = fmin(gap, fabs(schur->blocks[i].modulus / rho - alpha));
        }
    }
    return gap;
}

static void add_column_squares(const struct schur *schur, const struct schur_block *block, int n_r,
                               double squares[COUPLING_COUNT])
{
    const size_t n = (size_t)schur->n;
    for (int column = block->start; column < block->start + block->size; column++) {
        for (int row = 0; row < block->start; row++) {
            const double entry = schur->t[(size_t)column * n + (size_t)row] / schur->norm;
            const enum coupling coupling = column < n_r ? COUPLING_RR
                                           : row < n_r  ? COUPLING_CR
                                                        : COUPLING_CC;
            squares[coupling] += entry * entry;
        }
    }
}

struct split split_blocks(const struct schur *schur, double alpha)
{
    struct split split = {.n_blocks = count_leading_blocks(schur, alpha),
                          .alpha_gap = gap_at(schur, alpha)};
    const struct schur_block *const last = &schur->blocks[split.n_blocks - 1];
    split.n_r = last->start + last->size;
    return split;
}

struct split split_at(const struct schur *schur, double alpha)
{
    struct split split = split_blocks(schur, alpha);
    for (int i = 0; i < schur->n_blocks && schur->norm > 0.0; i++) {
        add_column_squares(schur, &schur->blocks[i], split.n_r, split.mass);
    }
    for (int i = 0; i < COUPLING_COUNT; i++) {
        split.mass[i] = sqrt(split.mass[i]);
    }
    return split;
}

/* After the last block that ties with the largest of those from the first on, which is *largest:
 * blocks are in order only up to the tolerance. */
static int group_end(const struct schur *schur, int first, double *largest)
{
    int end = first + 1;
    *largest = schur->blocks[first].modulus;
    for (int i = end; i < schur->n_blocks; i++) {
        if (schur->blocks[i].modulus >= *largest * (1.0 - SCHUR_TIE_TOLERANCE)) {
            *largest = fmax(*largest, schur->blocks[i].modulus);
            end = i + 1;
        }
    }
    return end;
}

int split_partitions(const struct schur *schur, struct partition *partitions)
{
    const double rho = schur->spectral_radius;
    int count = 0;
    for (int end = 0; end < schur->n_blocks;) {
        double largest = 0.0;
        end = group_end(schur, end, &largest);
        const struct schur_block *const last = &schur->blocks[end - 1];
        const double bound = rho > 0.0 ? largest / rho : 1.0;
        if (count > 0) {
            partitions[count - 1].alpha_low = bound;
        }
        partitions[count++] = (struct partition){
            .n_blocks = end, .n_r = last->start + last->size, .alpha_high = bound};
    }
    return count;
}

double split_union_mass(const struct split *split, ablation_set set)
{
    double squares = 0.0;
    for (int i = 0; i < COUPLING_COUNT; i++) {
        if (ablation_has(set, (enum coupling)i)) {
            squares += split->mass[i] * split->mass[i];
        }
    }
    return sqrt(squares);
}
