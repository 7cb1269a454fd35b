/* Networks of low rank that are saved as their factors. */
#pragma once

#include "import/table.h"

/* Where a file has m, n, wi and wo of one prefix (and si, so, which scale wi and wo; Dubreuil et
 * al. 2022), adds W_rec = m n' / N, W_in and W_out, the read-out divided by N, and marks the
 * factors as used. *composed tells whether. A bias b that is not 0 stands inside of the recurrence
 * alone, which is another cell: STATUS_INPUT. Local. */
MUST_CHECK enum status import_compose_low_rank(struct import_table *table, bool *composed,
                                               struct error *error);
