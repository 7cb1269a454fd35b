#include "kernel/spectral/split.h"

#include "core/array.h"

#include <math.h>

/* The largest alpha for which a block of that modulus is in R, (modulus / radius)^(1/a): thresholds
 * are per time constant, so that halving the time step of a network, and with it the leak a, leaves
 * them where they are. */
static double alpha_of(const struct schur *schur, double modulus)
{
    return schur->order.leak == 1.0 ? modulus / schur->radius
                                    : pow(modulus / schur->radius, 1.0 / schur->order.leak);
}

static double gap_at(const struct schur *schur, double alpha)
{
    int largest = 0;
    double gap = NAN;
    for (int i = 1; i < schur->n_blocks; i++) {
        if (schur->blocks[i].modulus > schur->blocks[largest].modulus) {
            largest = i;
        }
    }
    for (int i = 0; i < schur->n_blocks && schur->radius > 0.0; i++) {
        if (alpha != 1.0 || i != largest) {
            gap = fmin(gap, fabs(alpha_of(schur, schur->blocks[i].modulus) - alpha));
        }
    }
    return gap;
}

struct split split_blocks(const struct schur *schur, double alpha)
{
    const double leak = schur->order.leak;
    const double least = leak == 1.0 ? alpha : pow(alpha, leak);
    const double threshold = (least - SCHUR_TIE_TOLERANCE) * schur->radius;
    int count = schur->n_blocks;
    while (
        count > 1 && schur->radius > 0.0 &&
        (schur->blocks[count - 1].modulus < threshold || schur->blocks[count - 1].modulus == 0.0)) {
        count--;
    }
    const struct schur_block *const last = &schur->blocks[count - 1];
    return (struct split){
        .n_blocks = count, .n_r = last->start + last->size, .alpha_gap = gap_at(schur, alpha)};
}

struct split split_at(const struct schur *schur, double alpha)
{
    struct split split = split_blocks(schur, alpha);
    for (int i = 0; i < schur->n_blocks && schur->norm > 0.0; i++) {
        const struct schur_block *const block = &schur->blocks[i];
        for (int column = block->start; column < block->start + block->size; column++) {
            for (int row = 0; row < block->start; row++) {
                const double entry = schur->t[column_major(row, column, schur->n)] / schur->norm;
                const enum coupling coupling = column < split.n_r ? COUPLING_RR
                                               : row < split.n_r  ? COUPLING_CR
                                                                  : COUPLING_CC;
                split.mass[coupling] += entry * entry;
            }
        }
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
        if (schur->blocks[i].modulus >= *largest - SCHUR_TIE_TOLERANCE * schur->radius) {
            *largest = fmax(*largest, schur->blocks[i].modulus);
            end = i + 1;
        }
    }
    return end;
}

int split_partitions(const struct schur *schur, struct partition *partitions)
{
    int count = 0;
    for (int end = 0; end < schur->n_blocks;) {
        double largest = 0.0;
        end = group_end(schur, end, &largest);
        const struct schur_block *const last = &schur->blocks[end - 1];
        const double bound = schur->radius > 0.0 ? alpha_of(schur, largest) : 1.0;
        if (count > 0) {
            partitions[count - 1].alpha_low = bound;
        }
        partitions[count++] = (struct partition){
            .n_blocks = end, .n_r = last->start + last->size, .alpha_high = bound};
    }
    return count;
}
