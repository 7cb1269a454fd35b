#include "store/results_cells.h"

#include <stddef.h>

#define PLACE(member) offsetof(struct cell, member), sizeof((struct cell *)NULL)->member

const struct cell_field CELL_FIELDS[CELL_FIELD_COUNT] = {
    {{VAR_FVU, VAR_PROFILE_FVU}, PLACE(fvu)},
    {{VAR_DELTA_FVU, VAR_PROFILE_DELTA_FVU}, PLACE(delta_fvu)},
    {{VAR_ACCURACY, VAR_PROFILE_ACCURACY}, PLACE(accuracy)},
    {{VAR_DISTANCE, VAR_PROFILE_DISTANCE}, PLACE(distance)},
    {{VAR_REMOVED_MASS, VAR_PROFILE_REMOVED_MASS}, PLACE(removed_mass)},
    {{VAR_SENSITIVITY, VAR_PROFILE_SENSITIVITY}, PLACE(sensitivity)},
    {{VAR_STABILIZER, VAR_PROFILE_STABILIZER}, PLACE(stabilizer)},
    {{VAR_ERROR, VAR_PROFILE_ERROR}, PLACE(error)},
    {{VAR_SECONDS, VAR_PROFILE_SECONDS}, PLACE(seconds)},
};
const struct cell_field CELL_STATE_FIELD = {{VAR_STATE, VAR_PROFILE_STATE}, PLACE(state)};
const enum variable_id CELL_CHECKSUM_IDS[FAMILY_COUNT] = {VAR_CHECKSUM, VAR_PROFILE_CHECKSUM};

int64_t cell_rows(const struct results *results, enum cell_family family)
{
    static const enum axis axes[FAMILY_COUNT] = {AXIS_ALPHA, AXIS_PARTITION};
    return (int64_t)results->lengths[axes[family]];
}

int64_t cell_first_row(const struct results *results, enum cell_family family)
{
    return family == FAMILY_ALPHA ? 0 : cell_rows(results, FAMILY_ALPHA);
}

struct cell_index cell_index_of(enum cell_family family, int64_t case_index, int64_t row,
                                int64_t ablation)
{
    const int64_t alpha = family == FAMILY_ALPHA ? row : cell_index_of_partition(row);
    return (struct cell_index){case_index, alpha, ablation};
}
