/* Pictures of matrices as PNG (ISO/IEC 15948). */
#pragma once

#include "core/status.h"

#include <stddef.h>

/* pixels[n, n] row-major, numbers of a palette from white (0) to dark blue (PNG_SHADES - 1), as a
 * file in memory; *bytes is owned by the caller. Local. */
enum { PNG_SHADES = 32 };
MUST_CHECK enum status png_create(const unsigned char *pixels, int n, unsigned char **bytes,
                                  size_t *size, struct error *error);
