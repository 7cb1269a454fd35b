#include "import/weights.h"

#include "support/check.h"
#include "support/import_case.h"
#include "support/scratch.h"

static struct error error;

/* values[i, j] of the network against element (i, j), or (j, i), of the array. */
static void check_matrix(const double *values, const char *name, size_t rows, size_t columns,
                         bool transposed)
{
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++) {
            CHECK_SAME(values[i * columns + j],
                       import_case_value(name, transposed ? j * rows + i : i * columns + j));
        }
    }
}

static void check_network(struct import_case *test, bool hh, bool ih, bool hy)
{
    struct imported imported;
    CHECK_OK(import_case_run(test, &imported, &error));
    assert_int_equal(imported.network.n_hidden, 5);
    assert_int_equal(imported.network.n_in, 3);
    assert_int_equal(imported.network.n_out, 2);
    check_matrix(imported.network.weight_hh, "W_rec", 5, 5, hh);
    check_matrix(imported.network.weight_ih, "W_in", 5, 3, ih);
    check_matrix(imported.network.weight_hy, "W_out", 2, 5, hy);
    imported_release(&imported);
}

static void put_shapes(struct import_case *test, bool ih, bool hy)
{
    (void)import_case_add(test, "W_rec", 5, 5);
    (void)import_case_add(test, "W_in", ih ? 3 : 5, ih ? 5 : 3);
    (void)import_case_add(test, "W_out", hy ? 5 : 2, hy ? 2 : 5);
}

static void matrices_as_pytorch_has_them_are_copied(void **state)
{
    (void)state;
    struct import_case test = {0};
    put_shapes(&test, false, false);
    check_network(&test, false, false, false);
    import_case_says(&test, "W_hh from W_rec (taken as [to, from]), W_ih from W_in, no bias b_h, "
                            "readout W_out;");
}

static void a_square_matrix_beside_a_transposed_one_must_be_decided(void **state)
{
    (void)state;
    for (int which = 1; which < 4; which++) {
        struct import_case test = {0};
        put_shapes(&test, (which & 1) != 0, (which & 2) != 0);
        import_case_refused(&test, STATUS_INPUT,
                            (which & 2) != 0 ? "W_out fits only transposed, so whether W_rec is "
                                               "stored [to, from] or [from, to] is open: say "
                                               "--transposed no (W x) or yes (x W)"
                                             : "W_in fits only transposed, so whether W_rec");
        test.request.square = ORIENTATION_TO_FROM;
        check_network(&test, false, (which & 1) != 0, (which & 2) != 0);
        test.request.square = ORIENTATION_FROM_TO;
        check_network(&test, true, (which & 1) != 0, (which & 2) != 0);
        import_case_says(&test, "W_hh from W_rec (transposed)");
    }
}

static void a_name_that_tells_decides(void **state)
{
    (void)state;
    struct imported imported;
    struct import_case keras = {0};
    (void)import_case_add(&keras, "recurrent_kernel", 5, 5);
    (void)import_case_add(&keras, "kernel", 5, 5);
    (void)import_case_add(&keras, "dense.kernel", 5, 5);
    CHECK_OK(import_case_run(&keras, &imported, &error));
    check_matrix(imported.network.weight_hh, "recurrent_kernel", 5, 5, true);
    check_matrix(imported.network.weight_ih, "kernel", 5, 5, true);
    check_matrix(imported.network.weight_hy, "dense.kernel", 5, 5, true);
    imported_release(&imported);
    keras.request.square = ORIENTATION_TO_FROM; /* the user knows better */
    import_case_says(&keras, "W_hh from recurrent_kernel, W_ih from kernel, no bias");
    struct import_case torch = {0};
    (void)import_case_add(&torch, "weight_hh", 5, 5);
    (void)import_case_add(&torch, "weight_ih", 5, 5);
    (void)import_case_add(&torch, "W_out", 5, 2);
    import_case_says(&torch, "W_hh from weight_hh, W_ih from weight_ih, no bias b_h, readout W_out "
                             "(transposed)");
}

static void a_name_that_told_wrongly_decides_nothing(void **state)
{
    (void)state;
    struct import_case torch = {0};
    (void)import_case_add(&torch, "weight_hh_l0", 5, 5);
    (void)import_case_add(&torch, "weight_ih_l0", 3, 5);
    (void)import_case_add(&torch, "fc.weight", 2, 5);
    import_case_refused(&torch, STATUS_INPUT,
                        "weight_ih_l0 fits only transposed, so whether weight_hh_l0 is stored");
    struct import_case keras = {0};
    (void)import_case_add(&keras, "recurrent_kernel", 5, 5);
    (void)import_case_add(&keras, "kernel", 5, 3);
    (void)import_case_add(&keras, "dense.kernel", 5, 2);
    import_case_refused(&keras, STATUS_INPUT,
                        "kernel fits only as it is, so whether recurrent_kernel is stored");
    keras.request.square = ORIENTATION_FROM_TO;
    import_case_says(&keras, "W_hh from recurrent_kernel (transposed), W_ih from kernel, no bias");
}

static void vectors_are_matrices_of_one_channel(void **state)
{
    (void)state;
    struct imported imported;
    struct import_case test = {0};
    (void)import_case_add(&test, "W_rec", 5, 5);
    (void)import_case_add(&test, "W_in", 5, 0);
    (void)import_case_add(&test, "W_out", 5, 0);
    (void)import_case_add(&test, "b_out", 0, 0);
    (void)import_case_add(&test, "h0", 1, 5);
    CHECK_OK(import_case_run(&test, &imported, &error));
    assert_int_equal(imported.network.n_in, 1);
    assert_int_equal(imported.network.n_out, 1);
    check_matrix(imported.network.weight_ih, "W_in", 5, 1, false);
    check_matrix(imported.network.weight_hy, "W_out", 1, 5, false);
    check_matrix(imported.network.bias_y, "b_out", 1, 1, false);
    check_matrix(imported.network.h0, "h0", 5, 1, false);
    imported_release(&imported);
}

static void shapes_that_do_not_fit_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t rows;
        size_t columns;
        enum import_role role;
        const char *part;
    } CASES[] = {
        {"in", 4, 3, IMPORT_INPUT, "in is 4 x 3, expected units x inputs with 5 units"},
        {"in", 0, 0, IMPORT_INPUT, "in is scalar, expected units x inputs"},
        {"in", 4, 0, IMPORT_INPUT, "in is 4, expected units x inputs"},
        {"out", 2, 4, IMPORT_READOUT, "out is 2 x 4, expected outputs x units with 5 units"},
        {"bias", 4, 0, IMPORT_BIAS, "bias is 4, expected 5 values"},
        {"bias", 5, 5, IMPORT_BIAS, "bias is 5 x 5, expected 5 values"},
        {"bias", 5, 0, IMPORT_READOUT_BIAS, "bias is 5, expected 2 values"},
        {"state", 2, 5, IMPORT_INITIAL_STATE, "state is 2 x 5, expected 5 values"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct import_case test = {0};
        import_case_add_torch(&test);
        (void)import_case_add(&test, CASES[i].name, CASES[i].rows, CASES[i].columns);
        test.request.names.keys[CASES[i].role] = CASES[i].name;
        import_case_refused(&test, STATUS_INPUT, CASES[i].part);
    }
}

static void values_that_are_not_finite_are_refused_by_name(void **state)
{
    (void)state;
    static const double BAD[] = {NAN, INFINITY, -INFINITY};
    for (int array = 0; array < 6; array++) {
        struct import_case test = {0};
        import_case_add_torch(&test);
        test.values[test.weights[array].values - test.values + 1] = BAD[array % 3];
        import_case_refused(&test, STATUS_INPUT, test.weights[array].name);
        import_case_refused(&test, STATUS_INPUT, "at element 1, expected finite numbers");
    }
}

int test_import_weights(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(matrices_as_pytorch_has_them_are_copied),
        SCRATCH_TEST(a_square_matrix_beside_a_transposed_one_must_be_decided),
        SCRATCH_TEST(a_name_that_tells_decides),
        SCRATCH_TEST(a_name_that_told_wrongly_decides_nothing),
        SCRATCH_TEST(vectors_are_matrices_of_one_channel),
        SCRATCH_TEST(shapes_that_do_not_fit_are_refused_by_name),
        SCRATCH_TEST(values_that_are_not_finite_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
