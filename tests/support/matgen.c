#include "support/matgen.h"

#include "core/rng.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const NAMES[MATGEN_KIND_COUNT] = {
    [MATGEN_GAUSSIAN] = "gaussian",
    [MATGEN_NEAR_ORTHOGONAL] = "near_orthogonal",
    [MATGEN_ORTHOGONAL] = "orthogonal",
    [MATGEN_NORMAL] = "normal",
    [MATGEN_DEFECTIVE] = "defective",
    [MATGEN_ZERO] = "zero",
    [MATGEN_BLOCK_DIAGONAL] = "block_diagonal",
    [MATGEN_SYMMETRIC] = "symmetric",
    [MATGEN_REAL_SPECTRUM] = "real_spectrum",
    [MATGEN_COMPLEX_SPECTRUM] = "complex_spectrum",
    [MATGEN_RANK_ONE] = "rank_one",
    [MATGEN_TINY] = "tiny",
    [MATGEN_HUGE] = "huge",
};

const char *matgen_name(enum matgen_kind kind)
{
    return NAMES[kind];
}

static size_t at(int row, int column, int n)
{
    return (size_t)row * (size_t)n + (size_t)column;
}

double matgen_rounding_limit(int n)
{
    return 12.0 + 12.0 * sqrt((double)n);
}

double *matgen_zeros(size_t count)
{
    double *const values = calloc(count > 0 ? count : 1, sizeof *values);
    if (values == NULL) {
        abort();
    }
    return values;
}

void matgen_multiply(const double *a, const double *b, double *c, int n)
{
    memset(c, 0, matgen_square(n) * sizeof *c);
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < n; k++) {
            for (int j = 0; j < n; j++) {
                c[at(i, j, n)] += a[at(i, k, n)] * b[at(k, j, n)];
            }
        }
    }
}

void matgen_transpose(const double *in, double *out, int n)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            out[at(j, i, n)] = in[at(i, j, n)];
        }
    }
}

size_t matgen_square(int n)
{
    return (size_t)n * (size_t)n;
}

double matgen_norm(const double *values, size_t count)
{
    double largest = 0.0;
    for (size_t i = 0; i < count; i++) {
        if (isnan(values[i])) {
            return NAN;
        }
        largest = fmax(largest, fabs(values[i]));
    }
    double squares = 0.0;
    for (size_t i = 0; i < count && largest > 0.0; i++) {
        squares += values[i] / largest * (values[i] / largest);
    }
    return largest * sqrt(squares);
}

double matgen_distance(const double *a, const double *b, size_t count)
{
    double largest = 0.0;
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs(a[i] - b[i]));
    }
    return largest;
}

void matgen_similarity(const double *q, const double *a, double *w, int n)
{
    double *const product = matgen_zeros(matgen_square(n));
    double *const transposed = matgen_zeros(matgen_square(n));
    matgen_multiply(q, a, product, n);
    matgen_transpose(q, transposed, n);
    matgen_multiply(product, transposed, w, n);
    free(product);
    free(transposed);
}

double matgen_residual(const double *w, const double *q, const double *t, int n)
{
    double *const q_rows = matgen_zeros(matgen_square(n));
    double *const t_rows = matgen_zeros(matgen_square(n));
    double *const product = matgen_zeros(matgen_square(n));
    matgen_transpose(q, q_rows, n);
    matgen_transpose(t, t_rows, n);
    matgen_similarity(q_rows, t_rows, product, n);
    for (size_t i = 0; i < matgen_square(n); i++) {
        product[i] -= w[i];
    }
    const double error = matgen_norm(product, matgen_square(n));
    free(q_rows);
    free(t_rows);
    free(product);
    return error == 0.0 ? 0.0 : error / matgen_norm(w, matgen_square(n)) / DBL_EPSILON;
}

double matgen_orthogonality(const double *q, int n)
{
    double *const transposed = matgen_zeros(matgen_square(n));
    double *const product = matgen_zeros(matgen_square(n));
    matgen_transpose(q, transposed, n);
    /* q column-major read as rows is Q', so this is Q' (Q')' = Q'Q. */
    matgen_multiply(q, transposed, product, n);
    for (int i = 0; i < n; i++) {
        product[at(i, i, n)] -= 1.0;
    }
    const double error = matgen_norm(product, matgen_square(n));
    free(transposed);
    free(product);
    return error / sqrt((double)n) / DBL_EPSILON;
}

static struct rng stream(enum matgen_kind kind, uint64_t seed)
{
    return rng_stream((struct rng_key){{0x6d617467656eu, seed}}, (uint64_t)kind, 0);
}

static void fill_normal(struct rng *rng, double *w, int n, double deviation)
{
    for (size_t i = 0; i < matgen_square(n); i++) {
        w[i] = deviation * rng_normal(rng);
    }
}

/* q = q (I - 2 v v' / v'v) for a v whose first `first` entries are 0. */
static void reflect(double *q, const double *v, int first, int n)
{
    double squares = 0.0;
    for (int i = first; i < n; i++) {
        squares += v[i] * v[i];
    }
    for (int row = 0; row < n; row++) {
        double product = 0.0;
        for (int i = first; i < n; i++) {
            product += q[at(row, i, n)] * v[i];
        }
        for (int i = first; i < n; i++) {
            q[at(row, i, n)] -= 2.0 * product / squares * v[i];
        }
    }
}

static void haar(struct rng *rng, double *q, int n)
{
    double *const v = matgen_zeros((size_t)n);
    memset(q, 0, matgen_square(n) * sizeof *q);
    for (int i = 0; i < n; i++) {
        q[at(i, i, n)] = rng_sign(rng);
    }
    for (int first = 0; first + 1 < n; first++) {
        double squares = 0.0;
        for (int i = first; i < n; i++) {
            v[i] = rng_normal(rng);
            squares += v[i] * v[i];
        }
        v[first] += copysign(sqrt(squares), v[first]);
        reflect(q, v, first, n);
    }
    free(v);
}

void matgen_haar(uint64_t seed, double *q, int n)
{
    struct rng rng = stream(MATGEN_KIND_COUNT, seed);
    haar(&rng, q, n);
}

/* Replaces w by Q w Q' for a random orthogonal Q. */
static void hide(struct rng *rng, double *w, int n)
{
    double *const q = matgen_zeros(matgen_square(n));
    double *const hidden = matgen_zeros(matgen_square(n));
    haar(rng, q, n);
    matgen_similarity(q, w, hidden, n);
    memcpy(w, hidden, matgen_square(n) * sizeof *w);
    free(q);
    free(hidden);
}

/* The 2x2 block radius * [cos, -sin; sin, cos] at `start`, or 1x1 when only one row is left. */
static int put_rotation(double *w, int n, int start, double radius, double angle)
{
    if (start + 1 == n) {
        w[at(start, start, n)] = radius;
        return 1;
    }
    w[at(start, start, n)] = w[at(start + 1, start + 1, n)] = radius * cos(angle);
    w[at(start + 1, start, n)] = radius * sin(angle);
    w[at(start, start + 1, n)] = -radius * sin(angle);
    return 2;
}

static void add_normal(struct rng *rng, double *w, int n, double deviation)
{
    for (size_t i = 0; i < matgen_square(n); i++) {
        w[i] += deviation * rng_normal(rng);
    }
}

static void fill_rotations(struct rng *rng, double *w, int n)
{
    for (int start = 0; start < n;) {
        const double radius = sqrt(rng_uniform(rng));
        start += put_rotation(w, n, start, radius, M_PI * rng_uniform(rng));
    }
}

/* Jordan chains of length two: of a real eigenvalue (2 rows), then of a complex pair (4 rows). */
static void fill_jordan(struct rng *rng, double *w, int n)
{
    for (int start = 0, chain = 0; start < n; chain++) {
        const double modulus = 0.2 + rng_uniform(rng);
        const double angle = chain % 2 == 0 ? 0.0 : 0.3 + 2.0 * rng_uniform(rng);
        const int step = chain % 2 == 0 ? 1 : 2;
        const int end = start + 2 * step < n ? start + 2 * step : n;
        for (int row = start; row < end; row += step) {
            if (step == 2) {
                (void)put_rotation(w, n, row, modulus, angle);
            } else {
                w[at(row, row, n)] = modulus;
            }
        }
        for (int row = start; row + step < end; row++) {
            w[at(row, row + step, n)] = 1.0;
        }
        start = end;
    }
}

static void fill_blocks(struct rng *rng, double *w, int n)
{
    static const int SIZES[] = {1, 2, 3, 5};
    for (int start = 0, turn = 0; start < n; turn++) {
        const int end = start + SIZES[turn % 4] < n ? start + SIZES[turn % 4] : n;
        for (int i = start; i < end; i++) {
            for (int j = start; j < end; j++) {
                w[at(i, j, n)] = rng_normal(rng);
            }
        }
        start = end;
    }
}

static void fill_symmetric(struct rng *rng, double *w, int n)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            w[at(i, j, n)] = w[at(j, i, n)] = rng_normal(rng) / sqrt((double)n);
        }
    }
}

/* Eigenvalues of both signs, well apart; couplings small enough to keep them real. */
static void fill_triangular(struct rng *rng, double *w, int n)
{
    for (int i = 0; i < n; i++) {
        const double modulus = 1.0 - 0.9 * i / n;
        w[at(i, i, n)] = modulus * rng_sign(rng);
        for (int j = i + 1; j < n; j++) {
            w[at(i, j, n)] = 0.3 / n * rng_normal(rng);
        }
    }
}

static void fill_pairs(struct rng *rng, double *w, int n)
{
    for (int start = 0; start < n;) {
        const double modulus = 1.0 - 0.9 * start / n;
        const int size = put_rotation(w, n, start, modulus, 0.4 + 2.2 * rng_uniform(rng));
        for (int i = start; i < start + size; i++) {
            for (int j = start + size; j < n; j++) {
                w[at(i, j, n)] = 0.3 / n * rng_normal(rng);
            }
        }
        start += size;
    }
}

static void fill_rank_one(struct rng *rng, double *w, int n)
{
    double *const u = matgen_zeros((size_t)n);
    for (int i = 0; i < n; i++) {
        u[i] = rng_normal(rng);
    }
    for (int j = 0; j < n; j++) {
        const double v = rng_normal(rng) / n;
        for (int i = 0; i < n; i++) {
            w[at(i, j, n)] = u[i] * v;
        }
    }
    free(u);
}

typedef void (*filler)(struct rng *rng, double *w, int n);

/* Kinds that are a structured matrix under a random orthogonal similarity. */
static filler hidden_structure(enum matgen_kind kind)
{
    switch (kind) {
    case MATGEN_NORMAL:
        return fill_rotations;
    case MATGEN_DEFECTIVE:
        return fill_jordan;
    case MATGEN_REAL_SPECTRUM:
        return fill_triangular;
    case MATGEN_COMPLEX_SPECTRUM:
        return fill_pairs;
    default:
        return NULL;
    }
}

static filler plain_structure(enum matgen_kind kind)
{
    switch (kind) {
    case MATGEN_BLOCK_DIAGONAL:
        return fill_blocks;
    case MATGEN_SYMMETRIC:
        return fill_symmetric;
    case MATGEN_RANK_ONE:
        return fill_rank_one;
    case MATGEN_ORTHOGONAL:
    case MATGEN_NEAR_ORTHOGONAL:
        return haar;
    default:
        return NULL;
    }
}

void matgen_fill(enum matgen_kind kind, uint64_t seed, double *w, int n)
{
    struct rng rng = stream(kind, seed);
    const double deviation = 1.0 / sqrt((double)n);
    const filler hidden = hidden_structure(kind);
    const filler plain = plain_structure(kind);
    memset(w, 0, matgen_square(n) * sizeof *w);
    if (hidden != NULL) {
        hidden(&rng, w, n);
        hide(&rng, w, n);
    } else if (plain != NULL) {
        plain(&rng, w, n);
    }
    if (kind == MATGEN_NEAR_ORTHOGONAL) {
        add_normal(&rng, w, n, 0.1 * deviation);
    } else if (kind == MATGEN_GAUSSIAN || kind == MATGEN_TINY || kind == MATGEN_HUGE) {
        const double scale = kind == MATGEN_TINY ? 1e-300 : kind == MATGEN_HUGE ? 1e300 : 1.0;
        fill_normal(&rng, w, n, scale * deviation);
    }
}
