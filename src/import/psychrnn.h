/* Files of PsychRNN's RNN.save: they hold connectivity masks and Dale signs beside the weights,
 * which have both applied already; their initial state is the one before the nonlinearity. */
#ifndef SCHURSWEEP_IMPORT_PSYCHRNN_H
#define SCHURSWEEP_IMPORT_PSYCHRNN_H

#include "import/table.h"

/* True when the file has a square W_rec and PsychRNN's mask for it. */
bool psychrnn_is_one(const struct import_table *table);

/* Refuses weights where the masks have zeros or the signs do not fit: those were changed after the
 * save. Marks the masks as used. STATUS_INPUT. */
MUST_CHECK enum status psychrnn_check(const struct import_table *table, struct error *error);

#endif
