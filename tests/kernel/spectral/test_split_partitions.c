/* All splits that thresholds can make. */
#include "kernel/spectral/split.h"

#include "core/rng.h"
#include "support/check.h"
#include "support/spectra.h"

#include <stdlib.h>

enum { MAX_BLOCKS = 160, ROUNDS = 2000 };
static const double TAU = SCHUR_TIE_TOLERANCE;

/* A Schur form of which only the blocks matter. */
struct form {
    struct schur schur;
    struct schur_block blocks[MAX_BLOCKS];
    struct partition partitions[MAX_BLOCKS];
    int count;
};

static void form_add(struct form *form, double modulus, int size)
{
    struct schur *const schur = &form->schur;
    form->blocks[schur->n_blocks++] =
        (struct schur_block){.start = schur->n, .size = size, .modulus = modulus};
    schur->n += size;
    schur->order.leak = 1.0;
    schur->radius = fmax(schur->radius, modulus);
    schur->blocks = form->blocks;
}

static void form_split(struct form *form)
{
    form->count = split_partitions(&form->schur, form->partitions);
}

/* Real eigenvalues and, where the modulus is negative, pairs. */
static void form_fill(struct form *form, const double *moduli, int count)
{
    *form = (struct form){.count = 0};
    for (int i = 0; i < count; i++) {
        form_add(form, fabs(moduli[i]), moduli[i] < 0.0 ? 2 : 1);
    }
    form_split(form);
}

static void check_partition(const struct form *form, int p, int n_r, double low, double high)
{
    assert_true(p < form->count);
    assert_int_equal(form->partitions[p].n_r, n_r);
    CHECK_SAME(form->partitions[p].alpha_low, low);
    CHECK_SAME(form->partitions[p].alpha_high, high);
}

static void blocks_enter_one_by_one(void **state)
{
    (void)state;
    struct form form;
    form_fill(&form, (double[]){2.0, -1.5, -1.0, 0.5}, 4);
    assert_int_equal(form.count, 4);
    check_partition(&form, 0, 1, 0.75, 1.0);
    check_partition(&form, 1, 3, 0.5, 0.75);
    check_partition(&form, 2, 5, 0.25, 0.5);
    check_partition(&form, 3, 6, 0.0, 0.25);
    for (int p = 0; p < 4; p++) {
        assert_int_equal(form.partitions[p].n_blocks, p + 1);
    }
}

static void ties_enter_together(void **state)
{
    (void)state;
    struct form form;
    form_fill(&form, (double[]){1.0, -1.0 + 0.5e-10, 0.5, 0.5, -0.25, 0.25}, 6);
    assert_int_equal(form.count, 3);
    check_partition(&form, 0, 3, 0.5, 1.0);
    check_partition(&form, 1, 5, 0.25, 0.5);
    check_partition(&form, 2, 8, 0.0, 0.25);
}

static void a_gap_beyond_the_tolerance_is_no_tie(void **state)
{
    (void)state;
    struct form form;
    form_fill(&form, (double[]){1.0, 1.0 - 1.1 * TAU}, 2);
    assert_int_equal(form.count, 2);
    form_fill(&form, (double[]){1.0, 1.0 - 0.9 * TAU}, 2);
    assert_int_equal(form.count, 1);
}

static void equal_moduli_are_one_partition_for_all_alphas(void **state)
{
    (void)state;
    struct form form;
    form_fill(&form, (double[]){-3.0, 3.0, -3.0, 3.0}, 4);
    assert_int_equal(form.count, 1);
    check_partition(&form, 0, 6, 0.0, 1.0);
}

static void a_spectral_radius_of_0_is_one_partition_for_all_alphas(void **state)
{
    (void)state;
    struct form form;
    form_fill(&form, (double[]){0.0, 0.0, 0.0}, 3);
    assert_int_equal(form.count, 1);
    check_partition(&form, 0, 3, 0.0, 1.0);
}

static void one_block_is_one_partition(void **state)
{
    (void)state;
    struct form form;
    form_fill(&form, (double[]){0.7}, 1);
    assert_int_equal(form.count, 1);
    check_partition(&form, 0, 1, 0.0, 1.0);
    form_fill(&form, (double[]){-0.7}, 1);
    check_partition(&form, 0, 2, 0.0, 1.0);
    form_fill(&form, (double[]){0.0}, 1);
    check_partition(&form, 0, 1, 0.0, 1.0);
}

/* No threshold in (0, 1] reaches an eigenvalue of 0. */
static void a_modulus_of_0_is_a_partition_for_no_alpha(void **state)
{
    (void)state;
    struct form form;
    form_fill(&form, (double[]){1.0, 0.5, 0.0, -0.0}, 4);
    assert_int_equal(form.count, 3);
    check_partition(&form, 1, 2, 0.0, 0.5);
    check_partition(&form, 2, 4, 0.0, 0.0);
    assert_int_equal(split_at(&form.schur, 1e-300).n_r, 2);
}

/* The order holds up to the tolerance: a group is as large as its largest block says. */
static void ties_may_stand_in_any_order(void **state)
{
    (void)state;
    struct form form;
    form_fill(&form, (double[]){1.0 - 0.9 * TAU, 1.0, 0.5}, 3);
    assert_int_equal(form.count, 2);
    check_partition(&form, 0, 2, 0.5, 1.0);
    form_fill(&form, (double[]){1.0, 1.0 - 1.5 * TAU, 1.0 - 0.8 * TAU, 0.5}, 4);
    assert_int_equal(form.count, 2);
    check_partition(&form, 0, 3, 0.5, 1.0);
    assert_int_equal(split_at(&form.schur, 1.0).n_r, 3);
}

/* ---- what holds of all of them ------------------------------------------------------------------
 */

static void check_split(const struct form *form, double alpha, int n_r)
{
    const int found = split_at(&form->schur, alpha).n_r;
    if (found != n_r) {
        fail_msg("alpha %.17g: n_R is %d, expected %d", alpha, found, n_r);
    }
}

/* Thresholds inside the interval of a partition split as it says. */
static void check_interval(const struct form *form, int p, struct rng *rng)
{
    const struct partition *const it = &form->partitions[p];
    const double above = it->alpha_low + 1.01 * TAU;
    const double lowest = above > 1e-300 ? above : 1e-300;
    if (it->alpha_high == 0.0) {
        return;
    }
    check_split(form, it->alpha_high, it->n_r);
    if (lowest <= it->alpha_high) {
        check_split(form, lowest, it->n_r);
        for (int i = 0; i < 5; i++) {
            const double part = (double)rng_below(rng, 1000) / 1000.0;
            check_split(form, lowest + part * (it->alpha_high - lowest), it->n_r);
        }
    }
}

static void check_all(const struct form *form, struct rng *rng)
{
    assert_in_range(form->count, 1, form->schur.n_blocks);
    CHECK_SAME(form->partitions[0].alpha_high, 1.0);
    CHECK_SAME(form->partitions[form->count - 1].alpha_low, 0.0);
    assert_int_equal(form->partitions[form->count - 1].n_r, form->schur.n);
    for (int p = 0; p < form->count; p++) {
        const struct partition *const it = &form->partitions[p];
        const struct schur_block *const last = &form->schur.blocks[it->n_blocks - 1];
        assert_int_equal(it->n_r, last->start + last->size);
        if (p > 0) {
            CHECK_SAME(it->alpha_high, form->partitions[p - 1].alpha_low);
            assert_true(it->alpha_high < form->partitions[p - 1].alpha_high);
            assert_true(it->n_r > form->partitions[p - 1].n_r);
        }
        check_interval(form, p, rng);
    }
}

/* Non-increasing up to the tolerance, with ties, near ties and gaps of any size. */
static void draw_form(struct form *form, struct rng *rng)
{
    *form = (struct form){.count = 0};
    double modulus = 0.1 + (double)rng_below(rng, 100) / 10.0;
    const int count = 1 + (int)rng_below(rng, MAX_BLOCKS);
    for (int i = 0; i < count; i++) {
        const double wobble = ((double)rng_below(rng, 1000) / 1000.0 - 0.5) * 0.9 * TAU;
        form_add(form, modulus * (1.0 + wobble), 1 + (int)rng_below(rng, 2));
        switch (rng_below(rng, 4)) {
        case 0:
            break;
        case 1:
            modulus *= 1.0 - (double)rng_below(rng, 4) * TAU;
            break;
        default:
            modulus *= 1.0 - 1e-3 * (double)rng_below(rng, 300);
            break;
        }
    }
    form_split(form);
}

static void intervals_are_contiguous_and_split_as_they_say(void **state)
{
    (void)state;
    struct rng rng = rng_stream((struct rng_key){{20260618, 5}}, 0, 0);
    for (int round = 0; round < ROUNDS; round++) {
        struct form form;
        draw_form(&form, &rng);
        check_all(&form, &rng);
    }
}

static void the_same_holds_of_computed_forms(void **state)
{
    (void)state;
    struct rng rng = rng_stream((struct rng_key){{20260618, 6}}, 0, 0);
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        struct form form = {.schur = s->schur};
        assert_in_range(s->schur.n_blocks, 1, MAX_BLOCKS);
        form_split(&form);
        check_all(&form, &rng);
        if (s->kind == MATGEN_ORTHOGONAL || s->kind == MATGEN_ZERO) {
            assert_int_equal(form.count, 1);
        } else if (s->kind == MATGEN_GAUSSIAN) {
            assert_int_equal(form.count, s->schur.n_blocks);
        }
    }
}

int test_split_partitions(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_enter_one_by_one),
        cmocka_unit_test(ties_enter_together),
        cmocka_unit_test(a_gap_beyond_the_tolerance_is_no_tie),
        cmocka_unit_test(equal_moduli_are_one_partition_for_all_alphas),
        cmocka_unit_test(a_spectral_radius_of_0_is_one_partition_for_all_alphas),
        cmocka_unit_test(one_block_is_one_partition),
        cmocka_unit_test(a_modulus_of_0_is_a_partition_for_no_alpha),
        cmocka_unit_test(ties_may_stand_in_any_order),
        cmocka_unit_test(intervals_are_contiguous_and_split_as_they_say),
        cmocka_unit_test(the_same_holds_of_computed_forms),
    };
    return cmocka_run_group_tests(tests, spectra_create, spectra_release);
}
