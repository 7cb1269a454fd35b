/* Bad weights, and a ScaLAPACK that goes wrong: all ranks leave together, with the same answer. */
#include "mpi/demand.h"
#include "mpi/team_case.h"
#include "support/matgen.h"
#include "support/schur_contract.h"

#include <math.h>
#include <string.h>

enum { N = 97, BLOCK = 32 };

static struct error error;
static int rank;
static int size;

static void create_case(struct team_case *team_case, const struct process_grid *grid,
                        enum matgen_kind kind)
{
    double *const full = matgen_zeros((size_t)N * N);
    matgen_fill(kind, 3, full, N);
    shared_case_create(team_case, grid, full, N, BLOCK);
}

/* One entry on one rank is enough, and every rank names it. */
static void a_bad_entry_on_one_rank_is_refused_by_all(const struct process_grid *grid)
{
    static const double BAD[] = {NAN, INFINITY, -INFINITY};
    static const int PLACES[][2] = {{0, 0}, {96, 96}, {40, 3}, {3, 70}};
    struct team_case team_case;
    create_case(&team_case, grid, MATGEN_GAUSSIAN);
    for (int i = 0; i < 12; i++) {
        const int *const where = PLACES[i % 4];
        char expected[64];
        struct team_schur schur;
        double *const entry = block_cyclic_entry(&team_case.w, where[0], where[1]);
        const double old = entry != NULL ? *entry : 0.0;
        if (entry != NULL) {
            *entry = BAD[i % 3];
        }
        (void)snprintf(expected, sizeof expected, "weight_hh[%d, %d] is ", where[0], where[1]);
        DEMAND(team_schur_compute(&schur, &team_case.w, 1.0, &error) ==
               STATUS_JOB_WEIGHTS_NONFINITE);
        DEMAND(strncmp(error.text, expected, strlen(expected)) == 0);
        DEMAND(shared_case_same_everywhere(error.text, strlen(error.text), grid->comm));
        DEMAND(schur.t.local == NULL && schur.form.blocks == NULL);
        if (entry != NULL) {
            *entry = old;
        }
    }
    shared_case_release(&team_case);
}

/* What ScaLAPACK has been seen or feared to do. */
enum fault {
    FAULT_STATUS_ON_ONE_RANK, /* INFO differs between ranks */
    FAULT_NAN_IN_T,
    FAULT_NAN_IN_Q,
    FAULT_WRONG_T,
    FAULT_WRONG_Q,
    FAULT_THREE_ROWS, /* a block of three */
    FAULT_COUNT
};

struct saboteur {
    enum fault fault;
    int calls;
};

static void add(const struct block_cyclic *matrix, int row, int col, double value)
{
    double *const entry = block_cyclic_entry(matrix, row, col);
    if (entry != NULL) {
        *entry += value;
    }
}

static enum status spoil(void *context, struct block_cyclic *t, struct block_cyclic *q,
                         struct error *where)
{
    struct saboteur *const saboteur = context;
    saboteur->calls++;
    switch (saboteur->fault) {
    case FAULT_STATUS_ON_ONE_RANK: {
        const enum status mine =
            rank == size - 1 ? error_set(where, STATUS_JOB_SCHUR_FAILED, "INFO = 5") : STATUS_OK;
        return grid_agree(t->grid, mine, where);
    }
    case FAULT_NAN_IN_T:
        add(t, 50, 70, NAN);
        break;
    case FAULT_NAN_IN_Q:
        add(q, 70, 2, NAN);
        break;
    case FAULT_WRONG_T:
        add(t, 3, 90, 1e-8);
        break;
    case FAULT_WRONG_Q:
        add(q, 90, 3, 1e-8);
        break;
    default:
        add(t, 41, 40, 1.0);
        add(t, 42, 41, 1.0);
        add(t, 43, 42, 1.0);
        break;
    }
    return STATUS_OK;
}

static void check_fallback(const struct team_case *team_case, const struct team_schur *schur)
{
    struct schur whole;
    struct schur expected;
    shared_case_collect(schur, &whole);
    DEMAND_OK(schur_compute(&expected, team_case->full, N, 1.0, &error));
    const size_t bytes = sizeof(double) * N * N;
    DEMAND(memcmp(whole.t, expected.t, bytes) == 0 && memcmp(whole.q, expected.q, bytes) == 0);
    DEMAND(memcmp(whole.eigenvalue_im, expected.eigenvalue_im, sizeof(double) * N) == 0);
    DEMAND(whole.n_blocks == expected.n_blocks && whole.norm == expected.norm);
    DEMAND(whole.certificate.residual == expected.certificate.residual);
    schur_release(&expected);
    schur_release(&whole);
}

static void what_goes_wrong_is_computed_again_on_the_root(const struct process_grid *grid)
{
    struct team_case team_case;
    const bool shared = shared_case_is_served(grid);
    create_case(&team_case, grid, MATGEN_NEAR_ORTHOGONAL);
    for (int fault = 0; fault < FAULT_COUNT; fault++) {
        struct team_schur schur;
        struct saboteur saboteur = {.fault = (enum fault)fault};
        const struct team_schur_hook hook = {shared, spoil, &saboteur};
        DEMAND_OK(team_schur_compute_hooked(&schur, &team_case.w, 1.0, &hook, &error));
        DEMAND(saboteur.calls == (shared ? 1 : 0));
        DEMAND(schur.route == (shared ? SCHUR_ROUTE_FALLBACK : SCHUR_ROUTE_LOCAL));
        check_fallback(&team_case, &schur);
        team_schur_release(&schur);
    }
    shared_case_release(&team_case);
}

/* Other failures than those of the job end it: the root may be as short of memory. */
static enum status run_out_of_memory(void *context, struct block_cyclic *t, struct block_cyclic *q,
                                     struct error *where)
{
    (void)context;
    (void)q;
    const enum status mine =
        rank == 0 ? error_set(where, STATUS_INTERNAL, "out of memory") : STATUS_OK;
    return grid_agree(t->grid, mine, where);
}

static void other_failures_reach_the_caller(const struct process_grid *grid)
{
    struct team_case team_case;
    struct team_schur schur;
    const struct team_schur_hook hook = {true, run_out_of_memory, NULL};
    create_case(&team_case, grid, MATGEN_GAUSSIAN);
    if (shared_case_is_served(grid)) {
        DEMAND(team_schur_compute_hooked(&schur, &team_case.w, 1.0, &hook, &error) ==
               STATUS_INTERNAL);
        DEMAND(strcmp(error.text, "out of memory") == 0);
        DEMAND(schur.t.local == NULL && schur.q.local == NULL);
    }
    shared_case_release(&team_case);
}

static void the_same_grid_gives_the_same_bits(const struct process_grid *grid)
{
    struct team_case team_case;
    struct team_schur first;
    struct team_schur second;
    create_case(&team_case, grid, MATGEN_GAUSSIAN);
    shared_case_compute(&team_case, &first);
    shared_case_compute(&team_case, &second);
    const size_t bytes = block_cyclic_count(&first.t) * sizeof(double);
    DEMAND(memcmp(first.t.local, second.t.local, bytes) == 0);
    DEMAND(memcmp(first.q.local, second.q.local, bytes) == 0);
    team_schur_release(&first);
    team_schur_release(&second);
    shared_case_release(&team_case);
}

/* Widths and grids, and what is planned for them. */
static void only_what_scalapack_can_serve_is_shared(void)
{
    static const int SERVED[][3] = {{512, 1, 2}, {512, 2, 1},  {512, 2, 2},
                                    {768, 2, 3}, {1024, 4, 4}, {32768, 8, 16}};
    static const int NOT_SERVED[][3] = {{512, 1, 1},  {511, 1, 2},   {511, 2, 2}, {768, 4, 4},
                                        {4096, 1, 3}, {32768, 4, 1}, {1, 2, 2}};
    for (size_t i = 0; i < sizeof SERVED / sizeof SERVED[0]; i++) {
        const int *const s = SERVED[i];
        DEMAND(schur_route_planned(s[0], s[1], s[2]) == SCHUR_ROUTE_SCALAPACK);
    }
    for (size_t i = 0; i < sizeof NOT_SERVED / sizeof NOT_SERVED[0]; i++) {
        const int *const s = NOT_SERVED[i];
        DEMAND(schur_route_planned(s[0], s[1], s[2]) == SCHUR_ROUTE_LOCAL);
    }
}

static void a_team_is_as_large_as_its_matrix_allows(void)
{
    static const int TEAMS[][4] = {{100, 8, 1, 1},  {512, 1, 1, 1},  {512, 3, 1, 2},
                                   {512, 16, 2, 2}, {768, 16, 3, 3}, {1024, 16, 4, 4},
                                   {4096, 7, 2, 3}};
    for (size_t i = 0; i < sizeof TEAMS / sizeof TEAMS[0]; i++) {
        int n_rows = 0;
        int n_cols = 0;
        schur_team_grid(TEAMS[i][0], TEAMS[i][1], &n_rows, &n_cols);
        DEMAND(n_rows == TEAMS[i][2] && n_cols == TEAMS[i][3]);
    }
}

static void check_grid(const struct process_grid *grid)
{
    a_bad_entry_on_one_rank_is_refused_by_all(grid);
    what_goes_wrong_is_computed_again_on_the_root(grid);
    other_failures_reach_the_caller(grid);
    the_same_grid_gives_the_same_bits(grid);
}

int main(int argc, char **argv)
{
    ranks_begin(&argc, &argv, &rank, &size);
    only_what_scalapack_can_serve_is_shared();
    a_team_is_as_large_as_its_matrix_allows();
    shared_case_on_all_grids(check_grid);
    (void)MPI_Finalize();
    return 0;
}
