#include "store/import_table.h"

extern const struct import_format IMPORT_SAFETENSORS;
extern const struct import_format IMPORT_NPZ;
extern const struct import_format IMPORT_HDF5;

/* Safetensors last: its files begin with a number, not with a signature. */
const struct import_format *const IMPORT_FORMATS[] = {
    &IMPORT_HDF5,
    &IMPORT_NPZ,
    &IMPORT_SAFETENSORS,
    NULL,
};
