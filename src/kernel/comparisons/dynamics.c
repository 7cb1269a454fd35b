/* With H the states [n_steps, n_trials, n_hidden] minus their mean, row (t, b) of E is
 * (H_t, ..., H_{t+q-1}) of trial b, q delays. E = V S X', the r leading columns of V are the
 * directions, of norm 1 as LAPACK gives them, and A minimises the sum over steps and trials of
 * |v_{t+1} - A v_t|^2: normal equations, which are well-conditioned since the columns of V are
 * orthogonal but for their first and last steps.
 *
 * Signs of singular vectors are free. Each is chosen so that the sum of its cubes is not negative,
 * which makes the operator of a relabelled network the same one. */
#include "kernel/comparisons/dynamics.h"

#include "core/array.h"
#include "core/memory.h"
#include "kernel/gauss_newton/linearisation.h"
#include "kernel/lapack.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { Q = DYNAMICS_DELAYS, R = DYNAMICS_RANK };

/* What is next to nothing beside the largest singular value is no direction of the states. */
static const double SINGULAR_LEAST = 1e-10;

/* The embedded states. */
struct embedding {
    int n_rows;    /* (n_steps - q + 1) n_trials, by step and then by trial */
    int n_columns; /* q n_hidden */
    int n_trials;
    double *e;        /* [n_rows, n_columns] column-major; then V */
    double *singular; /* [the smaller of both] */
};

static void centre(double *states, int n_rows, int n)
{
    for (int k = 0; k < n; k++) {
        double sum = 0.0;
        for (int i = 0; i < n_rows; i++) {
            sum += states[row_major(i, k, n)];
        }
        for (int i = 0; i < n_rows; i++) {
            states[row_major(i, k, n)] -= sum / n_rows;
        }
    }
}

/* states[n_steps * n_trials, n] row-major. */
static void embed(const struct embedding *embedding, const double *states, int n)
{
    for (int delay = 0; delay < Q; delay++) {
        for (int k = 0; k < n; k++) {
            double *const column = embedding->e + array_count(delay * n + k, embedding->n_rows);
            for (int i = 0; i < embedding->n_rows; i++) {
                column[i] = states[row_major(i + delay * embedding->n_trials, k, n)];
            }
        }
    }
}

static enum status decompose(struct embedding *embedding, struct error *error)
{
    const int m = embedding->n_rows;
    const int n = embedding->n_columns;
    const int one = 1;
    int lwork = -1;
    int info = 0;
    double size = 0.0;
    double none = 0.0;
    double *work = NULL;
    dgesvd_("O", "N", &m, &n, embedding->e, &m, embedding->singular, &none, &one, &none, &one,
            &size, &lwork, &info, 1, 1);
    lwork = (int)size;
    TRY(memory_array(&work, (size_t)lwork, sizeof *work, error));
    dgesvd_("O", "N", &m, &n, embedding->e, &m, embedding->singular, &none, &one, &none, &one, work,
            &lwork, &info, 1, 1);
    free(work);
    return info == 0 ? STATUS_OK
                     : error_set(error, STATUS_JOB_SCHUR_FAILED,
                                 "dgesvd of embedded states [%d, %d] did not converge: INFO %d", m,
                                 n, info);
}

static void choose_signs(const struct embedding *embedding)
{
    for (int k = 0; k < R; k++) {
        double *const v = embedding->e + array_count(k, embedding->n_rows);
        double cubes = 0.0;
        for (int i = 0; i < embedding->n_rows; i++) {
            cubes += v[i] * v[i] * v[i];
        }
        for (int i = 0; cubes < 0.0 && i < embedding->n_rows; i++) {
            v[i] = -v[i];
        }
    }
}

/* V_0 the rows of all steps but the last, V_1 those of all but the first: A' = (V_0'V_0)^-1
 * V_0'V_1, by columns, which are the rows of A. */
static enum status fit(const struct embedding *embedding, double *dynamics, struct error *error)
{
    const int n_rows = embedding->n_rows - embedding->n_trials;
    const int r = R;
    double square[R * R];
    int pivots[R];
    int info = 0;
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, R, R, n_rows, 1.0, embedding->e,
                embedding->n_rows, embedding->e, embedding->n_rows, 0.0, square, R);
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, R, R, n_rows, 1.0, embedding->e,
                embedding->n_rows, embedding->e + embedding->n_trials, embedding->n_rows, 0.0,
                dynamics, R);
    dgesv_(&r, &r, square, &r, pivots, dynamics, &r, &info);
    return info == 0 ? STATUS_OK
                     : error_set(error, STATUS_JOB_SCHUR_FAILED,
                                 "the dynamics of the embedded states are singular");
}

static enum status find(const double *states, int n_steps, int n_trials, int n, double *dynamics,
                        struct error *error)
{
    struct embedding embedding = {
        .n_rows = (n_steps - Q + 1) * n_trials, .n_columns = Q * n, .n_trials = n_trials};
    const int least =
        embedding.n_rows < embedding.n_columns ? embedding.n_rows : embedding.n_columns;
    enum status status = memory_array2(&embedding.e, (size_t)embedding.n_rows,
                                       (size_t)embedding.n_columns, sizeof(double), error);
    THEN(status, memory_array(&embedding.singular, (size_t)least, sizeof(double), error));
    if (status == STATUS_OK) {
        embed(&embedding, states, n);
        status = decompose(&embedding, error);
    }
    if (status == STATUS_OK && embedding.singular[R - 1] > SINGULAR_LEAST * embedding.singular[0]) {
        choose_signs(&embedding);
        status = fit(&embedding, dynamics, error);
    }
    free(embedding.e);
    free(embedding.singular);
    return status;
}

static bool is_finite(const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            return false;
        }
    }
    return true;
}

enum status dynamics_find(const struct network *network, const struct trials *trials, enum isa isa,
                          double *dynamics, struct error *error)
{
    const int n = network->n_hidden;
    const int n_steps = trials->n_steps;
    const int most = trials->n_trials < DYNAMICS_TRIALS ? trials->n_trials : DYNAMICS_TRIALS;
    struct linearisation linear;
    for (int i = 0; i < R * R; i++) {
        dynamics[i] = NAN;
    }
    if (Q * n < R || (n_steps - Q) * most < R) {
        return STATUS_OK;
    }
    TRY(linearisation_create(&linear, network, trials, isa, most, SIZE_MAX, error));
    (void)linearisation_move(&linear, 0, 1, most);
    double *const states = linear.x + array_count(most, n); /* after the first step */
    enum status status = STATUS_OK;
    if (!is_finite(states, (size_t)n_steps * array_count(most, n))) {
        status = error_set(error, STATUS_JOB_ROLLOUT_NONFINITE, "states became NaN or Inf");
    } else {
        centre(states, n_steps * most, n);
        status = find(states, n_steps, most, n, dynamics, error);
    }
    linearisation_release(&linear);
    return status;
}
