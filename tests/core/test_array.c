#include "core/array.h"

#include "support/check.h"

enum { ROWS = 5, COLUMNS = 3, LEADING = 7 };

/* Rows (columns) follow each other, `leading` apart; a transposed matrix has the other layout. */
static void places_follow_the_layout(void **state)
{
    (void)state;
    for (int row = 0; row < ROWS; row++) {
        for (int column = 0; column < COLUMNS; column++) {
            assert_true(row_major(row, column, LEADING) == column_major(column, row, LEADING));
            assert_true(row_major(row + 1, column, LEADING) ==
                        row_major(row, column, LEADING) + LEADING);
            assert_true(column_major(row + 1, column, LEADING) ==
                        column_major(row, column, LEADING) + 1);
            assert_true(row_major(row, column + 1, LEADING) == row_major(row, column, LEADING) + 1);
        }
    }
    assert_true(row_major(0, 0, LEADING) == 0 && column_major(0, 0, LEADING) == 0);
}

static void the_end_of_a_matrix_is_its_number_of_values(void **state)
{
    (void)state;
    assert_true(row_major(ROWS, 0, COLUMNS) == array_count(ROWS, COLUMNS));
    assert_true(column_major(0, COLUMNS, ROWS) == array_count(ROWS, COLUMNS));
    assert_true(array_count(0, COLUMNS) == 0 && array_count(ROWS, 0) == 0);
}

static void places_beyond_an_int_do_not_wrap(void **state)
{
    (void)state;
    const size_t n = 70000;
    assert_true(array_count(70000, 70000) == n * n);
    assert_true(row_major(69999, 69999, 70000) == n * n - 1);
    assert_true(column_major(69999, 69999, 70000) == n * n - 1);
}

int test_array(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_follow_the_layout),
        cmocka_unit_test(the_end_of_a_matrix_is_its_number_of_values),
        cmocka_unit_test(places_beyond_an_int_do_not_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
