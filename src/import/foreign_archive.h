/* Zip archives that are no file of weights, told by the names of their members. */
#pragma once

#include "core/status.h"

/* STATUS_INPUT with what it is and what to do: torch.package, an office document, a
 * TensorFlow model, an archive around a file of weights. STATUS_OK for all others, damaged ones
 * too: what reads them says why. Local. */
MUST_CHECK enum status foreign_archive_check(const char *path, struct error *error);
