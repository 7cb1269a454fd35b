#include "kernel/dynamics/rollout_kernel.h"

const struct rollout_kernel *rollout_kernel_find(enum isa path, enum precision precision)
{
#if defined(__x86_64__)
    if (path == ISA_AVX512) {
        return &ROLLOUT_AVX512[precision];
    }
    if (path == ISA_AVX2) {
        return &ROLLOUT_AVX2[precision];
    }
#else
    (void)path;
#endif
    return &ROLLOUT_PORTABLE[precision];
}
