#include "import/torch/dtypes.h"

#define KNOWN(name, other, storage, kind, size)                                                    \
    {                                                                                              \
        name, other, storage, size, true,                                                          \
        {                                                                                          \
            kind, size, false                                                                      \
        }                                                                                          \
    }
#define UNKNOWN(name, storage, size)                                                               \
    {                                                                                              \
        name, NULL, storage, size, false,                                                          \
        {                                                                                          \
            ELEMENT_UNSIGNED, 1, false                                                             \
        }                                                                                          \
    }

static const struct torch_dtype DTYPES[] = {
    KNOWN("float32", "float", "FloatStorage", ELEMENT_FLOAT, 4),
    KNOWN("float64", "double", "DoubleStorage", ELEMENT_FLOAT, 8),
    KNOWN("float16", "half", "HalfStorage", ELEMENT_FLOAT, 2),
    KNOWN("bfloat16", NULL, "BFloat16Storage", ELEMENT_BFLOAT, 2),
    KNOWN("int64", "long", "LongStorage", ELEMENT_SIGNED, 8),
    KNOWN("int32", "int", "IntStorage", ELEMENT_SIGNED, 4),
    KNOWN("int16", "short", "ShortStorage", ELEMENT_SIGNED, 2),
    KNOWN("int8", NULL, "CharStorage", ELEMENT_SIGNED, 1),
    KNOWN("uint8", NULL, "ByteStorage", ELEMENT_UNSIGNED, 1),
    KNOWN("uint8", NULL, "UntypedStorage", ELEMENT_UNSIGNED, 1),
    KNOWN("uint16", NULL, NULL, ELEMENT_UNSIGNED, 2),
    KNOWN("uint32", NULL, NULL, ELEMENT_UNSIGNED, 4),
    KNOWN("uint64", NULL, NULL, ELEMENT_UNSIGNED, 8),
    KNOWN("bool", NULL, "BoolStorage", ELEMENT_BOOL, 1),
    UNKNOWN("complex64", "ComplexFloatStorage", 8),
    UNKNOWN("complex128", "ComplexDoubleStorage", 16),
    UNKNOWN("qint8", "QInt8Storage", 1),
    UNKNOWN("quint8", "QUInt8Storage", 1),
    UNKNOWN("qint32", "QInt32Storage", 4),
    UNKNOWN("quint4x2", "QUInt4x2Storage", 1),
    UNKNOWN("quint2x4", "QUInt2x4Storage", 1),
};

enum { N_DTYPES = sizeof DTYPES / sizeof DTYPES[0] };

/* torch.FloatStorage, torch.storage.UntypedStorage, torch.cuda.FloatStorage */
const struct torch_dtype *torch_storage_dtype(const struct pickle_value *class)
{
    for (int i = 0; i < N_DTYPES; i++) {
        if (DTYPES[i].storage != NULL && pickle_is_global(class, "torch", DTYPES[i].storage)) {
            return &DTYPES[i];
        }
    }
    return NULL;
}

const struct torch_dtype *torch_dtype_of(const struct pickle_value *dtype)
{
    for (int i = 0; i < N_DTYPES; i++) {
        if (pickle_is_global(dtype, "torch", DTYPES[i].name) ||
            (DTYPES[i].other != NULL && pickle_is_global(dtype, "torch", DTYPES[i].other))) {
            return &DTYPES[i];
        }
    }
    return NULL;
}
