#include "support/construction_start.h"

#include "support/check.h"
#include "support/matgen.h"

#include <stdlib.h>

static struct error error;

static double *nans(size_t count)
{
    double *const values = matgen_zeros(count);
    for (size_t i = 0; i < count; i++) {
        values[i] = NAN;
    }
    return values;
}

struct start start_of(const struct construction_ops *construction, int n, uint64_t number)
{
    struct rng rng = rng_stream((struct rng_key){{0x7374617274, number}}, 0, 0);
    const size_t count = (size_t)n * (size_t)n;
    struct start start = {.n = n, .n_params = construction->n_params(n)};
    start.params = nans(start.n_params);
    start.fixed = nans((size_t)n);
    start.w = nans(count);
    CHECK_OK(construction->initialise(n, &rng, start.params, start.fixed, &error));
    if (construction->weights != NULL) {
        CHECK_OK(construction->weights(n, start.params, start.fixed, start.w, &error));
    } else {
        memcpy(start.w, start.params, count * sizeof *start.w);
    }
    return start;
}

void start_release(struct start *start)
{
    free(start->params);
    free(start->fixed);
    free(start->w);
    *start = (struct start){0};
}
