#include "fuzz/fuzz.h"

#include "support/scratch.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

size_t fuzz_left(const struct fuzz_input *input)
{
    return input->size - input->position;
}

void fuzz_take(struct fuzz_input *input, void *out, size_t size)
{
    const size_t got = size < fuzz_left(input) ? size : fuzz_left(input);
    memset(out, 0, size);
    if (got > 0) {
        memcpy(out, input->bytes + input->position, got);
    }
    input->position += got;
}

uint8_t fuzz_byte(struct fuzz_input *input)
{
    uint8_t byte = 0;
    fuzz_take(input, &byte, 1);
    return byte;
}

int fuzz_below(struct fuzz_input *input, int bound)
{
    return fuzz_byte(input) % bound;
}

double fuzz_real(struct fuzz_input *input)
{
    static const double special[] = {0.0,
                                     -0.0,
                                     1.0,
                                     -1.0,
                                     0.5,
                                     2.0,
                                     DBL_MIN,
                                     4.9e-324,
                                     1e-310,
                                     DBL_MAX,
                                     -DBL_MAX,
                                     1e300,
                                     1e-300,
                                     DBL_EPSILON,
                                     1e154,
                                     1e-154,
                                     NAN,
                                     INFINITY,
                                     -INFINITY,
                                     1.0 + DBL_EPSILON,
                                     1.0 - DBL_EPSILON / 2};
    enum { SPECIAL = sizeof special / sizeof special[0] };
    const uint8_t kind = fuzz_byte(input);
    double value = 0.0;
    if (kind < 128) {
        return special[kind % SPECIAL];
    }
    if (kind < 192) {
        return (double)((int)kind - 160) / 16.0;
    }
    fuzz_take(input, &value, sizeof value);
    return value;
}

int64_t fuzz_integer(struct fuzz_input *input)
{
    static const int64_t special[] = {0, 1, -1, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
    enum { SPECIAL = sizeof special / sizeof special[0] };
    const uint8_t kind = fuzz_byte(input);
    int64_t value = 0;
    if (kind < 64) {
        return kind;
    }
    if (kind < 128) {
        return special[kind % SPECIAL];
    }
    fuzz_take(input, &value, sizeof value);
    return value;
}

void fuzz_demand(bool holds, const char *claim, const char *file, int line)
{
    if (!holds) {
        (void)fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, claim);
        abort();
    }
}

void fuzz_demand_message(const struct error *error)
{
    const size_t length = strnlen(error->text, sizeof error->text);
    FUZZ_DEMAND(length > 0);
    FUZZ_DEMAND(length < sizeof error->text);
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)error->text[i];
        FUZZ_DEMAND(c >= 0x20 && c != 0x7f);
    }
}

double fuzz_seconds(void)
{
    struct timespec now;
    FUZZ_DEMAND(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void remove_scratch(void)
{
    (void)scratch_remove(NULL);
}

void fuzz_scratch(void)
{
    static bool is_there;
    if (!is_there) {
        FUZZ_DEMAND(scratch_create(NULL) == 0);
        FUZZ_DEMAND(atexit(remove_scratch) == 0);
        is_there = true;
    }
}
