#include "mpi/team_matrices.h"

#include "core/rng.h"
#include "kernel/lapack.h"
#include "mpi/demand.h"
#include "support/matgen.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LOW_RANK = 5 };

static const char *const NAMES[TEAM_KIND_COUNT] = {
    "gaussian", "near_orthogonal", "shift",      "jordan",   "low_rank",
    "zero",     "permutation",     "triangular", "repeated",
};

const char *team_kind_name(enum team_kind kind)
{
    return NAMES[kind];
}

bool team_kind_is_tame(enum team_kind kind)
{
    return kind != TEAM_JORDAN && kind != TEAM_LOW_RANK && kind != TEAM_TRIANGULAR;
}

static size_t square(int n)
{
    return (size_t)n * (size_t)n;
}

static void add_normal(struct rng *rng, double *w, int n, double deviation)
{
    for (size_t i = 0; i < square(n); i++) {
        w[i] += deviation * rng_normal(rng);
    }
}

/* w becomes the orthogonal factor of a Gaussian matrix. */
static void fill_orthogonal(struct rng *rng, double *w, int n)
{
    const int size = 64 * n;
    int info = 0;
    double *const tau = matgen_zeros((size_t)n);
    double *const work = matgen_zeros((size_t)size);
    add_normal(rng, w, n, 1.0);
    dgeqrf_(&n, &n, w, &n, tau, work, &size, &info);
    DEMAND(info == 0);
    dorgqr_(&n, &n, &n, w, &n, tau, work, &size, &info);
    DEMAND(info == 0);
    free(tau);
    free(work);
}

static void fill_jordan(struct rng *rng, double *w, int n)
{
    for (int i = 0; i < n; i++) {
        w[(size_t)i * (size_t)n + (size_t)i] = 0.9;
        if (i + 1 < n) {
            w[(size_t)i * (size_t)n + (size_t)i + 1] = 1.0;
        }
    }
    add_normal(rng, w, n, 1e-14);
}

/* w = a b of n x 5 and 5 x n. */
static void fill_low_rank(struct rng *rng, double *w, int n)
{
    double *const factors = matgen_zeros(2 * LOW_RANK * (size_t)n);
    for (size_t i = 0; i < 2 * LOW_RANK * (size_t)n; i++) {
        factors[i] = rng_normal(rng) / sqrt((double)n);
    }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, LOW_RANK, 1.0, factors, LOW_RANK,
                factors + LOW_RANK * n, n, 0.0, w, n);
    free(factors);
}

static void fill_permutation(double *w, int n)
{
    for (int i = 0; i < n; i++) {
        w[(size_t)i * (size_t)n + (size_t)((i + 1) % n)] = 1.0;
    }
}

static void fill_triangular(struct rng *rng, double *w, int n)
{
    for (int i = 0; i < n; i++) {
        double *const row = w + (size_t)i * (size_t)n;
        row[i] = (i + 1.0) / n * rng_sign(rng);
        for (int j = i + 1; j < n; j++) {
            row[j] = 0.3 / n * rng_normal(rng);
        }
    }
}

static void fill_repeated(struct rng *rng, double *w, int n)
{
    static const double VALUES[] = {1.0, 0.5, -0.5};
    double *const q = matgen_zeros(square(n));
    double *const scaled = matgen_zeros(square(n));
    fill_orthogonal(rng, q, n);
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            const size_t place = (size_t)i * (size_t)n + (size_t)j;
            scaled[place] = q[place] * VALUES[j * 3 / n];
        }
    }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, n, n, 1.0, scaled, n, q, n, 0.0, w, n);
    free(q);
    free(scaled);
}

static void fill(enum team_kind kind, struct rng *rng, double *w, int n)
{
    const double deviation = 1.0 / sqrt((double)n);
    switch (kind) {
    case TEAM_GAUSSIAN:
        add_normal(rng, w, n, deviation);
        break;
    case TEAM_NEAR_ORTHOGONAL:
        fill_orthogonal(rng, w, n);
        add_normal(rng, w, n, 0.1 * deviation);
        break;
    case TEAM_SHIFT:
        fill_permutation(w, n);
        add_normal(rng, w, n, 0.1 * deviation);
        break;
    case TEAM_JORDAN:
        fill_jordan(rng, w, n);
        break;
    case TEAM_LOW_RANK:
        fill_low_rank(rng, w, n);
        break;
    case TEAM_PERMUTATION:
        fill_permutation(w, n);
        break;
    case TEAM_TRIANGULAR:
        fill_triangular(rng, w, n);
        break;
    case TEAM_REPEATED:
        fill_repeated(rng, w, n);
        break;
    default:
        break;
    }
}

double *team_matrix(enum team_kind kind, int n, uint64_t seed, MPI_Comm comm)
{
    int rank = 0;
    struct rng rng = rng_stream((struct rng_key){{0x7465616d, seed}}, (uint64_t)kind, (uint64_t)n);
    double *const w = matgen_zeros(square(n));
    (void)MPI_Comm_rank(comm, &rank);
    if (rank == 0) {
        fill(kind, &rng, w, n);
    }
    (void)MPI_Bcast(w, n * n, MPI_DOUBLE, 0, comm);
    return w;
}
