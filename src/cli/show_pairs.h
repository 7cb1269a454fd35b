/* What `show` tells of a file of pairs. */
#pragma once

#include "cli/screen.h"
#include "report/report.h"

/* A row for each pair of which one network is wanted[n_cases], by the first; NULL: for each group
 * when there are many pairs, with the means over its pairs, else for each pair. */
MUST_CHECK enum status show_pairs(const struct report *report, const unsigned char *wanted,
                                  bool is_long, const struct screen *screen, struct error *error);

/* All values of the wanted pairs (NULL: of all), a row for each pair, as CSV or JSON. */
void show_pairs_rows(const struct report *report, const unsigned char *wanted, bool json,
                     FILE *stream);
