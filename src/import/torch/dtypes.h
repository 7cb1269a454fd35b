/* Types of numbers as PyTorch names them. */
#pragma once

#include "import/elements.h"
#include "import/pickle/pickle.h"

struct torch_dtype {
    const char *name;         /* "float32" */
    const char *other;        /* "float", or NULL */
    const char *storage;      /* "FloatStorage", or NULL where there is none */
    size_t size;              /* bytes of one element */
    bool is_known;            /* else its numbers are of no use here */
    struct element_type type; /* little-endian */
};

/* By a class of storages, such as torch.FloatStorage; NULL for what is none. */
const struct torch_dtype *torch_storage_dtype(const struct pickle_value *class);

/* By a dtype, such as torch.float32. */
const struct torch_dtype *torch_dtype_of(const struct pickle_value *dtype);
