#include "kernel/spectral/removal.h"

#include "core/rng.h"
#include "kernel/spectral/split.h"
#include "support/check.h"
#include "support/spectra.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static const double ALPHAS[] = {0.05, 0.5, 0.85, 0.9, 0.95, 1.0};
enum { ALPHA_COUNT = sizeof ALPHAS / sizeof *ALPHAS, PAIR_BYTES = 129 * 128 / 2 / 8 + 1 };

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

static void remove_set(const struct spectrum *s, const struct split *split, ablation_set set,
                       double *t)
{
    const struct removal removal = removal_of_set(split->n_blocks, set);
    removal_apply(&removal, &s->schur, t);
}

static void exactly_the_couplings_of_the_set_become_zero(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        double *const t = matgen_zeros(matgen_square(s->n));
        for (int a = 0; a < ALPHA_COUNT; a++) {
            const struct split split = split_at(&s->schur, ALPHAS[a]);
            for (ablation_set set = 0; set < ABLATION_SET_COUNT; set++) {
                double *const expected = ablate_by_definition(s, split.n_r, set);
                remove_set(s, &split, set, t);
                if (memcmp(t, expected, matgen_square(s->n) * sizeof *t) != 0) {
                    fail_msg("%s n_R %d: -%s is wrong", spectrum_name(s), split.n_r,
                             ablation_name(set));
                }
                free(expected);
            }
        }
        free(t);
    }
}

/* 2x2 blocks are not touched, bit for bit, and everything else is zero. */
static void removing_everything_leaves_the_block_diagonal(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        double *const t = matgen_zeros(matgen_square(s->n));
        const struct split split = split_at(&s->schur, 0.9);
        remove_set(s, &split, ABLATION_ALL, t);
        for (int column = 0; column < s->n; column++) {
            for (int row = 0; row < s->n; row++) {
                const bool own = s->block_of_row[row] == s->block_of_row[column];
                CHECK_SAME(t[column * s->n + row], own ? spectrum_t(s, row, column) : 0.0);
            }
        }
        free(t);
    }
}

static void removing_nothing_changes_no_bit(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        double *const t = matgen_zeros(matgen_square(s->n));
        const struct split split = split_at(&s->schur, 0.9);
        remove_set(s, &split, ABLATION_NONE, t);
        assert_memory_equal(t, s->schur.t, matgen_square(s->n) * sizeof *t);
        CHECK_SAME(removal_mass(&s->schur, t), 0.0);
        free(t);
    }
}

/* |T - T~|_F / |T|_F both directly and as the union of the masses of couplings, for all eight sets.
 */
static void the_removed_mass_is_the_union_of_the_coupling_masses(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        double *const t = matgen_zeros(matgen_square(s->n));
        double *const removed = matgen_zeros(matgen_square(s->n));
        const struct split split = split_at(&s->schur, 0.9);
        for (ablation_set set = 0; set < ABLATION_SET_COUNT; set++) {
            remove_set(s, &split, set, t);
            for (size_t i = 0; i < matgen_square(s->n); i++) {
                removed[i] = s->schur.t[i] - t[i];
            }
            const double norm = matgen_norm(s->schur.t, matgen_square(s->n));
            const double mass = norm > 0.0 ? matgen_norm(removed, matgen_square(s->n)) / norm : 0.0;
            CHECK_NEAR(removal_mass(&s->schur, t), mass, 1e-12);
            double squares = 0.0;
            for (int c = 0; c < COUPLING_COUNT; c++) {
                squares += ablation_has(set, (enum coupling)c) ? pow(split.mass[c], 2.0) : 0.0;
            }
            CHECK_NEAR(sqrt(squares), mass, 1e-12);
        }
        free(removed);
        free(t);
    }
}

/* In one part in |W|: the product has n rounding errors per entry. */
static void check_close(const struct spectrum *s, const double *w, const double *expected)
{
    const double scale = s->schur.norm > 0.0 ? s->schur.norm : 1.0;
    for (size_t i = 0; i < matgen_square(s->n); i++) {
        CHECK_NEAR(w[i] / scale, expected[i] / scale, 20.0 * (s->n + 1) * DBL_EPSILON);
    }
}

static void ablated_weights_are_q_t_q_transposed_in_rows(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        double *const arrays = matgen_zeros(6 * matgen_square(s->n));
        double *const t = arrays + matgen_square(s->n);
        double *const work = t + matgen_square(s->n);
        double *const q_rows = work + matgen_square(s->n);
        double *const t_rows = q_rows + matgen_square(s->n);
        double *const expected = t_rows + matgen_square(s->n);
        const struct split split = split_at(&s->schur, 0.9);
        remove_set(s, &split, 1u << COUPLING_CR, t);
        removal_weights(&s->schur, t, work, arrays);
        matgen_transpose(s->schur.q, q_rows, s->n);
        matgen_transpose(t, t_rows, s->n);
        matgen_similarity(q_rows, t_rows, expected, s->n);
        check_close(s, arrays, expected);
        free(arrays);
    }
}

static void the_full_form_gives_the_weights_back(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        double *const w = matgen_zeros(matgen_square(s->n));
        double *const work = matgen_zeros(matgen_square(s->n));
        removal_weights(&s->schur, s->schur.t, work, w);
        check_close(s, w, s->w);
        free(w);
        free(work);
    }
}

/* ---- pairs of blocks and strengths --------------------------------------------------------------
 */

/* Every pair with a chance of 1/3. */
static void draw_pairs(struct rng *rng, unsigned char *pairs)
{
    memset(pairs, 0, PAIR_BYTES);
    for (int bit = 0; bit < 8 * PAIR_BYTES; bit++) {
        if (rng_below(rng, 3) == 0) {
            pairs[bit / 8] |= (unsigned char)(1u << (bit % 8));
        }
    }
}

/* The pairs of the couplings in `set`. */
static void pairs_of_set(const struct schur *schur, int n_blocks, ablation_set set,
                         unsigned char *pairs)
{
    int bit = 0;
    memset(pairs, 0, PAIR_BYTES);
    for (int col = 1; col < schur->n_blocks; col++) {
        for (int row = 0; row < col; row++, bit++) {
            const enum coupling coupling = col < n_blocks   ? COUPLING_RR
                                           : row < n_blocks ? COUPLING_CR
                                                            : COUPLING_CC;
            if ((set >> coupling & 1u) != 0) {
                pairs[bit / 8] |= (unsigned char)(1u << (bit % 8));
            }
        }
    }
}

/* Entry by entry: the pair of blocks (I, J), I < J, has number J (J - 1) / 2 + I. */
static double rest_by_definition(const struct spectrum *s, const struct removal *removal, int row,
                                 int column)
{
    const int i = s->block_of_row[row];
    const int j = s->block_of_row[column];
    const int bit = j * (j - 1) / 2 + i;
    const double entry = spectrum_t(s, row, column);
    const bool taken = i < j && (removal->pairs[bit / 8] >> (bit % 8) & 1) != 0;
    return !taken ? entry : removal->strength == 1.0 ? 0.0 : (1.0 - removal->strength) * entry;
}

static void pairs_are_numbered_column_after_column(void **state)
{
    (void)state;
    size_t expected = 0;
    for (int col = 1; col < 20; col++) {
        for (int row = 0; row < col; row++) {
            assert_true(pair_number(row, col) == expected++);
        }
    }
}

static void exactly_the_entries_of_the_pairs_shrink(void **state)
{
    (void)state;
    static const double STRENGTHS[] = {1.0, 0.5, 0.3, 1e-3};
    struct rng rng = rng_stream((struct rng_key){{20260618, 8}}, 0, 0);
    unsigned char pairs[PAIR_BYTES];
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        double *const t = matgen_zeros(matgen_square(s->n));
        for (int k = 0; k < 4; k++) {
            const struct removal removal = {.pairs = pairs, .strength = STRENGTHS[k]};
            draw_pairs(&rng, pairs);
            removal_apply(&removal, &s->schur, t);
            for (int i = 0; i < s->n * s->n; i++) {
                CHECK_SAME(t[i], rest_by_definition(s, &removal, i % s->n, i / s->n));
            }
        }
        free(t);
    }
}

static void a_set_is_the_same_removal_as_its_pairs(void **state)
{
    (void)state;
    unsigned char pairs[PAIR_BYTES];
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        double *const t = matgen_zeros(matgen_square(s->n));
        double *const by_pairs = matgen_zeros(matgen_square(s->n));
        for (int a = 0; a < ALPHA_COUNT; a++) {
            for (ablation_set set = 0; set < ABLATION_SET_COUNT; set++) {
                const int n_blocks = split_at(&s->schur, ALPHAS[a]).n_blocks;
                struct removal removal = removal_of_set(n_blocks, set);
                removal.strength = a % 2 == 0 ? 1.0 : 0.7;
                removal_apply(&removal, &s->schur, t);
                pairs_of_set(&s->schur, n_blocks, set, pairs);
                removal.pairs = pairs;
                removal_apply(&removal, &s->schur, by_pairs);
                assert_memory_equal(t, by_pairs, matgen_square(s->n) * sizeof *t);
                CHECK_SAME(removal_mass(&s->schur, t), removal_mass(&s->schur, by_pairs));
            }
        }
        free(t);
        free(by_pairs);
    }
}

static void no_pairs_remove_nothing_and_all_pairs_everything(void **state)
{
    (void)state;
    unsigned char pairs[PAIR_BYTES] = {0};
    const struct removal removal = {.pairs = pairs, .strength = 1.0};
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        const struct split split = split_at(&s->schur, 0.9);
        double *const t = matgen_zeros(matgen_square(s->n));
        double *const expected = ablate_by_definition(s, split.n_r, ABLATION_ALL);
        memset(pairs, 0, sizeof pairs);
        removal_apply(&removal, &s->schur, t);
        assert_memory_equal(t, s->schur.t, matgen_square(s->n) * sizeof *t);
        memset(pairs, 0xff, sizeof pairs);
        removal_apply(&removal, &s->schur, t);
        assert_memory_equal(t, expected, matgen_square(s->n) * sizeof *t);
        free(expected);
        free(t);
    }
}

/* Exactly: halving rounds nothing but what underflows. */
static void half_a_strength_leaves_half(void **state)
{
    (void)state;
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        const struct split split = split_at(&s->schur, 0.9);
        const struct removal half = {split.n_blocks, ABLATION_ALL, NULL, 0.5};
        double *const t = matgen_zeros(matgen_square(s->n));
        removal_apply(&half, &s->schur, t);
        for (int column = 0; column < s->n; column++) {
            for (int row = 0; row < s->n; row++) {
                const bool own = s->block_of_row[row] >= s->block_of_row[column];
                const double entry = spectrum_t(s, row, column);
                CHECK_SAME(t[column * s->n + row], own ? entry : entry / 2.0 + 0.0);
            }
        }
        free(t);
    }
}

/* Equal matrices have equal bits: also what is left of the smallest number there is. */
static void nothing_that_is_left_is_a_negative_zero(void **state)
{
    (void)state;
    const struct removal half = {.set = ABLATION_ALL, .strength = 0.5};
    const struct removal most = {.set = ABLATION_ALL, .strength = 0.999};
    CHECK_SAME(removal_rest(&half, -5e-324), 0.0);
    CHECK_SAME(removal_rest(&most, -5e-322), 0.0);
    CHECK_SAME(removal_rest(&half, 0.0), 0.0);
    CHECK_SAME(removal_rest(&half, -3.0), -1.5);
}

static void the_mass_of_pairs_agrees_with_long_double(void **state)
{
    (void)state;
    static const double STRENGTHS[] = {1.0, 0.5, 0.3};
    struct rng rng = rng_stream((struct rng_key){{20260618, 9}}, 0, 0);
    unsigned char pairs[PAIR_BYTES];
    for (const struct spectrum *s = spectra_first(); s != NULL; s = spectra_next(s)) {
        double *const t = matgen_zeros(matgen_square(s->n));
        for (int k = 0; k < 3; k++) {
            const struct removal removal = {.pairs = pairs, .strength = STRENGTHS[k]};
            const long double scale = s->schur.norm > 0.0 ? s->schur.norm : 1.0L;
            long double all = 0.0L;
            long double removed = 0.0L;
            draw_pairs(&rng, pairs);
            for (int i = 0; i < s->n * s->n; i++) {
                const long double entry = (long double)s->schur.t[i] / scale;
                const double rest = rest_by_definition(s, &removal, i % s->n, i / s->n);
                const long double part = rest == s->schur.t[i] ? 0.0L : STRENGTHS[k];
                all += entry * entry;
                removed += part * entry * part * entry;
            }
            removal_apply(&removal, &s->schur, t);
            CHECK_NEAR(removal_mass(&s->schur, t), all > 0.0L ? (double)sqrtl(removed / all) : 0.0,
                       1e-14);
        }
        free(t);
    }
}

int test_removal(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exactly_the_couplings_of_the_set_become_zero),
        cmocka_unit_test(removing_everything_leaves_the_block_diagonal),
        cmocka_unit_test(removing_nothing_changes_no_bit),
        cmocka_unit_test(the_removed_mass_is_the_union_of_the_coupling_masses),
        cmocka_unit_test(ablated_weights_are_q_t_q_transposed_in_rows),
        cmocka_unit_test(the_full_form_gives_the_weights_back),
        cmocka_unit_test(pairs_are_numbered_column_after_column),
        cmocka_unit_test(exactly_the_entries_of_the_pairs_shrink),
        cmocka_unit_test(a_set_is_the_same_removal_as_its_pairs),
        cmocka_unit_test(no_pairs_remove_nothing_and_all_pairs_everything),
        cmocka_unit_test(half_a_strength_leaves_half),
        cmocka_unit_test(nothing_that_is_left_is_a_negative_zero),
        cmocka_unit_test(the_mass_of_pairs_agrees_with_long_double),
    };
    return cmocka_run_group_tests(tests, spectra_create, spectra_release);
}
