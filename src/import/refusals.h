/* What a file says that this model is not: refused by name, before any number is taken. */
#ifndef SCHURSWEEP_IMPORT_REFUSALS_H
#define SCHURSWEEP_IMPORT_REFUSALS_H

#include "import/keys.h"

/* What is known of the dynamics after the checks. */
struct import_dynamics {
    bool nonlinearity_is_stated; /* by the file, as tanh */
    bool leak_is_stated;         /* by the file, as none */
    bool is_psychrnn;            /* weights with masks, initial state before the tanh */
};

/* The recurrent matrix alone: further layers, a second direction, gates, a matrix that is not
 * square. STATUS_INPUT. */
MUST_CHECK enum status import_check_cell(const struct import_table *table,
                                         const struct import_parts *parts, struct error *error);

/* Entries about leak and nonlinearity. With `assume_tanh`, what the file cannot say is taken as
 * tanh without leak; what it does say counts all the same. STATUS_INPUT. */
MUST_CHECK enum status import_check_dynamics(const struct import_table *table, bool assume_tanh,
                                             struct import_dynamics *dynamics, struct error *error);

/* A matrix on top of the read-out that was not named by the user. STATUS_INPUT. */
MUST_CHECK enum status import_check_readout(const struct import_table *table,
                                            const struct import_parts *parts, struct error *error);

#endif
