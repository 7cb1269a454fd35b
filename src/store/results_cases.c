#include "store/results_cases.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* Variables of a case, in the order of the arrays below. */
enum {
    RADIUS,
    NONNORMALITY,
    RESIDUAL,
    ORTHOGONALITY_LOSS,
    GAP,
    METRIC,
    LOSS,
    EIGENVALUE_RE,
    EIGENVALUE_IM,
    ALPHA_GAP,
    SECTOR_MASS,
    ALPHA_LOW,
    ALPHA_HIGH,
    N_DOUBLES
};
static const enum variable_id DOUBLE_IDS[N_DOUBLES] = {
    VAR_SPECTRAL_RADIUS, VAR_NONNORMALITY, VAR_SCHUR_RESIDUAL, VAR_ORTHOGONALITY_LOSS,
    VAR_MODULUS_GAP,     VAR_TRAIN_METRIC, VAR_TRAIN_LOSS,     VAR_EIGENVALUE_RE,
    VAR_EIGENVALUE_IM,   VAR_ALPHA_GAP,    VAR_COUPLING_MASS,  VAR_ALPHA_LOW,
    VAR_ALPHA_HIGH};

/* All cases, as stored. */
struct case_arrays {
    double *doubles[N_DOUBLES];
    int32_t *hidden;
    int32_t *n_r;
    int32_t *partition_dim;
    int32_t *steps;
    int8_t *converged;
    uint8_t *schur_route;
    uint64_t *weights_hash;
    uint64_t *checksum;
    uint8_t *state;
};

static enum status read_all(const struct results *results, enum variable_id id, void *out,
                            struct error *error)
{
    void *values = NULL;
    if (!results_has(results, id)) {
        return STATUS_OK;
    }
    TRY(memory_array(out, results_count(results, id), value_size(VARIABLES[id].type), error));
    memcpy(&values, out, sizeof values);
    return results_read(results, id, values, error);
}

static enum status read_arrays(struct case_arrays *arrays, const struct results *results,
                               struct error *error)
{
    for (int i = 0; i < N_DOUBLES; i++) {
        TRY(read_all(results, DOUBLE_IDS[i], &arrays->doubles[i], error));
    }
    TRY(read_all(results, VAR_HIDDEN, &arrays->hidden, error));
    TRY(read_all(results, VAR_N_R, &arrays->n_r, error));
    TRY(read_all(results, VAR_PARTITION_N_R, &arrays->partition_dim, error));
    TRY(read_all(results, VAR_SCHUR_ROUTE, &arrays->schur_route, error));
    TRY(read_all(results, VAR_TRAIN_STEPS, &arrays->steps, error));
    TRY(read_all(results, VAR_CONVERGED, &arrays->converged, error));
    TRY(read_all(results, VAR_WEIGHTS_HASH, &arrays->weights_hash, error));
    TRY(read_all(results, VAR_CASE_CHECKSUM, &arrays->checksum, error));
    return read_all(results, VAR_CASE_STATE, &arrays->state, error);
}

static void release_arrays(struct case_arrays *arrays)
{
    for (int i = 0; i < N_DOUBLES; i++) {
        free(arrays->doubles[i]);
    }
    free(arrays->hidden);
    free(arrays->n_r);
    free(arrays->partition_dim);
    free(arrays->schur_route);
    free(arrays->steps);
    free(arrays->converged);
    free(arrays->weights_hash);
    free(arrays->checksum);
    free(arrays->state);
}

/* Row `i` of an array with `width` values per case; NULL of one that is not there. */
static const double *row_of(const double *values, size_t i, size_t width)
{
    return values != NULL ? values + i * width : NULL;
}

/* What was written for a case, pointing into the arrays. */
static struct case_values values_of(const struct case_arrays *arrays, const struct results *results,
                                    size_t i)
{
    const size_t n_modes = (size_t)results->lengths[AXIS_MODE];
    const size_t n_alphas = (size_t)results->lengths[AXIS_ALPHA];
    const size_t n_partitions = (size_t)results->lengths[AXIS_PARTITION];
    double *const *const doubles = arrays->doubles;
    struct case_values values = {.n_hidden = arrays->hidden[i],
                                 .n_alphas = (int)n_alphas,
                                 .n_partitions = (int)n_partitions,
                                 .spectral_radius = doubles[RADIUS][i],
                                 .nonnormality = doubles[NONNORMALITY][i],
                                 .schur_residual = doubles[RESIDUAL][i],
                                 .orthogonality_loss = doubles[ORTHOGONALITY_LOSS][i],
                                 .modulus_gap = doubles[GAP][i],
                                 .eigenvalue_re = row_of(doubles[EIGENVALUE_RE], i, n_modes),
                                 .eigenvalue_im = row_of(doubles[EIGENVALUE_IM], i, n_modes),
                                 .n_r = arrays->n_r + i * n_alphas,
                                 .alpha_gap = row_of(doubles[ALPHA_GAP], i, n_alphas),
                                 .coupling_mass =
                                     row_of(doubles[SECTOR_MASS], i, n_alphas * COUPLING_COUNT),
                                 .alpha_low = row_of(doubles[ALPHA_LOW], i, n_partitions),
                                 .alpha_high = row_of(doubles[ALPHA_HIGH], i, n_partitions),
                                 .schur_route = arrays->schur_route[i],
                                 .weights_hash = arrays->weights_hash[i],
                                 .training = {.converged = arrays->converged[i],
                                              .metric = doubles[METRIC][i],
                                              .loss = doubles[LOSS][i],
                                              .steps = arrays->steps[i]}};
    if (n_partitions > 0) {
        values.partition_dim = arrays->partition_dim + i * n_partitions;
    }
    return values;
}

static enum status check_cases(const struct case_arrays *arrays, const struct results *results,
                               unsigned char *damaged, struct error *error)
{
    const hsize_t n_modes = results->lengths[AXIS_MODE];
    for (size_t i = 0; i < (size_t)results->lengths[AXIS_CASE]; i++) {
        const struct case_values values = values_of(arrays, results, i);
        uint64_t checksum = 0;
        damaged[i] = 1;
        if (values.n_hidden >= 0 && (hsize_t)values.n_hidden <= n_modes) {
            TRY(case_checksum(&values, (int64_t)i, &checksum, error));
            damaged[i] = checksum != arrays->checksum[i] || arrays->state[i] == JOB_PENDING;
        }
    }
    return STATUS_OK;
}

enum status results_find_damaged_cases(const struct results *results, unsigned char **damaged,
                                       struct error *error)
{
    struct case_arrays arrays = {0};
    TRY(memory_array(damaged, (size_t)results->lengths[AXIS_CASE], 1, error));
    enum status status = read_arrays(&arrays, results, error);
    if (status == STATUS_OK) {
        status = check_cases(&arrays, results, *damaged, error);
    }
    release_arrays(&arrays);
    if (status != STATUS_OK) {
        free(*damaged);
        *damaged = NULL;
    }
    return status;
}
