#include "store/results_jobs.h"

#include <stddef.h>

#define PLACE(member) offsetof(struct job_result, member), sizeof((struct job_result *)NULL)->member

const struct job_field JOB_FIELDS[JOB_FIELD_COUNT] = {
    {{VAR_FVU, VAR_PARTITION_FVU}, PLACE(fvu)},
    {{VAR_DELTA_FVU, VAR_PARTITION_DELTA_FVU}, PLACE(delta_fvu)},
    {{VAR_ACCURACY, VAR_PARTITION_ACCURACY}, PLACE(accuracy)},
    {{VAR_DISTANCE, VAR_PARTITION_DISTANCE}, PLACE(distance)},
    {{VAR_REMOVED_MASS, VAR_PARTITION_REMOVED_MASS}, PLACE(removed_mass)},
    {{VAR_SENSITIVITY, VAR_PARTITION_SENSITIVITY}, PLACE(sensitivity)},
    {{VAR_STABILIZER, VAR_PARTITION_STABILIZER}, PLACE(stabilizer)},
    {{VAR_ERROR, VAR_PARTITION_ERROR}, PLACE(error)},
    {{VAR_SECONDS, VAR_PARTITION_SECONDS}, PLACE(seconds)},
};
const struct job_field JOB_STATE_FIELD = {{VAR_STATE, VAR_PARTITION_STATE}, PLACE(state)};
const enum variable_id JOB_CHECKSUM_IDS[FAMILY_COUNT] = {VAR_CHECKSUM, VAR_PARTITION_CHECKSUM};

int64_t job_rows(const struct results *results, enum job_family family)
{
    static const enum axis axes[FAMILY_COUNT] = {AXIS_ALPHA, AXIS_PARTITION};
    return (int64_t)results->lengths[axes[family]];
}

int64_t job_first_row(const struct results *results, enum job_family family)
{
    return family == FAMILY_ALPHA ? 0 : job_rows(results, FAMILY_ALPHA);
}

struct job_index job_index_of(enum job_family family, int64_t case_index, int64_t row,
                              int64_t ablation)
{
    const int64_t alpha = family == FAMILY_ALPHA ? row : job_index_of_partition(row);
    return (struct job_index){case_index, alpha, ablation};
}
