/* What may stand in a model file: a misspelt name would be another network without a word. */
#pragma once

#include "core/status.h"

#include <hdf5.h>

/* STATUS_INPUT for a dataset, group or attribute of the root that no model file has, with the known
 * name nearest to it; /meta is the user's own and not looked at. Local. */
MUST_CHECK enum status model_names_check(hid_t file, const char *path, struct error *error);

/* The same of the group /trials. */
MUST_CHECK enum status trials_names_check(hid_t group, const char *path, struct error *error);
