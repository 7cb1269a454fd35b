#include "kernel/dynamics/packed_trials.h"

#include "core/array.h"
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
static void pack(struct packed_trials *packed)
{
    const struct trials *const trials = packed->trials;
    const size_t n_trials = (size_t)trials->n_trials;
    const size_t n_in = (size_t)trials->n_in;
    const size_t n_out = (size_t)trials->n_out;
    const size_t width = (size_t)packed->tile_width;
    for (size_t place = 0; place < (size_t)trials->n_steps * n_trials; place++) {
        const size_t trial = place % n_trials;
        const size_t column = trial % width;
        const size_t row = trial / width * (size_t)trials->n_steps + place / n_trials;
        for (size_t k = 0; k < n_in; k++) {
            precision_put(packed->inputs, packed->precision, (row * n_in + k) * width + column,
                          trials->inputs[place * n_in + k]);
        }
        for (size_t k = 0; k < n_out; k++) {
            packed->targets[(row * n_out + k) * width + column] =
                trials->targets[place * n_out + k];
        }
        packed->mask[row * width + column] = trials->mask[place] != 0 ? 1.0 : 0.0;
    }
}

enum status packed_trials_create(struct packed_trials *packed, const struct trials *trials,
                                 enum precision precision, struct error *error)
{
    const int width = precision == PRECISION_FLOAT64 ? TILE_FLOAT64 : TILE_FLOAT32;
    *packed = (struct packed_trials){.trials = trials,
                                     .precision = precision,
                                     .tile_width = width,
                                     .n_tiles = (trials->n_trials + width - 1) / width};
    const size_t rows = array_count(packed->n_tiles, trials->n_steps);
    const size_t columns = (size_t)width;
    enum status status = memory_array2(&packed->inputs, rows * (size_t)trials->n_in, columns,
                                       precision_size(precision), error);
    THEN(status, memory_array2(&packed->targets, rows * (size_t)trials->n_out, columns,
                               sizeof(double), error));
    THEN(status, memory_array2(&packed->mask, rows, columns, sizeof(double), error));
    if (status != STATUS_OK) {
        packed_trials_release(packed);
        return status;
    }
    pack(packed);
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
