#include "kernel/training/bptt.h"

#include "support/check.h"
#include "support/netgen.h"
#include "support/training_case.h"

#include <float.h>
#include <stdlib.h>

enum { N = 7, RNN_ARRAYS = 3, ARRAYS = 7 };

static struct error error;

/* Of plain networks biases stay 0, as netgen's do not. */
static bool has_bias(const struct network *network)
{
    return network->cell.kind != CELL_RNN;
}

/* The array of a network that is trained, and its size, 0 of what it lacks. */
static double *trained_array(const struct network *network, int array, int *count)
{
    const int gates = cell_parts(network->cell.kind)->n_gates;
    const int n = network->n_hidden;
    const bool biased = has_bias(network);
    double *const arrays[ARRAYS] = {network->weight_hh, network->weight_ih, network->weight_hy,
                                    network->others_hh, network->bias_h,    network->bias_y,
                                    network->bias_hn};
    const int sizes[ARRAYS] = {n * n,
                               gates * n * network->n_in,
                               network->n_out * n,
                               (gates - 1) * n * n,
                               biased ? gates * n : 0,
                               biased ? network->n_out : 0,
                               network->bias_hn != NULL ? n : 0};
    *count = sizes[array];
    return arrays[array];
}

struct gradient {
    struct network network; /* d loss / d weight */
    double loss;
};

static struct gradient gradient_in(struct bptt *bptt, const struct network *network,
                                   const struct trials *batch)
{
    struct gradient gradient;
    CHECK_OK(network_create(
        &gradient.network,
        &(struct network_shape){network->cell, network->n_hidden, network->n_in, network->n_out},
        &error));
    training_case_load(bptt, batch);
    bptt_gradient(bptt, network, &gradient.network, &gradient.loss);
    return gradient;
}

static struct bptt *new_bptt(const struct network *network, bool single)
{
    struct bptt *bptt = NULL;
    CHECK_OK(bptt_create(&bptt, network, has_bias(network),
                         single ? PRECISION_FLOAT32 : PRECISION_FLOAT64, isa_best(), &error));
    return bptt;
}

/* In a workspace of its own. */
static struct gradient fresh_gradient(const struct network *network, const struct trials *batch,
                                      bool single)
{
    struct bptt *bptt = new_bptt(network, single);
    const struct gradient gradient = gradient_in(bptt, network, batch);
    bptt_destroy(&bptt);
    assert_null(bptt);
    return gradient;
}

static double largest(const double *values, int count)
{
    double found = 0.0;
    for (int i = 0; i < count; i++) {
        found = fmax(found, fabs(values[i]));
    }
    return found;
}

static double largest_entry(const struct network *gradient)
{
    double found = 0.0;
    for (int array = 0; array < ARRAYS; array++) {
        int count = 0;
        const double *const values = trained_array(gradient, array, &count);
        found = fmax(found, largest(values, count));
    }
    return found;
}

static void check_same(const struct gradient *a, const struct gradient *b)
{
    CHECK_SAME(a->loss, b->loss);
    for (int array = 0; array < ARRAYS; array++) {
        int count = 0;
        const double *const x = trained_array(&a->network, array, &count);
        const double *const y = trained_array(&b->network, array, &count);
        for (int i = 0; i < count; i++) {
            CHECK_SAME(x[i], y[i]);
        }
    }
}

/* ---- against the definition ---------------------------------------------------------------------
 */

static long double loss_at(const struct network *network, const struct trials *batch,
                           double *weight, double value)
{
    const double kept = *weight;
    *weight = value;
    const long double loss = training_case_loss(network, batch);
    *weight = kept;
    return loss;
}

/* Of five points: truncation is of the fourth order in the step, and rounding that of long double.
 */
static double difference_quotient(const struct network *network, const struct trials *batch,
                                  double *weight)
{
    const double step = 0x1p-17;
    const double value = *weight;
    const long double near = loss_at(network, batch, weight, value + step) -
                             loss_at(network, batch, weight, value - step);
    const long double far = loss_at(network, batch, weight, value + 2.0 * step) -
                            loss_at(network, batch, weight, value - 2.0 * step);
    return (double)((8.0L * near - far) / (12.0L * step));
}

/* Every entry of every gradient; restores the network. */
static void check_gradient(struct network *network, const struct trials *batch)
{
    struct gradient gradient = fresh_gradient(network, batch, false);
    const double tolerance = 1e-12 * largest_entry(&gradient.network);
    assert_true(tolerance > 0.0);
    for (int array = 0; array < ARRAYS; array++) {
        int count = 0;
        double *const weights = trained_array(network, array, &count);
        const double *const found = trained_array(&gradient.network, array, &count);
        for (int i = 0; i < count; i++) {
            CHECK_NEAR(found[i], difference_quotient(network, batch, &weights[i]), tolerance);
        }
    }
    network_release(&gradient.network);
}

static struct network network_for(const struct trials *batch, int n_hidden)
{
    return netgen_network(5, n_hidden, batch->n_in, batch->n_out);
}

static void the_gradient_is_that_of_the_loss_of_every_cell(void **state)
{
    (void)state;
    static const double LEAKS[] = {1.0, 0.3};
    const struct task_setting setting = training_case_task("sine");
    struct trials batch = task_setting_trials(&setting, 0, 5);
    struct network network = network_for(&batch, N);
    for (int i = 0; i < (int)ACTIVATION_COUNT * LEAK_FORM_COUNT * 2; i++) {
        network.cell =
            (struct cell){.activation = (enum activation)(i % ACTIVATION_COUNT),
                          .leak_form = (enum leak_form)(i / ACTIVATION_COUNT % LEAK_FORM_COUNT),
                          .leak = LEAKS[i / ACTIVATION_COUNT / LEAK_FORM_COUNT]};
        check_gradient(&network, &batch);
        struct gradient exact = fresh_gradient(&network, &batch, false);
        struct gradient single = fresh_gradient(&network, &batch, true);
        CHECK_NEAR(single.loss, exact.loss, 1e-5 * exact.loss);
        network_release(&exact.network);
        network_release(&single.network);
    }
    network_release(&network);
    trials_release(&batch);
}

static void the_gradient_is_that_of_the_loss_of_gated_cells(void **state)
{
    (void)state;
    for (int kind = CELL_RNN + 1; kind < CELL_KIND_COUNT; kind++) {
        struct network_shape shape = {CELL_DEFAULT, N, 2, 3};
        struct trials batch = netgen_trials(7, 6, 5, shape.n_in, shape.n_out);
        shape.cell.kind = (enum cell_kind)kind;
        struct network network = netgen_network_of(3, &shape);
        check_gradient(&network, &batch);
        struct gradient exact = fresh_gradient(&network, &batch, false);
        struct gradient single = fresh_gradient(&network, &batch, true);
        CHECK_NEAR(single.loss, exact.loss, 1e-5 * exact.loss);
        network_release(&exact.network);
        network_release(&single.network);
        network_release(&network);
        trials_release(&batch);
    }
}

static void the_gradient_is_that_of_the_loss_on_every_task(void **state)
{
    (void)state;
    for (int i = 0; TASKS[i] != NULL; i++) {
        const struct task_setting setting = training_case_task(TASKS[i]->name);
        struct trials batch = task_setting_trials(&setting, 0, 5);
        struct network network = network_for(&batch, N);
        check_gradient(&network, &batch);
        network_release(&network);
        trials_release(&batch);
    }
}

static void the_gradient_is_right_for_any_mask_and_shape(void **state)
{
    (void)state;
    static const int SHAPES[][5] = {/* hidden, in, out, steps, trials */
                                    {1, 1, 1, 1, 1}, {1, 2, 3, 4, 2}, {2, 1, 1, 9, 1},
                                    {3, 5, 2, 2, 7}, {9, 1, 4, 6, 3}, {17, 3, 3, 3, 4}};
    for (size_t i = 0; i < sizeof SHAPES / sizeof SHAPES[0]; i++) {
        const int *const shape = SHAPES[i];
        struct trials batch = netgen_trials(i, shape[3], shape[4], shape[1], shape[2]);
        struct network network = network_for(&batch, shape[0]);
        check_gradient(&network, &batch);
        network_release(&network);
        trials_release(&batch);
    }
}

static void the_loss_is_the_mean_over_counted_places_and_outputs(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct trials batch = netgen_trials(seed, 1 + (int)seed % 6, 1 + (int)seed % 5, 3, 2);
        struct network network = network_for(&batch, N);
        struct gradient gradient = fresh_gradient(&network, &batch, false);
        const double expected = (double)training_case_loss(&network, &batch);
        CHECK_NEAR(gradient.loss, expected, 1e-13 * expected);
        network_release(&gradient.network);
        network_release(&network);
        trials_release(&batch);
    }
}

/* One unit: y = v tanh(u x) and its derivatives by hand; the second step answers without input. */
static void one_unit_is_as_by_hand(void **state)
{
    (void)state;
    const double u = 0.5;
    const double v = -1.25;
    const double w = 0.75;
    struct network network = netgen_network(1, 1, 1, 1);
    struct trials batch = netgen_trials(1, 2, 1, 1, 1);
    network.weight_ih[0] = u;
    network.weight_hy[0] = v;
    network.weight_hh[0] = w;
    batch.mask[0] = 0;
    batch.mask[1] = 1;
    batch.inputs[0] = 2.0;
    batch.inputs[1] = 0.0;
    batch.targets[1] = 0.25;
    struct gradient gradient = fresh_gradient(&network, &batch, false);
    const double h1 = tanh(2.0 * u);
    const double h2 = tanh(w * h1);
    const double slope = 2.0 * (v * h2 - 0.25);
    const double back = slope * v * (1.0 - h2 * h2);
    CHECK_NEAR(gradient.loss, (v * h2 - 0.25) * (v * h2 - 0.25), 1e-15);
    CHECK_NEAR(gradient.network.weight_hy[0], slope * h2, 1e-15);
    CHECK_NEAR(gradient.network.weight_hh[0], back * h1, 1e-15);
    CHECK_NEAR(gradient.network.weight_ih[0], back * w * (1.0 - h1 * h1) * 2.0, 1e-15);
    network_release(&gradient.network);
    network_release(&network);
    trials_release(&batch);
}

static void what_is_masked_out_has_no_influence(void **state)
{
    (void)state;
    struct trials batch = netgen_trials(3, 6, 4, 2, 3);
    struct network network = network_for(&batch, N);
    struct gradient before = fresh_gradient(&network, &batch, false);
    for (int i = 0; i < 6 * 4 * 3; i++) {
        if (batch.mask[i / 3] == 0) {
            batch.targets[i] = NAN;
        }
    }
    struct gradient after = fresh_gradient(&network, &batch, false);
    check_same(&before, &after);
    network_release(&before.network);
    network_release(&after.network);
    network_release(&network);
    trials_release(&batch);
}

static void a_weight_that_is_no_number_shows_in_the_loss(void **state)
{
    (void)state;
    for (int i = 0; i < 2 * RNN_ARRAYS; i++) {
        int count = 0;
        struct trials batch = netgen_trials(3, 6, 4, 2, 3);
        struct network network = network_for(&batch, N);
        trained_array(&network, i / 2, &count)[0] = i % 2 == 0 ? NAN : INFINITY;
        struct gradient gradient = fresh_gradient(&network, &batch, true);
        /* Inf on the way in is a saturated unit; on the way out nothing bounds it. */
        assert_true(!isfinite(gradient.loss) || i == 1 || i == 3);
        network_release(&gradient.network);
        network_release(&network);
        trials_release(&batch);
    }
}

/* ---- workspaces ---------------------------------------------------------------------------------
 */

static void batches_of_any_size_share_a_workspace(void **state)
{
    (void)state;
    static const int SIZES[][2] = {/* steps, trials */
                                   {3, 2},   {9, 8}, {4, 3},   {9, 8}, {12, 2},  {2, 16}, {9, 8},
                                   {12, 16}, {3, 2}, {12, 16}, {5, 9}, {13, 15}, {1, 1},  {12, 15}};
    for (int single = 0; single < 2; single++) {
        struct network network = netgen_network(2, N, 2, 3);
        struct bptt *bptt = new_bptt(&network, single == 1);
        for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
            struct trials batch = netgen_trials(i, SIZES[i][0], SIZES[i][1], 2, 3);
            struct gradient shared = gradient_in(bptt, &network, &batch);
            struct gradient fresh = fresh_gradient(&network, &batch, single == 1);
            check_same(&shared, &fresh);
            network_release(&shared.network);
            network_release(&fresh.network);
            trials_release(&batch);
        }
        bptt_destroy(&bptt);
        network_release(&network);
    }
}

static void network_and_batch_stay_as_they_are(void **state)
{
    (void)state;
    uint64_t hashes[4];
    struct trials batch = netgen_trials(3, 6, 4, 2, 3);
    struct network network = network_for(&batch, N);
    CHECK_OK(network_hash(&network, &hashes[0], &error));
    CHECK_OK(trials_hash(&batch, &hashes[1], &error));
    struct gradient gradient = fresh_gradient(&network, &batch, true);
    CHECK_OK(network_hash(&network, &hashes[2], &error));
    CHECK_OK(trials_hash(&batch, &hashes[3], &error));
    assert_true(hashes[0] == hashes[2] && hashes[1] == hashes[3]);
    CHECK_SAME(largest(gradient.network.bias_h, N), 0.0);
    CHECK_SAME(largest(gradient.network.bias_y, 3), 0.0);
    CHECK_SAME(largest(gradient.network.h0, N), 0.0);
    network_release(&gradient.network);
    network_release(&network);
    trials_release(&batch);
}

/* ---- precision ----------------------------------------------------------------------------------
 */

static void check_single(const struct network *network, const struct trials *batch)
{
    struct gradient wide = fresh_gradient(network, batch, false);
    struct gradient narrow = fresh_gradient(network, batch, true);
    CHECK_NEAR(narrow.loss, wide.loss, 1e-5 * wide.loss);
    double squares = 0.0;
    double wanted = 0.0;
    for (int array = 0; array < RNN_ARRAYS; array++) {
        int count = 0;
        const double *const expected = trained_array(&wide.network, array, &count);
        const double *const found = trained_array(&narrow.network, array, &count);
        for (int i = 0; i < count; i++) {
            squares += (found[i] - expected[i]) * (found[i] - expected[i]);
            wanted += expected[i] * expected[i];
        }
    }
    assert_true(squares > 0.0); /* it is float32 indeed */
    CHECK_NEAR(sqrt(squares), 0.0, 2e-6 * sqrt(wanted));
    network_release(&wide.network);
    network_release(&narrow.network);
}

static void float32_agrees_with_float64_on_every_task(void **state)
{
    (void)state;
    for (int i = 0; TASKS[i] != NULL; i++) {
        const struct task_setting setting = task_setting_defaults(TASKS[i]->name);
        struct trials batch = task_setting_trials(&setting, 0, 16);
        struct network network = network_for(&batch, 24);
        check_single(&network, &batch);
        network_release(&network);
        trials_release(&batch);
    }
}

static struct gradient gradient_on(enum isa path, const struct network *network,
                                   const struct trials *batch, enum precision precision)
{
    struct bptt *bptt = NULL;
    CHECK_OK(bptt_create(&bptt, network, has_bias(network), precision, path, &error));
    const struct gradient gradient = gradient_in(bptt, network, batch);
    bptt_destroy(&bptt);
    return gradient;
}

static void check_same_on_both(const struct network *network, const struct trials *batch)
{
    for (int p = 0; p < 2; p++) {
        struct gradient a = gradient_on(ISA_AVX2, network, batch, (enum precision)p);
        struct gradient b = gradient_on(ISA_AVX512, network, batch, (enum precision)p);
        check_same(&a, &b);
        network_release(&a.network);
        network_release(&b.network);
    }
}

static void avx2_and_avx512_give_the_same_bits(void **state)
{
    (void)state;
    if (!isa_available(ISA_AVX512)) {
        skip();
    }
    for (int i = 0; TASKS[i] != NULL; i++) {
        const struct task_setting setting = task_setting_defaults(TASKS[i]->name);
        struct trials batch = task_setting_trials(&setting, 0, 16);
        struct network network = network_for(&batch, 23 + i);
        check_same_on_both(&network, &batch);
        network_release(&network);
        trials_release(&batch);
    }
}

/* Several groups, the last one not full, and several blocks of time. */
static void so_they_do_for_every_cell(void **state)
{
    (void)state;
    if (!isa_available(ISA_AVX512)) {
        skip();
    }
    struct network_shape shape = {CELL_DEFAULT, 37, 3, 5};
    struct trials batch = netgen_trials(11, 75, 83, shape.n_in, shape.n_out);
    for (int i = 0; i < (int)ACTIVATION_COUNT * LEAK_FORM_COUNT + CELL_KIND_COUNT - 1; i++) {
        const int kind = i - (int)ACTIVATION_COUNT * LEAK_FORM_COUNT + 1;
        shape.cell = CELL_DEFAULT;
        if (kind > 0) {
            shape.cell.kind = (enum cell_kind)kind;
        } else {
            shape.cell = (struct cell){.activation = (enum activation)(i % ACTIVATION_COUNT),
                                       .leak_form = (enum leak_form)(i / ACTIVATION_COUNT),
                                       .leak = 0.4};
        }
        struct network network = netgen_network_of(3, &shape);
        check_same_on_both(&network, &batch);
        network_release(&network);
    }
    trials_release(&batch);
}

/* dL/dW_ih = 2 (y - y*) W_hy x, 1e-20 times 1e-20: a normal number in float64, none in float32. */
static void denormals_are_zero_and_come_back_afterwards(void **state)
{
    (void)state;
#if !defined(__x86_64__)
    skip();
#endif
    volatile double smallest = DBL_MIN;
    struct network network = netgen_network(1, 1, 1, 1);
    struct trials batch = netgen_trials(1, 1, 1, 1, 1);
    network.weight_hy[0] = 1e-20;
    batch.inputs[0] = 1e-20;
    batch.targets[0] = 1.0;
    batch.mask[0] = 1;
    struct gradient wide = fresh_gradient(&network, &batch, false);
    struct gradient narrow = fresh_gradient(&network, &batch, true);
    CHECK_NEAR(wide.network.weight_ih[0], -2e-40, 1e-45);
    CHECK_SAME(fabs(narrow.network.weight_ih[0]), 0.0);
    assert_true(0.5 * smallest > 0.0);
    network_release(&wide.network);
    network_release(&narrow.network);
    network_release(&network);
    trials_release(&batch);
}

static void destroying_nothing_is_allowed(void **state)
{
    (void)state;
    struct bptt *bptt = NULL;
    bptt_destroy(&bptt);
    assert_null(bptt);
}

int test_bptt(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gradient_is_that_of_the_loss_of_every_cell),
        cmocka_unit_test(the_gradient_is_that_of_the_loss_of_gated_cells),
        cmocka_unit_test(the_gradient_is_that_of_the_loss_on_every_task),
        cmocka_unit_test(the_gradient_is_right_for_any_mask_and_shape),
        cmocka_unit_test(the_loss_is_the_mean_over_counted_places_and_outputs),
        cmocka_unit_test(one_unit_is_as_by_hand),
        cmocka_unit_test(what_is_masked_out_has_no_influence),
        cmocka_unit_test(a_weight_that_is_no_number_shows_in_the_loss),
        cmocka_unit_test(batches_of_any_size_share_a_workspace),
        cmocka_unit_test(network_and_batch_stay_as_they_are),
        cmocka_unit_test(float32_agrees_with_float64_on_every_task),
        cmocka_unit_test(avx2_and_avx512_give_the_same_bits),
        cmocka_unit_test(so_they_do_for_every_cell),
        cmocka_unit_test(denormals_are_zero_and_come_back_afterwards),
        cmocka_unit_test(destroying_nothing_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
