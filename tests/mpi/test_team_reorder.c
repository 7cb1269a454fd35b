/* Shared forms are put in order where they lie, whatever their pairs look like. */
#include "core/rng.h"
#include "kernel/spectral/reorder_blocked.h"
#include "mpi/demand.h"
#include "mpi/team_case.h"
#include "support/matgen.h"
#include "team/diagonal.h"
#include "team/matrix_move.h"
#include "team/standardise.h"
#include "team/team_reorder.h"

#include <math.h>
#include <stdlib.h>

static struct error error;
static int rank;

/* Quasi-triangular, column-major: every third row begins a pair, which is not standard; the moduli
 * in no order. */
static void fill(double *t, int n, uint64_t seed)
{
    struct rng rng = rng_stream((struct rng_key){{0x6f72646572, seed}}, (uint64_t)n, 0);
    for (int col = 0; col < n; col++) {
        for (int row = 0; row < col; row++) {
            t[(size_t)col * (size_t)n + (size_t)row] = 0.3 * rng_normal(&rng) / n;
        }
        t[(size_t)col * (size_t)n + (size_t)col] = 0.2 + rng_uniform(&rng);
    }
    for (int row = 0; row + 1 < n; row += 3) {
        t[(size_t)row * (size_t)n + (size_t)row + 1] = rng_normal(&rng);
        t[(size_t)(row + 1) * (size_t)n + (size_t)row] = rng_normal(&rng);
    }
}

struct forms {
    int n;
    double *before;      /* row-major */
    struct schur shared; /* whole, after team_reorder */
    struct schur single; /* after the same on one rank */
};

static void allocate_form(struct schur *form, int n)
{
    const size_t count = (size_t)n;
    *form = (struct schur){.n = n};
    form->t = matgen_zeros(count * count);
    form->q = matgen_zeros(count * count);
    form->eigenvalue_re = matgen_zeros(count);
    form->eigenvalue_im = matgen_zeros(count);
    form->blocks = calloc(count, sizeof *form->blocks);
    DEMAND(form->blocks != NULL);
    for (size_t i = 0; i < count; i++) {
        form->q[i * count + i] = 1.0;
    }
}

static void order_shared(const struct process_grid *grid, struct schur *form)
{
    struct block_cyclic t;
    struct block_cyclic q;
    struct diagonal diagonal;
    const bool is_root = rank == GRID_ROOT;
    DEMAND_OK(block_cyclic_create(&t, grid, form->n, 32, &error));
    DEMAND_OK(block_cyclic_create(&q, grid, form->n, 32, &error));
    DEMAND_OK(diagonal_create(&diagonal, form->n, &error));
    DEMAND_OK(matrix_scatter(&t, MATRIX_COLUMN_MAJOR, is_root ? form->t : NULL, &error));
    DEMAND_OK(matrix_scatter(&q, MATRIX_COLUMN_MAJOR, is_root ? form->q : NULL, &error));
    DEMAND_OK(team_reorder(&t, &q, &diagonal, form, &error));
    DEMAND_OK(diagonal_read(&diagonal, &t, &error));
    diagonal_describe(&diagonal, form);
    shared_case_spread(&t, MATRIX_COLUMN_MAJOR, form->t);
    shared_case_spread(&q, MATRIX_COLUMN_MAJOR, form->q);
    diagonal_release(&diagonal);
    block_cyclic_release(&t);
    block_cyclic_release(&q);
}

static void order_single(struct schur *form)
{
    (void)standardise_blocks(form->t, form->q, form->n);
    DEMAND_OK(schur_reorder_blocked(form, &error));
}

static void check(const struct forms *forms)
{
    const struct schur *const shared = &forms->shared;
    const struct schur *const single = &forms->single;
    const int n = forms->n;
    DEMAND(matgen_residual(forms->before, shared->q, shared->t, n) <= 12.0 + 12.0 * sqrt(n));
    DEMAND(matgen_orthogonality(shared->q, n) <= 12.0 + 12.0 * sqrt(n));
    DEMAND(shared->n_blocks == single->n_blocks);
    for (int i = 0; i < shared->n_blocks; i++) {
        const struct schur_block *const block = &shared->blocks[i];
        DEMAND(block->start == single->blocks[i].start && block->size == single->blocks[i].size);
        DEMAND(fabs(block->modulus - single->blocks[i].modulus) <= 1e-10);
        DEMAND(i == 0 || block->modulus <= block[-1].modulus + 1e-9);
        if (block->size == 2) {
            const double *const entry = shared->t + (size_t)block->start * (size_t)(n + 1);
            DEMAND(is_standard_block(entry[0], entry[n], entry[1], entry[n + 1]));
        }
    }
}

static void check_width(const struct process_grid *grid, int n)
{
    struct forms forms = {.n = n, .before = matgen_zeros((size_t)n * (size_t)n)};
    allocate_form(&forms.shared, n);
    allocate_form(&forms.single, n);
    fill(forms.shared.t, n, 1);
    fill(forms.single.t, n, 1);
    matgen_transpose(forms.shared.t, forms.before, n);
    order_shared(grid, &forms.shared);
    order_single(&forms.single);
    check(&forms);
    schur_release(&forms.shared);
    schur_release(&forms.single);
    free(forms.before);
}

static void check_grid(const struct process_grid *grid)
{
    static const int WIDTHS[] = {1, 2, 5, 64, 97, 203};
    for (size_t i = 0; i < sizeof WIDTHS / sizeof WIDTHS[0]; i++) {
        check_width(grid, WIDTHS[i]);
    }
}

int main(int argc, char **argv)
{
    int size = 0;
    ranks_begin(&argc, &argv, &rank, &size);
    shared_case_on_all_grids(check_grid);
    (void)MPI_Finalize();
    return 0;
}
