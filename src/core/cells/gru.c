#include "core/cells/cell_list.h"

enum { RESET, UPDATE, CANDIDATE };

/* The two sums of the candidate meet only after the reset gate has multiplied one of them. */
const struct cell_parts CELL_PARTS_GRU = {
    .name = "gru",
    .n_gates = 3,
    .gates = {[RESET] = "r", [UPDATE] = "z", [CANDIDATE] = "n"},
    .matrix = CANDIDATE,
    .n_rows = 4,
    .rows = {{.gate = CANDIDATE, .of_inputs = true},
             {.gate = RESET, .of_inputs = true, .of_units = true},
             {.gate = UPDATE, .of_inputs = true, .of_units = true},
             {.gate = CANDIDATE, .of_units = true}},
    .n_work = 4,
    .has_bias_hn = true,
};
