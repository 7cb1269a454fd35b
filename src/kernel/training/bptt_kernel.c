#include "kernel/training/bptt_kernel.h"

const struct bptt_kernel *bptt_kernel_find(enum isa path, enum precision precision)
{
#if defined(__x86_64__)
    if (path == ISA_AVX512) {
        return &BPTT_AVX512[precision];
    }
    if (path == ISA_AVX2) {
        return &BPTT_AVX2[precision];
    }
#else
    (void)path;
#endif
    return &BPTT_PORTABLE[precision];
}
