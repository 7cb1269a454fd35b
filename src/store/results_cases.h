/* Do the values of the cases in a results file agree with their checksums? */
#ifndef SCHURSWEEP_STORE_RESULTS_CASES_H
#define SCHURSWEEP_STORE_RESULTS_CASES_H

#include "store/results_file.h"

/* damaged[n_cases], owned by the caller: 1 where the values are missing or not those that were
 * written. That is normal where no job is done, and elsewhere what a power failure or a bad disk
 * leaves. Local. */
MUST_CHECK enum status results_find_damaged_cases(const struct results *results,
                                                  unsigned char **damaged, struct error *error);

#endif
