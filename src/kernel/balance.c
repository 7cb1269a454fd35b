#include "kernel/balance.h"

#include "core/array.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double CLOSE = 1e-13; /* of out / in to 1 */

/* For each unit the squares that stay as they are: of W_ih and b_h, and of W_hy. */
static void sum_rest(const struct network *network, double *in, double *out)
{
    for (int i = 0; i < network->n_hidden; i++) {
        in[i] = network->bias_h[i] * network->bias_h[i];
        out[i] = 0.0;
        for (int k = 0; k < network->n_in; k++) {
            const double weight = network->weight_ih[row_major(i, k, network->n_in)];
            in[i] += weight * weight;
        }
        for (int k = 0; k < network->n_out; k++) {
            const double weight = network->weight_hy[row_major(k, i, network->n_hidden)];
            out[i] += weight * weight;
        }
    }
}

/* s_i <- s_i (out_i / in_i)^(1/8), over and over: with s, in_i grows like s_i^2 and out_i falls, so
 * that a step of this length overshoots nowhere. */
static enum status find_scales(const struct network *network, squares_product *product,
                               void *context, double *scales, struct error *error)
{
    enum { STEPS_MAX = 20000 };
    const int n = network->n_hidden;
    double *const rest_in = scales + n;
    double *const rest_out = rest_in + n;
    double *const x = rest_out + n;
    double *const in = x + n;
    double *const out = in + n;
    double farthest = INFINITY;
    sum_rest(network, rest_in, rest_out);
    for (int step = 0; step < STEPS_MAX && farthest > CLOSE; step++) {
        for (int i = 0; i < n; i++) {
            x[i] = 1.0 / (scales[i] * scales[i]);
        }
        TRY(product(context, false, x, in, error));
        for (int i = 0; i < n; i++) {
            x[i] = scales[i] * scales[i];
        }
        TRY(product(context, true, x, out, error));
        farthest = 0.0;
        for (int i = 0; i < n; i++) {
            const double ratio = (out[i] + rest_out[i]) / ((in[i] + rest_in[i]) * x[i] * x[i]);
            if (ratio > 0.0 && isfinite(ratio)) {
                farthest = fmax(farthest, fabs(ratio - 1.0));
                scales[i] *= pow(ratio, 0.125);
            }
        }
    }
    return STATUS_OK;
}

enum status balance_rest(struct network *network, squares_product *product, void *context,
                         double *scales, struct error *error)
{
    const int n = network->n_hidden;
    for (int i = 0; i < n; i++) {
        scales[i] = 1.0;
    }
    TRY(find_scales(network, product, context, scales, error));
    for (int i = 0; i < n; i++) {
        network->bias_h[i] *= scales[i];
        network->h0[i] *= scales[i];
        network->h0_scale[i] = scales[i];
        for (int k = 0; k < network->n_in; k++) {
            network->weight_ih[row_major(i, k, network->n_in)] *= scales[i];
        }
        for (int k = 0; k < network->n_out; k++) {
            network->weight_hy[row_major(k, i, n)] /= scales[i];
        }
    }
    return STATUS_OK;
}

static enum status multiply(void *context, bool is_transposed, const double *x, double *sums,
                            struct error *error)
{
    const struct network *const network = context;
    const int n = network->n_hidden;
    (void)error;
    memset(sums, 0, (size_t)n * sizeof *sums);
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            const double weight = network->weight_hh[row_major(i, j, n)];
            sums[is_transposed ? j : i] += weight * weight * x[is_transposed ? i : j];
        }
    }
    return STATUS_OK;
}

enum status balance_network(struct network *network, struct error *error)
{
    const int n = network->n_hidden;
    double *scales = NULL;
    TRY(memory_array(&network->h0_scale, (size_t)n, sizeof *scales, error));
    TRY(memory_array2(&scales, BALANCE_ROWS, (size_t)n, sizeof *scales, error));
    const enum status status = balance_rest(network, multiply, network, scales, error);
    for (int i = 0; i < n && status == STATUS_OK; i++) {
        for (int j = 0; j < n; j++) {
            network->weight_hh[row_major(i, j, n)] *= scales[i] / scales[j];
        }
    }
    free(scales);
    return status;
}
