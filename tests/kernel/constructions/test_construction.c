#include "kernel/constructions/construction.h"

#include "support/check.h"
#include "support/construction_start.h"
#include "support/matgen.h"
#include "support/tally.h"

#include <stdlib.h>

static const int SIZES[] = {1, 2, 3, 8, 17, 64};
enum { SIZE_COUNT = sizeof SIZES / sizeof SIZES[0] };

static bool allows(const struct construction_ops *construction, int n)
{
    return !construction->needs_even || n % 2 == 0;
}

static void the_five_constructions_are_found_by_name_and_no_other(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"dense_default", "dense_orthogonal", "dense_normal",
                                        "dense_normal_matrix", "cayley"};
    for (int i = 0; i < 5; i++) {
        assert_string_equal(CONSTRUCTIONS[i]->name, NAMES[i]);
        assert_ptr_equal(construction_find(NAMES[i]), CONSTRUCTIONS[i]);
    }
    assert_null(CONSTRUCTIONS[5]);
    assert_null(construction_find("Cayley"));
    assert_null(construction_find("dense"));
    assert_null(construction_find(""));
}

static void every_construction_says_what_training_must_know(void **state)
{
    (void)state;
    for (int i = 0; CONSTRUCTIONS[i] != NULL; i++) {
        const struct construction_ops *const ops = CONSTRUCTIONS[i];
        const bool is_cayley = ops == construction_find("cayley");
        assert_int_equal(ops->weights != NULL, is_cayley);
        assert_int_equal(ops->gradient != NULL, is_cayley);
        assert_int_equal(ops->needs_even, ops == construction_find("dense_normal_matrix"));
        CHECK_SAME(ops->rate_factor, is_cayley ? 2.0 : 1.0);
        for (int k = 0; k < SIZE_COUNT; k++) {
            const int n = SIZES[k];
            assert_int_equal(ops->n_params(n), is_cayley ? n * (n - 1) / 2 : n * n);
        }
        assert_true(ops->n_params(32768) == (is_cayley ? 536854528u : 1073741824u));
    }
}

static void a_start_is_complete_and_finite(void **state)
{
    (void)state;
    for (int i = 0; CONSTRUCTIONS[i] != NULL; i++) {
        for (int k = 0; k < SIZE_COUNT; k++) {
            if (allows(CONSTRUCTIONS[i], SIZES[k])) {
                struct start start = start_of(CONSTRUCTIONS[i], SIZES[k], 1);
                for (size_t j = 0; j < start.n_params; j++) {
                    assert_true(isfinite(start.params[j]));
                }
                for (int j = 0; j < start.n * start.n; j++) {
                    assert_true(isfinite(start.w[j]));
                }
                start_release(&start);
            }
        }
    }
}

static bool same_start(const struct start *a, const struct start *b)
{
    return memcmp(a->params, b->params, a->n_params * sizeof *a->params) == 0 &&
           memcmp(a->fixed, b->fixed, (size_t)a->n * sizeof *a->fixed) == 0;
}

static void a_start_depends_on_its_key_alone(void **state)
{
    (void)state;
    for (int i = 0; CONSTRUCTIONS[i] != NULL; i++) {
        struct start first = start_of(CONSTRUCTIONS[i], 8, 1);
        struct start other = start_of(CONSTRUCTIONS[i], 8, 2);
        struct start again = start_of(CONSTRUCTIONS[i], 8, 1);
        assert_true(same_start(&first, &again));
        assert_false(same_start(&first, &other));
        start_release(&first);
        start_release(&other);
        start_release(&again);
    }
}

/* ---- independent entries ------------------------------------------------------------------------
 */

/* The entries of many matrices, times sqrt(n). */
struct entries {
    struct tally power[5]; /* of the entry, power 1 to 4 */
    struct tally neighbours;
    double largest;
};

static struct entries collect(const char *name, int n, int n_matrices)
{
    struct entries entries = {0};
    for (int number = 0; number < n_matrices; number++) {
        struct start start = start_of(construction_find(name), n, (uint64_t)number);
        for (int i = 0; i < n * n; i++) {
            const double x = start.w[i] * sqrt((double)n);
            double power = 1.0;
            for (int k = 1; k <= 4; k++) {
                power *= x;
                tally_add(&entries.power[k], power);
            }
            tally_add(&entries.neighbours, x * start.w[(i + 1) % (n * n)]);
            entries.largest = fmax(entries.largest, fabs(x));
        }
        start_release(&start);
    }
    return entries;
}

static void check_symmetric(const struct entries *entries)
{
    tally_check(&entries->power[1], 0.0, "x");
    tally_check(&entries->power[3], 0.0, "x^3");
    tally_check(&entries->neighbours, 0.0, "x times its neighbour");
}

static void dense_default_is_uniform_between_its_bounds(void **state)
{
    (void)state;
    static const int WIDTHS[] = {2, 7, 64};
    for (int i = 0; i < 3; i++) {
        const struct entries entries = collect("dense_default", WIDTHS[i], 20000 / WIDTHS[i]);
        check_symmetric(&entries);
        tally_check(&entries.power[2], 1.0 / 3.0, "x^2");
        tally_check(&entries.power[4], 1.0 / 5.0, "x^4");
        assert_true(entries.largest <= 1.0 && entries.largest > 0.9995);
    }
}

static void dense_normal_is_gaussian_of_variance_one_over_n(void **state)
{
    (void)state;
    static const int WIDTHS[] = {2, 7, 64};
    for (int i = 0; i < 3; i++) {
        const struct entries entries = collect("dense_normal", WIDTHS[i], 20000 / WIDTHS[i]);
        check_symmetric(&entries);
        tally_check(&entries.power[2], 1.0, "x^2");
        tally_check(&entries.power[4], 3.0, "x^4");
    }
}

int test_construction(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_five_constructions_are_found_by_name_and_no_other),
        cmocka_unit_test(every_construction_says_what_training_must_know),
        cmocka_unit_test(a_start_is_complete_and_finite),
        cmocka_unit_test(a_start_depends_on_its_key_alone),
        cmocka_unit_test(dense_default_is_uniform_between_its_bounds),
        cmocka_unit_test(dense_normal_is_gaussian_of_variance_one_over_n),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
