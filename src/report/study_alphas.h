/* Files with different thresholds, put side by side. */
#pragma once

#include "report/study_data.h"

/* Gives all inputs the alphas that any of them has, in ascending order: what a file has not is
 * missing there, and has_alpha says so. Local. */
MUST_CHECK enum status study_alphas_align(struct study_data *data, struct error *error);

/* Whether one of them has an alpha that the other one has not. */
bool study_alphas_differ(const struct results_input *a, const struct results_input *b);
