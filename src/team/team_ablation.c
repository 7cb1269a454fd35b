#include "team/team_ablation.h"

#include "core/array.h"
#include "core/memory.h"
#include "kernel/spectral/schur_join.h"
#include "team/diagonal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum status create_part(struct team_part *part, const struct team_schur *schur,
                               struct error *error)
{
    const struct block_cyclic *const t = &schur->t;
    part->schur = schur;
    TRY(grid_agree(t->grid, schur_map_blocks(&schur->form, &part->block_of, error), error));
    TRY(block_cyclic_create(&part->t_ablated, t->grid, t->n, t->block, error));
    return block_cyclic_create(&part->work, t->grid, t->n, t->block, error);
}

/* The form of all, and what it makes of the blocks of each. */
static enum status join(struct team_ablation *ablation, struct error *error)
{
    struct schur forms[CELL_MAX_GATES];
    const int n = ablation->parts[0].schur->form.n;
    for (int i = 0; i < ablation->count; i++) {
        forms[i] = ablation->parts[i].schur->form;
    }
    TRY(memory_array2(&ablation->numbers, (size_t)ablation->count, (size_t)n,
                      sizeof *ablation->numbers, error));
    schur_join_numbers(forms, ablation->count, ablation->numbers);
    for (int i = 0; i < ablation->count; i++) {
        ablation->parts[i].numbers = ablation->numbers + array_count(i, n);
    }
    ablation->form = &ablation->parts[0].schur->form;
    if (ablation->count > 1) {
        TRY(schur_join(&ablation->joint, forms, ablation->count, error));
        ablation->form = &ablation->joint;
    }
    return STATUS_OK;
}

enum status team_ablation_create(struct team_ablation *ablation, const struct team_schur *schur,
                                 int count, struct error *error)
{
    const struct process_grid *const grid = schur->t.grid;
    const size_t n_hashes = (size_t)grid->size * (size_t)count;
    *ablation = (struct team_ablation){.count = count};
    enum status status = STATUS_OK;
    for (int i = 0; i < count; i++) {
        THEN(status, create_part(&ablation->parts[i], &schur[i], error));
    }
    if (status == STATUS_OK) {
        status = join(ablation, error);
        THEN(status, memory_array(&ablation->hashes, n_hashes, sizeof *ablation->hashes, error));
        status = grid_agree(grid, status, error);
    }
    if (status != STATUS_OK) {
        team_ablation_release(ablation);
    }
    return status;
}

void team_ablation_release(struct team_ablation *ablation)
{
    for (int i = 0; i < ablation->count; i++) {
        block_cyclic_release(&ablation->parts[i].t_ablated);
        block_cyclic_release(&ablation->parts[i].work);
        free(ablation->parts[i].block_of);
    }
    schur_release(&ablation->joint);
    free(ablation->numbers);
    free(ablation->hashes);
    *ablation = (struct team_ablation){0};
}

/* A value relative to the norm of all from those of the forms, each relative to its own. */
static double of_all(const struct team_ablation *ablation, const double *values)
{
    double squares = 0.0;
    for (int i = 0; i < ablation->count && ablation->form->norm > 0.0; i++) {
        const double part =
            values[i] * (ablation->parts[i].schur->form.norm / ablation->form->norm);
        squares += part * part;
    }
    return ablation->count == 1 ? values[0] : sqrt(squares);
}

/* The local entries of one column that couple blocks: those above its diagonal block. The first n_r
 * of n_rows stand in R's rows. */
struct column {
    int global;
    size_t first; /* in the local part */
    int n_r;
    int n_rows;
};

static struct column column_at(const struct team_part *part, int local_col, int n_r)
{
    const struct block_cyclic *const t = &part->schur->t;
    const int global = block_cyclic_col(t, local_col);
    const int above = part->schur->form.blocks[part->block_of[global]].start;
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

/* Rows of one of the forms in the first n_blocks blocks of all. */
static int rows_in(const struct team_part *part, int n_blocks)
{
    const struct schur *const form = &part->schur->form;
    int n_r = 0;
    for (int i = 0; i < form->n_blocks && part->numbers[i] < n_blocks; i++) {
        n_r = form->blocks[i].start + form->blocks[i].size;
    }
    return n_r;
}

/* Of one form, relative to its norm. */
static enum status coupling_mass(const struct team_part *part, int n_r, double *mass,
                                 struct error *error)
{
    const struct block_cyclic *const t = &part->schur->t;
    const double norm = part->schur->form.norm;
    memset(mass, 0, COUPLING_COUNT * sizeof *mass);
    for (int col = 0; col < t->n_local_cols && norm > 0.0; col++) {
        const struct column column = column_at(part, col, n_r);
        const double *const entries = t->local + column.first;
        mass[column.global < n_r ? COUPLING_RR : COUPLING_CR] +=
            sum_squares(entries, 0, column.n_r, norm);
        mass[COUPLING_CC] += sum_squares(entries, column.n_r, column.n_rows, norm);
    }
    TRY(grid_sum(t->grid, mass, COUPLING_COUNT, error));
    for (int i = 0; i < COUPLING_COUNT; i++) {
        mass[i] = sqrt(mass[i]);
    }
    return STATUS_OK;
}

enum status team_split_at(const struct team_ablation *ablation, double alpha, struct split *split,
                          struct error *error)
{
    double masses[CELL_MAX_GATES][COUPLING_COUNT];
    *split = split_blocks(ablation->form, alpha);
    for (int i = 0; i < ablation->count; i++) {
        const struct team_part *const part = &ablation->parts[i];
        TRY(coupling_mass(part, rows_in(part, split->n_blocks), masses[i], error));
    }
    for (int c = 0; c < COUPLING_COUNT; c++) {
        double values[CELL_MAX_GATES];
        for (int i = 0; i < ablation->count; i++) {
            values[i] = masses[i][c];
        }
        split->mass[c] = of_all(ablation, values);
    }
    return STATUS_OK;
}

static void apply(struct team_part *part, const struct removal *removal)
{
    const struct block_cyclic *const t = &part->schur->t;
    double *const local = part->t_ablated.local;
    memcpy(local, t->local, block_cyclic_count(t) * sizeof *local);
    for (int col = 0; col < t->n_local_cols; col++) {
        const struct column column = column_at(part, col, 0);
        const int col_block = part->numbers[part->block_of[column.global]];
        for (int row = 0; row < column.n_rows; row++) {
            const int row_block = part->numbers[part->block_of[block_cyclic_row(t, row)]];
            if (removal_takes(removal, row_block, col_block)) {
                double *const entry = &local[column.first + (size_t)row];
                *entry = removal_rest(removal, *entry);
            }
        }
    }
}

void team_ablation_apply(struct team_ablation *ablation, const struct removal *removal)
{
    for (int i = 0; i < ablation->count; i++) {
        apply(&ablation->parts[i], removal);
    }
}

enum status team_removed_mass(const struct team_ablation *ablation, double *removed_mass,
                              struct error *error)
{
    double masses[CELL_MAX_GATES] = {0};
    for (int p = 0; p < ablation->count; p++) {
        const struct team_part *const part = &ablation->parts[p];
        const struct block_cyclic *const t = &part->schur->t;
        const double norm = part->schur->form.norm;
        const size_t count = block_cyclic_count(t);
        for (size_t i = 0; i < count && norm > 0.0; i++) {
            const double removed = (t->local[i] - part->t_ablated.local[i]) / norm;
            masses[p] += removed * removed;
        }
        TRY(grid_sum(t->grid, &masses[p], 1, error));
        masses[p] = sqrt(masses[p]);
    }
    *removed_mass = of_all(ablation, masses);
    return STATUS_OK;
}

enum status team_ablation_weights(struct team_ablation *ablation, int part, matrix_taker take,
                                  void *sink, struct error *error)
{
    struct team_part *const one = &ablation->parts[part];
    const struct block_cyclic *const q = &one->schur->q;
    block_cyclic_multiply("N", q, "N", &one->t_ablated, 1.0, 0.0, &one->work);
    block_cyclic_multiply("N", &one->work, "T", q, 1.0, 0.0, &one->t_ablated);
    return matrix_spread(&one->t_ablated, take, sink, error);
}

/* ---- plan ---- */

static enum status split_team(void *context, double alpha, struct split *split, struct error *error)
{
    return team_split_at(context, alpha, split, error);
}

/* Of the hashes of what all ranks have of all matrices. */
static enum status make_team(void *context, const struct removal *removal, struct hash128 *hash,
                             struct error *error)
{
    struct team_ablation *const ablation = context;
    const struct process_grid *const grid = ablation->parts[0].t_ablated.grid;
    struct hash128 mine[CELL_MAX_GATES];
    const int bytes = ablation->count * (int)sizeof *mine;
    team_ablation_apply(ablation, removal);
    for (int i = 0; i < ablation->count; i++) {
        const struct block_cyclic *const made = &ablation->parts[i].t_ablated;
        mine[i] = hash_bytes128(made->local, block_cyclic_count(made) * sizeof *made->local);
    }
    TRY(grid_check(
        MPI_Allgather(mine, bytes, MPI_BYTE, ablation->hashes, bytes, MPI_BYTE, grid->comm),
        "gather hashes", error));
    *hash = hash_bytes128(ablation->hashes, (size_t)grid->size * (size_t)bytes);
    return STATUS_OK;
}

static enum status agree_team(void *context, enum status mine, struct error *error)
{
    const struct team_ablation *const ablation = context;
    return grid_agree(ablation->parts[0].t_ablated.grid, mine, error);
}

enum status team_ablation_plan(struct ablation_plan *plan, struct team_ablation *ablation,
                               const struct ablation_grid *grid, struct error *error)
{
    const struct ablation_source source = {ablation->form, split_team, make_team, agree_team,
                                           ablation};
    return ablation_plan_create(plan, &source, grid, error);
}

/* ---- nonnormality ---- */

/* a^2 + b^2 + c^2 + a^2 - 2 (a^2 - b c) = (b + c)^2 of the pairs, which the rank of c adds. */
static double pair_squares(const struct team_part *part, const double *above)
{
    const struct team_schur *const schur = part->schur;
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

static enum status departure(const struct team_part *part, double *value, struct error *error)
{
    const struct block_cyclic *const t = &part->schur->t;
    const double norm = part->schur->form.norm;
    struct diagonal diagonal;
    *value = 0.0;
    if (norm == 0.0) {
        return STATUS_OK;
    }
    enum status status = grid_agree(t->grid, diagonal_create(&diagonal, t->n, error), error);
    THEN(status, diagonal_read(&diagonal, t, error));
    if (status == STATUS_OK) {
        double squares = 0.0;
        for (int col = 0; col < t->n_local_cols; col++) {
            const struct column column = column_at(part, col, t->n);
            squares += sum_squares(t->local + column.first, 0, column.n_rows, norm);
        }
        squares += pair_squares(part, diagonal.above);
        status = grid_sum(t->grid, &squares, 1, error);
        *value = sqrt(squares);
    }
    diagonal_release(&diagonal);
    return status;
}

enum status team_nonnormality(const struct team_ablation *ablation, double *nonnormality,
                              struct error *error)
{
    double values[CELL_MAX_GATES];
    for (int i = 0; i < ablation->count; i++) {
        TRY(departure(&ablation->parts[i], &values[i], error));
    }
    *nonnormality = of_all(ablation, values);
    return STATUS_OK;
}
