/* Models by what a user calls them. Local. */
#pragma once

#include "core/status.h"

/* What models are called: their labels, of which equal ones are one model, and their short names.
 */
struct model_words {
    const char *const *labels; /* [n] borrowed */
    const char *const *names;  /* [n] borrowed */
    int n;
};

/* wanted[n]: 1 where `word` is the model's label or its short name, or else the end of the label,
 * with or without ".h5" or the hash of a trained model. STATUS_USAGE when that is no model, with
 * the nearest one, or several. */
MUST_CHECK enum status model_choose(const struct model_words *models, const char *command,
                                    const char *word, unsigned char *wanted, struct error *error);
