#include "core/rng.h"

#include "core/elementary.h"

#include <Random123/philox.h>
#include <string.h>

struct rng rng_stream(struct rng_key key, uint64_t stream, uint64_t substream)
{
    return (struct rng){.key = key, .stream = stream, .substream = substream, .used = RNG_WORDS};
}

void rng_next_words(struct rng *rng)
{
    const philox4x64_key_t key = {{rng->key.word[0], rng->key.word[1]}};
    for (int i = 0; i < RNG_WORDS; i += RNG_BLOCK_WORDS) {
        const philox4x64_ctr_t counter = {{rng->block++, 0, rng->substream, rng->stream}};
        const philox4x64_ctr_t bits = philox4x64(counter, key);
        memcpy(rng->buffer + i, bits.v, sizeof bits.v);
    }
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

void rng_normals(struct rng *rng, double *normals, size_t count)
{
    enum { PAIRS = 32 };
    double radius[PAIRS];
    double turns[PAIRS];
    size_t done = 0;
    if (count > 0 && rng->has_spare) {
        rng->has_spare = 0;
        normals[done++] = rng->spare;
    }
    for (size_t left = (count - done) / 2; left > 0;) {
        const size_t pairs = left < PAIRS ? left : PAIRS;
        for (size_t i = 0; i < pairs; i++) {
            radius[i] = 1.0 - rng_uniform(rng);
            turns[i] = rng_uniform(rng);
        }
        elementary_normals(radius, turns, normals + done, pairs);
        done += 2 * pairs;
        left -= pairs;
    }
    if (done < count) {
        double both[2];
        radius[0] = 1.0 - rng_uniform(rng);
        turns[0] = rng_uniform(rng);
        elementary_normals(radius, turns, both, 1);
        normals[done] = both[0];
        rng->spare = both[1];
        rng->has_spare = 1;
    }
}

double rng_normal(struct rng *rng)
{
    double normal = 0.0;
    rng_normals(rng, &normal, 1);
    return normal;
}
