#include "support/spectra.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const int SIZES[SPECTRA_SIZE_COUNT] = {1, 2, 3, 17, 64, 129};

static struct spectrum SPECTRA[SPECTRA_COUNT];

const struct spectrum *spectra_next(const struct spectrum *spectrum)
{
    do {
        spectrum++;
    } while (spectrum < SPECTRA + SPECTRA_COUNT && spectrum->schur.n == 0);
    return spectrum < SPECTRA + SPECTRA_COUNT ? spectrum : NULL;
}

const struct spectrum *spectra_first(void)
{
    return SPECTRA[0].schur.n != 0 ? SPECTRA : spectra_next(SPECTRA);
}

const char *spectrum_name(const struct spectrum *spectrum)
{
    static char name[64];
    (void)snprintf(name, sizeof name, "%s n=%d", matgen_name(spectrum->kind), spectrum->n);
    return name;
}

double spectrum_t(const struct spectrum *spectrum, int row, int column)
{
    return spectrum->schur.t[(size_t)column * (size_t)spectrum->n + (size_t)row];
}

double spectrum_modulus(const struct spectrum *spectrum, int row)
{
    return hypot(spectrum->schur.eigenvalue_re[row], spectrum->schur.eigenvalue_im[row]);
}

bool spectrum_is_well_conditioned(const struct spectrum *spectrum)
{
    return spectrum->kind != MATGEN_DEFECTIVE && spectrum->kind != MATGEN_RANK_ONE;
}

static int *number_blocks(const struct spectrum *spectrum)
{
    int *const block_of_row = calloc((size_t)spectrum->n, sizeof *block_of_row);
    if (block_of_row == NULL) {
        abort();
    }
    for (int row = 1; row < spectrum->n; row++) {
        const bool joined = spectrum_t(spectrum, row, row - 1) != 0.0;
        block_of_row[row] = block_of_row[row - 1] + (joined ? 0 : 1);
    }
    return block_of_row;
}

static void fill(struct spectrum *spectrum)
{
    struct error error;
    const int n = spectrum->n;
    spectrum->w = matgen_zeros((size_t)n * (size_t)n);
    matgen_fill(spectrum->kind, 1, spectrum->w, n);
    if (schur_compute(&spectrum->schur, spectrum->w, n, 1.0, &error) == STATUS_OK) {
        spectrum->block_of_row = number_blocks(spectrum);
    } else {
        (void)fprintf(stderr, "left out %s: %s\n", spectrum_name(spectrum), error.text);
    }
}

int spectra_create(void **state)
{
    (void)state;
    for (int i = 0; i < SPECTRA_COUNT; i++) {
        SPECTRA[i].kind = (enum matgen_kind)(i / SPECTRA_SIZE_COUNT);
        SPECTRA[i].n = SIZES[i % SPECTRA_SIZE_COUNT];
        fill(&SPECTRA[i]);
    }
    return 0;
}

int spectra_release(void **state)
{
    (void)state;
    for (int i = 0; i < SPECTRA_COUNT; i++) {
        schur_release(&SPECTRA[i].schur);
        free(SPECTRA[i].w);
        free(SPECTRA[i].block_of_row);
        SPECTRA[i] = (struct spectrum){0};
    }
    return 0;
}
