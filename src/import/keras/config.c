#include "import/keras/config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 16, CLASS_SIZE = 160, KEY_SIZE = 512 };

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* The name of a function: Keras writes one of its own as a text, or as an object. */
static const char *function_name(const json_t *value)
{
    return json_is_string(value) ? json_string_value(value) : text_of(value, "config");
}

/* ---- classes ---- */

/* "SimpleRNNCell" to "SimpleRNN"; the cells of an RNN may be several. */
static void class_of_cell(const json_t *cell, char class[CLASS_SIZE])
{
    static const char CELL[] = "Cell";
    const char *const name = text_of(cell, "class_name");
    (void)snprintf(class, CLASS_SIZE, "%s", name != NULL ? name : "RNN of several cells");
    const size_t length = strlen(class);
    if (length > strlen(CELL) && strcmp(class + length - strlen(CELL), CELL) == 0) {
        class[length - strlen(CELL)] = '\0';
    }
}

/* What makes a gated layer another cell than that of its name: the gates' function, and in a GRU
 * whether it resets the state before the product, which it did when it did not say. */
static void add_difference(const json_t *config, char class[CLASS_SIZE])
{
    const bool is_gru = strcmp(class, "GRU") == 0;
    const json_t *const gates = json_object_get(config, "recurrent_activation");
    const char *const name = function_name(gates);
    const size_t used = strlen(class);
    if (!is_gru && strcmp(class, "LSTM") != 0) {
        return;
    }
    if (gates != NULL && (name == NULL || strcmp(name, "sigmoid") != 0)) {
        (void)snprintf(class + used, CLASS_SIZE - used, " with recurrent_activation %.40s",
                       name != NULL ? name : "of its own");
    } else if (is_gru && !json_is_true(json_object_get(config, "reset_after"))) {
        (void)snprintf(class + used, CLASS_SIZE - used, " with reset_after False");
    }
}

/* ---- layers ---- */

static enum status note_layer(struct import_table *table, const json_t *layer, int depth,
                              struct error *error);

static enum status note_all(struct import_table *table, const json_t *layers, int depth,
                            struct error *error)
{
    for (size_t i = 0; i < json_array_size(layers); i++) {
        TRY(note_layer(table, json_array_get(layers, i), depth, error));
    }
    return STATUS_OK;
}

/* A layer has a name in its configuration, or beside it. */
static enum status note_class(struct import_table *table, const json_t *layer, const char *class,
                              struct error *error)
{
    char key[KEY_SIZE];
    const json_t *const config = json_object_get(layer, "config");
    const char *name = text_of(config, "name");
    name = name != NULL ? name : text_of(layer, "name");
    (void)snprintf(key, sizeof key, KERAS_CONFIG ".%.255s.class", name != NULL ? name : class);
    return import_table_note(table, key, class, error);
}

static enum status note_layer(struct import_table *table, const json_t *layer, int depth,
                              struct error *error)
{
    char class[CLASS_SIZE] = "";
    const json_t *const config = json_object_get(layer, "config");
    const json_t *const cell = json_object_get(config, "cell");
    const json_t *const inner = json_object_get(config, "layer");
    const json_t *const layers = /* Sequential was once a list without a name */
        json_is_array(config) ? config : json_object_get(config, "layers");
    if (text_of(layer, "class_name") == NULL || depth > MAX_DEPTH) {
        return STATUS_OK;
    }
    if (layers != NULL) {
        return note_all(table, layers, depth + 1, error);
    }
    if (cell != NULL) {
        class_of_cell(cell, class);
        add_difference(json_object_get(cell, "config"), class);
    } else {
        (void)snprintf(class, sizeof class, "%.80s", text_of(layer, "class_name"));
        add_difference(config, class);
    }
    if (depth == 0) { /* a model of a class of one's own says nothing of its layers */
        return STATUS_OK;
    }
    TRY(note_class(table, layer, class, error));
    return inner != NULL ? note_layer(table, inner, depth + 1, error) : STATUS_OK;
}

/* ---- texts ---- */

/* How the model was compiled is about its training: decays in it are no leaks. */
static void forget_training(struct import_note *note, json_t *root)
{
    if (json_object_del(root, "compile_config") == 0) {
        char *const text = json_dumps(root, JSON_COMPACT);
        if (text != NULL) {
            free(note->text);
            note->text = text;
        }
    }
}

enum status keras_note_layers(struct import_table *table, struct error *error)
{
    json_t *root = NULL;
    for (size_t i = 0; i < table->n_notes; i++) {
        struct import_note *const note = &table->notes[i];
        if (strcmp(note->key, "training_config") == 0) {
            note->text[0] = '\0';
        } else if (root == NULL && strcmp(note->key, KERAS_CONFIG) == 0) {
            root = json_loads(note->text, 0, NULL);
            forget_training(note, root);
        }
    }
    const enum status status = root != NULL ? note_layer(table, root, 0, error) : STATUS_OK;
    json_decref(root);
    return status;
}
