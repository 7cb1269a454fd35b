/* The folder of trained models: which exist, which have to be trained. */
#pragma once

#include "core/status.h"
#include "core/sweep.h"

/* (*missing)[n_models] is 1 for a model that a case needs and that has to be trained; released by
 * free. A file that exists but is not the model that its name says gives STATUS_INPUT, a folder
 * of missing models that cannot be made STATUS_IO. Local. */
MUST_CHECK enum status trained_models_find_missing(const struct sweep *sweep,
                                                   unsigned char **missing, struct error *error);

/* Makes the folders of the missing models. STATUS_IO names one that cannot be made. Rank 0. */
MUST_CHECK enum status trained_models_make_folders(const struct sweep *sweep,
                                                   const unsigned char *missing,
                                                   struct error *error);
