/* The folder of trained models: which exist, which have to be trained. */
#pragma once

#include "cli/model_survey.h"
#include "core/status.h"
#include "core/sweep.h"

/* (*missing)[n_models] is 1 for a model that a case needs and that has to be trained; released by
 * free. Those that exist get the hash of their weights; the survey looks into them, as into models
 * that were given. A file that exists but is not the model that its name says, or not what was
 * written, gives STATUS_INPUT, a folder of missing models that cannot be made STATUS_IO. As local
 * as the survey. */
MUST_CHECK enum status trained_models_find_missing(struct sweep *sweep, struct model_survey *survey,
                                                   unsigned char **missing, struct error *error);

/* Makes the folder of the missing models, and clears it of what writers of this host have left
 * there that were killed. STATUS_IO names one that cannot be made. Rank 0. */
MUST_CHECK enum status trained_models_make_folders(const struct sweep *sweep,
                                                   const unsigned char *missing,
                                                   struct error *error);
