#include "cases/team_source.h"

#include "cases/team_case.h"
#include "core/array.h"
#include "core/memory.h"
#include "kernel/spectral/schur_join.h"

#include <stdlib.h>
#include <string.h>

struct rows {
    double *values; /* [n, n] */
    int n;
    bool is_column_major;
};

static void take_rows(void *sink, int first, int count, const double *rows)
{
    const struct rows *const to = sink;
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < to->n; j++) {
            to->values[to->is_column_major ? column_major(first + i, j, to->n)
                                           : row_major(first + i, j, to->n)] =
                rows[row_major(i, j, to->n)];
        }
    }
}

static enum status collect(struct team_case *team_case, struct error *error)
{
    struct team_source *const whole = &team_case->whole;
    const int n = team_case->network.n_hidden;
    struct rows w = {whole->network.weight_hh, n, false};
    TRY(matrix_spread(&team_case->weights[0], take_rows, &w, error));
    for (int i = 0; i < whole->n_forms; i++) {
        struct rows t = {whole->forms[i].t, n, true};
        struct rows q = {whole->forms[i].q, n, true};
        TRY(matrix_spread(&team_case->schur[i].t, take_rows, &t, error));
        TRY(matrix_spread(&team_case->schur[i].q, take_rows, &q, error));
    }
    enum status status = whole->n_forms > 1
                             ? schur_join(&whole->joint, whole->forms, whole->n_forms, error)
                             : STATUS_OK;
    TRY(grid_agree(&team_case->team->grid, status, error));
    return grid_check(
        MPI_Bcast(&team_case->base.weights_hash, 1, MPI_UINT64_T, GRID_ROOT, team_case->team->comm),
        "share a hash", error);
}

static enum status allocate(struct team_case *team_case, struct error *error)
{
    struct team_source *const whole = &team_case->whole;
    const size_t n = (size_t)team_case->network.n_hidden;
    whole->network = team_case->network;
    TRY(memory_array2(&whole->network.weight_hh, n, n, sizeof(double), error));
    while (whole->n_forms < team_case->n_matrices) {
        struct schur *const form = &whole->forms[whole->n_forms];
        *form = team_case->schur[whole->n_forms++].form;
        TRY(memory_array2(&form->t, n, n, sizeof(double), error));
        TRY(memory_array2(&form->q, n, n, sizeof(double), error));
    }
    return STATUS_OK;
}

enum status team_source_get(struct team_case *team_case, struct gauss_newton_source *source,
                            struct error *error)
{
    struct team_source *const whole = &team_case->whole;
    const struct team_rollout *const part = &team_case->part;
    const struct baseline *const baseline = &team_case->base.baseline;
    if (whole->n_forms == 0) {
        enum status status = grid_agree(&team_case->team->grid, allocate(team_case, error), error);
        THEN(status, collect(team_case, error));
        if (status != STATUS_OK) {
            team_source_release(whole);
            return status;
        }
    }
    whole->trials = part->mine;
    whole->trials.n_trials = part->group == 0 ? part->mine.n_trials : 0;
    *source = (struct gauss_newton_source){
        .network = &whole->network,
        .form = whole->n_forms > 1 ? &whole->joint : &whole->forms[0],
        .gates = team_case->base.gates,
        .trials = &whole->trials,
        .first_trial = part->range.first,
        .isa = team_case->sweep->isa,
        .key = {{(uint64_t)team_case->sweep->seed, team_case->base.weights_hash}},
        .full_variation = baseline->full_variation,
        .target_variation = baseline->target_variation};
    return STATUS_OK;
}

void team_source_release(struct team_source *source)
{
    free(source->network.weight_hh);
    for (int i = 0; i < source->n_forms; i++) {
        free(source->forms[i].t);
        free(source->forms[i].q);
    }
    schur_release(&source->joint);
    *source = (struct team_source){.n_forms = 0};
}
