/* The Schur form that ranks share keeps the contract of the one that one rank computes. */
#include "mpi/demand.h"
#include "mpi/team_case.h"
#include "mpi/team_matrices.h"
#include "support/matgen.h"
#include "support/schur_contract.h"
#include "support/soak.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct error error;
static int rank;

static const char *place(const struct process_grid *grid, const char *name, int n, int block)
{
    static char text[128];
    (void)snprintf(text, sizeof text, "%s n=%d, blocks of %d on %d x %d", name, n, block,
                   grid->n_rows, grid->n_cols);
    return text;
}

static void refuse(const char *where, const char *what)
{
    char text[512];
    (void)snprintf(text, sizeof text, "%s: %s", where, what);
    demand_failed(text, __FILE__, __LINE__);
}

static bool is_well_conditioned(enum matgen_kind kind)
{
    return kind != MATGEN_DEFECTIVE && kind != MATGEN_RANK_ONE;
}

/* On the root: the promises of schur.h, and the eigenvalues of schur_compute. */
static void check_on_root(const struct team_case *team_case, const struct schur *whole,
                          double tolerance, const char *where)
{
    char text[CONTRACT_TEXT_SIZE];
    struct schur expected;
    DEMAND_OK(schur_compute(&expected, team_case->full, team_case->n, 1.0, &error));
    if (!schur_contract_holds(team_case->full, &expected, text)) {
        refuse("one rank", text);
    }
    if (!schur_contract_holds(team_case->full, whole, text)) {
        refuse(where, text);
    }
    const double distance = schur_contract_distance(whole, &expected);
    if (!(distance <= tolerance)) {
        (void)snprintf(text, sizeof text, "eigenvalues differ by %g |W|", distance);
        refuse(where, text);
    }
    schur_release(&expected);
}

static void check_replicas(const struct team_schur *schur, const char *where)
{
    const size_t n = (size_t)schur->form.n;
    const MPI_Comm comm = schur->t.grid->comm;
    const double scalars[] = {schur->form.norm, schur->form.spectral_radius,
                              schur->form.certificate.residual,
                              schur->form.certificate.orthogonality_loss, schur->form.n_blocks};
    if (!shared_case_same_everywhere(scalars, sizeof scalars, comm) ||
        !shared_case_same_everywhere(schur->form.eigenvalue_re, n * sizeof(double), comm) ||
        !shared_case_same_everywhere(schur->form.eigenvalue_im, n * sizeof(double), comm) ||
        !shared_case_same_everywhere(
            schur->form.blocks, (size_t)schur->form.n_blocks * sizeof *schur->form.blocks, comm)) {
        refuse(where, "ranks have different forms");
    }
}

/* Takes over `full`. */
static void check_matrix(const struct process_grid *grid, double *full, int n, int block,
                         double tolerance, const char *where)
{
    struct team_case team_case;
    struct team_schur schur;
    struct schur whole;
    shared_case_create(&team_case, grid, full, n, block);
    shared_case_compute(&team_case, &schur);
    check_replicas(&schur, where);
    shared_case_collect(&schur, &whole);
    if (rank == 0) {
        check_on_root(&team_case, &whole, tolerance, where);
    }
    ranks_meet();
    schur_release(&whole);
    team_schur_release(&schur);
    shared_case_release(&team_case);
}

static void check_small(const struct process_grid *grid, enum matgen_kind kind, int n, int block)
{
    double *const full = matgen_zeros((size_t)n * (size_t)n);
    matgen_fill(kind, 1, full, n);
    check_matrix(grid, full, n, block, is_well_conditioned(kind) ? 1e-12 : 1e-6,
                 place(grid, matgen_name(kind), n, block));
}

static void check_troublesome(const struct process_grid *grid, enum team_kind kind, int n,
                              int block)
{
    check_matrix(grid, team_matrix(kind, n, 1, grid->comm), n, block,
                 team_kind_is_tame(kind) ? 1e-12 : INFINITY,
                 place(grid, team_kind_name(kind), n, block));
}

/* In the soak everything on every grid; else grids take turns, and under sanitizers half is left
 * out: each kind has a width all the same. */
static void check_kinds(const struct process_grid *grid)
{
    static int turn = 0;
    static const int WIDTHS[] = {1, 2, 3, 5, 17, 33, 65, 97, 130};
    for (size_t i = 0; i < sizeof WIDTHS / sizeof WIDTHS[0]; i++) {
        for (int kind = 0; kind < MATGEN_KIND_COUNT; kind++) {
            if (((int)i + kind + turn) % every(3) == 0) {
                check_small(grid, (enum matgen_kind)kind, WIDTHS[i], 32);
            }
        }
    }
    check_small(grid, MATGEN_GAUSSIAN, 130, 64);
    check_small(grid, MATGEN_NEAR_ORTHOGONAL, 200, 64);
    for (int kind = 0; kind < TEAM_KIND_COUNT; kind++) {
        if ((kind + turn) % every(2) == 0) {
            check_troublesome(grid, (enum team_kind)kind, 67, 32);
        }
        if ((kind + turn + 1) % every(2) == 0) {
            check_troublesome(grid, (enum team_kind)kind, 150, 64);
        }
    }
    turn++;
}

int main(int argc, char **argv)
{
    int size = 0;
    ranks_begin(&argc, &argv, &rank, &size);
    shared_case_on_all_grids(check_kinds);
    (void)MPI_Finalize();
    return 0;
}
