#include "team/team_ablation.h"

#include "core/memory.h"
#include "team/diagonal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum status team_ablation_create(struct team_ablation *ablation, const struct team_schur *schur,
                                 struct error *error)
{
    const struct block_cyclic *const t = &schur->t;
    *ablation = (struct team_ablation){.schur = schur};
    enum status status = schur_map_blocks(&schur->form, &ablation->block_of, error);
    THEN(status,
         memory_array(&ablation->hashes, (size_t)t->grid->size, sizeof *ablation->hashes, error));
    status = grid_agree(t->grid, status, error);
    THEN(status, block_cyclic_create(&ablation->t_ablated, t->grid, t->n, t->block, error));
    THEN(status, block_cyclic_create(&ablation->work, t->grid, t->n, t->block, error));
    if (status != STATUS_OK) {
        team_ablation_release(ablation);
    }
    return status;
}

void team_ablation_release(struct team_ablation *ablation)
{
    block_cyclic_release(&ablation->t_ablated);
    block_cyclic_release(&ablation->work);
    free(ablation->block_of);
    free(ablation->hashes);
    *ablation = (struct team_ablation){0};
}

/* The local entries of one column that couple blocks: those above its diagonal block. The first n_r
 * of n_rows stand in R's rows. */
struct column {
    int global;
    size_t first; /* in the local part */
    int n_r;
    int n_rows;
};

static struct column column_at(const struct team_ablation *ablation, int local_col, int n_r)
{
    const struct block_cyclic *const t = &ablation->schur->t;
    const int global = block_cyclic_col(t, local_col);
    const int above = ablation->schur->form.blocks[ablation->block_of[global]].start;
    const int in_r = above < n_r ? above : n_r;
    return (struct column){.global = global,
                           .first = (size_t)local_col * (size_t)t->n_local_rows,
                           .n_r = block_cyclic_rows_before(t, in_r),
                           .n_rows = block_cyclic_rows_before(t, above)};
}

static double sum_squares(const double *values, int from, int to, double norm)
{
    double squares = 0.0;
    for (int i = from; i < to; i++) {
        squares += (values[i] / norm) * (values[i] / norm);
    }
    return squares;
}

enum status team_split_at(const struct team_ablation *ablation, double alpha, struct split *split,
                          struct error *error)
{
    const struct block_cyclic *const t = &ablation->schur->t;
    const double norm = ablation->schur->form.norm;
    *split = split_blocks(&ablation->schur->form, alpha);
    for (int col = 0; col < t->n_local_cols && norm > 0.0; col++) {
        const struct column column = column_at(ablation, col, split->n_r);
        const bool in_r = column.global < split->n_r;
        const double *const entries = t->local + column.first;
        split->mass[in_r ? COUPLING_RR : COUPLING_CR] += sum_squares(entries, 0, column.n_r, norm);
        split->mass[COUPLING_CC] += sum_squares(entries, column.n_r, column.n_rows, norm);
    }
    TRY(grid_sum(t->grid, split->mass, COUPLING_COUNT, error));
    for (int i = 0; i < COUPLING_COUNT; i++) {
        split->mass[i] = sqrt(split->mass[i]);
    }
    return STATUS_OK;
}

void team_ablation_apply(struct team_ablation *ablation, const struct removal *removal)
{
    const struct block_cyclic *const t = &ablation->schur->t;
    double *const local = ablation->t_ablated.local;
    memcpy(local, t->local, block_cyclic_count(t) * sizeof *local);
    for (int col = 0; col < t->n_local_cols; col++) {
        const struct column column = column_at(ablation, col, 0);
        const int col_block = ablation->block_of[column.global];
        for (int row = 0; row < column.n_rows; row++) {
            const int row_block = ablation->block_of[block_cyclic_row(t, row)];
            if (removal_takes(removal, row_block, col_block)) {
                double *const entry = &local[column.first + (size_t)row];
                *entry = removal_rest(removal, *entry);
            }
        }
    }
}

enum status team_removed_mass(const struct team_ablation *ablation, double *removed_mass,
                              struct error *error)
{
    const struct block_cyclic *const t = &ablation->schur->t;
    const double norm = ablation->schur->form.norm;
    const size_t count = block_cyclic_count(t);
    double squares = 0.0;
    for (size_t i = 0; i < count && norm > 0.0; i++) {
        const double removed = (t->local[i] - ablation->t_ablated.local[i]) / norm;
        squares += removed * removed;
    }
    TRY(grid_sum(t->grid, &squares, 1, error));
    *removed_mass = sqrt(squares);
    return STATUS_OK;
}

enum status team_ablation_weights(struct team_ablation *ablation, matrix_taker take, void *sink,
                                  struct error *error)
{
    const struct block_cyclic *const q = &ablation->schur->q;
    block_cyclic_multiply("N", q, "N", &ablation->t_ablated, 1.0, 0.0, &ablation->work);
    block_cyclic_multiply("N", &ablation->work, "T", q, 1.0, 0.0, &ablation->t_ablated);
    return matrix_spread(&ablation->t_ablated, take, sink, error);
}

/* ---- plan ---- */

static enum status split_team(void *context, double alpha, struct split *split, struct error *error)
{
    return team_split_at(context, alpha, split, error);
}

/* Of the hashes of all parts. */
static enum status make_team(void *context, const struct removal *removal, struct hash128 *hash,
                             struct error *error)
{
    struct team_ablation *const ablation = context;
    const struct block_cyclic *const made = &ablation->t_ablated;
    const size_t bytes = block_cyclic_count(made) * sizeof *made->local;
    team_ablation_apply(ablation, removal);
    const struct hash128 mine = hash_bytes128(made->local, bytes);
    TRY(grid_check(MPI_Allgather(&mine, sizeof mine, MPI_BYTE, ablation->hashes, sizeof mine,
                                 MPI_BYTE, made->grid->comm),
                   "gather hashes", error));
    *hash = hash_bytes128(ablation->hashes, (size_t)made->grid->size * sizeof mine);
    return STATUS_OK;
}

static enum status agree_team(void *context, enum status mine, struct error *error)
{
    const struct team_ablation *const ablation = context;
    return grid_agree(ablation->schur->t.grid, mine, error);
}

enum status team_ablation_plan(struct ablation_plan *plan, struct team_ablation *ablation,
                               const struct ablation_grid *grid, struct error *error)
{
    const struct ablation_source source = {&ablation->schur->form, split_team, make_team,
                                           agree_team, ablation};
    return ablation_plan_create(plan, &source, grid, error);
}

/* ---- nonnormality ---- */

/* a^2 + b^2 + c^2 + a^2 - 2 (a^2 - b c) = (b + c)^2 of the pairs, which the rank of c adds. */
static double pair_squares(const struct team_ablation *ablation, const double *above)
{
    const struct team_schur *const schur = ablation->schur;
    double squares = 0.0;
    for (int i = 0; i < schur->form.n_blocks; i++) {
        const int row = schur->form.blocks[i].start;
        const double *const below =
            schur->form.blocks[i].size == 2 ? block_cyclic_entry(&schur->t, row + 1, row) : NULL;
        if (below != NULL) {
            const double sum = (above[row] + *below) / schur->form.norm;
            squares += sum * sum;
        }
    }
    return squares;
}

enum status team_nonnormality(const struct team_ablation *ablation, double *nonnormality,
                              struct error *error)
{
    const struct block_cyclic *const t = &ablation->schur->t;
    struct diagonal diagonal;
    *nonnormality = 0.0;
    if (ablation->schur->form.norm == 0.0) {
        return STATUS_OK;
    }
    enum status status = grid_agree(t->grid, diagonal_create(&diagonal, t->n, error), error);
    THEN(status, diagonal_read(&diagonal, t, error));
    if (status == STATUS_OK) {
        const double norm = ablation->schur->form.norm;
        double squares = 0.0;
        for (int col = 0; col < t->n_local_cols; col++) {
            const struct column column = column_at(ablation, col, t->n);
            squares += sum_squares(t->local + column.first, 0, column.n_rows, norm);
        }
        squares += pair_squares(ablation, diagonal.above);
        status = grid_sum(t->grid, &squares, 1, error);
        *nonnormality = sqrt(squares);
    }
    diagonal_release(&diagonal);
    return status;
}
