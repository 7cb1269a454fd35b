/* What one job leaves in the results file: its measures, its verdict, its state. */
#pragma once

#include "core/coupling.h"
#include "core/status.h"

#include <stdint.h>

/* Of a job, of a record and of whatever else can be redone alone. A removal whose verdict the
 * prediction has decided is not measured: it is predicted, and without values. */
enum job_state { JOB_PENDING = 0, JOB_DONE = 1, JOB_FAILED = 2, JOB_PREDICTED = 3 };
enum { STABILIZER_MISSING = 255, MEASURES_MAX = 24 };

/* Values of one (case, alpha, ablation) or (case, partition, ablation); a failed job has NaN values
 * and its error code. */
struct job_result {
    double values[MEASURES_MAX]; /* in the order of the list of measures; NaN beyond it */
    double seconds;              /* of the rollout; 0 in the jobs that share it */
    uint16_t error;              /* 0, or an enum status that is a job failure */
    uint8_t stabilizer;
    uint8_t state; /* enum job_state */
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

/* XXH3 over index (3 int64), values[places[i]] of n_measures (float64), stabilizer (u8) and error
 * (u16), without state and seconds. */
uint64_t job_result_checksum(const struct job_result *result, const int *places, int n_measures,
                             struct job_index index);

/* Whether outputs that have moved so far make a removal a stabilizer: `stabilizer` of a done job.
 */
uint8_t job_result_verdict(double distance, double epsilon);

/* All values missing, state failed, error = the status. */
struct job_result job_result_failed(enum status status);

/* All values missing, state predicted. */
struct job_result job_result_predicted(void);

/* All values missing, state pending: of a partition that the model does not have. */
struct job_result job_result_absent(void);
