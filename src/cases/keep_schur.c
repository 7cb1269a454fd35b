#include "cases/keep_schur.h"

#include "core/memory.h"
#include "store/atomic_file.h"
#include "store/schur_file.h"
#include "team/matrix_move.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One file on its way. */
struct keeping {
    const char *path;
    const struct team_schur *schur;
    const struct process_grid *grid;
    char *temporary; /* the root's name of it, on all ranks */
};

static enum status create(struct keeping *keeping, const char *model, const char *versions,
                          struct error *error)
{
    const struct schur *const form = &keeping->schur->form;
    int *block = NULL;
    if (access(keeping->path, F_OK) == 0) {
        return error_set(error, STATUS_OUTPUT_TAKEN, "%s: there already", keeping->path);
    }
    TRY(atomic_file_begin(&keeping->temporary, keeping->path, error));
    TRY(schur_map_blocks(form, &block, error));
    const struct schur_summary summary = {.n = form->n,
                                          .eigenvalue_re = form->eigenvalue_re,
                                          .eigenvalue_im = form->eigenvalue_im,
                                          .block = block,
                                          .residual = form->certificate.residual,
                                          .orthogonality_loss =
                                              form->certificate.orthogonality_loss,
                                          .model = model,
                                          .route = schur_route_name(keeping->schur->route),
                                          .versions = versions};
    const enum status status = schur_file_create(keeping->temporary, &summary, error);
    free(block);
    return status;
}

/* The name has the root's host and process in it. */
static enum status share_name(struct keeping *keeping, struct error *error)
{
    const struct process_grid *const grid = keeping->grid;
    int size = keeping->temporary != NULL ? (int)strlen(keeping->temporary) + 1 : 0;
    TRY(grid_check(MPI_Bcast(&size, 1, MPI_INT, GRID_ROOT, grid->comm), "share a name", error));
    enum status status = STATUS_OK;
    if (grid->rank != GRID_ROOT) {
        status = memory_array(&keeping->temporary, (size_t)size, 1, error);
    }
    TRY(grid_agree(grid, status, error));
    return grid_check(MPI_Bcast(keeping->temporary, size, MPI_CHAR, GRID_ROOT, grid->comm),
                      "share a name", error);
}

static enum status write_t(void *sink, int first, int rows, const double *values,
                           struct error *error)
{
    return schur_file_write_rows(sink, SCHUR_MATRIX_T, first, rows, values, error);
}

static enum status write_q(void *sink, int first, int rows, const double *values,
                           struct error *error)
{
    return schur_file_write_rows(sink, SCHUR_MATRIX_Q, first, rows, values, error);
}

/* Closing is collective in HDF5: either all ranks have the file open, or it is the end of them. */
static enum status write_matrices(const struct keeping *keeping, struct error *error)
{
    struct schur_file file;
    struct error ignored;
    TRY(grid_agree(keeping->grid,
                   schur_file_open(&file, keeping->temporary, keeping->grid->comm, error), error));
    enum status status = matrix_write(&keeping->schur->t, write_t, &file, error);
    THEN(status, matrix_write(&keeping->schur->q, write_q, &file, error));
    const enum status closed = schur_file_close(&file, status == STATUS_OK ? error : &ignored);
    return grid_agree(keeping->grid, status == STATUS_OK ? closed : status, error);
}

enum status keep_schur(const char *path, const struct team_schur *schur, const char *model,
                       const char *versions, struct error *error)
{
    struct keeping keeping = {.path = path, .schur = schur, .grid = schur->t.grid};
    const bool is_root = keeping.grid->rank == GRID_ROOT;
    enum status status = is_root ? create(&keeping, model, versions, error) : STATUS_OK;
    status = grid_agree(keeping.grid, status, error);
    THEN(status, share_name(&keeping, error));
    THEN(status, write_matrices(&keeping, error));
    THEN(status,
         grid_agree(keeping.grid,
                    is_root ? atomic_file_finish(keeping.temporary, path, error) : STATUS_OK,
                    error));
    if (status != STATUS_OK && is_root && keeping.temporary != NULL) {
        (void)unlink(keeping.temporary);
    }
    free(keeping.temporary);
    return status;
}
