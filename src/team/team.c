#include "team/team.h"

enum status team_create(struct team *team, MPI_Comm all, const struct team_spec *spec,
                        struct error *error)
{
    int rank = 0;
    int size = 1;
    *team = (struct team){.comm = MPI_COMM_NULL};
    (void)MPI_Comm_rank(all, &rank);
    (void)MPI_Comm_size(all, &size);
    const int number = rank == 0 ? -1 : (rank - 1) / spec->n_ranks;
    const bool is_member = number >= 0 && number < (size - 1) / spec->n_ranks;
    TRY(grid_check(MPI_Comm_split(all, is_member ? number : MPI_UNDEFINED, rank, &team->comm),
                   "form teams", error));
    if (!is_member) {
        return STATUS_OK;
    }
    (void)MPI_Comm_set_errhandler(team->comm, MPI_ERRORS_RETURN);
    const enum status status =
        process_grid_create(&team->grid, team->comm, spec->n_rows, spec->n_cols, error);
    if (status != STATUS_OK) {
        team_destroy(team);
    }
    return status;
}

void team_destroy(struct team *team)
{
    if (team->comm != MPI_COMM_NULL) {
        process_grid_destroy(&team->grid);
        (void)MPI_Comm_free(&team->comm);
    }
}
