#include "kernel/training/param_vector.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int n_gates(const struct param_vector *vector)
{
    return cell_parts(vector->network.cell.kind)->n_gates;
}

/* W_ih is the first. */
static void list_direct(struct param_vector *vector, bool has_bias)
{
    struct network *const network = &vector->network;
    const struct network *const gradient = &vector->gradient;
    const size_t n = (size_t)network->n_hidden;
    const size_t n_out = (size_t)network->n_out;
    const size_t rows = (size_t)n_gates(vector) * n;
    const struct direct_array arrays[DIRECT_MAX] = {
        {network->weight_ih, gradient->weight_ih, rows * (size_t)network->n_in},
        {network->weight_hy, gradient->weight_hy, n_out * n},
        {network->bias_h, gradient->bias_h, rows},
        {network->bias_y, gradient->bias_y, n_out},
        {network->bias_hn, gradient->bias_hn, n},
    };
    const int count = !has_bias ? 2 : network->bias_hn == NULL ? 4 : 5;
    for (int i = 0; i < count; i++) {
        vector->direct[i] = arrays[i];
        vector->size += arrays[i].size;
    }
    vector->n_direct = count;
}

enum status param_vector_create(struct param_vector *vector, const struct network_shape *shape,
                                const struct construction_ops *construction, bool has_bias,
                                struct error *error)
{
    *vector = (struct param_vector){.construction = construction,
                                    .n_recurrent = construction->n_params(shape->n_hidden)};
    enum status status = network_create(&vector->network, shape, error);
    THEN(status, network_create(&vector->gradient, shape, error));
    if (status == STATUS_OK) {
        vector->size = (size_t)n_gates(vector) * vector->n_recurrent;
        list_direct(vector, has_bias);
        status = memory_array2(&vector->fixed, (size_t)n_gates(vector), (size_t)shape->n_hidden,
                               sizeof(double), error);
    }
    THEN(status, memory_array(&vector->values, vector->size, sizeof(double), error));
    THEN(status, memory_array(&vector->values_change, vector->size, sizeof(double), error));
    if (status != STATUS_OK) {
        param_vector_release(vector);
    }
    return status;
}

void param_vector_release(struct param_vector *vector)
{
    network_release(&vector->network);
    network_release(&vector->gradient);
    free(vector->values);
    free(vector->values_change);
    free(vector->fixed);
    *vector = (struct param_vector){.n_direct = 0};
}

enum status param_vector_start(struct param_vector *vector, struct rng *rng, double input_scale,
                               struct error *error)
{
    const int n_hidden = vector->network.n_hidden;
    const double bound = 1.0 / sqrt((double)n_hidden);
    double *values = vector->values;
    for (int gate = 0; gate < n_gates(vector); gate++, values += vector->n_recurrent) {
        TRY(vector->construction->initialise(
            n_hidden, rng, values, vector->fixed + (size_t)gate * (size_t)n_hidden, error));
    }
    for (int k = 0; k < vector->n_direct; k++) {
        const bool is_normal = k == 0 && input_scale > 0.0;
        for (size_t i = 0; i < vector->direct[k].size; i++) {
            *values++ =
                is_normal ? input_scale * rng_normal(rng) : bound * (2.0 * rng_uniform(rng) - 1.0);
        }
    }
    return param_vector_unfold(vector, error);
}

enum status param_vector_unfold(struct param_vector *vector, struct error *error)
{
    const struct construction_ops *const construction = vector->construction;
    const struct network *const network = &vector->network;
    const size_t n = (size_t)network->n_hidden;
    const double *values = vector->values;
    for (int gate = 0; gate < n_gates(vector); gate++, values += vector->n_recurrent) {
        double *const weights = network_gate(network, gate);
        if (construction->weights != NULL) {
            TRY(construction->weights(network->n_hidden, values, vector->fixed + (size_t)gate * n,
                                      weights, error));
        } else {
            memcpy(weights, values, vector->n_recurrent * sizeof *values);
        }
    }
    for (int k = 0; k < vector->n_direct; k++) {
        memcpy(vector->direct[k].weights, values, vector->direct[k].size * sizeof *values);
        values += vector->direct[k].size;
    }
    return STATUS_OK;
}

enum status param_vector_fold(struct param_vector *vector, struct error *error)
{
    const struct construction_ops *const construction = vector->construction;
    const size_t n = (size_t)vector->network.n_hidden;
    const double *values = vector->values;
    double *out = vector->values_change;
    for (int gate = 0; gate < n_gates(vector); gate++) {
        const double *const gradient = network_gate(&vector->gradient, gate);
        if (construction->gradient != NULL) {
            TRY(construction->gradient(vector->network.n_hidden, values,
                                       vector->fixed + (size_t)gate * n,
                                       network_gate(&vector->network, gate), gradient, out, error));
        } else {
            memcpy(out, gradient, vector->n_recurrent * sizeof *out);
        }
        values += vector->n_recurrent;
        out += vector->n_recurrent;
    }
    for (int k = 0; k < vector->n_direct; k++) {
        memcpy(out, vector->direct[k].gradient, vector->direct[k].size * sizeof *out);
        out += vector->direct[k].size;
    }
    return STATUS_OK;
}
