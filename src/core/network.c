#include "core/network.h"

#include "core/hash.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

enum { ARRAY_COUNT = 10, FIRST_OF_REST = 1 };

struct network_array {
    const char *name;
    double **values;
    size_t size; /* 0 of what the cell lacks, and of dale_sign where it was not given */
};

/* All arrays of a network, in the order in which they are hashed; weight_hh comes first. */
static void list_arrays(struct network *network, struct network_array arrays[ARRAY_COUNT])
{
    const struct cell_parts *const parts = cell_parts(network->cell.kind);
    const size_t n = (size_t)network->n_hidden;
    const size_t n_in = (size_t)network->n_in;
    const size_t n_out = (size_t)network->n_out;
    const size_t n_gates = (size_t)parts->n_gates;
    arrays[0] = (struct network_array){"weight_hh", &network->weight_hh, n * n};
    arrays[1] = (struct network_array){"weight_hh", &network->others_hh, (n_gates - 1) * n * n};
    arrays[2] = (struct network_array){"weight_ih", &network->weight_ih, n_gates * n * n_in};
    arrays[3] = (struct network_array){"weight_hy", &network->weight_hy, n_out * n};
    arrays[4] = (struct network_array){"bias_h", &network->bias_h, n_gates * n};
    arrays[5] = (struct network_array){"bias_y", &network->bias_y, n_out};
    arrays[6] = (struct network_array){"h0", &network->h0, n};
    arrays[7] = (struct network_array){"bias_hn", &network->bias_hn, parts->has_bias_hn ? n : 0};
    arrays[8] = (struct network_array){"c0", &network->c0, parts->has_c0 ? n : 0};
    arrays[9] = (struct network_array){"dale_sign", &network->dale_sign,
                                       network->dale_sign != NULL ? n : 0};
}

static enum status create_from(struct network *network, const struct network_shape *shape,
                               int matrix, int first, struct error *error)
{
    struct network_array arrays[ARRAY_COUNT];
    *network = (struct network){.cell = shape->cell,
                                .matrix = matrix,
                                .n_hidden = shape->n_hidden,
                                .n_in = shape->n_in,
                                .n_out = shape->n_out};
    list_arrays(network, arrays);
    for (int i = first; i < ARRAY_COUNT; i++) {
        const enum status status =
            arrays[i].size > 0
                ? memory_array(arrays[i].values, arrays[i].size, sizeof(double), error)
                : STATUS_OK;
        if (status != STATUS_OK) {
            network_release(network);
            return status;
        }
    }
    return STATUS_OK;
}

enum status network_create(struct network *network, const struct network_shape *shape,
                           struct error *error)
{
    return create_from(network, shape, cell_parts(shape->cell.kind)->matrix, 0, error);
}

enum status network_create_rest(struct network *network, const struct network_shape *shape,
                                int matrix, struct error *error)
{
    return create_from(network, shape, matrix, FIRST_OF_REST, error);
}

void network_release(struct network *network)
{
    struct network_array arrays[ARRAY_COUNT];
    list_arrays(network, arrays);
    for (int i = 0; i < ARRAY_COUNT; i++) {
        free(*arrays[i].values);
    }
    free(network->h0_scale);
    *network = (struct network){0};
}

enum status network_add_dale_sign(struct network *network, struct error *error)
{
    return memory_array(&network->dale_sign, (size_t)network->n_hidden, sizeof(double), error);
}

double *network_gate(const struct network *network, int gate)
{
    const size_t n = (size_t)network->n_hidden;
    const int other = gate < network->matrix ? gate : gate - 1;
    return gate == network->matrix ? network->weight_hh
                                   : network->others_hh + (size_t)other * n * n;
}

const char *network_nonfinite(const struct network *network, int64_t *index)
{
    struct network copy = *network;
    struct network_array arrays[ARRAY_COUNT];
    list_arrays(&copy, arrays);
    for (int i = 0; i < ARRAY_COUNT; i++) {
        for (size_t j = 0; *arrays[i].values != NULL && j < arrays[i].size; j++) {
            if (!isfinite((*arrays[i].values)[j])) {
                *index = (int64_t)j;
                return arrays[i].name;
            }
        }
    }
    return NULL;
}

static void hash_gates(const struct network *network, struct hasher *hasher, int first, int end)
{
    const size_t n = (size_t)network->n_hidden;
    for (int gate = first; gate < end; gate++) {
        hasher_doubles(hasher, network_gate(network, gate), n * n);
    }
}

enum status network_hash_begin(const struct network *network, struct hasher **hasher,
                               struct error *error)
{
    const struct cell *const cell = &network->cell;
    TRY(hasher_create(hasher, error));
    hasher_u64(*hasher, (uint64_t)network->n_hidden);
    hasher_u64(*hasher, (uint64_t)network->n_in);
    hasher_u64(*hasher, (uint64_t)network->n_out);
    if (!cell_is_default(cell)) { /* hashes of plain tanh networks are older than cells */
        hasher_u64(*hasher, (uint64_t)cell->activation);
        hasher_u64(*hasher, (uint64_t)cell->leak_form);
        hasher_doubles(*hasher, &cell->leak, 1);
    }
    if (cell->kind != CELL_DEFAULT.kind) {
        hasher_string(*hasher, cell_parts(cell->kind)->name);
    }
    hash_gates(network, *hasher, 0, network->matrix);
    return STATUS_OK;
}

uint64_t network_hash_end(const struct network *network, struct hasher **hasher)
{
    struct network copy = *network;
    struct network_array arrays[ARRAY_COUNT];
    list_arrays(&copy, arrays);
    hash_gates(network, *hasher, network->matrix + 1, cell_parts(network->cell.kind)->n_gates);
    for (int i = 2; i < ARRAY_COUNT; i++) { /* weights of the gates went before */
        hasher_doubles(*hasher, *arrays[i].values, arrays[i].size);
    }
    const uint64_t hash = hasher_digest64(*hasher);
    hasher_destroy(hasher);
    return hash;
}

enum status network_hash(const struct network *network, uint64_t *hash, struct error *error)
{
    const size_t n = (size_t)network->n_hidden;
    struct hasher *hasher = NULL;
    TRY(network_hash_begin(network, &hasher, error));
    hasher_doubles(hasher, network->weight_hh, n * n);
    *hash = network_hash_end(network, &hasher);
    return STATUS_OK;
}
