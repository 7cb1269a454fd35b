/* Sectors and ablated matrices of a shared form, and of several that are taken apart together, are
 * those of the same form in one memory. */
#include "kernel/spectral/schur_join.h"
#include "mpi/demand.h"
#include "mpi/team_case.h"
#include "support/matgen.h"
#include "support/soak.h"
#include "team/diagonal.h"
#include "team/team_ablation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct error error;
static int rank;
static int size;

static const double ALPHAS[] = {0.05, 0.3, 0.6, 0.8, 0.9, 0.95, 1.0};
enum { N_ALPHAS = sizeof ALPHAS / sizeof ALPHAS[0], PAIR_BYTES = 135 * 134 / 2 / 8 + 1 };

/* A shared form, or several, and the same in one memory. */
struct forms {
    struct team_ablation shared;
    struct schur whole;
    double *t_ablated;
    double *work;
    double *expected;
    double *found;
};

static void check_split(const struct forms *forms, double alpha)
{
    const struct split expected = split_at(&forms->whole, alpha);
    struct split split;
    DEMAND_OK(team_split_at(&forms->shared, alpha, &split, &error));
    DEMAND(split.n_blocks == expected.n_blocks && split.n_r == expected.n_r);
    DEMAND(memcmp(&split.alpha_gap, &expected.alpha_gap, sizeof(double)) == 0);
    for (int i = 0; i < COUPLING_COUNT; i++) {
        DEMAND(fabs(split.mass[i] - expected.mass[i]) <= 1e-14);
    }
    DEMAND(shared_case_same_everywhere(split.mass, sizeof split.mass, MPI_COMM_WORLD));
}

/* Every rank but the last wants the matrix, and one rank alone does. */
static void check_weights(struct forms *forms, const struct removal *removal)
{
    const int width = forms->whole.n;
    const int n = width / forms->shared.count; /* of each matrix */
    const bool wants = size == 1 || rank < size - 1;
    double mass = -1.0;
    removal_apply(removal, &forms->whole, forms->t_ablated);
    removal_weights(&forms->whole, forms->t_ablated, forms->work, forms->expected);
    team_ablation_apply(&forms->shared, removal);
    DEMAND_OK(team_removed_mass(&forms->shared, &mass, &error));
    DEMAND(fabs(mass - removal_mass(&forms->whole, forms->t_ablated)) <= 1e-14);
    DEMAND(shared_case_same_everywhere(&mass, sizeof mass, MPI_COMM_WORLD));
    for (int k = 0; k < forms->shared.count; k++) {
        struct whole_matrix found = {MATRIX_ROW_MAJOR, n, forms->found};
        DEMAND_OK(team_ablation_weights(&forms->shared, k, wants ? shared_case_take : NULL, &found,
                                        &error));
        for (int row = 0; row < n && wants; row++) { /* of block k of the diagonal */
            const double *const expected =
                forms->expected + (size_t)(k * n + row) * (size_t)width + (size_t)(k * n);
            DEMAND(matgen_distance(forms->found + (size_t)row * (size_t)n, expected, (size_t)n) <=
                   4e-16 * width * forms->whole.norm);
        }
    }
}

static void t_ablated_has_the_same_bits(struct forms *forms, const struct removal *removal)
{
    const struct block_cyclic *const made = &forms->shared.parts[0].t_ablated;
    removal_apply(removal, &forms->whole, forms->t_ablated);
    team_ablation_apply(&forms->shared, removal);
    for (int col = 0; col < made->n_local_cols; col++) {
        for (int row = 0; row < made->n_local_rows; row++) {
            const int place = block_cyclic_col(made, col) * made->n + block_cyclic_row(made, row);
            DEMAND(memcmp(&made->local[col * made->n_local_rows + row], &forms->t_ablated[place],
                          sizeof(double)) == 0);
        }
    }
}

static void check_plan(struct forms *forms)
{
    struct ablation_plan plan;
    struct ablation_plan expected;
    const struct ablation_grid grid = {.alphas = ALPHAS,
                                       .n_alphas = N_ALPHAS,
                                       .n_partitions = forms->whole.n,
                                       .sets = ABLATION_ORDER,
                                       .n_sets = ABLATION_SET_COUNT};
    DEMAND_OK(team_ablation_plan(&plan, &forms->shared, &grid, &error));
    DEMAND_OK(ablation_plan_create_alone(&expected, &forms->whole, &grid, &error));
    DEMAND(plan.n_variants == expected.n_variants);
    DEMAND(memcmp(plan.variant_of_job, expected.variant_of_job,
                  sizeof(int) * (size_t)plan.n_rows * ABLATION_SET_COUNT) == 0);
    for (int i = 0; i < plan.n_variants; i++) {
        DEMAND(plan.variants[i].n_blocks == expected.variants[i].n_blocks);
        DEMAND(plan.variants[i].set == expected.variants[i].set);
    }
    ablation_plan_release(&plan);
    ablation_plan_release(&expected);
}

/* ---- no memory on one rank ---- */

static int no_memory_on = -1; /* a rank */
static int n_diagonals;       /* in memory on this rank */

enum status __real_diagonal_create(struct diagonal *diagonal, int n, struct error *reason);
enum status __wrap_diagonal_create(struct diagonal *diagonal, int n, struct error *reason);
void __real_diagonal_release(struct diagonal *diagonal);
void __wrap_diagonal_release(struct diagonal *diagonal);

enum status __wrap_diagonal_create(struct diagonal *diagonal, int n, struct error *reason)
{
    if (rank == no_memory_on) {
        *diagonal = (struct diagonal){0};
        return error_set(reason, STATUS_INTERNAL, "no room on rank %d", rank);
    }
    n_diagonals++;
    return __real_diagonal_create(diagonal, n, reason);
}

void __wrap_diagonal_release(struct diagonal *diagonal)
{
    n_diagonals -= diagonal->values != NULL;
    __real_diagonal_release(diagonal);
}

/* All fail together, and those that had room keep nothing. */
static void check_departure_without_memory(const struct forms *forms)
{
    double nonnormality = -1.0;
    no_memory_on = size - 1;
    DEMAND(team_nonnormality(&forms->shared, &nonnormality, &error) == STATUS_INTERNAL);
    no_memory_on = -1;
    DEMAND(strstr(error.text, "no room on rank") != NULL);
    DEMAND(n_diagonals == 0);
}

static void check_departure(const struct forms *forms)
{
    double nonnormality = -1.0;
    const double expected = schur_nonnormality(&forms->whole);
    DEMAND_OK(team_nonnormality(&forms->shared, &nonnormality, &error));
    DEMAND(fabs(nonnormality - expected) <= 1e-14);
    DEMAND(shared_case_same_everywhere(&nonnormality, sizeof nonnormality, MPI_COMM_WORLD));
    if (forms->whole.norm > 0.0) {
        check_departure_without_memory(forms);
    }
    const double gap = schur_modulus_gap(forms->shared.form);
    const double whole_gap = schur_modulus_gap(&forms->whole);
    DEMAND(memcmp(&gap, &whole_gap, sizeof gap) == 0);
}

/* A third of the pairs of blocks, whole and in part. */
static void check_pairs(struct forms *forms)
{
    static const double STRENGTHS[] = {1.0, 0.5, 0.3};
    unsigned char pairs[PAIR_BYTES];
    for (int k = 0; k < 3; k++) {
        const struct removal removal = {.pairs = pairs, .strength = STRENGTHS[k]};
        for (int i = 0; i < PAIR_BYTES; i++) {
            pairs[i] = (unsigned char)(0x924924 >> (i + k) % 3);
        }
        t_ablated_has_the_same_bits(forms, &removal);
        check_weights(forms, &removal);
    }
}

static void check_form(struct forms *forms)
{
    const struct removal nothing = removal_of_set(forms->whole.n_blocks, ABLATION_NONE);
    check_departure(forms);
    check_plan(forms);
    for (int a = 0; a < N_ALPHAS; a++) {
        const int n_blocks = split_at(&forms->whole, ALPHAS[a]).n_blocks;
        check_split(forms, ALPHAS[a]);
        for (int s = 0; s < ABLATION_SET_COUNT; s++) {
            const struct removal removal = removal_of_set(n_blocks, ABLATION_ORDER[s]);
            t_ablated_has_the_same_bits(forms, &removal);
            if (s == (a + 1) % ABLATION_SET_COUNT) {
                check_weights(forms, &removal);
            }
        }
    }
    check_weights(forms, &nothing);
    check_pairs(forms);
}

static void check_matrix(const struct process_grid *grid, enum matgen_kind kind, int n, int block)
{
    struct team_case team_case;
    struct team_schur schur;
    struct forms forms = {.work = NULL};
    const size_t count = (size_t)n * (size_t)n;
    double *const full = matgen_zeros(count);
    matgen_fill(kind, 2, full, n);
    shared_case_create(&team_case, grid, full, n, block);
    shared_case_compute(&team_case, &schur);
    DEMAND_OK(team_ablation_create(&forms.shared, &schur, 1, &error));
    shared_case_collect(&schur, &forms.whole);
    forms.t_ablated = matgen_zeros(count);
    forms.work = matgen_zeros(count);
    forms.expected = matgen_zeros(count);
    forms.found = matgen_zeros(count);
    check_form(&forms);
    free(forms.t_ablated);
    free(forms.work);
    free(forms.expected);
    free(forms.found);
    schur_release(&forms.whole);
    team_ablation_release(&forms.shared);
    team_schur_release(&schur);
    shared_case_release(&team_case);
}

/* Of different scales, so that blocks enter R by their moduli relative to those of their own form.
 */
static void check_joint(const struct process_grid *grid, int n, int count)
{
    static const enum matgen_kind KINDS[] = {MATGEN_GAUSSIAN, MATGEN_NORMAL, MATGEN_ZERO};
    struct team_case cases[CELL_MAX_GATES];
    struct team_schur schur[CELL_MAX_GATES];
    struct schur whole[CELL_MAX_GATES];
    struct forms forms = {.work = NULL};
    const size_t entries = (size_t)(n * count) * (size_t)(n * count);
    for (int k = 0; k < count; k++) {
        double *const full = matgen_zeros((size_t)n * (size_t)n);
        matgen_fill(KINDS[k], 3, full, n);
        for (int i = 0; i < n * n; i++) {
            full[i] *= k + 1;
        }
        shared_case_create(&cases[k], grid, full, n, 32);
        shared_case_compute(&cases[k], &schur[k]);
        shared_case_collect(&schur[k], &whole[k]);
    }
    DEMAND_OK(team_ablation_create(&forms.shared, schur, count, &error));
    DEMAND_OK(schur_join(&forms.whole, whole, count, &error));
    DEMAND(forms.shared.form->n == count * n && forms.shared.form->t == NULL);
    forms.t_ablated = matgen_zeros(entries);
    forms.work = matgen_zeros(entries);
    forms.expected = matgen_zeros(entries);
    forms.found = matgen_zeros((size_t)n * (size_t)n);
    check_plan(&forms);
    check_departure(&forms);
    for (int a = 0; a < N_ALPHAS; a++) {
        const int n_blocks = split_at(&forms.whole, ALPHAS[a]).n_blocks;
        const struct removal removal = removal_of_set(n_blocks, ABLATION_ORDER[a + 1]);
        check_split(&forms, ALPHAS[a]);
        check_weights(&forms, &removal);
    }
    free(forms.t_ablated);
    free(forms.work);
    free(forms.expected);
    free(forms.found);
    schur_release(&forms.whole);
    team_ablation_release(&forms.shared);
    for (int k = 0; k < count; k++) {
        schur_release(&whole[k]);
        team_schur_release(&schur[k]);
        shared_case_release(&cases[k]);
    }
}

/* In the soak everything on every grid; else every second kind and width (under sanitizers every
 * fourth), others on the next one.
 */
static void check_grid(const struct process_grid *grid)
{
    static size_t turn = 0;
    static const enum matgen_kind KINDS[] = {
        MATGEN_GAUSSIAN, MATGEN_NEAR_ORTHOGONAL, MATGEN_NORMAL,        MATGEN_DEFECTIVE,
        MATGEN_ZERO,     MATGEN_BLOCK_DIAGONAL,  MATGEN_REAL_SPECTRUM, MATGEN_TINY};
    static const int WIDTHS[] = {1, 2, 33, 70};
    for (size_t kind = 0; kind < sizeof KINDS / sizeof KINDS[0]; kind++) {
        for (size_t i = 0; i < sizeof WIDTHS / sizeof WIDTHS[0]; i++) {
            if ((kind + i + turn) % (size_t)every(2) == 0) {
                check_matrix(grid, KINDS[kind], WIDTHS[i], 32);
            }
        }
    }
    turn++;
    check_matrix(grid, MATGEN_GAUSSIAN, 135, 64);
    check_joint(grid, 45, 2);
    check_joint(grid, 3, 3);
}

int main(int argc, char **argv)
{
    ranks_begin(&argc, &argv, &rank, &size);
    shared_case_on_all_grids(check_grid);
    (void)MPI_Finalize();
    return 0;
}
