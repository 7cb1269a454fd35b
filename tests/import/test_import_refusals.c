#include "import/checks/check.h"

#include "support/check.h"
#include "support/import_case.h"
#include "support/scratch.h"

#include <stdio.h>

/* ---- jobs --------------------------------------------------------------------------------------
 */

static void gates_of_unknown_order_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t rows;
        size_t columns;
        const char *part;
    } CASES[] = {
        {"h2h.weight", 20, 5, "h2h.weight is 20 x 5, 4 gates, whose kind and order its name does"},
        {"W_rec", 15, 5,
         "W_rec is 15 x 5, 3 gates, whose kind and order its name does not tell: say "
         "--cell gru"},
        {"weight_hh_l0", 10, 5, "weight_hh_l0 is 10 x 5, expected a square matrix of 1 to"},
        {"weight_hh_l0", 25, 5, "weight_hh_l0 is 25 x 5, expected a square matrix of 1 to"},
        {"W_rec", 5, 4, "W_rec is 5 x 4, expected a square matrix of 1 to"},
        {"W_rec", 5, 0, "W_rec is 5, expected a square matrix"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct import_case test = {0};
        (void)import_case_add(&test, CASES[i].name, CASES[i].rows, CASES[i].columns);
        import_case_refused(&test, STATUS_INPUT, CASES[i].part);
    }
}

static void layers_and_directions_are_refused_by_name(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"rnn.weight_hh_l1", "rnn.weight_hh_l0_reverse"};
    static const char *const PARTS[] = {"a network of several layers (rnn.weight_hh_l1)",
                                        "a bidirectional network (rnn.weight_hh_l0_reverse)"};
    for (int i = 0; i < 2; i++) {
        struct import_case test = {0};
        import_case_add_torch(&test);
        (void)import_case_add(&test, NAMES[i], 5, 5);
        import_case_refused(&test, STATUS_INPUT, PARTS[i]);
        test.request.names.ignored = NAMES[i];
        import_case_says(&test, "W_hh from rnn.weight_hh_l0");
    }
}

static void a_readout_of_several_layers_is_refused(void **state)
{
    (void)state;
    struct import_case test = {0};
    (void)import_case_add(&test, "rnn.weight_ih_l0", 5, 3);
    (void)import_case_add(&test, "rnn.weight_hh_l0", 5, 5);
    (void)import_case_add(&test, "head.0.weight", 4, 5);
    (void)import_case_add(&test, "head.2.weight", 2, 4);
    import_case_refused(&test, STATUS_INPUT,
                        "head.2.weight (2 x 4) may follow head.0.weight (4 x 5), and a read-out of "
                        "several layers is not this model: --readout head.0.weight");
    test.request.names.keys[IMPORT_READOUT] = "head.0.weight";
    import_case_says(&test, "readout head.0.weight");
}

static void a_layer_before_the_network_is_refused(void **state)
{
    (void)state;
    struct import_case test = {0};
    import_case_add_torch(&test);
    (void)import_case_add(&test, "encoder.weight", 3, 9);
    import_case_refused(&test, STATUS_INPUT,
                        "encoder.weight (3 x 9) is not used and has an axis of the inputs or");
    test.request.names.keys[IMPORT_INPUT] = "rnn.weight_ih_l0";
    import_case_says(&test, "W_ih from rnn.weight_ih_l0");
}

/* ---- dynamics -----------------------------------------------------------------------------------
 */

static void check_number(const char *first, double first_value, const char *second,
                         double second_value, const char *refusal)
{
    struct import_case test = {0};
    import_case_add_torch(&test);
    import_case_add(&test, first, 0, 0)[0] = first_value;
    if (second != NULL) {
        import_case_add(&test, second, 1, 0)[0] = second_value;
    }
    if (refusal != NULL) {
        import_case_refused(&test, STATUS_INPUT, refusal);
    } else {
        import_case_says(&test, "W_hh from rnn.weight_hh_l0");
    }
}

static void a_leak_is_refused(void **state)
{
    (void)state;
    check_number("alpha", 0.2, NULL, 0, "alpha gives a leak of 0.2, expected 1");
    check_number("rnn.alpha", 0.5, NULL, 0, "rnn.alpha gives a leak of 0.5");
    check_number("leak", 0.0, NULL, 0, "leak gives a leak of 0");
    check_number("alpha", 1.0, NULL, 0, NULL);
    check_number("dt", 10.0, "tau", 100.0, "tau gives a leak of 0.1");
    check_number("dt", 10.0, "tau", 10.0, NULL);
    check_number("tau", 100.0, NULL, 0, "tau gives a leak of 0.01");
    check_number("dt", 0.5, NULL, 0, "dt gives a leak of 0.5");
    check_number("dt", 1.0, NULL, 0, NULL);
    check_number("dt", 0.1, "alpha", (double)0.1F / (double)0.1F, "dt gives a leak of 0.1");
    check_number("dt", (double)0.1F, "tau", 0.1, NULL); /* one was stored as float32 */
    check_number("dt", 1.0, "tau", 0.0, "tau gives a leak of inf");
}

static void a_time_constant_per_unit_is_checked_whole(void **state)
{
    (void)state;
    struct import_case test = {0};
    import_case_add_torch(&test);
    double *const tau = import_case_add(&test, "tau", 5, 0);
    import_case_add(&test, "dt", 0, 0)[0] = 10.0;
    for (int i = 0; i < 5; i++) {
        tau[i] = 10.0;
    }
    import_case_says(&test, "W_hh from rnn.weight_hh_l0");
    tau[3] = 20.0;
    import_case_refused(&test, STATUS_INPUT, "tau gives leaks of 0.5 to 1, expected the same for");
    import_case_assume_tanh(&test, true); /* what the file says counts all the same */
    import_case_refused(&test, STATUS_INPUT, "tau gives leaks of 0.5 to 1, expected the same for");
    test.request.names.ignored = "tau,dt";
    import_case_says(&test, "taken as tanh without leak");
}

static void check_metadata(const char *metadata, const char *refusal, const char *description)
{
    struct import_case test = {.metadata = metadata};
    import_case_add_torch(&test);
    if (refusal != NULL) {
        import_case_refused(&test, STATUS_INPUT, refusal);
    } else {
        import_case_says(&test, description);
    }
}

static void what_metadata_say_counts(void **state)
{
    (void)state;
    check_metadata("{\"nonlinearity\": \"relu\"}", NULL, "; taken as relu without leak");
    check_metadata("{\"nonlinearity\": \"RNN_RELU\", \"alpha\": \"1\"}", NULL,
                   "; relu without leak");
    check_metadata("{\"nonlinearity\": \"<function softplus at 0x7f>\"}", NULL,
                   "; taken as softplus without leak");
    check_metadata("{\"nonlinearity\": \"linear\"}", NULL, "; taken as identity without leak");
    check_metadata("{\"nonlinearity\": \"leaky_relu\"}", "is 'leaky_relu', expected tanh, relu",
                   NULL);
    check_metadata("{\"nonlinearity\": \"relu6\"}", "is 'relu6', expected tanh, relu", NULL);
    check_metadata("{\"nonlinearity\": \"tanh(relu(x))\"}", "is 'tanh(relu(x))', expected", NULL);
    check_metadata("{\"nonlinearity\": \"relu\", \"activation\": \"tanh\"}",
                   ", another entry says ", NULL);
    check_metadata("{\"model.activation\": \"Hardtanh()\"}", "is 'Hardtanh()', expected tanh",
                   NULL);
    check_metadata("{\"transfer_function\": \"hard_sigmoid\"}", "is 'hard_sigmoid'", NULL);
    check_metadata("{\"alpha\": \"0.25\"}", "alpha gives a leak of 0.25", NULL);
    check_metadata("{\"alpha\": \"nan\"}", "alpha is 'nan', expected a number", NULL);
    check_metadata("{\"dt\": \"1\", \"tau\": \"5\"}", "tau gives a leak of 0.2", NULL);
    check_metadata("{\"nonlinearity\": \"torch.tanh\"}", NULL, "; taken as tanh without leak");
    check_metadata("{\"nonlinearity\": \"tanh\", \"alpha\": \"1.0\"}", NULL, "; tanh without leak");
    check_metadata("{\"format\": \"pt\", \"alpha\": \"by hand\"}",
                   "alpha is 'by hand', expected a number", NULL);
}

static void what_the_user_tells_and_the_file_says_must_agree(void **state)
{
    (void)state;
    struct import_case test = {.metadata = "{\"activation\": \"relu\", \"alpha\": \"0.25\"}"};
    import_case_add_torch(&test);
    import_case_refused(&test, STATUS_INPUT,
                        "alpha gives a leak of 0.25, expected 1: if it is the a of (1 - a) x + a "
                        "..., say so with --leak 0.25 and --leak-form rate or current");
    test.request.tells_leak = true;
    test.request.cell = (struct cell){.leak_form = LEAK_CURRENT, .leak = 0.25};
    import_case_says(&test, "; relu with a leak of 0.25, current form");
    test.request.cell.leak = 0.5;
    import_case_refused(&test, STATUS_INPUT, "a leak of 0.25, the command line says 0.5");
    test.request.cell.leak = 0.25;
    test.request.tells_activation = true;
    test.request.cell.activation = ACTIVATION_SIGMOID;
    import_case_refused(&test, STATUS_INPUT, "activation is 'relu', the command line says sigmoid");
}

static void metadata_can_be_ignored(void **state)
{
    (void)state;
    struct import_case test = {.metadata = "{\"alpha\": \"0.25\"}"};
    import_case_add_torch(&test);
    test.request.names.ignored = "alpha";
    import_case_says(&test, "taken as tanh without leak");
}

static void a_slope_of_the_activation_is_refused(void **state)
{
    (void)state;
    struct import_case test = {0};
    import_case_add_torch(&test);
    test.metadata = "{\"activation_args.slope\": \"1.0\", \"activation_args.shift\": \"0\"}";
    import_case_says(&test, "taken as tanh without leak");
    test.metadata = "{\"activation_slope\": \"2\"}";
    import_case_refused(&test, STATUS_INPUT, "activation_slope is 2, expected 1: activations here");
    test.metadata = "{\"activation_args.shift\": \"0.4\"}";
    import_case_refused(&test, STATUS_INPUT, "activation_args.shift is 0.4, expected 0");
    test.metadata = "{\"activation_slope\": \"steep\"}";
    import_case_refused(&test, STATUS_INPUT, "activation_slope is nan, expected 1");
    struct import_case array = {0};
    import_case_add_torch(&array);
    import_case_add(&array, "activation_slope", 2, 0)[0] = 1.0;
    import_case_refused(&array, STATUS_INPUT, "activation_slope is");
}

static void a_nonlinearity_that_is_no_text_is_refused(void **state)
{
    (void)state;
    struct import_case test = {0};
    import_case_add_torch(&test);
    (void)import_case_add(&test, "activation", 5, 0);
    import_case_refused(&test, STATUS_INPUT,
                        "activation cannot be read (it is no text): if the network is tanh without "
                        "leak, say so with --assume-tanh");
    import_case_assume_tanh(&test, true);
    import_case_says(&test, "taken as tanh without leak");
}

/* ---- PsychRNN -----------------------------------------------------------------------------------
 */

static void fill_with(double *values, size_t count, double value)
{
    for (size_t i = 0; i < count; i++) {
        values[i] = value;
    }
}

/* As PsychRNN's save writes it, without masks in effect. Returns W_rec. */
static double *add_psychrnn(struct import_case *test)
{
    import_case_add_numpy(test);
    (void)import_case_add(test, "b_rec", 5, 0);
    (void)import_case_add(test, "b_out", 2, 0);
    (void)import_case_add(test, "init_state", 1, 5);
    fill_with(import_case_add(test, "rec_connectivity", 5, 5), 25, 1.0);
    fill_with(import_case_add(test, "input_connectivity", 5, 3), 15, 1.0);
    fill_with(import_case_add(test, "output_connectivity", 2, 5), 10, 1.0);
    import_case_assume_tanh(test, true);
    return test->values;
}

static void psychrnn_is_taken_at_its_word_only(void **state)
{
    (void)state;
    struct import_case test = {0};
    (void)add_psychrnn(&test);
    import_case_says(&test, "W_hh from W_rec, W_ih from W_in, b_h = b_rec, readout W_out + b_out; "
                            "h_0 = tanh(init_state); taken as tanh without leak; PsychRNN: its "
                            "weights have masks and Dale signs applied");
    import_case_assume_tanh(&test, false);
    import_case_refused(&test, STATUS_INPUT,
                        "a PsychRNN file, which says neither nonlinearity nor "
                        "leak");
    test.metadata = "{\"transfer_function\": \"tanh\"}";
    import_case_refused(&test, STATUS_INPUT, "a PsychRNN file");
    test.metadata = "{\"transfer_function\": \"tanh\", \"dt\": \"10\", \"tau\": \"10\"}";
    import_case_says(&test, "; tanh without leak; PsychRNN");
}

static void the_initial_state_of_psychrnn_goes_through_tanh(void **state)
{
    (void)state;
    struct error error;
    struct imported imported;
    struct import_case test = {0};
    (void)add_psychrnn(&test);
    CHECK_OK(import_case_run(&test, &imported, &error));
    for (size_t i = 0; i < 5; i++) {
        CHECK_SAME(imported.network.h0[i], tanh(import_case_value("init_state", i)));
    }
    imported_release(&imported);
}

static void masks_that_are_not_applied_are_refused(void **state)
{
    (void)state;
    struct import_case test = {0};
    double *const weights = add_psychrnn(&test);
    for (size_t i = 0; i < test.count; i++) {
        if (strcmp(test.weights[i].name, "rec_connectivity") == 0) {
            test.values[test.weights[i].values - test.values + 7] = 0.0;
        }
    }
    import_case_refused(&test, STATUS_INPUT,
                        "at element 7 where rec_connectivity is 0, expected "
                        "masked weights");
    weights[7] = 0.0;
    import_case_says(&test, "W_hh from W_rec");
    (void)import_case_add(&test, "Dale_rec", 4, 4);
    (void)import_case_add(&test, "dale_ratio", 0, 0);
    import_case_refused(&test, STATUS_INPUT,
                        "Dale_rec is 4 x 4, expected 5 signs or a diagonal matrix of them");
}

static void signs_against_dales_law_are_refused(void **state)
{
    (void)state;
    struct import_case test = {0};
    double *const weights = add_psychrnn(&test);
    double *const signs = import_case_add(&test, "Dale_rec", 5, 5);
    fill_with(signs, 25, 0.0);
    for (size_t i = 0; i < 25; i++) {
        const size_t from = i % 5;
        weights[i] = from < 3 ? fabs(weights[i]) : -fabs(weights[i]);
        signs[from * 5 + from] = from < 3 ? 1.0 : -1.0;
    }
    (void)import_case_add(&test, "dale_ratio", 0, 0);
    import_case_says(&test, "W_hh from W_rec");
    weights[13] = 0.25;
    import_case_refused(&test, STATUS_INPUT,
                        "the weight from unit 3 to unit 2 is 0.25, against the sign of unit 3 in "
                        "Dale_rec, expected signed weights");
    test.request.names.keys[IMPORT_DALE_SIGN] = "none";
    import_case_says(&test, "W_hh from W_rec");
}

/* Of every form that signs have, and of none that they do not. */
static void signs_are_taken_or_refused(void **state)
{
    (void)state;
    static const double SIGNS[] = {1.0, -1.0, 1.0, 1.0, -1.0};
    for (int is_matrix = 0; is_matrix < 2; is_matrix++) {
        struct import_case test = {0};
        struct imported imported;
        struct error error;
        import_case_add_numpy(&test);
        import_case_assume_tanh(&test, true);
        for (size_t i = 0; i < 25; i++) {
            test.values[i] = SIGNS[i % 5] * fabs(test.values[i]);
        }
        double *const signs = import_case_add(&test, "mine", 5, is_matrix ? 5 : 0);
        fill_with(signs, is_matrix ? 25 : 5, 0.0);
        for (size_t i = 0; i < 5; i++) {
            signs[is_matrix ? 6 * i : i] = SIGNS[i];
        }
        import_case_refused(&test, STATUS_INPUT, "is not used and has ");
        test.request.names.keys[IMPORT_DALE_SIGN] = "mine";
        CHECK_OK(import_case_run(&test, &imported, &error));
        assert_memory_equal(imported.network.dale_sign, SIGNS, sizeof SIGNS);
        imported_release(&imported);
        test.request.square = ORIENTATION_FROM_TO;
        import_case_refused(&test, STATUS_INPUT, "against the sign of unit ");
        test.request.square = ORIENTATION_TO_FROM;
        signs[0] = 0.5;
        import_case_refused(&test, STATUS_INPUT, "mine is 0.5 at element 0, expected 1 or -1");
        signs[0] = 1.0;
        signs[1] = is_matrix ? 1.0 : 0.0;
        import_case_refused(&test, STATUS_INPUT,
                            is_matrix ? "mine is 1 at element 1, expected 0 beside the diagonal"
                                      : "mine is 0 at element 1, expected 1 or -1");
    }
}

static void signs_of_a_gated_cell_are_refused(void **state)
{
    (void)state;
    struct import_case test = {0};
    test.request.tells_kind = true;
    test.request.cell.kind = CELL_LSTM;
    (void)import_case_add(&test, "W_rec", 20, 5);
    (void)import_case_add(&test, "W_in", 20, 3);
    (void)import_case_add(&test, "W_out", 2, 5);
    (void)import_case_add(&test, "dale", 0, 0); /* a setting */
    import_case_says(&test, "lstm with gates");
    fill_with(import_case_add(&test, "dale_sign", 5, 0), 5, 1.0);
    import_case_refused(&test, STATUS_INPUT,
                        "dale_sign has signs of Dale's law, found beside a lstm, expected an rnn");
}

int test_import_refusals(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(gates_of_unknown_order_are_refused),
        SCRATCH_TEST(layers_and_directions_are_refused_by_name),
        SCRATCH_TEST(a_readout_of_several_layers_is_refused),
        SCRATCH_TEST(a_layer_before_the_network_is_refused),
        SCRATCH_TEST(a_leak_is_refused),
        SCRATCH_TEST(a_time_constant_per_unit_is_checked_whole),
        SCRATCH_TEST(what_metadata_say_counts),
        SCRATCH_TEST(what_the_user_tells_and_the_file_says_must_agree),
        SCRATCH_TEST(metadata_can_be_ignored),
        SCRATCH_TEST(a_slope_of_the_activation_is_refused),
        SCRATCH_TEST(a_nonlinearity_that_is_no_text_is_refused),
        SCRATCH_TEST(psychrnn_is_taken_at_its_word_only),
        SCRATCH_TEST(the_initial_state_of_psychrnn_goes_through_tanh),
        SCRATCH_TEST(masks_that_are_not_applied_are_refused),
        SCRATCH_TEST(signs_against_dales_law_are_refused),
        SCRATCH_TEST(signs_are_taken_or_refused),
        SCRATCH_TEST(signs_of_a_gated_cell_are_refused),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
