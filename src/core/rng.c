#include "core/rng.h"

#include "core/elementary.h"
#include "core/isa.h"

#include <Random123/philox.h>
#include <string.h>

struct rng rng_stream(struct rng_key key, uint64_t stream, uint64_t substream)
{
    return (struct rng){.key = key, .stream = stream, .substream = substream, .used = RNG_WORDS};
}

#if defined(__x86_64__)
#include <immintrin.h>

enum { BLOCKS = RNG_WORDS / RNG_BLOCK_WORDS };

typedef uint64_t vector __attribute__((vector_size(BLOCKS * sizeof(uint64_t))));

/* The products of the low halves of each word. */
__attribute__((always_inline, target("avx512f,avx512dq"))) static inline vector
times(vector x, uint64_t factor)
{
    return (vector)_mm512_mul_epu32((__m512i)x, _mm512_set1_epi64((long long)factor));
}

/* high and low half of factor * x, from products of 32 bits */
__attribute__((always_inline, target("avx512f,avx512dq"))) static inline void
multiply(uint64_t factor, const vector *x, vector *high, vector *low)
{
    static const uint64_t LOW = UINT32_MAX;
    const vector upper = *x >> 32;
    const vector low_low = times(*x, factor);
    const vector high_low = times(upper, factor) + (low_low >> 32);
    const vector low_high = times(*x, factor >> 32) + (high_low & LOW);
    *high = times(upper, factor >> 32) + (high_low >> 32) + (low_high >> 32);
    *low = (low_high << 32) | (low_low & LOW);
}

/* a_i, b_i, a_{i+1}, b_{i+1}, ... */
#define PAIRS(a, b, i)                                                                             \
    __builtin_shufflevector(a, b, i, i + 8, i + 1, i + 9, i + 2, i + 10, i + 3, i + 11)
/* Two of each, in turn. */
#define QUADS(of, i)                                                                               \
    __builtin_shufflevector((of)[0], (of)[1], i, i + 1, i + 8, i + 9, i + 2, i + 3, i + 10, i + 11)

/* All blocks at once, word by word; Philox's rounds as in philox4x64, then each block's words side
 * by side. */
__attribute__((target("avx512f,avx512dq"))) static void next_words_avx512(struct rng *rng)
{
    vector c[RNG_BLOCK_WORDS] = {(vector){0, 1, 2, 3, 4, 5, 6, 7} + rng->block, (vector){0},
                                 (vector){0} + rng->substream, (vector){0} + rng->stream};
    uint64_t key[2] = {rng->key.word[0], rng->key.word[1]};
    for (int round = 0; round < philox4x64_rounds; round++) {
        vector high[2];
        vector low[2];
        multiply(PHILOX_M4x64_0, &c[0], &high[0], &low[0]);
        multiply(PHILOX_M4x64_1, &c[2], &high[1], &low[1]);
        c[0] = high[1] ^ c[1] ^ key[0];
        c[1] = low[1];
        c[2] = high[0] ^ c[3] ^ key[1];
        c[3] = low[0];
        key[0] += PHILOX_W64_0;
        key[1] += PHILOX_W64_1;
    }
    const vector front[2] = {PAIRS(c[0], c[1], 0), PAIRS(c[2], c[3], 0)};
    const vector back[2] = {PAIRS(c[0], c[1], 4), PAIRS(c[2], c[3], 4)};
    const vector words[RNG_BLOCK_WORDS] = {QUADS(front, 0), QUADS(front, 4), QUADS(back, 0),
                                           QUADS(back, 4)};
    memcpy(rng->buffer, words, sizeof words);
    rng->block += BLOCKS;
    rng->used = 0;
}
#endif

void rng_next_words(struct rng *rng)
{
#if defined(__x86_64__)
    if (isa_available(ISA_AVX512)) {
        next_words_avx512(rng);
        return;
    }
#endif
    const philox4x64_key_t key = {{rng->key.word[0], rng->key.word[1]}};
    for (int i = 0; i < RNG_WORDS; i += RNG_BLOCK_WORDS) {
        const philox4x64_ctr_t counter = {{rng->block++, 0, rng->substream, rng->stream}};
        const philox4x64_ctr_t bits = philox4x64(counter, key);
        memcpy(rng->buffer + i, bits.v, sizeof bits.v);
    }
    rng->used = 0;
}

void rng_words(struct rng *rng, uint64_t *words, size_t count)
{
    while (count > 0) {
        if (rng->used == RNG_WORDS) {
            rng_next_words(rng);
        }
        const size_t left = (size_t)(RNG_WORDS - rng->used);
        const size_t taken = count < left ? count : left;
        memcpy(words, rng->buffer + rng->used, taken * sizeof *words);
        rng->used += (int)taken;
        words += taken;
        count -= taken;
    }
}

void rng_signs(struct rng *rng, double *signs, size_t count)
{
    static const uint64_t ONE = 0x3ff0000000000000; /* the bits of 1.0 */
    uint64_t words[RNG_WORDS];
    for (size_t first = 0; first < count; first += RNG_WORDS) {
        const size_t n = count - first < RNG_WORDS ? count - first : RNG_WORDS;
        rng_words(rng, words, n);
        for (size_t i = 0; i < n; i++) {
            words[i] = ONE | (~words[i] & (uint64_t)1 << 63);
        }
        memcpy(signs + first, words, n * sizeof *words);
    }
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
