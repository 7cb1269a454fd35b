/* The plan of a model whose partitions are asked for beside its alphas. */
#include "kernel/spectral/ablation_plan.h"

#include "support/check.h"
#include "support/soak.h"
#include "support/spectra.h"

#include <stdlib.h>

static const double ALPHAS[] = {0.05, 0.5, 0.85, 0.9, 0.95, 1.0};
enum {
    ALPHA_COUNT = sizeof ALPHAS / sizeof *ALPHAS,
    SETS = ABLATION_SET_COUNT,
    MORE_ROWS = 3 /* of a wider model in the same study */
};

static struct error error;

static struct ablation_plan plan_of(const struct schur *schur, int n_alphas)
{
    struct ablation_plan plan;
    const struct ablation_grid grid = {.alphas = ALPHAS,
                                       .n_alphas = n_alphas,
                                       .n_partitions = schur->n + MORE_ROWS,
                                       .sets = ABLATION_ORDER,
                                       .n_sets = SETS};
    CHECK_OK(ablation_plan_create_alone(&plan, schur, &grid, &error));
    return plan;
}

/* Rows of the plan that the model has, and their blocks in R. */
static int used_rows(const struct ablation_plan *plan)
{
    return plan->n_alphas + plan->n_partitions;
}

static int blocks_in_r(const struct ablation_plan *plan, int row)
{
    return row < plan->n_alphas ? plan->splits[row].n_blocks
                                : plan->partitions[row - plan->n_alphas].n_blocks;
}

static void rows_beyond_the_partitions_are_absent(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        struct ablation_plan plan = plan_of(&s->schur, ALPHA_COUNT);
        assert_int_equal(plan.n_rows, ALPHA_COUNT + s->n + MORE_ROWS);
        assert_in_range(plan.n_partitions, 1, s->schur.n_blocks);
        for (int job = 0; job < plan.n_rows * SETS; job++) {
            const int variant = plan.variant_of_job[job];
            assert_int_equal(variant == VARIANT_ABSENT, job / SETS >= used_rows(&plan));
            assert_true(variant == VARIANT_ABSENT || (variant >= 0 && variant < plan.n_variants));
        }
        ablation_plan_release(&plan);
        assert_null(plan.partitions);
    }
}

static void an_alpha_shares_all_variants_of_its_partition(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        struct ablation_plan plan = plan_of(&s->schur, ALPHA_COUNT);
        struct ablation_plan alone = plan_of(&s->schur, 0);
        for (int a = 0; a < ALPHA_COUNT; a++) {
            int p = 0;
            while (p < plan.n_partitions && ALPHAS[a] <= plan.partitions[p].alpha_low) {
                p++;
            }
            assert_in_range(p, 0, plan.n_partitions - 1);
            assert_memory_equal(plan.variant_of_job + a * SETS,
                                plan.variant_of_job + (ALPHA_COUNT + p) * SETS, SETS * sizeof(int));
        }
        assert_int_equal(plan.n_variants, alone.n_variants); /* alphas add nothing */
        ablation_plan_release(&plan);
        ablation_plan_release(&alone);
    }
}

/* Every T~ once more, and which of them are the same; of the widest forms in the soak alone. */
static void jobs_share_a_variant_exactly_when_their_matrices_are_equal(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        if (s->n > 64 && !is_soak()) {
            continue;
        }
        struct ablation_plan plan = plan_of(&s->schur, ALPHA_COUNT);
        const size_t size = matgen_square(s->n) * sizeof(double);
        const int n_jobs = used_rows(&plan) * SETS;
        double **const matrices = calloc((size_t)n_jobs, sizeof *matrices);
        assert_non_null(matrices);
        for (int i = 0; i < n_jobs; i++) {
            matrices[i] = matgen_zeros(matgen_square(s->n));
            const struct removal removal =
                removal_of_set(blocks_in_r(&plan, i / SETS), ABLATION_ORDER[i % SETS]);
            removal_apply(&removal, &s->schur, matrices[i]);
            for (int j = 0; j < i; j++) {
                assert_int_equal(plan.variant_of_job[i] == plan.variant_of_job[j],
                                 memcmp(matrices[i], matrices[j], size) == 0);
            }
        }
        for (int i = 0; i < n_jobs; i++) {
            free(matrices[i]);
        }
        free(matrices);
        ablation_plan_release(&plan);
    }
}

/* 1 for one block, 2 for two, else 6 n_b - 12: what `schursweep plan` and the manual say. */
static int expected_variants(int n_blocks)
{
    return n_blocks < 3 ? n_blocks : 6 * n_blocks - 12;
}

static void matrices_without_ties_have_6_per_block_less_12(void **state)
{
    (void)state;
    static const enum matgen_kind KINDS[] = {MATGEN_GAUSSIAN, MATGEN_NEAR_ORTHOGONAL,
                                             MATGEN_REAL_SPECTRUM, MATGEN_COMPLEX_SPECTRUM};
    int n_checked = 0;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        for (size_t k = 0; k < sizeof KINDS / sizeof *KINDS; k++) {
            if (s->kind == KINDS[k]) {
                struct ablation_plan plan = plan_of(&s->schur, ALPHA_COUNT);
                assert_int_equal(plan.n_partitions, s->schur.n_blocks);
                assert_int_equal(plan.n_variants, expected_variants(s->schur.n_blocks));
                n_checked++;
                ablation_plan_release(&plan);
            }
        }
    }
    assert_int_equal(n_checked, 4 * SPECTRA_SIZE_COUNT);
}

/* Triangular weights with eigenvalues 1, 1/2, 1/3, ... and no zero above them. */
static void small_matrices_have_as_many_variants_as_they_must(void **state)
{
    (void)state;
    for (int n = 1; n <= 6; n++) {
        struct schur schur;
        double w[36] = {0};
        for (int row = 0; row < n; row++) {
            for (int column = row; column < n; column++) {
                w[row * n + column] = row == column ? 1.0 / (row + 1) : 0.1 * (row + column + 1);
            }
        }
        CHECK_OK(schur_compute(&schur, w, n, 1.0, &error));
        struct ablation_plan plan = plan_of(&schur, 0);
        assert_int_equal(plan.n_partitions, n);
        assert_int_equal(plan.n_variants, expected_variants(n));
        ablation_plan_release(&plan);
        schur_release(&schur);
    }
}

static void tied_matrices_have_one_partition_and_at_most_two_variants(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        if (s->kind == MATGEN_ORTHOGONAL || s->kind == MATGEN_ZERO) {
            struct ablation_plan plan = plan_of(&s->schur, ALPHA_COUNT);
            assert_int_equal(plan.n_partitions, 1);
            assert_in_range(plan.n_variants, 1, 2);
            ablation_plan_release(&plan);
        }
    }
}

static void more_partitions_than_rows_are_refused(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        struct ablation_plan plan;
        const struct ablation_grid grid = {
            .n_partitions = s->schur.n_blocks - 1, .sets = ABLATION_ORDER, .n_sets = SETS};
        if (s->kind == MATGEN_GAUSSIAN && grid.n_partitions > 0) {
            CHECK_FAILS(ablation_plan_create_alone(&plan, &s->schur, &grid, &error),
                        STATUS_INTERNAL, "room for");
        }
    }
}

static void partitions_that_nobody_asks_for_are_not_there(void **state)
{
    (void)state;
    const struct spectrum *const s = spectra_first();
    struct ablation_plan plan;
    const struct ablation_grid grid = {
        .alphas = ALPHAS, .n_alphas = ALPHA_COUNT, .sets = ABLATION_ORDER, .n_sets = SETS};
    CHECK_OK(ablation_plan_create_alone(&plan, &s->schur, &grid, &error));
    assert_null(plan.partitions);
    assert_int_equal(plan.n_partitions, 0);
    assert_int_equal(plan.n_rows, ALPHA_COUNT);
    ablation_plan_release(&plan);
}

int test_ablation_plan_partitions(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_beyond_the_partitions_are_absent),
        cmocka_unit_test(an_alpha_shares_all_variants_of_its_partition),
        cmocka_unit_test(jobs_share_a_variant_exactly_when_their_matrices_are_equal),
        cmocka_unit_test(matrices_without_ties_have_6_per_block_less_12),
        cmocka_unit_test(small_matrices_have_as_many_variants_as_they_must),
        cmocka_unit_test(tied_matrices_have_one_partition_and_at_most_two_variants),
        cmocka_unit_test(more_partitions_than_rows_are_refused),
        cmocka_unit_test(partitions_that_nobody_asks_for_are_not_there),
    };
    return cmocka_run_group_tests(tests, spectra_create, spectra_release);
}
