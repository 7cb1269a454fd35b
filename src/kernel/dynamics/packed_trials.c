#include "kernel/dynamics/packed_trials.h"

#include "core/memory.h"

#include <stdlib.h>

size_t precision_size(enum precision precision)
{
    return precision == PRECISION_FLOAT64 ? sizeof(double) : sizeof(float);
}

void precision_put(void *array, enum precision precision, size_t index, double value)
{
    if (precision == PRECISION_FLOAT64) {
        ((double *)array)[index] = value;
    } else {
        ((float *)array)[index] = (float)value;
    }
}

double precision_get(const void *array, enum precision precision, size_t index)
{
    return precision == PRECISION_FLOAT64 ? ((const double *)array)[index]
                                          : (double)((const float *)array)[index];
}

/* Tile and column of a trial are its number divided by the tile's width, and the rest. */
enum status packed_trials_create(struct packed_trials *packed, const struct trials *trials,
                                 enum precision precision, struct error *error)
{
    const size_t width = precision == PRECISION_FLOAT64 ? TILE_FLOAT64 : TILE_FLOAT32;
    const size_t n_trials = (size_t)trials->n_trials;
    const size_t n_tiles = (n_trials + width - 1) / width;
    const size_t n_steps = (size_t)trials->n_steps;
    const size_t n_in = (size_t)trials->n_in;
    const size_t n_out = (size_t)trials->n_out;
    *packed = (struct packed_trials){.trials = trials,
                                     .precision = precision,
                                     .tile_width = (int)width,
                                     .n_tiles = (int)n_tiles};
    const size_t rows = n_tiles * n_steps;
    enum status status =
        memory_array2(&packed->inputs, rows * n_in, width, precision_size(precision), error);
    THEN(status, memory_array2(&packed->targets, rows * n_out, width, sizeof(double), error));
    THEN(status, memory_array2(&packed->mask, rows, width, sizeof(double), error));
    if (status != STATUS_OK) {
        packed_trials_release(packed);
        return status;
    }
    for (size_t place = 0; place < n_steps * n_trials; place++) {
        const size_t column = place % n_trials % width;
        const size_t row = place % n_trials / width * n_steps + place / n_trials;
        for (size_t k = 0; k < n_in; k++) {
            precision_put(packed->inputs, precision, (row * n_in + k) * width + column,
                          trials->inputs[place * n_in + k]);
        }
        for (size_t k = 0; k < n_out; k++) {
            packed->targets[(row * n_out + k) * width + column] =
                trials->targets[place * n_out + k];
        }
        packed->mask[row * width + column] = trials->mask[place] != 0 ? 1.0 : 0.0;
    }
    return STATUS_OK;
}

size_t packed_trials_memory(const struct trials *trials, enum precision precision)
{
    const size_t width = precision == PRECISION_FLOAT64 ? TILE_FLOAT64 : TILE_FLOAT32;
    const size_t n_tiles = ((size_t)trials->n_trials + width - 1) / width;
    const size_t row = (size_t)trials->n_in * precision_size(precision) +
                       ((size_t)trials->n_out + 1) * sizeof(double);
    return n_tiles * (size_t)trials->n_steps * width * row;
}

void packed_trials_release(struct packed_trials *packed)
{
    free(packed->inputs);
    free(packed->targets);
    free(packed->mask);
    *packed = (struct packed_trials){0};
}
