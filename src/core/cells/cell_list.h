/* The parts of every kind. For this folder and cell.c. */
#pragma once

#include "core/cell.h"

#define CELL(id) extern const struct cell_parts CELL_PARTS_##id;
#include "core/cells/cells.def"
#undef CELL
