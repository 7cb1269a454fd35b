/* A map of the couplings: for every pair (I, J), I < J, of diagonal blocks how large it is, and how
 * far outputs and fvu move when it alone is removed. With D what is removed, g = d fvu / d T and d
 * the predicted distance (kernel/gauss_newton),
 *
 *     delta fvu = -<g, D> + d^2 sum (y - mean y)^2 / sum (y* - mean y*)^2
 *
 * to second order, the Hessian being that of Gauss and Newton. What a pair is worth beside the
 * others is told by the Gini coefficient of d^2, and by how many pairs have a half, and nine
 * tenths, of the sum of all. With more than 4,096 pairs neighbouring blocks are grouped. */
#include "core/array.h"
#include "core/axes.h"
#include "core/memory.h"
#include "kernel/diagnostics/diagnostic.h"
#include "kernel/gauss_newton/pairs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int64_t n_groups(const struct sweep *sweep)
{
    const int most = sweep_max_modes(sweep);
    return most < GAUSS_NEWTON_GROUPS ? most : GAUSS_NEWTON_GROUPS;
}

static struct label number(const struct sweep *sweep, int64_t i)
{
    (void)sweep;
    return (struct label){.integer = i};
}

static const struct axis AXIS_ROW = {"block_row",
                                     "diagonal block of T whose rows are meant, or "
                                     "group of blocks",
                                     VALUE_I64, n_groups, number};
static const struct axis AXIS_COL = {"block_col",
                                     "diagonal block of T whose columns are meant, or "
                                     "group of blocks",
                                     VALUE_I64, n_groups, number};

#define OF_PAIR(name, long_name) VARIABLE_REAL(name, long_name, &AXIS_ROW, &AXIS_COL)
#define COUNT(name, long_name)                                                                     \
    {                                                                                              \
        name, "1", long_name, VALUE_I32, FILL_MARKED,                                              \
        {                                                                                          \
            NULL                                                                                   \
        }                                                                                          \
    }

static const struct variable VARIABLES[] = {
    OF_PAIR("pair_mass", "Frobenius norm of a pair of blocks, relative to that of T"),
    OF_PAIR("pair_gn_distance", "predicted distance without a pair"),
    OF_PAIR("pair_gn_distance_se", "standard error of pair_gn_distance, 0 where it is exact"),
    OF_PAIR("pair_delta_fvu", "predicted change of fvu without a pair"),
    OF_PAIR("pair_distance", "measured distance without a pair, where that was asked for"),
    {"pair_ambiguous",
     "1",
     "1 when a pair has a mode that ties with another, so that its entries depend on their order",
     VALUE_U8,
     FILL_MARKED,
     {&AXIS_ROW, &AXIS_COL}},
    VARIABLE_REAL("pair_gini", "Gini coefficient of the squares of pair_gn_distance", NULL),
    COUNT("pair_half", "pairs that have half the sum of these squares, at least"),
    COUNT("pair_ninety", "pairs that have nine tenths of it"),
    COUNT("pair_group", "blocks that are grouped for one row or column of the map"),
    {.name = NULL}};

enum { MEASURED };

/* One of a case, with what a record gets. */
struct map {
    struct experiment *experiment;
    struct gauss_newton_source source;
    const struct gauss_newton *gn;
    struct pairs pairs;
    unsigned char *bits; /* of the pair that is measured */
    double *squares;     /* [n_pairs] of those that are not empty */
    int n_squares;
    struct record *record;
};

/* <g, D> of one pair. */
static double slope_of(const struct map *map, const struct pair *pair)
{
    const struct schur *const form = map->source.form;
    const int each = map->gn->n_in_group;
    double sum = 0.0;
    for (int a = pair->row * each; a < (pair->row + 1) * each && a < form->n_blocks; a++) {
        for (int b = pair->col * each; b < (pair->col + 1) * each && b < form->n_blocks; b++) {
            const struct schur_block *const rows = &form->blocks[a];
            const struct schur_block *const cols = &form->blocks[b];
            for (int i = rows->start; i < rows->start + rows->size; i++) {
                for (int j = cols->start; j < cols->start + cols->size; j++) {
                    sum += map->gn->gradient[row_major(i, j, form->n)] *
                           form->t[column_major(i, j, form->n)];
                }
            }
        }
    }
    return sum;
}

static size_t place_of(const struct map *map, const struct pair *pair)
{
    return (size_t)pair->row * record_axis_length(map->record, "pair_mass", 1) + (size_t)pair->col;
}

static enum status fill_pair(struct map *map, int p, bool is_measured, struct error *error)
{
    const struct gauss_newton *const gn = map->gn;
    const struct pair *const pair = &map->pairs.list[p];
    const size_t place = place_of(map, pair);
    double se = 0.0;
    if (pair->is_empty) {
        return STATUS_OK;
    }
    const double square = gauss_newton_pair_square(gn, p, &se);
    const double distance = sqrt(square);
    map->squares[map->n_squares++] = square;
    record_f64(map->record, "pair_mass")[place] = sqrt(pair->mass_square) / map->source.form->norm;
    record_f64(map->record, "pair_gn_distance")[place] = distance;
    record_f64(map->record, "pair_gn_distance_se")[place] =
        square > 0.0 ? se / (2.0 * distance) : 0.0;
    record_f64(map->record, "pair_delta_fvu")[place] =
        square * gn->full_variation / gn->target_variation - slope_of(map, pair);
    record_u8(map->record, "pair_ambiguous")[place] = pair->is_ambiguous ? 1 : 0;
    if (!is_measured) {
        return STATUS_OK;
    }
    memset(map->bits, 0, pairs_bits(&map->pairs));
    pairs_mark(&map->pairs, p, map->bits);
    return experiment_distance(map->experiment,
                               &(struct removal){.pairs = map->bits, .strength = 1.0},
                               &record_f64(map->record, "pair_distance")[place], error);
}

static int descending(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x < y) - (x > y);
}

/* Of squares in descending order: how many make up a share of their sum. */
static int count_of_share(const struct map *map, double sum, double share)
{
    double so_far = 0.0;
    int count = 0;
    while (count < map->n_squares && so_far < share * sum) {
        so_far += map->squares[count++];
    }
    return count;
}

/* Gini 1912: sum over i of (2 i - n - 1) x_i / (n sum x), x ascending and i from 1. */
static void summarise(const struct map *map)
{
    const int n = map->n_squares;
    double sum = 0.0;
    double ranked = 0.0;
    qsort(map->squares, (size_t)n, sizeof *map->squares, descending);
    for (int i = 0; i < n; i++) {
        sum += map->squares[i];
        ranked += (n - 1 - 2 * i) * map->squares[i];
    }
    *record_i32(map->record, "pair_group") = map->gn->n_in_group;
    if (sum > 0.0) {
        *record_f64(map->record, "pair_gini") = ranked / (n * sum);
        *record_i32(map->record, "pair_half") = count_of_share(map, sum, 0.5);
        *record_i32(map->record, "pair_ninety") = count_of_share(map, sum, 0.9);
    }
}

static enum status allocate(struct map *map, struct error *error)
{
    TRY(pairs_create(&map->pairs, map->gn, map->source.form, error));
    TRY(memory_array(&map->bits, pairs_bits(&map->pairs), 1, error));
    return memory_array(&map->squares, (size_t)map->gn->n_pairs, sizeof *map->squares, error);
}

static enum status run(struct experiment *experiment, const double *params, struct record *record,
                       struct error *error)
{
    struct map map = {.experiment = experiment, .record = record};
    TRY(experiment->ops->source(experiment, &map.source, error));
    TRY(experiment_gauss_newton(experiment, &map.gn, error));
    enum status status = experiment->ops->agree(experiment, allocate(&map, error), error);
    for (int p = 0; p < map.gn->n_pairs && status == STATUS_OK; p++) {
        status = fill_pair(&map, p, params[MEASURED] != 0.0, error);
    }
    if (status == STATUS_OK) {
        summarise(&map);
    }
    pairs_release(&map.pairs);
    free(map.bits);
    free(map.squares);
    return status;
}

static double rollouts(const struct sweep *sweep, const struct trials *trials, int width,
                       const double *params)
{
    (void)sweep;
    (void)trials;
    return params[MEASURED] != 0.0 ? gauss_newton_pairs(width) : 0.0;
}

const struct diagnostic_ops DIAGNOSTIC_COUPLINGS = {
    .name = "couplings",
    .long_name = "map of all pairs of blocks: mass, predicted distance and change of fvu",
    .stage = DIAGNOSTIC_OF_REFERENCE,
    .needs_gauss_newton = true,
    .params = {{"measured", true, 0, 0, 1, 0, false}},
    .n_params = 1,
    .variables = VARIABLES,
    .rollouts = rollouts,
    .run = run,
};
