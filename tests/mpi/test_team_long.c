/* Matrices that are worth a team: the contract of the Schur form, its eigenvalues and an ablated
 * matrix against one rank's, on every grid: test_team_long WIDTH MATRICES. Prints one line per
 * matrix. */
#include "kernel/blas.h"
#include "mpi/demand.h"
#include "mpi/team_case.h"
#include "mpi/team_matrices.h"
#include "support/matgen.h"
#include "support/schur_contract.h"
#include "team/team_ablation.h"

#include <math.h>
#include <stdlib.h>

/* Wider matrices are judged by the certificate alone: plain loops would take minutes. */
enum { LOOPS_UP_TO = 512 };

static struct error error;
static int rank;

/* One matrix, shared and in one memory, and what it is called. */
struct trial {
    enum team_kind kind;
    struct team_case team_case;
    struct team_schur schur;
    struct schur whole;  /* of the team, on all ranks */
    struct schur single; /* of one rank, on rank 0 */
    char name[128];
};

static void refuse(const struct trial *trial, const char *what)
{
    char text[512];
    (void)snprintf(text, sizeof text, "%s: %s", trial->name, what);
    demand_failed(text, __FILE__, __LINE__);
}

static void check_form(const struct trial *trial)
{
    char text[CONTRACT_TEXT_SIZE];
    const int n = trial->team_case.n;
    if (n <= LOOPS_UP_TO && !schur_contract_holds(trial->team_case.full, &trial->whole, text)) {
        refuse(trial, text);
    }
    const double distance = schur_contract_distance(&trial->whole, &trial->single);
    if (team_kind_is_tame(trial->kind) && !(distance <= 1e-11)) {
        (void)snprintf(text, sizeof text, "eigenvalues differ by %g |W|", distance);
        refuse(trial, text);
    }
}

/* W~ of the team's form, computed by the team and by one rank. */
static void check_ablation(const struct trial *trial)
{
    struct team_ablation ablation;
    struct split split;
    const size_t count = (size_t)trial->team_case.n * (size_t)trial->team_case.n;
    double *const found = matgen_zeros(count);
    DEMAND_OK(team_ablation_create(&ablation, &trial->schur, 1, &error));
    DEMAND_OK(team_split_at(&ablation, 0.7, &split, &error));
    const struct removal removal = removal_of_set(split.n_blocks, ABLATION_ORDER[6]);
    team_ablation_apply(&ablation, &removal);
    struct whole_matrix whole = {MATRIX_ROW_MAJOR, trial->team_case.n, found};
    DEMAND_OK(team_ablation_weights(&ablation, 0, shared_case_take, &whole, &error));
    if (rank == 0) {
        double *const t_ablated = matgen_zeros(count);
        double *const work = matgen_zeros(count);
        double *const expected = matgen_zeros(count);
        removal_apply(&removal, &trial->whole, t_ablated);
        removal_weights(&trial->whole, t_ablated, work, expected);
        DEMAND(matgen_distance(found, expected, count) <= 1e-13 * trial->whole.norm);
        free(t_ablated);
        free(work);
        free(expected);
    }
    free(found);
    team_ablation_release(&ablation);
}

static void check_on_grid(const struct process_grid *grid, enum team_kind kind, int n, int block,
                          uint64_t seed)
{
    struct trial trial = {.kind = kind};
    (void)snprintf(trial.name, sizeof trial.name, "%s n=%d, blocks of %d on %d x %d",
                   team_kind_name(kind), n, block, grid->n_rows, grid->n_cols);
    shared_case_create(&trial.team_case, grid, team_matrix(kind, n, seed, grid->comm), n, block);
    const double start = MPI_Wtime();
    DEMAND_OK(team_schur_compute(&trial.schur, &trial.team_case.w, 1.0, &error));
    const double middle = MPI_Wtime();
    if (trial.schur.route != SCHUR_ROUTE_SCALAPACK) {
        refuse(&trial, schur_route_name(trial.schur.route));
    }
    shared_case_collect(&trial.schur, &trial.whole);
    if (rank == 0) {
        const double again = MPI_Wtime();
        DEMAND_OK(schur_compute(&trial.single, trial.team_case.full, n, 1.0, &error));
        (void)printf("%s: %.2f s, one rank %.2f s, residual %.1e\n", trial.name, middle - start,
                     MPI_Wtime() - again, trial.whole.certificate.residual);
        (void)fflush(stdout);
        check_form(&trial);
        schur_release(&trial.single);
    }
    ranks_meet();
    check_ablation(&trial);
    schur_release(&trial.whole);
    team_schur_release(&trial.schur);
    shared_case_release(&trial.team_case);
}

/* Three of four matrices are of the kinds that networks resemble. */
static enum team_kind kind_of(int turn)
{
    const int others = TEAM_KIND_COUNT - TEAM_JORDAN;
    return (enum team_kind)(turn % 4 < 3 ? turn % 4 : TEAM_JORDAN + turn / 4 % others);
}

/* Number `turn` of the grids that share the work; false when there are no more. */
static bool shared_shape(int size, int turn, int *n_rows, int *n_cols)
{
    for (int i = 0; shared_case_grid_shape(size, i, n_rows, n_cols); i++) {
        if (schur_route_planned(1024, *n_rows, *n_cols) == SCHUR_ROUTE_SCALAPACK && turn-- == 0) {
            return true;
        }
    }
    return false;
}

/* Grids, blocks and kinds in turn, so that any number of matrices visits all of them. */
static void check_matrices(int n, int count, int size)
{
    int n_rows = 0;
    int n_cols = 0;
    int shapes = 0;
    while (shared_shape(size, shapes, &n_rows, &n_cols)) {
        shapes++;
    }
    DEMAND(shapes > 0);
    for (int i = 0; i < count; i++) {
        struct process_grid grid;
        (void)shared_shape(size, i % shapes, &n_rows, &n_cols);
        DEMAND_OK(process_grid_create(&grid, MPI_COMM_WORLD, n_rows, n_cols, &error));
        check_on_grid(&grid, kind_of(i + i / 4), n, (i / shapes + i % shapes) % 2 == 0 ? 64 : 32,
                      (uint64_t)i);
        process_grid_destroy(&grid);
    }
}

int main(int argc, char **argv)
{
    int size = 0;
    ranks_begin(&argc, &argv, &rank, &size);
    blas_use_one_thread();
    DEMAND(argc == 3);
    check_matrices(atoi(argv[1]), atoi(argv[2]), size);
    (void)MPI_Finalize();
    return 0;
}
