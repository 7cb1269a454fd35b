#include "core/cells/cell_list.h"

enum { INPUT, FORGET, CANDIDATE, OUTPUT };

/* The sigmoids stand together in its rows, and are computed together. */
const struct cell_parts CELL_PARTS_LSTM = {
    .name = "lstm",
    .n_gates = 4,
    .gates = {[INPUT] = "i", [FORGET] = "f", [CANDIDATE] = "g", [OUTPUT] = "o"},
    .matrix = CANDIDATE,
    .n_rows = 4,
    .rows = {{.gate = INPUT, .of_inputs = true, .of_units = true},
             {.gate = FORGET, .of_inputs = true, .of_units = true},
             {.gate = OUTPUT, .of_inputs = true, .of_units = true},
             {.gate = CANDIDATE, .of_inputs = true, .of_units = true}},
    .n_work = 5,
    .has_c0 = true,
};
