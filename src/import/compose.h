/* Networks whose matrices are not in the file as such, but follow from what is. Those of the file
 * that are used up are marked; the matrices stand in the table under the usual names. */
#pragma once

#include "import/checks/check.h"

/* Factors m and n of a low rank, and scales si and so of wi and wo (Dubreuil et al. 2022): adds
 * W_rec = m n' / N, W_in and W_out; of a full rank, with a wrec of its own, the latter two. Nothing
 * is done for who names a matrix. Sets findings->orientation, is_of_factors and remark. A bias b
 * that is not 0 stands inside of the recurrence alone, which is another cell: STATUS_INPUT unless
 * `names` say what it is. Local. */
MUST_CHECK enum status import_compose_low_rank(struct import_table *table,
                                               const struct import_names *names,
                                               struct import_findings *findings,
                                               struct error *error);

/* Flax' GRUCell and LSTMCell of linen, which keep a kernel for each gate: adds weight_hh,
 * weight_ih, bias_hh and bias_ih, the gates in PyTorch's order, whose equations they have. A cell
 * that lacks one of its kernels: STATUS_INPUT. Local. */
MUST_CHECK enum status import_compose_gates(struct import_table *table, struct error *error);
