#include "core/cell.h"

#include "core/hash.h"

#include <math.h>
#include <string.h>

enum { CELL_BYTES = 3 * 8 + 6 * 8 + 1 + 2 };

uint64_t cell_checksum(const struct cell *cell, struct cell_index index)
{
    const int64_t place[3] = {index.case_index, index.alpha, index.ablation};
    const double values[6] = {cell->fvu,      cell->delta_fvu,    cell->accuracy,
                              cell->distance, cell->removed_mass, cell->sensitivity};
    unsigned char bytes[CELL_BYTES];
    memcpy(bytes, place, sizeof place);
    memcpy(bytes + sizeof place, values, sizeof values);
    bytes[CELL_BYTES - 3] = cell->stabilizer;
    memcpy(bytes + CELL_BYTES - 2, &cell->error, sizeof cell->error);
    return hash_bytes64(bytes, sizeof bytes);
}

struct cell cell_absent(void)
{
    return (struct cell){.fvu = NAN,
                         .delta_fvu = NAN,
                         .accuracy = NAN,
                         .distance = NAN,
                         .removed_mass = NAN,
                         .sensitivity = NAN,
                         .stabilizer = STABILIZER_MISSING,
                         .state = CELL_PENDING,
                         .seconds = NAN};
}

struct cell cell_failed(enum status status)
{
    struct cell cell = cell_absent();
    cell.error = (uint16_t)status;
    cell.state = CELL_FAILED;
    cell.seconds = 0.0;
    return cell;
}

static void hash_case(struct hasher *hasher, const struct case_values *values, int64_t case_index)
{
    const size_t n_hidden = (size_t)values->n_hidden;
    const size_t n_alphas = (size_t)values->n_alphas;
    const double numbers[] = {values->spectral_radius, values->departure,   values->schur_residual,
                              values->orthogonality,   values->modulus_gap, values->training.metric,
                              values->training.loss};
    hasher_u64(hasher, (uint64_t)case_index);
    hasher_doubles(hasher, numbers, sizeof numbers / sizeof numbers[0]);
    hasher_doubles(hasher, values->eigenvalue_re, n_hidden);
    hasher_doubles(hasher, values->eigenvalue_im, n_hidden);
    hasher_bytes(hasher, values->leading_dim, n_alphas * sizeof *values->leading_dim);
    hasher_doubles(hasher, values->alpha_gap, n_alphas);
    hasher_doubles(hasher, values->sector_mass, n_alphas * COUPLING_COUNT);
    const size_t n_partitions = (size_t)values->n_partitions;
    hasher_doubles(hasher, values->alpha_low, n_partitions);
    hasher_doubles(hasher, values->alpha_high, n_partitions);
    hasher_bytes(hasher, values->partition_dim, n_partitions * sizeof *values->partition_dim);
    hasher_u64(hasher, values->schur_route);
    hasher_u64(hasher, values->weights_hash);
    hasher_u64(hasher, (uint64_t)values->training.converged);
    hasher_u64(hasher, (uint64_t)values->training.steps);
}

enum status case_checksum(const struct case_values *values, int64_t case_index, uint64_t *checksum,
                          struct error *error)
{
    struct hasher *hasher = NULL;
    TRY(hasher_create(&hasher, error));
    hash_case(hasher, values, case_index);
    *checksum = hasher_digest64(hasher);
    hasher_destroy(&hasher);
    return STATUS_OK;
}

struct training_facts training_facts_missing(void)
{
    return (struct training_facts){
        .converged = -1, .metric = NAN, .loss = NAN, .steps = -1, .seconds = NAN};
}
