/* What the fuzz targets share. Each target is a function of bytes, LLVMFuzzerTestOneInput:
 * libFuzzer calls it in the build with SCHURSWEEP_SANITIZE, replay.c with the stored corpus in
 * every other. A claim that does not hold ends the program. */
#pragma once

#include "core/status.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The bytes as a list of choices; zeros when they are used up. */
struct fuzz_input {
    const uint8_t *bytes;
    size_t size;
    size_t position;
};

/* Bytes not yet used. */
size_t fuzz_left(const struct fuzz_input *input);
uint8_t fuzz_byte(struct fuzz_input *input);
/* 0 .. bound - 1, from one byte; bound is at most 256. */
int fuzz_below(struct fuzz_input *input, int bound);
void fuzz_take(struct fuzz_input *input, void *out, size_t size);
/* A number that is likely to be awkward. */
double fuzz_real(struct fuzz_input *input);
int64_t fuzz_integer(struct fuzz_input *input);

/* Ends the program, naming the claim, unless it holds. */
#define FUZZ_DEMAND(claim) fuzz_demand((claim), #claim, __FILE__, __LINE__)
void fuzz_demand(bool holds, const char *claim, const char *file, int line);

/* The message of a failure: one line, without control characters, with something in it. */
void fuzz_demand_message(const struct error *error);

/* Seconds of processor time of this thread. */
double fuzz_seconds(void);

/* Makes the scratch folder of tests/support/scratch.h on the first call; it goes with the program,
 * unless a find ends it. */
void fuzz_scratch(void);
