#include "kernel/dynamics/packed_trials.h"

#include "support/check.h"
#include "support/netgen.h"

static struct error error;

static size_t row_of(const struct packed_trials *packed, int trial, int step)
{
    return (size_t)(trial / packed->tile_width) * (size_t)packed->trials->n_steps + (size_t)step;
}

/* Every value stands at its place, rounded to the precision if it is an input. */
static void check_place(const struct packed_trials *packed, int trial, int step)
{
    const struct trials *const trials = packed->trials;
    const size_t row = row_of(packed, trial, step);
    const size_t width = (size_t)packed->tile_width;
    const size_t column = (size_t)trial % width;
    const size_t place = (size_t)step * (size_t)trials->n_trials + (size_t)trial;
    for (size_t k = 0; k < (size_t)trials->n_in; k++) {
        const double input = trials->inputs[place * (size_t)trials->n_in + k];
        const size_t i = (row * (size_t)trials->n_in + k) * width + column;
        CHECK_SAME(precision_get(packed->inputs, packed->precision, i),
                   packed->precision == PRECISION_FLOAT32 ? (double)(float)input : input);
    }
    for (size_t k = 0; k < (size_t)trials->n_out; k++) {
        CHECK_SAME(packed->targets[(row * (size_t)trials->n_out + k) * width + column],
                   trials->targets[place * (size_t)trials->n_out + k]);
    }
    CHECK_SAME(packed->mask[row * width + column], trials->mask[place] != 0 ? 1.0 : 0.0);
}

static void every_value_is_at_its_place(void **state)
{
    (void)state;
    static const int COUNTS[] = {1, 23, 24, 25, 48, 49, 131};
    for (int i = 0; i < 14; i++) {
        struct packed_trials packed;
        struct trials trials = netgen_trials((uint64_t)i, 5, COUNTS[i % 7], 3, 2);
        CHECK_OK(packed_trials_create(&packed, &trials,
                                      i < 7 ? PRECISION_FLOAT64 : PRECISION_FLOAT32, &error));
        for (int trial = 0; trial < trials.n_trials; trial++) {
            for (int t = 0; t < trials.n_steps; t++) {
                check_place(&packed, trial, t);
            }
        }
        packed_trials_release(&packed);
        trials_release(&trials);
    }
}

/* Columns without a trial are computed in some places: they must hold numbers that do no harm. */
static void the_columns_after_the_last_trial_are_ignored_zeros(void **state)
{
    (void)state;
    struct packed_trials packed;
    struct trials trials = netgen_trials(3, 4, 30, 1, 1);
    CHECK_OK(packed_trials_create(&packed, &trials, PRECISION_FLOAT64, &error));
    assert_int_equal(packed.n_tiles, 2);
    for (int trial = 30; trial < 2 * packed.tile_width; trial++) {
        for (int t = 0; t < 4; t++) {
            const size_t i =
                row_of(&packed, trial, t) * (size_t)packed.tile_width + (size_t)(trial % 24);
            CHECK_SAME(((const double *)packed.inputs)[i], 0.0);
            CHECK_SAME(packed.targets[i], 0.0);
            CHECK_SAME(packed.mask[i], 0.0);
        }
    }
    packed_trials_release(&packed);
    trials_release(&trials);
}

static void the_memory_is_that_of_its_arrays(void **state)
{
    (void)state;
    struct trials trials = netgen_trials(3, 4, 49, 3, 2);
    assert_int_equal(packed_trials_memory(&trials, PRECISION_FLOAT64),
                     3 * 24 * 4 * 8 * (3 + 2 + 1));
    assert_int_equal(packed_trials_memory(&trials, PRECISION_FLOAT32),
                     2 * 48 * 4 * (4 * 3 + 8 * (2 + 1)));
    trials_release(&trials);
}

static void releasing_accepts_a_zeroed_struct(void **state)
{
    (void)state;
    struct packed_trials packed = {0};
    packed_trials_release(&packed);
    assert_null(packed.inputs);
}

int test_packed_trials(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_is_at_its_place),
        cmocka_unit_test(the_columns_after_the_last_trial_are_ignored_zeros),
        cmocka_unit_test(the_memory_is_that_of_its_arrays),
        cmocka_unit_test(releasing_accepts_a_zeroed_struct),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
