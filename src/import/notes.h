/* What stands inside the texts of a file: configurations as JSON (Keras' model_config), as Python
 * prints dictionaries and namespaces, as YAML, or as options of a command line. */
#pragma once

#include "import/table.h"

/* Adds notes "<key of the text>.<name>" for what a text says of the dynamics, and for no more. A
 * layer of Keras stands in the name by its class: "model_config.SimpleRNN.activation". STATUS_INPUT
 * for more entries than a table takes. Local. */
MUST_CHECK enum status import_notes_expand(struct import_table *table, struct error *error);
