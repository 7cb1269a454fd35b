/* What one job leaves in the results file, and what one case leaves beside its jobs. */
#ifndef SCHURSWEEP_CORE_JOB_RESULT_H
#define SCHURSWEEP_CORE_JOB_RESULT_H

#include "core/coupling.h"
#include "core/status.h"

#include <stdint.h>

enum job_state { JOB_PENDING = 0, JOB_DONE = 1, JOB_FAILED = 2 };
enum { STABILIZER_MISSING = 255 };

/* Values of one (case, alpha, ablation) or (case, partition, ablation) job; a failed job has NaN
 * values and its error code. */
struct job_result {
    double fvu;
    double delta_fvu;
    double accuracy;
    double distance;
    double removed_mass;
    double sensitivity;
    uint8_t stabilizer;
    uint16_t error; /* 0, or an enum status that is a job failure */
    uint8_t state;  /* enum job_state */
    double seconds; /* of the rollout; 0 in the jobs that share it */
};

struct job_index {
    int64_t case_index;
    int64_t alpha; /* from 0; of a partition job_index_of_partition */
    int64_t ablation;
};

/* What stands in the place of the alpha in a job of partition 0, 1, ...: -1, -2, ... */
static inline int64_t job_index_of_partition(int64_t partition)
{
    return -1 - partition;
}

/* XXH3 over index and values, in the order of the fields above, without state and seconds. */
uint64_t job_result_checksum(const struct job_result *result, struct job_index index);

/* All values missing, state failed, error = the status. */
struct job_result job_result_failed(enum status status);

/* All values missing, state pending: of a partition that the model does not have. */
struct job_result job_result_absent(void);

enum { CASE_MESSAGE_SIZE = 200 };

/* What is known of the training of a model. */
struct training_facts {
    int8_t converged; /* 1 reached its target, 0 did not, -1 not trained by this program */
    double metric;
    double loss;
    int32_t steps; /* -1 unknown */
    double seconds;
};

/* Facts of a model that came from elsewhere. */
struct training_facts training_facts_missing(void);

/* How the Schur form of a case was had. */
enum schur_route {
    SCHUR_ROUTE_LOCAL = 0,     /* LAPACK on one rank, as planned */
    SCHUR_ROUTE_SCALAPACK = 1, /* shared by a team of ranks */
    SCHUR_ROUTE_FALLBACK = 2,  /* LAPACK on one rank of a team, because ScaLAPACK's was wrong */
    SCHUR_ROUTE_MISSING = 255
};

/* Values of one case. The arrays belong to whoever made the struct. */
struct case_values {
    int n_hidden;
    int n_alphas;
    int n_partitions; /* length of the axis, 0 without the profile */
    double spectral_radius;
    double nonnormality;       /* sqrt(|T|_F^2 - sum |lambda|^2) / |T|_F */
    double schur_residual;     /* |W - Q T Q'|_F / |W|_F */
    double orthogonality_loss; /* |Q'Q - I|_F / sqrt(n_hidden) */
    double modulus_gap; /* smallest gap of neighbouring blocks / spectral radius; NaN if none */
    const double *eigenvalue_re; /* [n_hidden] in sorted order */
    const double *eigenvalue_im;
    const int32_t *n_r;          /* [n_alphas] n_R */
    const double *alpha_gap;     /* [n_alphas] */
    const double *coupling_mass; /* [n_alphas, COUPLING_COUNT] row-major */
    const double *alpha_low;     /* [n_partitions], NaN beyond those of the model */
    const double *alpha_high;
    const int32_t *partition_dim; /* [n_partitions] n_R, -1 beyond */
    uint8_t schur_route;          /* enum schur_route */
    uint64_t weights_hash;
    struct training_facts training;
};

/* XXH3 over the index and all values of a case, in the order of the fields above, without the
 * seconds of its training. */
MUST_CHECK enum status case_checksum(const struct case_values *values, int64_t case_index,
                                     uint64_t *checksum, struct error *error);

#endif
