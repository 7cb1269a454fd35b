#include "core/cells/cell_list.h"

const struct cell_parts CELL_PARTS_RNN = {
    .name = "rnn",
    .n_gates = 1,
    .gates = {"hh"},
    .n_rows = 1,
    .rows = {{.gate = 0, .of_inputs = true, .of_units = true}},
    .n_work = 1,
    .has_activation = true,
};
