#include "team/team_reorder.h"

#include "team/standardise.h"
#include "team/team_windows.h"

/* Passes that at most bring blocks in order that rounding has moved across each other. */
enum { MOST_PASSES = 4 };

/* A window of the pair alone, whose rotation the root finds. Collective. */
static enum status standardise_pair(struct team_windows *windows, int row, struct error *error)
{
    double local[4];
    double rotation[4] = {1.0, 0.0, 0.0, 1.0};
    int key[2] = {0, 0};
    struct reorder_window window = {
        .start = row, .size = 2, .last = 2, .key = key, .local = local, .rotation = rotation};
    TRY(team_windows_load(windows, &window, error));
    if (windows->t->grid->rank == GRID_ROOT) {
        (void)standardise_blocks(local, rotation, 2);
    }
    TRY(team_windows_share(windows, &window, error));
    return team_windows_apply(windows, &window, error);
}

static enum status standardise_all(struct team_windows *windows, struct diagonal *diagonal,
                                   struct error *error)
{
    TRY(diagonal_read(diagonal, windows->t, error));
    for (int row = 0; row + 1 < diagonal->n; row++) {
        if (!is_standard_block(diagonal->on[row], diagonal->above[row], diagonal->below[row],
                               diagonal->on[row + 1])) {
            TRY(standardise_pair(windows, row, error));
        }
        row += diagonal->below[row] != 0.0 ? 1 : 0;
    }
    return STATUS_OK;
}

enum status team_reorder(struct block_cyclic *t, struct block_cyclic *q, struct diagonal *diagonal,
                         struct schur *form, struct error *error)
{
    struct team_windows windows;
    form->certificate.n_unswapped = 0;
    TRY(team_windows_create(&windows, t, q, error));
    const struct reorder_matrix matrix = team_windows_matrix(&windows);
    enum status status = standardise_all(&windows, diagonal, error);
    int changed = 1;
    for (int pass = 0; status == STATUS_OK && pass < MOST_PASSES && changed > 0; pass++) {
        status = diagonal_read(diagonal, t, error);
        if (status == STATUS_OK) {
            diagonal_describe(diagonal, form);
        }
        /* All ranks must see the same blocks, to the last bit of a modulus. */
        THEN(status, grid_check(MPI_Bcast(&form->n_blocks, 1, MPI_INT, GRID_ROOT, t->grid->comm),
                                "share blocks", error));
        THEN(status, grid_check(MPI_Bcast(form->blocks, form->n_blocks * (int)sizeof *form->blocks,
                                          MPI_BYTE, GRID_ROOT, t->grid->comm),
                                "share blocks", error));
        THEN(status, schur_reorder_in_windows(&matrix, form->blocks, form->n_blocks,
                                              &form->certificate.n_unswapped, &changed, error));
    }
    team_windows_release(&windows);
    return status;
}
