/* Names of Keras' numbered variables, and the layers of its configurations. */
#include "import/keras/config.h"
#include "import/keras/names.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>

static struct error error;

/* ---- names ---- */

static void add(struct import_table *table, const char *name, int rank, uint64_t first,
                uint64_t second)
{
    const uint64_t dims[] = {first, second};
    CHECK_OK(import_table_add(table, name, rank, dims, NULL, NULL, &error));
}

static void expect(const struct import_table *table, size_t index, const char *name, bool ignored)
{
    assert_string_equal(table->arrays[index].name, name);
    assert_int_equal(table->arrays[index].ignored, ignored);
}

static void layers_are_told_by_their_shapes(void **state)
{
    (void)state;
    struct import_table table = {.path = "file"};
    add(&table, "layers.dense.vars.0", 2, 8, 2);
    add(&table, "layers.dense.vars.1", 1, 2, 1);
    add(&table, "layers.embedding.vars.0", 2, 50, 3);
    add(&table, "layers.gru.cell.vars.0", 2, 3, 24);
    add(&table, "layers.gru.cell.vars.1", 2, 8, 24);
    add(&table, "layers.gru.cell.vars.2", 2, 2, 24);
    add(&table, "layers.norm.vars.0", 1, 8, 1);
    add(&table, "layers.norm.vars.1", 1, 8, 1);
    add(&table, "optimizer.vars.0", 2, 3, 8);
    add(&table, "rnn.vars.0", 2, 3, 8);
    add(&table, "rnn.vars.1", 2, 8, 8);
    add(&table, "vars.0", 2, 8, 2);
    CHECK_OK(keras_name_arrays(&table, &error));
    expect(&table, 0, "layers.dense.kernel", false);
    expect(&table, 1, "layers.dense.bias", false);
    expect(&table, 2, "layers.embedding.vars.0", false);
    expect(&table, 3, "layers.gru.cell.kernel", false);
    expect(&table, 4, "layers.gru.cell.recurrent_kernel", false);
    expect(&table, 5, "layers.gru.cell.bias", false);
    expect(&table, 6, "layers.norm.vars.0", false);
    expect(&table, 8, "optimizer.vars.0", true);
    expect(&table, 9, "rnn.kernel", false);
    expect(&table, 10, "rnn.recurrent_kernel", false);
    expect(&table, 11, "kernel", false);
    import_table_release(&table);
}

/* A name that would become too long, groups of ten, shapes that fit nothing, names like these. */
static void what_is_no_such_layer_keeps_its_name(void **state)
{
    (void)state;
    char name[IMPORT_NAME_LENGTH + 1];
    struct import_table table = {.path = "file"};
    memset(name, 'x', sizeof name - 1);
    memcpy(name + sizeof name - 8, ".vars.0", 8);
    add(&table, name, 2, 3, 8);
    name[sizeof name - 2] = '1';
    add(&table, name, 2, 8, 8);
    add(&table, "a.vars.0", 2, 3, 8);
    add(&table, "a.vars.1", 2, 0, 8);
    add(&table, "b.vars.0", 2, 3, 8);
    add(&table, "b.vars.1", 2, 5, 8);
    add(&table, "c.vars.0", 2, 3, 8);
    add(&table, "c.vars.1", 2, 8, 8);
    add(&table, "c.vars.2", 1, 8, 1);
    add(&table, "c.vars.3", 1, 8, 1);
    add(&table, "dvars.0", 2, 3, 8);
    add(&table, "e.vars.x", 2, 3, 8);
    add(&table, "e.vars.10", 2, 3, 8);
    CHECK_OK(keras_name_arrays(&table, &error));
    expect(&table, 1, name, false);
    expect(&table, 2, "a.vars.0", false);
    expect(&table, 4, "b.vars.0", false);
    expect(&table, 7, "c.vars.1", false);
    expect(&table, 10, "dvars.0", false);
    expect(&table, 11, "e.vars.x", false);
    expect(&table, 12, "e.vars.10", false);
    import_table_release(&table);
}

/* ---- configurations ---- */

/* The notes "key=class" that the text gives, between spaces. */
static void check_layers(const char *json, const char *expected)
{
    char found[1024] = "";
    struct import_table table = {.path = "file"};
    CHECK_OK(import_table_note(&table, KERAS_CONFIG, json, &error));
    CHECK_OK(keras_note_layers(&table, &error));
    for (size_t i = 1; i < table.n_notes; i++) {
        const size_t used = strlen(found);
        (void)snprintf(found + used, sizeof found - used, "%s%s=%s", i > 1 ? " " : "",
                       table.notes[i].key, table.notes[i].text);
    }
    assert_string_equal(found, expected);
    import_table_release(&table);
}

#define LAYER(class, rest) "{\"class_name\": \"" class "\", \"config\": {" rest "}}"
#define MODEL(layers)                                                                              \
    "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"s\", \"layers\": [" layers "]}}"

static void layers_are_listed_by_class(void **state)
{
    (void)state;
    check_layers(MODEL(LAYER("SimpleRNN", "\"name\": \"r\"") "," LAYER("Dense", "\"units\": 2")),
                 "model_config.r.class=SimpleRNN model_config.Dense.class=Dense");
    check_layers(
        "{\"class_name\": \"Sequential\", \"config\": [" LAYER("LSTM", "\"name\": \"l\"") "]}",
        "model_config.l.class=LSTM");
    check_layers(MODEL(MODEL(LAYER("Dense", "\"name\": \"d\""))), "model_config.d.class=Dense");
    check_layers(MODEL(LAYER("TimeDistributed",
                             "\"name\": \"t\", \"layer\": " LAYER("Dense", "\"name\": \"d\""))),
                 "model_config.t.class=TimeDistributed model_config.d.class=Dense");
}

static void gated_layers_say_how_they_differ(void **state)
{
    (void)state;
    check_layers(MODEL(LAYER("GRU", "\"name\": \"g\", \"reset_after\": true, "
                                    "\"recurrent_activation\": \"sigmoid\"")),
                 "model_config.g.class=GRU");
    check_layers(MODEL(LAYER("GRU", "\"name\": \"g\"")),
                 "model_config.g.class=GRU with reset_after False");
    check_layers(MODEL(LAYER("LSTM", "\"name\": \"l\", "
                                     "\"recurrent_activation\": \"hard_sigmoid\"")),
                 "model_config.l.class=LSTM with recurrent_activation hard_sigmoid");
    check_layers(MODEL(LAYER("LSTM", "\"name\": \"l\", \"recurrent_activation\": "
                                     "{\"class_name\": \"function\", \"config\": \"sigmoid\"}")),
                 "model_config.l.class=LSTM");
    check_layers(MODEL(LAYER("LSTM", "\"name\": \"l\", \"recurrent_activation\": null")),
                 "model_config.l.class=LSTM with recurrent_activation of its own");
    check_layers(MODEL(LAYER("RNN", "\"name\": \"r\", \"cell\": " LAYER("SimpleRNNCell", ""))),
                 "model_config.r.class=SimpleRNN");
    check_layers(MODEL(LAYER("RNN", "\"name\": \"r\", \"cell\": [1, 2]")),
                 "model_config.r.class=RNN of several cells");
    check_layers(MODEL(LAYER("RNN", "\"name\": \"r\", \"cell\": " LAYER("GRUCell", ""))),
                 "model_config.r.class=GRU with reset_after False");
}

/* Deeper than any model: what is within 16 levels counts. */
static void what_is_no_configuration_says_nothing(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"",
                                        "{",
                                        "[]",
                                        "3",
                                        "{\"class_name\": 3}",
                                        "{\"config\": {\"layers\": [1]}}",
                                        "null",
                                        "\"x\"",
                                        "{\"class_name\": \"Mine\", \"config\": {\"units\": 4}}",
                                        MODEL("1, null, [], {}")};
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        check_layers(TEXTS[i], "");
    }
    char *const deep = calloc(300, 80);
    assert_non_null(deep);
    for (int i = 0; i < 200; i++) {
        (void)strcat(deep, "{\"class_name\": \"M\", \"config\": {\"layers\": [");
    }
    for (int i = 0; i < 200; i++) {
        (void)strcat(deep, "]}}");
    }
    check_layers(deep, "");
    free(deep);
}

int test_keras_names(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_are_told_by_their_shapes),
        cmocka_unit_test(what_is_no_such_layer_keeps_its_name),
        cmocka_unit_test(layers_are_listed_by_class),
        cmocka_unit_test(gated_layers_say_how_they_differ),
        cmocka_unit_test(what_is_no_configuration_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
