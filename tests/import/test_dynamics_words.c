#include "import/dynamics_words.h"

#include "import/words.h"
#include "support/check.h"

#include <stdio.h>

static void a_name_is_split_into_words(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *words; /* each followed by a space */
    } CASES[] = {{"rnn.hiddenActivation_fn", "hidden activation fn "},
                 {"a/b/dt_over_tau", "dt over tau "},
                 {"cell.kernel:0", "kernel "},
                 {"tau-m x", "tau m x "},
                 {"RNNAlpha", "rnnalpha "},
                 {"__a__", "a "},
                 {"a.", ""},
                 {"", ""},
                 {"a_b_c_d_e_f_g_h_i_j_k_l_m_n", "a b c d e f g h i j k l "}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const struct words words = words_of_name(CASES[i].name);
        char text[512] = "";
        for (int k = 0; k < words.count; k++) {
            const size_t used = strlen(text);
            (void)snprintf(text + used, sizeof text - used, "%s ", words.word[k]);
        }
        assert_string_equal(text, CASES[i].words);
    }
    char longest[300];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(strlen(words_of_name(longest).word[0]), WORD_SIZE - 1);
}

static void a_key_is_about_what_its_words_say(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum dynamics_key key;
    } CASES[] = {{"alpha", DYNAMICS_LEAK},
                 {"rnn.Leak", DYNAMICS_LEAK},
                 {"dt", DYNAMICS_STEP},
                 {"tau", DYNAMICS_TIME},
                 {"leak_form", DYNAMICS_LEAK_FORM},
                 {"alpha_rec", DYNAMICS_LIKE_LEAK},
                 {"leakRate", DYNAMICS_LIKE_LEAK},
                 {"dt_over_tau", DYNAMICS_LIKE_LEAK},
                 {"tauMembrane", DYNAMICS_LIKE_TIME},
                 {"hp/time_constant_ms", DYNAMICS_LIKE_TIME},
                 {"oneMinusAlpha", DYNAMICS_LIKE_TIME},
                 {"decay", DYNAMICS_LIKE_TIME},
                 {"alpha2", DYNAMICS_LIKE_LEAK},
                 {"tau1_ms", DYNAMICS_LIKE_TIME},
                 {"activation_slope", DYNAMICS_SLOPE},
                 {"activation_args.slope", DYNAMICS_SLOPE},
                 {"act/shift", DYNAMICS_SLOPE},
                 {"relu_slope", DYNAMICS_NOTHING},
                 {"activation_args.name", DYNAMICS_NONLINEARITY},
                 {"activation.registered_name", DYNAMICS_NOTHING},
                 {"weight_decay", DYNAMICS_NOTHING},
                 {"lr_decay", DYNAMICS_NOTHING},
                 {"dropout_alpha", DYNAMICS_NOTHING},
                 {"alphabet", DYNAMICS_NOTHING},
                 {"timesteps", DYNAMICS_NOTHING},
                 {"transfer_function", DYNAMICS_NONLINEARITY},
                 {"rnn.act", DYNAMICS_NONLINEARITY},
                 {"action", DYNAMICS_NOTHING},
                 {"activity_regularizer", DYNAMICS_NOTHING},
                 {"recurrent_activation", DYNAMICS_GATE_NONLINEARITY},
                 {"output_activation", DYNAMICS_READOUT_NONLINEARITY},
                 {"Dense.activation", DYNAMICS_READOUT_NONLINEARITY},
                 {"go_backwards", DYNAMICS_BACKWARDS}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        if (dynamics_key(CASES[i].name) != CASES[i].key) {
            fail_msg("%s is %d", CASES[i].name, (int)dynamics_key(CASES[i].name));
        }
    }
}

static void a_name_of_an_activation_is_read_whole(void **state)
{
    (void)state;
    enum activation found = ACTIVATION_TANH;
    for (int i = 0; i < ACTIVATION_COUNT; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "torch.nn.functional.%s",
                       activation_name((enum activation)i));
        assert_int_equal(activation_word(text, &found), ACTIVATION_OURS);
        assert_int_equal(found, i);
        (void)snprintf(text, sizeof text, "%s2", activation_name((enum activation)i));
        assert_int_not_equal(activation_word(text, &found), ACTIVATION_OURS);
        (void)snprintf(text, sizeof text, "my %s", activation_name((enum activation)i));
        assert_int_equal(activation_word(text, &found), ACTIVATION_NO_WORD);
        (void)snprintf(text, sizeof text, "-%s*2", activation_name((enum activation)i));
        assert_int_equal(activation_word(text, &found), ACTIVATION_NO_WORD);
    }
    assert_int_equal(activation_word("nn.LeakyReLU()", &found), ACTIVATION_FOREIGN);
    assert_int_equal(activation_word("<function gelu at 0x7f12ab>", &found), ACTIVATION_FOREIGN);
    assert_int_equal(activation_word("", &found), ACTIVATION_NO_WORD);
    assert_int_equal(activation_word("torch.nn", &found), ACTIVATION_NO_WORD);
    assert_int_equal(activation_word("hard tanh", &found), ACTIVATION_NO_WORD);
}

static void a_number_is_read_whole(void **state)
{
    (void)state;
    double value = 0.0;
    assert_true(number_word(" 2e-1 ", &value));
    CHECK_SAME(value, 0.2);
    assert_true(number_word("1 / 4", &value));
    CHECK_SAME(value, 0.25);
    static const char *const WRONG[] = {"",       "x",   "0.2x", "1/",  "1/x",  "1/2/3",
                                        "dt/tau", "0,2", "nan",  "0/0", "1/nan"};
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        assert_false(number_word(WRONG[i], &value));
    }
}

int test_dynamics_words(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_split_into_words),
        cmocka_unit_test(a_key_is_about_what_its_words_say),
        cmocka_unit_test(a_name_of_an_activation_is_read_whole),
        cmocka_unit_test(a_number_is_read_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
