#include "import/table.h"

#define IMPORT(name) extern const struct import_format IMPORT_##name;
#include <import/formats/formats.def>
#undef IMPORT

#define IMPORT(name) &IMPORT_##name,
const struct import_format *const IMPORT_FORMATS[] = {
#include <import/formats/formats.def>
    NULL};
