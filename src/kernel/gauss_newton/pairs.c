#include "kernel/gauss_newton/pairs.h"

#include "core/array.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

static int end_of(const struct pairs *pairs, int group)
{
    const int end = (group + 1) * pairs->gn->n_in_group;
    return end < pairs->form->n_blocks ? end : pairs->form->n_blocks;
}

static double square_of(const struct schur *form, int row_block, int col_block)
{
    const struct schur_block *const rows = &form->blocks[row_block];
    const struct schur_block *const cols = &form->blocks[col_block];
    double sum = 0.0;
    for (int j = cols->start; j < cols->start + cols->size; j++) {
        for (int i = rows->start; i < rows->start + rows->size; i++) {
            const double entry = form->t[column_major(i, j, form->n)];
            sum += entry * entry;
        }
    }
    return sum;
}

/* Whether the first or the last block of a group ties with its neighbour outside. */
static bool ties(const struct pairs *pairs, int group)
{
    const struct schur *const form = pairs->form;
    const int first = group * pairs->gn->n_in_group;
    const int end = end_of(pairs, group);
    const double close = SCHUR_TIE_TOLERANCE * form->radius;
    const struct schur_block *const blocks = form->blocks;
    return (first > 0 && fabs(blocks[first - 1].modulus - blocks[first].modulus) <= close) ||
           (end < form->n_blocks && fabs(blocks[end - 1].modulus - blocks[end].modulus) <= close);
}

static struct pair describe(const struct pairs *pairs, int row, int col)
{
    struct pair pair = {.row = row, .col = col};
    for (int i = row * pairs->gn->n_in_group; i < end_of(pairs, row); i++) {
        for (int j = col * pairs->gn->n_in_group; j < end_of(pairs, col); j++) {
            pair.mass_square += square_of(pairs->form, i, j);
        }
    }
    pair.is_empty = !(sqrt(pair.mass_square) >= PAIR_EMPTY * pairs->form->norm);
    pair.is_ambiguous = ties(pairs, row) || ties(pairs, col);
    return pair;
}

enum status pairs_create(struct pairs *pairs, const struct gauss_newton *gn,
                         const struct schur *form, struct error *error)
{
    int next = 0;
    *pairs = (struct pairs){.gn = gn, .form = form};
    TRY(memory_array(&pairs->list, (size_t)gn->n_pairs, sizeof *pairs->list, error));
    for (int row = 0; row < gn->n_groups; row++) {
        for (int col = row + 1; col < gn->n_groups; col++) {
            pairs->list[next] = describe(pairs, row, col);
            pairs->mass_square += pairs->list[next].mass_square;
            next++;
        }
    }
    return STATUS_OK;
}

void pairs_release(struct pairs *pairs)
{
    free(pairs->list);
    *pairs = (struct pairs){.list = NULL};
}

size_t pairs_bits(const struct pairs *pairs)
{
    return pair_number(0, pairs->form->n_blocks) / 8 + 1;
}

void pairs_mark(const struct pairs *pairs, int pair, unsigned char *bits)
{
    const struct pair *const one = &pairs->list[pair];
    for (int col = one->col * pairs->gn->n_in_group; col < end_of(pairs, one->col); col++) {
        for (int row = one->row * pairs->gn->n_in_group; row < end_of(pairs, one->row); row++) {
            const size_t number = pair_number(row, col);
            bits[number / 8] = (unsigned char)(bits[number / 8] | 1u << number % 8);
        }
    }
}
