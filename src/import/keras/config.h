/* The layers that a model of Keras says it has. */
#pragma once

#include "import/table.h"

/* What Keras calls its configuration in HDF5, and what that of an archive is called here. */
#define KERAS_CONFIG "model_config"

/* Adds a note "model_config.<layer>.class" for every layer of the note "model_config", in their
 * order, those of nested models and the layers in wrappers too. An RNN has the class of its cell.
 * A gated one that differs from PyTorch's says by what: "GRU with reset_after False". Nothing
 * is added without such a note, or where it is no JSON. What these texts say of the training is
 * taken out of them. Local. */
MUST_CHECK enum status keras_note_layers(struct import_table *table, struct error *error);
