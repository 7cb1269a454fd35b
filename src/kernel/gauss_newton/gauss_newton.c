#include "kernel/gauss_newton/gauss_newton.h"

#include "core/array.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

/* Steps that are counted, and how many steps it takes to go back from each of them. */
struct counted {
    double steps;
    double back;
};

static struct counted count_steps(const struct trials *trials)
{
    struct counted counted = {0.0, 0.0};
    for (int t = 0; t < trials->n_steps; t++) {
        for (int trial = 0; trial < trials->n_trials; trial++) {
            if (trials->mask[row_major(t, trial, trials->n_trials)] != 0) {
                counted.steps += 1.0;
                counted.back += t + 1.0;
            }
        }
    }
    return counted;
}

double gauss_newton_flops(const struct trials *trials, int n_hidden)
{
    return 8.0 * count_steps(trials).back * trials->n_out * n_hidden * n_hidden;
}

static int group_size(int n_blocks)
{
    return (n_blocks + GAUSS_NEWTON_GROUPS - 1) / GAUSS_NEWTON_GROUPS;
}

static int count_groups(int n_blocks)
{
    return (n_blocks + group_size(n_blocks) - 1) / group_size(n_blocks);
}

int gauss_newton_pairs(int n_blocks)
{
    const int n_groups = count_groups(n_blocks);
    return n_groups * (n_groups - 1) / 2;
}

double gauss_newton_rollouts(const struct trials *trials, int n_hidden)
{
    const double places = (double)trials->n_trials * trials->n_steps;
    const double square = (double)n_hidden * n_hidden;
    const double pairs = gauss_newton_pairs(n_hidden);
    double rows = count_steps(trials).steps * trials->n_out;
    double flops = gauss_newton_flops(trials, n_hidden);
    if (flops > GAUSS_NEWTON_FLOPS) {
        rows = (double)GAUSS_NEWTON_PROBES * trials->n_trials;
        flops = 8.0 * GAUSS_NEWTON_PROBES * places * square;
    }
    return (flops + rows * pairs * pairs) / (2.0 * places * square);
}

size_t gauss_newton_memory(int width)
{
    const size_t n = (size_t)width;
    const size_t pairs = (size_t)gauss_newton_pairs(width);
    const size_t of_probes = GAUSS_NEWTON_PROBES * (pairs + (n + 1) * SPLIT_PRODUCTS);
    const size_t of_work = GAUSS_NEWTON_WORK_BYTES + GAUSS_NEWTON_COLUMNS * pairs * sizeof(double);
    return (pairs * (pairs + 1) + of_probes + 6 * n * n) * sizeof(double) + of_work;
}

static size_t n_rows(const struct gauss_newton *gn)
{
    return gn->n_probes > 0 ? (size_t)gn->n_probes : 1;
}

/* Hands out the array of all sums. */
static void divide(struct gauss_newton *gn)
{
    const size_t n_pairs = (size_t)gn->n_pairs;
    const size_t square = array_count(gn->n, gn->n);
    const struct {
        double **part;
        size_t count;
    } parts[] = {
        {&gn->gram, n_pairs * (n_pairs + 1)},
        {&gn->pair_squares, n_rows(gn) * n_pairs},
        {&gn->split_squares, n_rows(gn) * (size_t)(gn->n_blocks + 1) * SPLIT_PRODUCTS},
        {&gn->squares, square},
        {&gn->states, square},
        {&gn->n_states, 1},
        {&gn->slopes, 1},
        {&gn->adjoints, square},
        {&gn->gradient, square},
    };
    double *next = gn->sums;
    gn->n_sums = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *parts[i].part = next;
        next = next != NULL ? next + parts[i].count : NULL;
        gn->n_sums += parts[i].count;
    }
}

enum status gauss_newton_create(struct gauss_newton *gn, const struct gauss_newton_source *source,
                                bool is_exact, struct error *error)
{
    const int n_blocks = source->form->n_blocks;
    *gn = (struct gauss_newton){.n = source->form->n,
                                .n_blocks = n_blocks,
                                .n_groups = count_groups(n_blocks),
                                .n_in_group = group_size(n_blocks),
                                .n_pairs = gauss_newton_pairs(n_blocks),
                                .n_probes = is_exact ? 0 : GAUSS_NEWTON_PROBES,
                                .full_variation = source->full_variation,
                                .target_variation = source->target_variation};
    divide(gn);
    TRY(memory_array(&gn->sums, gn->n_sums, sizeof(double), error));
    divide(gn);
    return STATUS_OK;
}

void gauss_newton_release(struct gauss_newton *gn)
{
    free(gn->sums);
    *gn = (struct gauss_newton){0};
}

static void mirror(double *matrix, int n)
{
    for (int row = 0; row < n; row++) {
        for (int col = 0; col < row; col++) {
            matrix[row_major(row, col, n)] = matrix[row_major(col, row, n)];
        }
    }
}

void gauss_newton_finish(struct gauss_newton *gn)
{
    mirror(gn->states, gn->n);
    mirror(gn->adjoints, gn->n);
}

/* Mean of the probes' values about the variation of outputs, and its standard error. */
static double mean_of(const struct gauss_newton *gn, const double *values, size_t stride,
                      double *se)
{
    const size_t count = n_rows(gn);
    double mean = 0.0;
    double squares = 0.0;
    for (size_t i = 0; i < count; i++) {
        mean += values[i * stride];
    }
    mean /= (double)count;
    for (size_t i = 0; i < count; i++) {
        const double apart = values[i * stride] - mean;
        squares += apart * apart;
    }
    if (se != NULL) {
        *se = count > 1 ? sqrt(squares / (double)(count * (count - 1))) / gn->full_variation : 0.0;
    }
    return mean / gn->full_variation;
}

double gauss_newton_pair_square(const struct gauss_newton *gn, int pair, double *se)
{
    return mean_of(gn, gn->pair_squares + pair, (size_t)gn->n_pairs, se);
}

double gauss_newton_set_square(const struct gauss_newton *gn, int n_blocks, ablation_set set,
                               double *se)
{
    const size_t stride = (size_t)(gn->n_blocks + 1) * SPLIT_PRODUCTS;
    double sums[GAUSS_NEWTON_PROBES] = {0};
    for (size_t i = 0; i < n_rows(gn); i++) {
        const double *product = gn->split_squares + i * stride + (size_t)n_blocks * SPLIT_PRODUCTS;
        for (int a = 0; a < COUPLING_COUNT; a++) {
            for (int b = 0; b <= a; b++, product++) {
                if (ablation_has(set, (enum coupling)a) && ablation_has(set, (enum coupling)b)) {
                    sums[i] += a == b ? *product : 2.0 * *product;
                }
            }
        }
    }
    const double square = mean_of(gn, sums, 1, se);
    return square > 0.0 ? square : 0.0; /* what cancels may leave rounding */
}

double gauss_newton_gram(const struct gauss_newton *gn, int half, int row, int col)
{
    const int low = row < col ? row : col;
    const int high = row < col ? col : row;
    const size_t column = (size_t)gn->n_pairs + 1;
    return half == 0 ? gn->gram[(size_t)high * column + (size_t)low]
                     : gn->gram[(size_t)low * column + (size_t)high + 1];
}
