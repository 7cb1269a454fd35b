/* Counter-based random numbers: Philox4x64-10 of Salmon, Moraes, Dror, Shaw, "Parallel random
 * numbers: as easy as 1, 2, 3" (SC 2011), from the Random123 library.
 *
 * A stream is named by (key, stream, substream) and needs no other state: the same name gives the
 * same numbers on every rank and in every order of work. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct rng_key {
    uint64_t word[2];
};

/* Words that are made at once: blocks are independent, and processors compute several in the time
 * of one. */
enum { RNG_BLOCK_WORDS = 4, RNG_WORDS = 8 * RNG_BLOCK_WORDS };

struct rng {
    struct rng_key key;
    uint64_t stream;
    uint64_t substream;
    uint64_t block;             /* next block of the stream */
    uint64_t buffer[RNG_WORDS]; /* the last blocks made */
    int used;                   /* words of it that are used up */
    int has_spare;              /* a second normal deviate is waiting */
    double spare;
};

/* Start of the stream (key, stream, substream). Local. */
struct rng rng_stream(struct rng_key key, uint64_t stream, uint64_t substream);

/* Makes the next RNG_WORDS of the stream. */
void rng_next_words(struct rng *rng);

/* Next 64 random bits. */
static inline uint64_t rng_bits(struct rng *rng)
{
    if (rng->used == RNG_WORDS) {
        rng_next_words(rng);
    }
    return rng->buffer[rng->used++];
}

/* words[count] as that many calls of rng_bits give, faster. */
void rng_words(struct rng *rng, uint64_t *words, size_t count);

/* Uniform in [0, 1), a multiple of 2^-53. */
static inline double rng_uniform(struct rng *rng)
{
    return (double)(rng_bits(rng) >> 11) * 0x1p-53;
}

/* Uniform integer in [0, bound), bound > 0, without bias (rejection). */
uint64_t rng_below(struct rng *rng, uint64_t bound);

/* Standard normal deviate (Box and Muller 1958). */
double rng_normal(struct rng *rng);

/* normals[count] as that many calls of rng_normal give, faster. */
void rng_normals(struct rng *rng, double *normals, size_t count);

/* +1.0 or -1.0, equally likely. */
static inline double rng_sign(struct rng *rng)
{
    return (rng_bits(rng) >> 63) != 0 ? 1.0 : -1.0;
}

/* signs[count] as that many calls of rng_sign give, faster. */
void rng_signs(struct rng *rng, double *signs, size_t count);
