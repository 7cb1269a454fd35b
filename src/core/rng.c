#include "core/rng.h"

#include <Random123/philox.h>
#include <math.h>

struct rng rng_stream(struct rng_key key, uint64_t stream, uint64_t substream)
{
    return (struct rng){.key = key, .stream = stream, .substream = substream, .used = 4};
}

void rng_next_block(struct rng *rng)
{
    const philox4x64_ctr_t counter = {{rng->block, 0, rng->substream, rng->stream}};
    const philox4x64_key_t key = {{rng->key.word[0], rng->key.word[1]}};
    const philox4x64_ctr_t bits = philox4x64(counter, key);
    for (int i = 0; i < 4; i++) {
        rng->buffer[i] = bits.v[i];
    }
    rng->block++;
    rng->used = 0;
}

uint64_t rng_below(struct rng *rng, uint64_t bound)
{
    const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
    uint64_t bits = rng_bits(rng);
    while (bits >= limit) {
        bits = rng_bits(rng);
    }
    return bits % bound;
}

double rng_normal(struct rng *rng)
{
    if (rng->has_spare) {
        rng->has_spare = 0;
        return rng->spare;
    }
    const double radius = sqrt(-2.0 * log(1.0 - rng_uniform(rng)));
    const double angle = 6.283185307179586476925 * rng_uniform(rng);
    rng->spare = radius * sin(angle);
    rng->has_spare = 1;
    return radius * cos(angle);
}
