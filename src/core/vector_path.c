#include "core/vector_path.h"

#include <string.h>

static const char *const NAMES[VECTOR_PATH_COUNT] = {"portable", "avx2", "avx512"};

const char *vector_path_name(enum vector_path path)
{
    return NAMES[path];
}

bool vector_path_available(enum vector_path path)
{
#if defined(__x86_64__)
    switch (path) {
    case VECTOR_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
    case VECTOR_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case VECTOR_PORTABLE:
        break;
    }
#endif
    return path == VECTOR_PORTABLE;
}

enum vector_path vector_path_best(void)
{
    int path = VECTOR_PATH_COUNT - 1;
    while (!vector_path_available((enum vector_path)path)) {
        path--;
    }
    return (enum vector_path)path;
}

enum status vector_path_find(const char *name, enum vector_path *path, struct error *error)
{
    if (name == NULL) {
        *path = vector_path_best();
        return STATUS_OK;
    }
    for (int i = 0; i < VECTOR_PATH_COUNT; i++) {
        if (strcmp(name, NAMES[i]) == 0) {
            *path = (enum vector_path)i;
            return vector_path_available(*path)
                       ? STATUS_OK
                       : error_set(
                             error, STATUS_USAGE,
                             "vector path '%s': this processor does not have it, at most '%s'",
                             name, vector_path_name(vector_path_best()));
        }
    }
    return error_set(error, STATUS_USAGE,
                     "vector path '%s': unknown, expected portable, avx2 or avx512", name);
}
