#include "core/isa.h"

#include <string.h>

static const char *const NAMES[] = {"portable", "avx2", "avx512", "unknown"};

const char *isa_name(enum isa path)
{
    return NAMES[path];
}

bool isa_available(enum isa path)
{
#if defined(__x86_64__)
    switch (path) {
    case ISA_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
    case ISA_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case ISA_PORTABLE:
    case ISA_UNKNOWN:
        break;
    }
#endif
    return path == ISA_PORTABLE;
}

enum isa isa_best(void)
{
    int path = ISA_COUNT - 1;
    while (!isa_available((enum isa)path)) {
        path--;
    }
    return (enum isa)path;
}

bool isa_from_name(const char *name, enum isa *path)
{
    for (int i = 0; i < ISA_COUNT; i++) {
        if (strcmp(name, NAMES[i]) == 0) {
            *path = (enum isa)i;
            return true;
        }
    }
    return false;
}

bool isa_same_bits(enum isa a, enum isa b)
{
    return a == b || ((a == ISA_AVX2 || a == ISA_AVX512) && (b == ISA_AVX2 || b == ISA_AVX512));
}

enum status isa_find(const char *name, enum isa *path, struct error *error)
{
    if (name == NULL) {
        *path = isa_best();
        return STATUS_OK;
    }
    if (!isa_from_name(name, path)) {
        return error_set(error, STATUS_USAGE,
                         "isa '%s': unknown, expected portable, avx2 or avx512", name);
    }
    return isa_available(*path)
               ? STATUS_OK
               : error_set(error, STATUS_USAGE,
                           "isa '%s': this processor does not have it, at most '%s'", name,
                           isa_name(isa_best()));
}
