#include "kernel/spectral/ablation_plan.h"

#include "support/check.h"
#include "support/spectra.h"

#include <stdlib.h>

static const double ALPHAS[] = {0.05, 0.5, 0.85, 0.9, 0.95, 1.0};
enum { ALPHA_COUNT = sizeof ALPHAS / sizeof *ALPHAS };

static struct error error;

/* The set that holds the coupling of entry (row, column): 0 on and below the diagonal blocks. */
static ablation_set set_of(const struct spectrum *s, int n_r, int row, int column)
{
    if (s->block_of_row[row] >= s->block_of_row[column]) {
        return 0;
    }
    if (column < n_r) {
        return 1u << COUPLING_RR;
    }
    return row < n_r ? 1u << COUPLING_CR : 1u << COUPLING_CC;
}

static double *ablate_by_definition(const struct spectrum *s, int n_r, ablation_set set)
{
    double *const t = matgen_zeros(matgen_square(s->n));
    for (int column = 0; column < s->n; column++) {
        for (int row = 0; row < s->n; row++) {
            const bool removed = (set_of(s, n_r, row, column) & set) != 0;
            t[column * s->n + row] = removed ? 0.0 : spectrum_t(s, row, column);
        }
    }
    return t;
}

/* Plan of all sets at all alphas, with every T~ built a second time by definition. */
struct plan_check {
    const struct spectrum *spectrum;
    struct ablation_plan plan;
    double *expected[ALPHA_COUNT * ABLATION_SET_COUNT];
};

static struct plan_check plan_create(const struct spectrum *s)
{
    struct plan_check check = {.spectrum = s};
    const struct ablation_grid grid = {.alphas = ALPHAS,
                                       .n_alphas = ALPHA_COUNT,
                                       .sets = ABLATION_ORDER,
                                       .n_sets = ABLATION_SET_COUNT};
    CHECK_OK(ablation_plan_create_alone(&check.plan, &s->schur, &grid, &error));
    for (int job = 0; job < ALPHA_COUNT * ABLATION_SET_COUNT; job++) {
        const int n_r = split_at(&s->schur, ALPHAS[job / ABLATION_SET_COUNT]).n_r;
        check.expected[job] =
            ablate_by_definition(s, n_r, ABLATION_ORDER[job % ABLATION_SET_COUNT]);
    }
    return check;
}

static void plan_release(struct plan_check *check)
{
    for (int job = 0; job < ALPHA_COUNT * ABLATION_SET_COUNT; job++) {
        free(check->expected[job]);
    }
    ablation_plan_release(&check->plan);
}

static void jobs_share_a_variant_exactly_when_their_matrices_are_equal(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        struct plan_check check = plan_create(s);
        for (int i = 0; i < ALPHA_COUNT * ABLATION_SET_COUNT; i++) {
            for (int j = 0; j < i; j++) {
                const bool equal = memcmp(check.expected[i], check.expected[j],
                                          matgen_square(s->n) * sizeof(double)) == 0;
                assert_int_equal(check.plan.variant_of_job[i] == check.plan.variant_of_job[j],
                                 equal);
            }
        }
        plan_release(&check);
    }
}

static void the_number_of_variants_is_that_of_distinct_matrices(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        struct plan_check check = plan_create(s);
        int distinct = 0;
        for (int i = 0; i < ALPHA_COUNT * ABLATION_SET_COUNT; i++) {
            bool seen = false;
            for (int j = 0; j < i && !seen; j++) {
                seen = memcmp(check.expected[i], check.expected[j],
                              matgen_square(s->n) * sizeof(double)) == 0;
            }
            distinct += !seen;
        }
        assert_int_equal(check.plan.n_variants, distinct);
        /* `none` and `all` do not depend on alpha: what `schursweep plan` counts on. */
        assert_true(distinct <= 2 + 6 * ALPHA_COUNT);
        plan_release(&check);
    }
}

static void a_variant_describes_the_matrix_of_its_jobs(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        struct plan_check check = plan_create(s);
        double *const t = matgen_zeros(matgen_square(s->n));
        for (int job = 0; job < ALPHA_COUNT * ABLATION_SET_COUNT; job++) {
            assert_in_range(check.plan.variant_of_job[job], 0, check.plan.n_variants - 1);
            removal_apply(&check.plan.variants[check.plan.variant_of_job[job]], &s->schur, t);
            assert_memory_equal(t, check.expected[job], matgen_square(s->n) * sizeof *t);
        }
        free(t);
        plan_release(&check);
    }
}

static void removing_nothing_is_variant_0_and_only_it_is_full(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        struct plan_check check = plan_create(s);
        for (int alpha = 0; alpha < ALPHA_COUNT; alpha++) {
            assert_int_equal(check.plan.variant_of_job[alpha * ABLATION_SET_COUNT], 0);
        }
        double *const t = matgen_zeros(matgen_square(s->n));
        for (int i = 0; i < check.plan.n_variants; i++) {
            removal_apply(&check.plan.variants[i], &s->schur, t);
            assert_int_equal(memcmp(t, s->schur.t, matgen_square(s->n) * sizeof *t) == 0, i == 0);
        }
        free(t);
        plan_release(&check);
    }
}

/* n = 1 and the zero matrix have no couplings, so nothing but the full model is ever run. */
static void a_matrix_without_couplings_has_one_variant(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        if (s->kind == MATGEN_ZERO || s->n == 1) {
            struct plan_check check = plan_create(s);
            assert_int_equal(check.plan.n_variants, 1);
            plan_release(&check);
        }
    }
}

static void splits_are_those_of_the_alphas(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        struct plan_check check = plan_create(s);
        for (int a = 0; a < ALPHA_COUNT; a++) {
            const struct split split = split_at(&s->schur, ALPHAS[a]);
            assert_int_equal(check.plan.splits[a].n_r, split.n_r);
            assert_int_equal(check.plan.splits[a].n_blocks, split.n_blocks);
            CHECK_SAME(check.plan.splits[a].alpha_gap, split.alpha_gap);
            CHECK_SAME(check.plan.splits[a].mass[COUPLING_CR], split.mass[COUPLING_CR]);
        }
        plan_release(&check);
    }
}

static void the_full_model_is_variant_0_when_no_job_asks_for_it(void **state)
{
    (void)state;
    const ablation_set sets[2] = {1u << COUPLING_CC, 1u << COUPLING_CR};
    const double alpha = 0.5;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        struct ablation_plan plan;
        const struct ablation_grid grid = {
            .alphas = &alpha, .n_alphas = 1, .sets = sets, .n_sets = 2};
        CHECK_OK(ablation_plan_create_alone(&plan, &s->schur, &grid, &error));
        assert_true(plan.n_variants >= 1);
        assert_int_equal(plan.variants[0].set, ABLATION_NONE);
        for (int job = 0; job < 2; job++) {
            const bool removes = plan.splits[0].mass[job == 0 ? COUPLING_CC : COUPLING_CR] > 0.0;
            assert_int_equal(plan.variant_of_job[job] != 0, removes);
        }
        ablation_plan_release(&plan);
        assert_null(plan.variants);
    }
}

int test_ablation_plan(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_share_a_variant_exactly_when_their_matrices_are_equal),
        cmocka_unit_test(the_number_of_variants_is_that_of_distinct_matrices),
        cmocka_unit_test(a_variant_describes_the_matrix_of_its_jobs),
        cmocka_unit_test(removing_nothing_is_variant_0_and_only_it_is_full),
        cmocka_unit_test(a_matrix_without_couplings_has_one_variant),
        cmocka_unit_test(splits_are_those_of_the_alphas),
        cmocka_unit_test(the_full_model_is_variant_0_when_no_job_asks_for_it),
    };
    return cmocka_run_group_tests(tests, spectra_create, spectra_release);
}
