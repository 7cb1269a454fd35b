#include "core/network.h"

#include "support/check.h"

#include <limits.h>

enum { N_HIDDEN = 5, N_IN = 2, N_OUT = 3, ARRAYS = 6 };

static struct error error;

struct view {
    const char *name;
    double *values;
    int size;
};

static void list_arrays(struct network *network, struct view views[ARRAYS])
{
    const int n = network->n_hidden;
    const struct view list[ARRAYS] = {
        {"weight_hh", network->weight_hh, n * n},
        {"weight_ih", network->weight_ih, n * network->n_in},
        {"weight_hy", network->weight_hy, n * network->n_out},
        {"bias_h", network->bias_h, n},
        {"bias_y", network->bias_y, network->n_out},
        {"h0", network->h0, n},
    };
    memcpy(views, list, sizeof list);
}

static struct network new_network(int n_hidden, int n_in, int n_out)
{
    struct network network;
    CHECK_OK(network_create(&network, &(struct network_shape){CELL_DEFAULT, n_hidden, n_in, n_out},
                            &error));
    return network;
}

static uint64_t hash_of(const struct network *network)
{
    uint64_t hash = 0;
    CHECK_OK(network_hash(network, &hash, &error));
    return hash;
}

static void a_new_network_has_its_sizes_and_only_zeros(void **state)
{
    (void)state;
    struct network network = new_network(N_HIDDEN, N_IN, N_OUT);
    struct view views[ARRAYS];
    list_arrays(&network, views);
    assert_int_equal(network.n_hidden, N_HIDDEN);
    assert_int_equal(network.n_in, N_IN);
    assert_int_equal(network.n_out, N_OUT);
    for (int a = 0; a < ARRAYS; a++) {
        for (int i = 0; i < views[a].size; i++) {
            CHECK_SAME(views[a].values[i], 0.0);
            views[a].values[i] = 1.0; /* ASan watches the ends */
        }
    }
    network_release(&network);
}

static void releasing_leaves_nothing_and_can_be_repeated(void **state)
{
    (void)state;
    struct network network = new_network(N_HIDDEN, N_IN, N_OUT);
    network_release(&network);
    assert_null(network.weight_hh);
    assert_null(network.h0);
    network_release(&network);
}

static void a_network_too_large_for_memory_is_refused(void **state)
{
    (void)state;
    struct network network;
    CHECK_FAILS(
        network_create(&network, &(struct network_shape){CELL_DEFAULT, INT_MAX, 1, 1}, &error),
        STATUS_INTERNAL, "out of memory");
    assert_null(network.weight_hh);
    assert_null(network.bias_h);
}

static void a_finite_network_has_no_nonfinite_value(void **state)
{
    (void)state;
    struct network network = new_network(N_HIDDEN, N_IN, N_OUT);
    network.weight_hh[7] = 1.7e308;
    network.bias_y[0] = 5e-324;
    int64_t index = -7;
    assert_null(network_nonfinite(&network, &index));
    network_release(&network);
}

static void a_nan_or_inf_is_found_in_every_array_at_its_place(void **state)
{
    (void)state;
    static const double BAD[] = {NAN, INFINITY, -INFINITY};
    struct network network = new_network(N_HIDDEN, N_IN, N_OUT);
    struct view views[ARRAYS];
    list_arrays(&network, views);
    for (int a = 0; a < ARRAYS; a++) {
        for (int i = 0; i < views[a].size; i++) {
            views[a].values[i] = BAD[i % 3];
            int64_t index = -1;
            const char *const name = network_nonfinite(&network, &index);
            assert_non_null(name);
            assert_string_equal(name, views[a].name);
            assert_int_equal(index, i);
            views[a].values[i] = 0.0;
        }
    }
    network_release(&network);
}

static void the_first_of_several_is_named(void **state)
{
    (void)state;
    struct network network = new_network(N_HIDDEN, N_IN, N_OUT);
    network.h0[0] = NAN;
    network.weight_ih[3] = NAN;
    network.weight_ih[9] = NAN;
    int64_t index = -1;
    assert_string_equal(network_nonfinite(&network, &index), "weight_ih");
    assert_int_equal(index, 3);
    network_release(&network);
}

static void equal_networks_have_equal_hashes(void **state)
{
    (void)state;
    struct network a = new_network(N_HIDDEN, N_IN, N_OUT);
    struct network b = new_network(N_HIDDEN, N_IN, N_OUT);
    a.weight_hy[4] = b.weight_hy[4] = 0.25;
    assert_true(hash_of(&a) == hash_of(&b));
    network_release(&a);
    network_release(&b);
}

static void every_value_is_part_of_the_hash(void **state)
{
    (void)state;
    struct network network = new_network(N_HIDDEN, N_IN, N_OUT);
    struct view views[ARRAYS];
    list_arrays(&network, views);
    uint64_t seen[128] = {hash_of(&network)};
    int count = 1;
    for (int a = 0; a < ARRAYS; a++) {
        for (int i = 0; i < views[a].size; i++) {
            views[a].values[i] = 1.0;
            const uint64_t hash = hash_of(&network);
            for (int k = 0; k < count; k++) {
                assert_true(hash != seen[k]);
            }
            seen[count++] = hash;
            views[a].values[i] = 0.0;
        }
    }
    network_release(&network);
}

static void signs_of_units_count_only_where_they_are_given(void **state)
{
    (void)state;
    struct network network = new_network(N_HIDDEN, N_IN, N_OUT);
    const uint64_t without = hash_of(&network);
    CHECK_OK(network_add_dale_sign(&network, &error));
    const uint64_t with_zeros = hash_of(&network);
    network.dale_sign[2] = -1.0;
    assert_true(without != with_zeros && with_zeros != hash_of(&network));
    network_release(&network);
}

static void rows_give_the_hash_of_the_whole(void **state)
{
    (void)state;
    enum { N = 37 };
    struct network whole = new_network(N, N_IN, N_OUT);
    struct network rest;
    struct hasher *hasher = NULL;
    CHECK_OK(network_create_rest(&rest, &(struct network_shape){CELL_DEFAULT, N, N_IN, N_OUT}, 0,
                                 &error));
    assert_null(rest.weight_hh);
    for (int k = 0; k < N * N; k++) {
        whole.weight_hh[k] = sin(1.3 * k);
    }
    whole.bias_h[N - 1] = rest.bias_h[N - 1] = -0.5;
    CHECK_OK(network_hash_begin(&rest, &hasher, &error));
    for (int first = 0; first < N * N; first += 5 * N) {
        const int left = N * N - first;
        hasher_doubles(hasher, whole.weight_hh + first, (size_t)(left < 5 * N ? left : 5 * N));
    }
    const uint64_t hash = network_hash_end(&rest, &hasher);
    assert_null(hasher);
    assert_true(hash == hash_of(&whole));
    whole.weight_hh[N * N - 1] += 1.0;
    assert_true(hash != hash_of(&whole));
    network_release(&rest);
    network_release(&whole);
}

/* All are zero and have 24 + 6 numbers in the same order. */
static void the_sizes_are_part_of_the_hash(void **state)
{
    (void)state;
    struct network a = new_network(2, 3, 5);
    struct network b = new_network(2, 5, 3);
    struct network c = new_network(2, 4, 4);
    assert_true(hash_of(&a) != hash_of(&b));
    assert_true(hash_of(&a) != hash_of(&c));
    assert_true(hash_of(&b) != hash_of(&c));
    network_release(&a);
    network_release(&b);
    network_release(&c);
}

int test_network(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_network_has_its_sizes_and_only_zeros),
        cmocka_unit_test(releasing_leaves_nothing_and_can_be_repeated),
        cmocka_unit_test(a_network_too_large_for_memory_is_refused),
        cmocka_unit_test(a_finite_network_has_no_nonfinite_value),
        cmocka_unit_test(a_nan_or_inf_is_found_in_every_array_at_its_place),
        cmocka_unit_test(the_first_of_several_is_named),
        cmocka_unit_test(equal_networks_have_equal_hashes),
        cmocka_unit_test(every_value_is_part_of_the_hash),
        cmocka_unit_test(signs_of_units_count_only_where_they_are_given),
        cmocka_unit_test(rows_give_the_hash_of_the_whole),
        cmocka_unit_test(the_sizes_are_part_of_the_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
