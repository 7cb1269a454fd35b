/* Does BLAS compute a known Schur form, with the same bits on all ranks? */
#include "kernel/blas.h"

#include "cli/checks/check.h"
#include "core/hash.h"
#include "kernel/spectral/schur.h"

#include <math.h>

enum { WIDTH = 48 };

/* Moduli of the blocks of a matrix that is similar to diag(1, ..., WIDTH) / WIDTH. */
static bool is_known(const struct schur *schur)
{
    bool good = schur->n_blocks == WIDTH;
    for (int i = 0; good && i < WIDTH; i++) {
        good = fabs(schur->blocks[i].modulus - (double)(WIDTH - i) / WIDTH) < 1e-9;
    }
    return good;
}

/* Upper triangular but for a reflection on both sides: full, with the same eigenvalues. */
static void make_known(double *w)
{
    double v[WIDTH];
    double norm = 0.0;
    double left[WIDTH * WIDTH];
    for (int i = 0; i < WIDTH; i++) {
        v[i] = 1.0 + (double)(i * 37 % 11);
        norm += v[i] * v[i];
    }
    for (int i = 0; i < WIDTH; i++) { /* H T */
        for (int j = 0; j < WIDTH; j++) {
            double sum = 0.0;
            for (int k = 0; k <= j; k++) {
                const double entry =
                    k == j ? (double)(j + 1) / WIDTH : 0.01 * (double)((k + j) % 3);
                sum += ((i == k) - 2.0 * v[i] * v[k] / norm) * entry;
            }
            left[i * WIDTH + j] = sum;
        }
    }
    for (int i = 0; i < WIDTH; i++) { /* (H T) H */
        for (int j = 0; j < WIDTH; j++) {
            double sum = 0.0;
            for (int k = 0; k < WIDTH; k++) {
                sum += left[i * WIDTH + k] * ((k == j) - 2.0 * v[k] * v[j] / norm);
            }
            w[i * WIDTH + j] = sum;
        }
    }
}

static struct finding run(const struct check_site *site)
{
    struct error error;
    struct schur schur = {0};
    double w[WIDTH * WIDTH];
    unsigned long long bits = 0;
    make_known(w);
    const enum status status = schur_compute(&schur, w, WIDTH, 1.0, &error);
    const bool good = status == STATUS_OK && is_known(&schur);
    if (status == STATUS_OK) {
        bits = hash_bytes64(schur.t, sizeof w);
        schur_release(&schur);
    }
    unsigned long long first = bits;
    (void)MPI_Bcast(&first, 1, MPI_UNSIGNED_LONG_LONG, 0, site->comm);
    if (!good) {
        return check_found(VERDICT_FAULT, "kernels %s compute a known Schur form wrongly%s%s",
                           blas_core(), status != STATUS_OK ? ": " : "",
                           status != STATUS_OK ? error.text : "");
    }
    return first != bits
               ? check_found(VERDICT_NOTE,
                             "kernels %s round differently from those of rank 0: export one "
                             "OPENBLAS_CORETYPE for all nodes to get the same bits",
                             blas_core())
               : check_found(VERDICT_GOOD, "kernels %s, a known Schur form is right", blas_core());
}

const struct check CHECK_BLAS = {"blas", run};
