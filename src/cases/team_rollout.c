#include "cases/team_rollout.h"

#include "cases/team_case.h"
#include "core/array.h"
#include "core/clock.h"
#include "core/memory.h"
#include "team/long_message.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int team_share_count(int n_ranks, int n_trials, int tile_width)
{
    int best = 1;
    for (int shares = 2; shares <= n_ranks; shares++) {
        if (n_ranks % shares == 0 && n_trials / shares >= tile_width) {
            best = shares;
        }
    }
    return best;
}

static struct trial_range range_of(const struct team_rollout *part, int share)
{
    const int64_t n = part->n_trials;
    const int first = (int)(n * share / part->n_shares);
    const int end = (int)(n * (share + 1) / part->n_shares);
    return (struct trial_range){first, end - first};
}

static enum status load_trials(struct team_rollout *part, int case_index, struct error *error)
{
    struct team_case *const team_case = part->team_case;
    const struct process_grid *const grid = &team_case->team->grid;
    const struct sweep *const sweep = team_case->sweep;
    const bool is_single = sweep->precision == PRECISION_FLOAT32;
    TRY(case_trials_load(sweep, &sweep->cases[case_index], &part->trials, error));
    part->n_trials = part->trials.n_trials;
    part->n_shares =
        team_share_count(grid->size, part->n_trials, is_single ? TILE_FLOAT32 : TILE_FLOAT64);
    part->n_groups = grid->size / part->n_shares;
    part->group = grid->rank / part->n_shares;
    part->range = range_of(part, grid->rank % part->n_shares);
    TRY(trials_part(&part->trials, part->range.first, part->range.count, &part->mine, error));
    if (grid->rank == GRID_ROOT) {
        const size_t n_ranks = (size_t)grid->size;
        TRY(memory_array(&part->counts, n_ranks, sizeof(int), error));
        TRY(memory_array(&part->places, n_ranks, sizeof(int), error));
        TRY(memory_array2(&part->all, (size_t)part->n_groups, (size_t)part->n_trials,
                          sizeof *part->all, error));
    } else {
        trials_release(&part->trials);
    }
    /* Where the scores of each rank go: group after group, in the order of the trials. */
    for (int rank = 0; part->counts != NULL && rank < grid->size; rank++) {
        const struct trial_range range = range_of(part, rank % part->n_shares);
        const int first = rank / part->n_shares * part->n_trials + range.first;
        part->counts[rank] = range.count * (int)sizeof *part->scores;
        part->places[rank] = first * (int)sizeof *part->scores;
    }
    TRY(packed_trials_create(&part->packed, &part->mine, sweep->precision, error));
    TRY(memory_array(&part->scores, (size_t)part->range.count, sizeof *part->scores, error));
    TRY(memory_array(&part->masses, (size_t)part->n_groups, sizeof *part->masses, error));
    return rollout_create(&part->rollout, &team_case->network, &part->packed, sweep->isa, error);
}

static enum status gather_scores(struct team_rollout *part, struct error *error)
{
    const struct team *const team = part->team_case->team;
    const int bytes = part->range.count * (int)sizeof *part->scores;
    return grid_check(MPI_Gatherv(part->scores, bytes, MPI_BYTE, part->all, part->counts,
                                  part->places, MPI_BYTE, GRID_ROOT, team->comm),
                      "collect scores", error);
}

/* Where rows of a matrix go. */
struct packing {
    struct rollout *rollout;
    int gate;
};

static void take_rows(void *sink, int first, int count, const double *rows)
{
    const struct packing *const packing = sink;
    rollout_set_rows(packing->rollout, packing->gate, first, count, rows);
}

/* ---- the full model ---- */

/* Outputs of the ranks of the first group, one after the other, in the order of the trials. */
static void interleave(const struct team_rollout *part, const double *pieces, double *outputs)
{
    const size_t n_out = (size_t)part->trials.n_out;
    const size_t n_steps = (size_t)part->trials.n_steps;
    assert(pieces != NULL && outputs != NULL);
    for (int share = 0; share < part->n_shares; share++) {
        const struct trial_range range = range_of(part, share);
        const size_t row = (size_t)range.count * n_out;
        for (size_t step = 0; step < n_steps; step++) {
            double *const to =
                outputs + (step * (size_t)part->n_trials + (size_t)range.first) * n_out;
            memcpy(to, pieces, row * sizeof *to);
            pieces += row;
        }
    }
}

/* The others of the group send, the root receives into `pieces`. */
static enum status collect_outputs(const struct team_rollout *part, const double *mine,
                                   double *pieces, struct error *error)
{
    const struct team *const team = part->team_case->team;
    const size_t per_trial = (size_t)part->mine.n_steps * (size_t)part->mine.n_out;
    const int rank = team->grid.rank;
    const size_t n_mine = per_trial * (size_t)part->range.count;
    if (rank != GRID_ROOT) {
        return rank >= part->n_shares ? STATUS_OK
                                      : long_message_send(mine, n_mine, LONG_MESSAGE_PIECE,
                                                          GRID_ROOT, team->comm, error);
    }
    assert(pieces != NULL && mine != NULL);
    memcpy(pieces, mine, n_mine * sizeof *pieces);
    for (int share = 1; share < part->n_shares; share++) {
        const struct trial_range range = range_of(part, share);
        TRY(long_message_receive(pieces + per_trial * (size_t)range.first,
                                 per_trial * (size_t)range.count, LONG_MESSAGE_PIECE, share,
                                 team->comm, error));
    }
    return STATUS_OK;
}

/* Room for the outputs of this rank and, on the root, twice for those of all. */
static enum status share_baseline(const struct team_rollout *part, struct error *error)
{
    struct baseline *const baseline = &part->team_case->base.baseline;
    return grid_check(MPI_Bcast(baseline, (int)sizeof *baseline, MPI_BYTE, GRID_ROOT,
                                part->team_case->team->comm),
                      "share what is measured against", error);
}

static enum status run_full(struct team_rollout *part, struct error *error)
{
    struct team_case *const team_case = part->team_case;
    const struct process_grid *const grid = &team_case->team->grid;
    const size_t per_trial = (size_t)part->mine.n_steps * (size_t)part->mine.n_out;
    const size_t n_all = grid->rank == GRID_ROOT ? (size_t)part->n_trials : 0;
    struct packing packing = {part->rollout, team_case->gates[0]};
    double *mine = NULL;
    double *pieces = NULL;
    double *outputs = NULL;
    enum status status =
        memory_array2(&mine, per_trial, (size_t)part->range.count, sizeof(double), error);
    THEN(status, memory_array2(&pieces, per_trial, n_all, sizeof(double), error));
    THEN(status, memory_array2(&outputs, per_trial, n_all, sizeof(double), error));
    status = grid_agree(grid, status, error);
    THEN(status, matrix_spread(&team_case->weights[0], take_rows, &packing, error));
    THEN(status,
         grid_agree(grid, rollout_keep_reference(part->rollout, part->scores, error), error));
    if (status == STATUS_OK) {
        rollout_reference(part->rollout, mine);
        status = gather_scores(part, error);
    }
    if (status == STATUS_OK) {
        status = collect_outputs(part, mine, pieces, error);
        if (status == STATUS_OK && grid->rank == GRID_ROOT) {
            const struct trial_score full = trial_scores_sum(part->all, part->n_trials);
            interleave(part, pieces, outputs);
            status =
                experiment_set_baseline(&team_case->base, &part->trials, &full, outputs, error);
        }
        status = grid_agree(grid, status, error);
        THEN(status, share_baseline(part, error));
    }
    free(mine);
    free(pieces);
    free(outputs);
    return status;
}

enum status team_rollout_create(struct team_rollout *part, struct team_case *team_case,
                                int case_index, struct error *error)
{
    *part = (struct team_rollout){.team_case = team_case};
    enum status status = grid_agree(
        &team_case->team->grid, case_as_job_failure(load_trials(part, case_index, error)), error);
    const double start = clock_seconds();
    THEN(status, case_as_job_failure(run_full(part, error)));
    team_case->base.reference_seconds = clock_seconds() - start;
    team_case->base.n_at_once = part->n_groups;
    if (status != STATUS_OK) {
        team_rollout_release(part);
    }
    return status;
}

void team_rollout_release(struct team_rollout *part)
{
    rollout_destroy(&part->rollout);
    packed_trials_release(&part->packed);
    trials_release(&part->mine);
    trials_release(&part->trials);
    free(part->scores);
    free(part->all);
    free(part->counts);
    free(part->places);
    free(part->masses);
    *part = (struct team_rollout){.team_case = NULL};
}

/* ---- ablated models ---- */

/* All ranks make what is left of all matrices; those of its group pack them. */
enum status team_rollout_run(struct team_rollout *part, const struct removal *removals, int count,
                             struct job_result *results, struct error *error)
{
    struct team_ablation *const ablation = &part->team_case->ablation;
    const struct trial_range all_mine = {0, part->range.count};
    for (int i = 0; i < count; i++) {
        team_ablation_apply(ablation, &removals[i]);
        TRY(team_removed_mass(ablation, &part->masses[i], error));
        for (int k = 0; k < part->team_case->n_matrices; k++) {
            struct packing packing = {part->rollout, part->team_case->gates[k]};
            TRY(team_ablation_weights(ablation, k, part->group == i ? take_rows : NULL, &packing,
                                      error));
        }
    }
    if (part->group < count) {
        rollout_score(part->rollout, all_mine, part->scores);
    }
    TRY(gather_scores(part, error));
    part->team_case->base.scores = part->all;
    for (int i = 0; part->all != NULL && i < count; i++) {
        const struct trial_score sum =
            trial_scores_sum(part->all + (size_t)i * (size_t)part->n_trials, part->n_trials);
        results[i] = experiment_result(&part->team_case->base, &sum, part->masses[i]);
    }
    return STATUS_OK;
}

/* ---- any matrices ---- */

enum { ROWS_AT_ONCE = 64 };

/* The root's rows of one matrix, `width` values apart, to the ranks of the first group. */
static enum status share_rows(const struct team_rollout *part, const double *weights, int gate,
                              double *rows, struct error *error)
{
    const struct team *const team = part->team_case->team;
    const int n = part->team_case->network.n_hidden;
    const int width = part->team_case->ablation.form->n;
    struct packing packing = {part->rollout, gate};
    for (int first = 0; first < n; first += ROWS_AT_ONCE) {
        const int count = n - first < ROWS_AT_ONCE ? n - first : ROWS_AT_ONCE;
        for (int i = 0; weights != NULL && i < count; i++) {
            memcpy(rows + row_major(i, 0, n), weights + row_major(first + i, 0, width),
                   (size_t)n * sizeof *rows);
        }
        TRY(grid_check(MPI_Bcast(rows, count * n, MPI_DOUBLE, GRID_ROOT, team->comm),
                       "share weights", error));
        if (part->group == 0) {
            take_rows(&packing, first, count, rows);
        }
    }
    return STATUS_OK;
}

enum status team_rollout_weights(struct team_rollout *part, const double *weights,
                                 double removed_mass, struct job_result *result,
                                 struct error *error)
{
    struct team_case *const team_case = part->team_case;
    const int n = team_case->network.n_hidden;
    const int width = team_case->ablation.form->n;
    double *rows = NULL;
    enum status status =
        grid_agree(&team_case->team->grid,
                   memory_array2(&rows, ROWS_AT_ONCE, (size_t)n, sizeof *rows, error), error);
    for (int k = 0; k < team_case->n_matrices; k++) {
        const double *const block =
            weights != NULL ? weights + row_major(k * n, k * n, width) : NULL;
        THEN(status, share_rows(part, block, team_case->gates[k], rows, error));
    }
    free(rows);
    TRY(status);
    if (part->group == 0) {
        rollout_score(part->rollout, (struct trial_range){0, part->range.count}, part->scores);
    }
    TRY(gather_scores(part, error));
    team_case->base.scores = part->all;
    if (part->all != NULL) {
        const struct trial_score sum = trial_scores_sum(part->all, part->n_trials);
        *result = experiment_result(&team_case->base, &sum, removed_mass);
    }
    return STATUS_OK;
}
