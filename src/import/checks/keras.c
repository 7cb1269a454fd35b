/* Layers of Keras beside a recurrent one and the Dense that reads it: their arrays can look like
 * those of this model, and the network is another one. */
#include "import/checks/check.h"

#include "core/text.h"
#include "import/keras/config.h"

#include <string.h>

enum layer_kind {
    LAYER_PASSIVE, /* changes nothing when a network is run */
    LAYER_RECURRENT,
    LAYER_DENSE,
    LAYER_OTHER
};

static const struct {
    const char *class;
    enum layer_kind kind;
} LAYERS[] = {
    {"InputLayer", LAYER_PASSIVE},
    {"TimeDistributed", LAYER_PASSIVE}, /* what it wraps comes next */
    {"Dropout", LAYER_PASSIVE},
    {"SpatialDropout1D", LAYER_PASSIVE},
    {"AlphaDropout", LAYER_PASSIVE},
    {"GaussianDropout", LAYER_PASSIVE},
    {"GaussianNoise", LAYER_PASSIVE},
    {"ActivityRegularization", LAYER_PASSIVE},
    {"SimpleRNN", LAYER_RECURRENT},
    {"GRU", LAYER_RECURRENT},
    {"LSTM", LAYER_RECURRENT},
    {"CuDNNGRU", LAYER_RECURRENT},
    {"CuDNNLSTM", LAYER_RECURRENT},
    {"Dense", LAYER_DENSE},
};

static enum layer_kind kind_of(const char *class)
{
    for (size_t i = 0; i < sizeof LAYERS / sizeof LAYERS[0]; i++) {
        if (strcmp(class, LAYERS[i].class) == 0) {
            return LAYERS[i].kind;
        }
    }
    return LAYER_OTHER;
}

static bool is_layer(const struct import_note *note)
{
    return !note->ignored && text_begins(note->key, KERAS_CONFIG ".") &&
           text_ends(note->key, ".class");
}

static enum status check(const struct import_table *table, const struct import_parts *parts,
                         struct import_findings *findings, struct error *error)
{
    int count[LAYER_OTHER + 1] = {0};
    (void)parts;
    (void)findings;
    for (size_t i = 0; i < table->n_notes; i++) {
        const struct import_note *const note = &table->notes[i];
        if (!is_layer(note)) {
            continue;
        }
        const enum layer_kind kind = kind_of(note->text);
        const bool is_late = kind == LAYER_RECURRENT && count[LAYER_DENSE] > 0;
        if (kind == LAYER_OTHER || is_late || (count[kind]++ > 0 && kind != LAYER_PASSIVE)) {
            return error_set(error, STATUS_INPUT,
                             "%s: %s is %s%s, expected one SimpleRNN, GRU or LSTM and one Dense "
                             "after it (--ignore %s if it is no part of the network)",
                             table->path, note->key, note->text,
                             kind == LAYER_OTHER ? ""
                             : is_late           ? " after a Dense"
                                                 : ", the second such layer",
                             note->key);
        }
    }
    return STATUS_OK;
}

const struct import_check IMPORT_CHECK_KERAS = {
    .name = "other layers of Keras", .stage = STAGE_NAMES, .run = check};
