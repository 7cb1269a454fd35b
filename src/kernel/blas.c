#include "kernel/blas.h"

#include <cblas.h>
#include <sys/mman.h>

void blas_use_one_thread(void)
{
    openblas_set_num_threads(1);
}

enum status blas_begin(struct error *error)
{
    /* OpenBLAS takes a buffer at its first call and keeps it; where there is no room it asks for
     * ever. Larger than any of its builds takes for one thread. */
    static const size_t buffer = (size_t)160 << 20;
    const double one = 1.0;
    double solution = 1.0;
    blas_use_one_thread();
    void *const probe = mmap(NULL, buffer, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (probe == MAP_FAILED) {
        return error_set(error, STATUS_INTERNAL,
                         "out of memory: BLAS needs a buffer of 128 MiB; is the address space "
                         "limited (ulimit -v)?");
    }
    (void)munmap(probe, buffer);
    cblas_dtrsm(CblasColMajor, CblasLeft, CblasUpper, CblasNoTrans, CblasNonUnit, 1, 1, 1.0, &one,
                1, &solution, 1);
    return STATUS_OK;
}

const char *blas_configuration(void)
{
    return openblas_get_config();
}

const char *blas_core(void)
{
    return openblas_get_corename();
}
