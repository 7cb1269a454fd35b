#include "core/network.h"

#include "core/hash.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

enum { ARRAY_COUNT = 6 };

struct network_array {
    const char *name;
    const double *values;
    size_t size;
};

static void list_arrays(const struct network *network, struct network_array arrays[ARRAY_COUNT])
{
    const size_t n_hidden = (size_t)network->n_hidden;
    const size_t n_in = (size_t)network->n_in;
    const size_t n_out = (size_t)network->n_out;
    arrays[0] = (struct network_array){"weight_hh", network->weight_hh, n_hidden * n_hidden};
    arrays[1] = (struct network_array){"weight_ih", network->weight_ih, n_hidden * n_in};
    arrays[2] = (struct network_array){"weight_hy", network->weight_hy, n_out * n_hidden};
    arrays[3] = (struct network_array){"bias_h", network->bias_h, n_hidden};
    arrays[4] = (struct network_array){"bias_y", network->bias_y, n_out};
    arrays[5] = (struct network_array){"h0", network->h0, n_hidden};
}

/* weight_hh is the first of the arrays. */
static enum status create_from(struct network *network, int first, struct error *error)
{
    double **const arrays[ARRAY_COUNT] = {&network->weight_hh, &network->weight_ih,
                                          &network->weight_hy, &network->bias_h,
                                          &network->bias_y,    &network->h0};
    struct network_array sizes[ARRAY_COUNT];
    list_arrays(network, sizes);
    for (int i = first; i < ARRAY_COUNT; i++) {
        const enum status status = memory_array(arrays[i], sizes[i].size, sizeof(double), error);
        if (status != STATUS_OK) {
            network_release(network);
            return status;
        }
    }
    return STATUS_OK;
}

enum status network_create(struct network *network, int n_hidden, int n_in, int n_out,
                           struct error *error)
{
    *network =
        (struct network){.cell = CELL_DEFAULT, .n_hidden = n_hidden, .n_in = n_in, .n_out = n_out};
    return create_from(network, 0, error);
}

enum status network_create_rest(struct network *network, int n_hidden, int n_in, int n_out,
                                struct error *error)
{
    *network =
        (struct network){.cell = CELL_DEFAULT, .n_hidden = n_hidden, .n_in = n_in, .n_out = n_out};
    return create_from(network, 1, error);
}

void network_release(struct network *network)
{
    free(network->weight_hh);
    free(network->weight_ih);
    free(network->weight_hy);
    free(network->bias_h);
    free(network->bias_y);
    free(network->h0);
    free(network->h0_scale);
    *network = (struct network){0};
}

const char *network_nonfinite(const struct network *network, int64_t *index)
{
    struct network_array arrays[ARRAY_COUNT];
    list_arrays(network, arrays);
    for (int i = 0; i < ARRAY_COUNT; i++) {
        for (size_t j = 0; arrays[i].values != NULL && j < arrays[i].size; j++) {
            if (!isfinite(arrays[i].values[j])) {
                *index = (int64_t)j;
                return arrays[i].name;
            }
        }
    }
    return NULL;
}

enum status network_hash_begin(const struct network *network, struct hasher **hasher,
                               struct error *error)
{
    TRY(hasher_create(hasher, error));
    hasher_u64(*hasher, (uint64_t)network->n_hidden);
    hasher_u64(*hasher, (uint64_t)network->n_in);
    hasher_u64(*hasher, (uint64_t)network->n_out);
    if (!cell_is_default(&network->cell)) { /* hashes of plain tanh networks are older than cells */
        hasher_u64(*hasher, (uint64_t)network->cell.activation);
        hasher_u64(*hasher, (uint64_t)network->cell.leak_form);
        hasher_doubles(*hasher, &network->cell.leak, 1);
    }
    return STATUS_OK;
}

/* The first array is weight_hh. */
uint64_t network_hash_end(const struct network *network, struct hasher **hasher)
{
    struct network_array arrays[ARRAY_COUNT];
    list_arrays(network, arrays);
    for (int i = 1; i < ARRAY_COUNT; i++) {
        hasher_doubles(*hasher, arrays[i].values, arrays[i].size);
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
