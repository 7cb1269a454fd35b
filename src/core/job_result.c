#include "core/job_result.h"

#include "core/hash.h"

#include <math.h>
#include <string.h>

enum { JOB_BYTES = 3 * 8 + 6 * 8 + 1 + 2 };

uint64_t job_result_checksum(const struct job_result *result, struct job_index index)
{
    const int64_t place[3] = {index.case_index, index.alpha, index.ablation};
    const double values[6] = {result->fvu,      result->delta_fvu,    result->accuracy,
                              result->distance, result->removed_mass, result->sensitivity};
    unsigned char bytes[JOB_BYTES];
    memcpy(bytes, place, sizeof place);
    memcpy(bytes + sizeof place, values, sizeof values);
    bytes[JOB_BYTES - 3] = result->stabilizer;
    memcpy(bytes + JOB_BYTES - 2, &result->error, sizeof result->error);
    return hash_bytes64(bytes, sizeof bytes);
}

struct job_result job_result_absent(void)
{
    return (struct job_result){.fvu = NAN,
                               .delta_fvu = NAN,
                               .accuracy = NAN,
                               .distance = NAN,
                               .removed_mass = NAN,
                               .sensitivity = NAN,
                               .stabilizer = STABILIZER_MISSING,
                               .state = JOB_PENDING,
                               .seconds = NAN};
}

struct job_result job_result_failed(enum status status)
{
    struct job_result result = job_result_absent();
    result.error = (uint16_t)status;
    result.state = JOB_FAILED;
    result.seconds = 0.0;
    return result;
}

static void hash_case(struct hasher *hasher, const struct case_values *values, int64_t case_index)
{
    const size_t n_hidden = (size_t)values->n_hidden;
    const size_t n_alphas = (size_t)values->n_alphas;
    const double numbers[] = {values->spectral_radius, values->nonnormality,
                              values->schur_residual,  values->orthogonality_loss,
                              values->modulus_gap,     values->training.metric,
                              values->training.loss};
    hasher_u64(hasher, (uint64_t)case_index);
    hasher_doubles(hasher, numbers, sizeof numbers / sizeof numbers[0]);
    hasher_doubles(hasher, values->eigenvalue_re, n_hidden);
    hasher_doubles(hasher, values->eigenvalue_im, n_hidden);
    hasher_bytes(hasher, values->n_r, n_alphas * sizeof *values->n_r);
    hasher_doubles(hasher, values->alpha_gap, n_alphas);
    hasher_doubles(hasher, values->coupling_mass, n_alphas * COUPLING_COUNT);
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
