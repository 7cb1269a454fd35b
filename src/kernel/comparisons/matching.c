/* Frank and Wolfe's algorithm for the quadratic assignment problem (Vogelstein et al. 2015, "Fast
 * approximate quadratic programming for graph matching"), over signed permutations. Of P two
 * matrices are kept, P itself and A, the same without signs: f is a polynomial of degree 2 in them,
 *
 *     f = sum over matrices <W_a P, L W_b> + <K_P, P> + <K_A, A>,
 *
 * where L is P, but A in a sigmoid gate: the gate opens as it did when units change sign, so that
 * its rows have no sign. Both are followed through the convex hull of signed permutations: a step
 * finds the vertex Q that grows fastest, by one assignment, and goes as far on the line to it as f
 * grows, exactly, since f is a parabola there. Where W_a P and L W_b are kept, those of a vertex
 * are rows and columns in another order, and only the gradient costs products of matrices:
 *
 *     df/dP = K_P + sum W_a' (L W_b) (+ (W_a P) W_b' where L = P),   df/dA likewise.
 *
 * At the end P is rounded to the nearest vertex, and goes from vertex to vertex while f grows. */
#include "kernel/comparisons/matching.h"

#include "core/array.h"
#include "core/memory.h"
#include "kernel/comparisons/assignment.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STARTS = 4, STEPS_MAX = 60 };

static const double GAIN_LEAST = 1e-9; /* of a step, relative to f */

/* One recurrent matrix of both, [n, n] row-major as all that follow. */
struct term {
    const double *a;
    const double *b;
    bool is_signed;  /* rows change sign with their units */
    double *right;   /* W_a P */
    double *left;    /* L W_b */
    double *right_q; /* of the vertex */
    double *left_q;
};

struct matching {
    int n;
    bool has_signs; /* units may change sign */
    const struct network *network_a;
    const struct network *network_b;
    struct term terms[CELL_MAX_GATES];
    int n_terms;
    double *p;          /* P and A */
    double *unsigned_p; /* that is p where units keep their signs */
    double *k;          /* K_P, K_A */
    double *unsigned_k;
    double *gradient; /* df/dP, df/dA */
    double *unsigned_gradient;
    double *cost;
    struct assignment *assignment;
    struct signed_permutation vertex;
    struct signed_permutation best;
};

/* f(-x) = -f(x) lets units change sign; a gated cell's candidate and cell state are odd too. */
static bool is_odd(const struct cell *cell)
{
    return cell->activation == ACTIVATION_TANH || cell->activation == ACTIVATION_IDENTITY;
}

static enum status create_permutation(struct signed_permutation *made, size_t n,
                                      struct error *error)
{
    TRY(memory_array(&made->column, n, sizeof(int), error));
    return memory_array(&made->sign, n, sizeof(double), error);
}

static enum status allocate(struct matching *m, struct error *error)
{
    const size_t n = (size_t)m->n;
    double **const squares[] = {&m->p,        &m->unsigned_p,        &m->k,   &m->unsigned_k,
                                &m->gradient, &m->unsigned_gradient, &m->cost};
    for (size_t i = 0; i < sizeof squares / sizeof squares[0]; i++) {
        TRY(memory_array2(squares[i], n, n, sizeof(double), error));
    }
    for (int i = 0; i < m->n_terms; i++) {
        struct term *const term = &m->terms[i];
        TRY(memory_array2(&term->right, n, n, sizeof(double), error));
        TRY(memory_array2(&term->left, n, n, sizeof(double), error));
        TRY(memory_array2(&term->right_q, n, n, sizeof(double), error));
        TRY(memory_array2(&term->left_q, n, n, sizeof(double), error));
    }
    TRY(create_permutation(&m->vertex, n, error));
    TRY(create_permutation(&m->best, n, error));
    return assignment_create(&m->assignment, m->n, error);
}

enum status matching_create(struct matching **out, const struct network *a, const struct network *b,
                            struct error *error)
{
    TRY(memory_array(out, 1, sizeof **out, error));
    struct matching *const m = *out;
    const struct cell_parts *const parts = cell_parts(a->cell.kind);
    m->n = a->n_hidden;
    m->has_signs = is_odd(&a->cell);
    m->network_a = a;
    m->network_b = b;
    for (int gate = 0; gate < parts->n_gates; gate++) {
        m->terms[m->n_terms++] = (struct term){.a = network_gate(a, gate),
                                               .b = network_gate(b, gate),
                                               .is_signed = gate == parts->matrix};
    }
    const enum status status = allocate(m, error);
    if (status != STATUS_OK) {
        matching_destroy(out);
    }
    return status;
}

void matching_destroy(struct matching **matching)
{
    struct matching *const m = *matching;
    if (m == NULL) {
        return;
    }
    for (int i = 0; i < m->n_terms; i++) {
        free(m->terms[i].right);
        free(m->terms[i].left);
        free(m->terms[i].right_q);
        free(m->terms[i].left_q);
    }
    free(m->p);
    free(m->unsigned_p);
    free(m->k);
    free(m->unsigned_k);
    free(m->gradient);
    free(m->unsigned_gradient);
    free(m->cost);
    free(m->vertex.column);
    free(m->vertex.sign);
    free(m->best.column);
    free(m->best.sign);
    assignment_destroy(&m->assignment);
    free(m);
    *matching = NULL;
}

/* ---- the linear part ---- */

static void multiply(int rows, int columns, int inner, const double *a, bool is_a_transposed,
                     const double *b, bool is_b_transposed, double *sum)
{
    cblas_dgemm(CblasRowMajor, is_a_transposed ? CblasTrans : CblasNoTrans,
                is_b_transposed ? CblasTrans : CblasNoTrans, rows, columns, inner, 1.0, a,
                is_a_transposed ? rows : inner, b, is_b_transposed ? inner : columns, 1.0, sum,
                columns);
}

static void make_linear(struct matching *m)
{
    const struct network *const a = m->network_a;
    const struct network *const b = m->network_b;
    const size_t bytes = array_count(m->n, m->n) * sizeof(double);
    memset(m->k, 0, bytes);
    memset(m->unsigned_k, 0, bytes);
    for (int gate = 0; gate < m->n_terms; gate++) {
        double *const k = m->terms[gate].is_signed ? m->k : m->unsigned_k;
        const size_t first = array_count(gate, m->n);
        const size_t inputs = first * (size_t)a->n_in;
        multiply(m->n, m->n, a->n_in, a->weight_ih + inputs, false, b->weight_ih + inputs, true, k);
        multiply(m->n, m->n, 1, a->bias_h + first, false, b->bias_h + first, true, k);
    }
    if (a->bias_hn != NULL) {
        multiply(m->n, m->n, 1, a->bias_hn, false, b->bias_hn, true, m->k);
    }
    multiply(m->n, m->n, a->n_out, a->weight_hy, true, b->weight_hy, false, m->k);
}

/* ---- f and its gradient ---- */

/* W_a Q and L W_b of a vertex. */
static void move_weights(struct matching *m)
{
    const struct signed_permutation *const q = &m->vertex;
    const int n = m->n;
    for (int t = 0; t < m->n_terms; t++) {
        struct term *const term = &m->terms[t];
        for (int i = 0; i < n; i++) {
            const double sign = term->is_signed ? q->sign[i] : 1.0;
            for (int j = 0; j < n; j++) {
                term->right_q[row_major(i, q->column[j], n)] =
                    q->sign[j] * term->a[row_major(i, j, n)];
                term->left_q[row_major(i, j, n)] = sign * term->b[row_major(q->column[i], j, n)];
            }
        }
    }
}

static double value_of_vertex(const struct matching *m)
{
    const struct signed_permutation *const q = &m->vertex;
    double value = 0.0;
    for (int t = 0; t < m->n_terms; t++) {
        value += cblas_ddot(m->n * m->n, m->terms[t].right_q, 1, m->terms[t].left_q, 1);
    }
    for (int i = 0; i < m->n; i++) {
        const size_t place = row_major(i, q->column[i], m->n);
        value += q->sign[i] * m->k[place] + m->unsigned_k[place];
    }
    return value;
}

static double value(const struct matching *m)
{
    const int count = m->n * m->n;
    double value =
        cblas_ddot(count, m->k, 1, m->p, 1) + cblas_ddot(count, m->unsigned_k, 1, m->unsigned_p, 1);
    for (int t = 0; t < m->n_terms; t++) {
        value += cblas_ddot(count, m->terms[t].right, 1, m->terms[t].left, 1);
    }
    return value;
}

/* Where `right` is W_a P and `left` is L W_b: of the point, or of the vertex. */
static void find_gradient(struct matching *m, bool at_vertex)
{
    const int n = m->n;
    const size_t bytes = array_count(n, n) * sizeof(double);
    memcpy(m->gradient, m->k, bytes);
    memcpy(m->unsigned_gradient, m->unsigned_k, bytes);
    for (int t = 0; t < m->n_terms; t++) {
        const struct term *const term = &m->terms[t];
        multiply(n, n, n, term->a, true, at_vertex ? term->left_q : term->left, false, m->gradient);
        multiply(n, n, n, at_vertex ? term->right_q : term->right, false, term->b, true,
                 term->is_signed ? m->gradient : m->unsigned_gradient);
    }
}

/* ---- vertices ---- */

/* The vertex with the largest <g, Q> + <h, |Q|>. */
static void find_vertex(struct matching *m, const double *g, const double *h)
{
    const size_t count = array_count(m->n, m->n);
    for (size_t i = 0; i < count; i++) {
        const double largest = m->has_signs ? fabs(g[i]) : g[i];
        m->cost[i] = -(largest + (h != NULL ? h[i] : 0.0));
    }
    assignment_solve(m->assignment, m->cost, m->vertex.column);
    for (int i = 0; i < m->n; i++) {
        const double at = g[row_major(i, m->vertex.column[i], m->n)];
        m->vertex.sign[i] = m->has_signs && at < 0.0 ? -1.0 : 1.0;
    }
    move_weights(m);
}

/* point += step (vertex - point) */
static void step_to_vertex(struct matching *m, double step)
{
    const size_t count = array_count(m->n, m->n);
    for (size_t i = 0; i < count; i++) {
        m->p[i] *= 1.0 - step;
        m->unsigned_p[i] *= 1.0 - step;
    }
    for (int i = 0; i < m->n; i++) {
        const size_t place = row_major(i, m->vertex.column[i], m->n);
        m->p[place] += step * m->vertex.sign[i];
        m->unsigned_p[place] += step;
    }
    for (int t = 0; t < m->n_terms; t++) {
        struct term *const term = &m->terms[t];
        for (size_t i = 0; i < count; i++) {
            term->right[i] += step * (term->right_q[i] - term->right[i]);
            term->left[i] += step * (term->left_q[i] - term->left[i]);
        }
    }
}

/* f on the line from the point to the vertex is f + t linear + t^2 square; whether it grows
 * somewhere, and where most: *step. */
static bool find_step(const struct matching *m, double *step)
{
    const size_t count = array_count(m->n, m->n);
    double linear = 0.0;
    double square = 0.0;
    for (int i = 0; i < m->n; i++) {
        const size_t place = row_major(i, m->vertex.column[i], m->n);
        linear += m->vertex.sign[i] * m->gradient[place] + m->unsigned_gradient[place];
    }
    linear -= cblas_ddot((int)count, m->gradient, 1, m->p, 1) +
              cblas_ddot((int)count, m->unsigned_gradient, 1, m->unsigned_p, 1);
    for (int t = 0; t < m->n_terms; t++) {
        const struct term *const term = &m->terms[t];
        for (size_t i = 0; i < count; i++) {
            square += (term->right_q[i] - term->right[i]) * (term->left_q[i] - term->left[i]);
        }
    }
    *step = square >= 0.0 ? 1.0 : fmin(1.0, -linear / (2.0 * square));
    return square >= 0.0 ? linear + square > 0.0 : linear > 0.0;
}

/* ---- starts ---- */

/* The middle of the hull; of every start but the first half way from there to a random vertex. */
static void begin(struct matching *m, struct rng_key key, int start)
{
    const size_t count = array_count(m->n, m->n);
    struct rng rng = rng_stream(key, (uint64_t)start, 0);
    if (start > 0) {
        for (size_t i = 0; i < count; i++) {
            m->gradient[i] = rng_normal(&rng);
        }
        find_vertex(m, m->gradient, NULL);
    }
    for (size_t i = 0; i < count; i++) {
        m->p[i] = m->has_signs ? 0.0 : 1.0 / m->n;
        m->unsigned_p[i] = 1.0 / m->n;
    }
    for (int t = 0; t < m->n_terms; t++) {
        struct term *const term = &m->terms[t];
        const double *const l = term->is_signed ? m->p : m->unsigned_p;
        memset(term->right, 0, count * sizeof(double));
        memset(term->left, 0, count * sizeof(double));
        multiply(m->n, m->n, m->n, term->a, false, m->p, false, term->right);
        multiply(m->n, m->n, m->n, l, false, term->b, false, term->left);
    }
    if (start > 0) {
        step_to_vertex(m, 0.5);
    }
}

static double climb(struct matching *m)
{
    double before = value(m);
    double step = 0.0;
    for (int i = 0; i < STEPS_MAX; i++) {
        find_gradient(m, false);
        find_vertex(m, m->gradient, m->unsigned_gradient);
        if (!find_step(m, &step)) {
            break;
        }
        step_to_vertex(m, step);
        const double now = value(m);
        if (now - before < GAIN_LEAST * fabs(now)) {
            break;
        }
        before = now;
    }
    find_vertex(m, m->p, NULL); /* the nearest */
    return value_of_vertex(m);
}

static void keep(const struct matching *m, struct signed_permutation *to)
{
    memcpy(to->column, m->vertex.column, (size_t)m->n * sizeof *to->column);
    memcpy(to->sign, m->vertex.sign, (size_t)m->n * sizeof *to->sign);
}

enum status matching_find(struct matching *m, struct rng_key key,
                          enum status (*go_on)(void *context, struct error *error),
                          void *go_on_context, const struct signed_permutation **permutation,
                          struct error *error)
{
    double best = -INFINITY;
    make_linear(m);
    for (int start = 0; start < STARTS; start++) {
        if (go_on != NULL) {
            TRY(go_on(go_on_context, error));
        }
        begin(m, key, start);
        double now = climb(m);
        for (double before = -INFINITY; now > before + GAIN_LEAST * fabs(now);) {
            before = now;
            if (now > best) {
                best = now;
                keep(m, &m->best);
            }
            find_gradient(m, true);
            find_vertex(m, m->gradient, m->unsigned_gradient);
            now = value_of_vertex(m);
        }
    }
    *permutation = &m->best;
    return STATUS_OK;
}

double matching_distance(const struct matching *m, const struct signed_permutation *q)
{
    const int n = m->n;
    double difference = 0.0;
    double both = 0.0;
    for (int t = 0; t < m->n_terms; t++) {
        const struct term *const term = &m->terms[t];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                const double sign = (term->is_signed ? q->sign[i] : 1.0) * q->sign[j];
                const double a = term->a[row_major(i, j, n)];
                const double b = term->b[row_major(q->column[i], q->column[j], n)];
                difference += (a - sign * b) * (a - sign * b);
                both += a * a + b * b;
            }
        }
    }
    return both > 0.0 ? sqrt(difference / both) : NAN;
}
