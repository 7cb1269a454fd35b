/* Comparisons of two networks: what they must say of a network and itself under other names, and
 * against independent computations. */
#include "kernel/comparisons/comparison.h"

#include "core/array.h"
#include "kernel/comparisons/assignment.h"
#include "kernel/comparisons/dynamics.h"
#include "support/check.h"
#include "support/netgen.h"

#include <stdlib.h>

static struct error error;

/* ---- assignment ---- */

static double least_by_trying(const double *cost, int n, int row, unsigned taken)
{
    double least = row == n ? 0.0 : INFINITY;
    for (int j = 0; row < n && j < n; j++) {
        if ((taken >> j & 1) == 0) {
            least = fmin(least, cost[row_major(row, j, n)] +
                                    least_by_trying(cost, n, row + 1, taken | 1u << j));
        }
    }
    return least;
}

static void assignments_are_the_cheapest_of_all(void **state)
{
    (void)state;
    for (int n = 1; n <= 7; n++) {
        struct assignment *assignment = NULL;
        CHECK_OK(assignment_create(&assignment, n, &error));
        for (uint64_t draw = 0; draw < 20; draw++) {
            struct rng rng = rng_stream((struct rng_key){{7, draw}}, (uint64_t)n, 0);
            double cost[49];
            int column[7];
            for (int i = 0; i < n * n; i++) { /* with ties in every other draw */
                cost[i] = draw % 2 == 0 ? rng_normal(&rng) : (double)rng_below(&rng, 3) - 1.0;
            }
            assignment_solve(assignment, cost, column);
            double sum = 0.0;
            unsigned taken = 0;
            for (int i = 0; i < n; i++) {
                sum += cost[row_major(i, column[i], n)];
                taken |= 1u << column[i];
            }
            assert_int_equal(taken, (1u << n) - 1);
            CHECK_NEAR(sum, least_by_trying(cost, n, 0, 0), 1e-12);
        }
        assignment_destroy(&assignment);
    }
}

/* ---- weights ---- */

/* Unit i of the copy is sign[i] times unit order[i]; of gates the rows have no sign. */
static struct network copy_renamed(const struct network *from, const int *order, const double *sign)
{
    const struct network_shape shape = {from->cell, from->n_hidden, from->n_in, from->n_out};
    const struct cell_parts *const parts = cell_parts(from->cell.kind);
    struct network to;
    CHECK_OK(network_create(&to, &shape, &error));
    const int n = from->n_hidden;
    for (int gate = 0; gate < parts->n_gates; gate++) {
        for (int i = 0; i < n; i++) {
            const double row = gate == parts->matrix ? sign[i] : 1.0;
            const int own = gate * n + i;
            const int other = gate * n + order[i];
            for (int j = 0; j < n; j++) {
                network_gate(&to, gate)[row_major(i, j, n)] =
                    row * sign[j] * network_gate(from, gate)[row_major(order[i], order[j], n)];
            }
            for (int j = 0; j < from->n_in; j++) {
                to.weight_ih[row_major(own, j, from->n_in)] =
                    row * from->weight_ih[row_major(other, j, from->n_in)];
            }
            to.bias_h[own] = row * from->bias_h[other];
        }
    }
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < from->n_out; k++) {
            to.weight_hy[row_major(k, i, n)] = sign[i] * from->weight_hy[row_major(k, order[i], n)];
        }
        if (from->bias_hn != NULL) {
            to.bias_hn[i] = sign[i] * from->bias_hn[order[i]];
        }
        to.h0[i] = sign[i] * from->h0[order[i]];
        if (from->c0 != NULL) {
            to.c0[i] = sign[i] * from->c0[order[i]];
        }
    }
    memcpy(to.bias_y, from->bias_y, (size_t)from->n_out * sizeof *to.bias_y);
    return to;
}

enum { N = 17, N_IN = 2, N_OUT = 3 };

static struct network renamed(const struct network *from, bool has_signs)
{
    struct rng rng = rng_stream((struct rng_key){{3, 1}}, 0, 0);
    int order[N];
    double sign[N];
    for (int i = 0; i < N; i++) {
        order[i] = (7 * i + 3) % N;
        sign[i] = has_signs ? rng_sign(&rng) : 1.0;
    }
    return copy_renamed(from, order, sign);
}

static struct record *run(const char *name, const struct network_pair *pair)
{
    const struct comparison_ops *const ops = comparison_find(name);
    const struct sweep sweep = {.of_pairs = true};
    struct record *record = NULL;
    CHECK_OK(record_create(&record, ops->variables, &sweep, &error));
    CHECK_OK(ops->run(pair, record, &error));
    return record;
}

static void weights_under_other_names_have_distance_0(void **state)
{
    (void)state;
    static const struct {
        struct cell cell;
        bool has_signs;
    } cells[] = {{{CELL_RNN, ACTIVATION_TANH, LEAK_RATE, 1.0}, true},
                 {{CELL_RNN, ACTIVATION_RELU, LEAK_CURRENT, 0.3}, false},
                 {{CELL_GRU, ACTIVATION_TANH, LEAK_RATE, 1.0}, true},
                 {{CELL_LSTM, ACTIVATION_TANH, LEAK_RATE, 1.0}, true}};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        const struct network_shape shape = {cells[i].cell, N, N_IN, N_OUT};
        struct network first = netgen_network_of(5 + i, &shape);
        struct network second = renamed(&first, cells[i].has_signs);
        const struct network_pair pair = {.networks = {{.network = &first}, {.network = &second}},
                                          .key = {{1, 2}}};
        struct record *record = run("weight", &pair);
        CHECK_NEAR(*record_f64(record, "weight_distance"), 0.0, 1e-15);
        const double null = *record_f64(record, "weight_distance_null");
        if (!(null > 0.3 && null < 1.0)) { /* units that cannot change sign, here with many rows */
            fail_msg("null %g of cell %zu", null, i);
        }
        record_destroy(&record);
        network_release(&first);
        network_release(&second);
    }
}

/* A matrix of another network is as far as its null, and no sign is taken where none is allowed. */
static void units_of_relu_keep_their_signs(void **state)
{
    (void)state;
    const struct network_shape shape = {
        {CELL_RNN, ACTIVATION_RELU, LEAK_RATE, 1.0}, N, N_IN, N_OUT};
    struct network first = netgen_network_of(5, &shape);
    struct network second = renamed(&first, true);
    const struct network_pair pair = {.networks = {{.network = &first}, {.network = &second}},
                                      .key = {{1, 2}}};
    struct record *record = run("weight", &pair);
    assert_true(*record_f64(record, "weight_distance") > 0.3);
    record_destroy(&record);
    network_release(&first);
    network_release(&second);
}

/* ---- profile ---- */

static struct partition_distances row(double low, double rr, double cc)
{
    struct partition_distances made = {.alpha_low = low};
    for (int set = 0; set < ABLATION_SET_COUNT; set++) {
        made.distance[set] = NAN;
    }
    made.distance[1u << COUPLING_RR] = rr;
    made.distance[1u << COUPLING_CC] = cc;
    return made;
}

static void profiles_differ_by_the_integral_over_both_partitions(void **state)
{
    (void)state;
    const struct partition_distances a[] = {row(0.9, 0.1, 0.1), row(0.7, 1.0, 1e-5),
                                            row(0.0, 1.0, 1.0)};
    const struct partition_distances b[] = {row(0.8, 0.1, 1.0), row(0.0, 0.01, 0.0)};
    const struct network_pair pair = {
        .networks = {{.partitions = a, .n_partitions = 3}, {.partitions = b, .n_partitions = 2}}};
    struct record *record = run("profile", &pair);
    /* Squares of decades, RR and CC: (.9, 1] 0 1, (.8, .9] 1 9, (.7, .8] 4 0, (.5, .7] 4 9 */
    const double wide = (0.1 * 1 + 0.1 * 10 + 0.1 * 4 + 0.2 * 13) / 2 / 0.5;
    const double narrow = (0.1 * 1 + 0.05 * 10) / 2 / 0.15;
    CHECK_NEAR(record_f64(record, "profile_distance")[0], sqrt(wide), 1e-14);
    CHECK_NEAR(record_f64(record, "profile_distance")[1], sqrt(narrow), 1e-14);
    record_destroy(&record);
}

static void profiles_that_are_not_known_have_no_distance(void **state)
{
    (void)state;
    const struct partition_distances a[] = {row(0.9, 0.1, 0.1), row(0.0, NAN, 1e-5)};
    const struct partition_distances b[] = {row(0.0, 0.1, 0.1)};
    const struct network_pair none = {
        .networks = {{.partitions = a, .n_partitions = 0}, {.partitions = b, .n_partitions = 1}}};
    const struct network_pair gap = {
        .networks = {{.partitions = a, .n_partitions = 2}, {.partitions = b, .n_partitions = 1}}};
    const struct network_pair itself = {
        .networks = {{.partitions = b, .n_partitions = 1}, {.partitions = b, .n_partitions = 1}}};
    const struct network_pair *const pairs[] = {&none, &gap, &itself};
    for (int i = 0; i < 3; i++) {
        struct record *record = run("profile", pairs[i]);
        assert_int_equal(isnan(record_f64(record, "profile_distance")[0]), i < 2);
        record_destroy(&record);
    }
}

/* ---- dynamics ---- */

static void dynamics_under_other_names_are_the_same(void **state)
{
    (void)state;
    enum { SIZE = DYNAMICS_RANK * DYNAMICS_RANK };
    struct network first = netgen_network(11, N, N_IN, N_OUT);
    struct network second = renamed(&first, true);
    struct trials trials = netgen_trials(4, 30, 20, N_IN, N_OUT);
    double dynamics[2][SIZE];
    CHECK_OK(dynamics_find(&first, &trials, ISA_PORTABLE, dynamics[0], &error));
    CHECK_OK(dynamics_find(&second, &trials, ISA_PORTABLE, dynamics[1], &error));
    for (int i = 0; i < SIZE; i++) {
        CHECK_NEAR(dynamics[0][i], dynamics[1][i], 1e-10);
    }
    const struct network_pair pair = {
        .networks = {{.dynamics = dynamics[0]}, {.dynamics = dynamics[1]}}};
    struct record *record = run("dsa", &pair);
    CHECK_NEAR(*record_f64(record, "dsa_distance"), 0.0, 1e-9);
    CHECK_NEAR(*record_f64(record, "dsa_eigenvalue_distance"), 0.0, 1e-9);
    record_destroy(&record);
    network_release(&first);
    network_release(&second);
    trials_release(&trials);
}

/* Diagonal operators: rotations can only put their entries in another order. */
static void rotations_are_taken_out_and_nothing_else(void **state)
{
    (void)state;
    double a[DYNAMICS_RANK * DYNAMICS_RANK] = {0.0};
    double b[DYNAMICS_RANK * DYNAMICS_RANK] = {0.0};
    double expected = 0.0;
    for (int i = 0; i < DYNAMICS_RANK; i++) {
        a[row_major(i, i, DYNAMICS_RANK)] = 0.9 - 0.05 * i;
        b[row_major(i, i, DYNAMICS_RANK)] = 0.8 - 0.04 * (DYNAMICS_RANK - 1 - i);
        expected += pow(0.9 - 0.05 * i - (0.8 - 0.04 * i), 2);
    }
    const struct network_pair pair = {.networks = {{.dynamics = a}, {.dynamics = b}}};
    struct record *record = run("dsa", &pair);
    CHECK_NEAR(*record_f64(record, "dsa_eigenvalue_distance"), sqrt(expected / DYNAMICS_RANK),
               1e-12);
    CHECK_NEAR(*record_f64(record, "dsa_distance"), sqrt(expected), 1e-6);
    record_destroy(&record);
}

static void too_few_directions_have_no_dynamics(void **state)
{
    (void)state;
    struct network network = netgen_network(11, 2, N_IN, N_OUT);
    struct trials trials = netgen_trials(4, 30, 20, N_IN, N_OUT);
    double dynamics[DYNAMICS_RANK * DYNAMICS_RANK];
    CHECK_OK(dynamics_find(&network, &trials, ISA_PORTABLE, dynamics, &error));
    const struct network_pair pair = {.networks = {{.dynamics = dynamics}, {.dynamics = dynamics}}};
    struct record *record = run("dsa", &pair);
    assert_true(isnan(*record_f64(record, "dsa_distance")));
    record_destroy(&record);
    network_release(&network);
    trials_release(&trials);
}

int test_comparisons(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(assignments_are_the_cheapest_of_all),
        cmocka_unit_test(weights_under_other_names_have_distance_0),
        cmocka_unit_test(units_of_relu_keep_their_signs),
        cmocka_unit_test(profiles_differ_by_the_integral_over_both_partitions),
        cmocka_unit_test(profiles_that_are_not_known_have_no_distance),
        cmocka_unit_test(dynamics_under_other_names_are_the_same),
        cmocka_unit_test(rotations_are_taken_out_and_nothing_else),
        cmocka_unit_test(too_few_directions_have_no_dynamics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
