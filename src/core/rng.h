/* Counter-based random numbers: Philox4x64-10 of Salmon, Moraes, Dror, Shaw, "Parallel random
 * numbers: as easy as 1, 2, 3" (SC 2011), from the Random123 library.
 *
 * A stream is named by (key, stream, substream) and needs no other state: the same name gives the
 * same numbers on every rank and in every order of work. */
#pragma once

#include <stdint.h>

struct rng_key {
    uint64_t word[2];
};

struct rng {
    struct rng_key key;
    uint64_t stream;
    uint64_t substream;
    uint64_t block;     /* next block of the stream */
    uint64_t buffer[4]; /* the last block made */
    int used;           /* words of it that are used up */
    int has_spare;      /* a second normal deviate is waiting */
    double spare;
};

/* Start of the stream (key, stream, substream). Local. */
struct rng rng_stream(struct rng_key key, uint64_t stream, uint64_t substream);

/* Makes the next block of the stream. */
void rng_next_block(struct rng *rng);

/* Next 64 random bits. */
static inline uint64_t rng_bits(struct rng *rng)
{
    if (rng->used == 4) {
        rng_next_block(rng);
    }
    return rng->buffer[rng->used++];
}

/* Uniform in [0, 1), a multiple of 2^-53. */
static inline double rng_uniform(struct rng *rng)
{
    return (double)(rng_bits(rng) >> 11) * 0x1p-53;
}

/* Uniform integer in [0, bound), bound > 0, without bias (rejection). */
uint64_t rng_below(struct rng *rng, uint64_t bound);

/* Standard normal deviate (Box and Muller 1958). */
double rng_normal(struct rng *rng);

/* +1.0 or -1.0, equally likely. */
static inline double rng_sign(struct rng *rng)
{
    return (rng_bits(rng) >> 63) != 0 ? 1.0 : -1.0;
}
