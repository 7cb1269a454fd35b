#include "store/case_table.h"

#include "core/job_result.h"
#include "core/memory.h"
#include "core/text.h"

#include <stdlib.h>

static enum status read_variable(struct case_table *table, const struct results *results,
                                 enum variable_id id, struct error *error)
{
    if (VARIABLES[id].type == VALUE_TEXT) {
        TRY(results_read_texts(results, id, &table->texts[id], &table->strides[id], error));
        for (size_t i = 0; i < results_count(results, id); i++) {
            text_clean(table->texts[id] + i * table->strides[id]);
        }
        return STATUS_OK;
    }
    TRY(memory_array(&table->values[id], results_count(results, id), value_size(VARIABLES[id].type),
                     error));
    return results_read(results, id, table->values[id], error);
}

enum status case_table_read(struct case_table *table, const struct results *results,
                            const enum variable_id *ids, size_t n_ids, struct error *error)
{
    *table = (struct case_table){.n_cases = (int)results->lengths[AXIS_CASE],
                                 .n_alphas = (int)results->lengths[AXIS_ALPHA],
                                 .n_ablations = (int)results->lengths[AXIS_ABLATION],
                                 .n_partitions = (int)results->lengths[AXIS_PARTITION]};
    for (size_t i = 0; i < n_ids; i++) {
        const enum status status =
            results_has(results, ids[i]) ? read_variable(table, results, ids[i], error) : STATUS_OK;
        if (status != STATUS_OK) {
            case_table_release(table);
            return status;
        }
    }
    return STATUS_OK;
}

void case_table_release(struct case_table *table)
{
    for (int id = 0; id < VAR_COUNT; id++) {
        free(table->values[id]);
        free(table->texts[id]);
    }
    *table = (struct case_table){0};
}

const char *case_table_text(const struct case_table *table, enum variable_id id, int i)
{
    return table->texts[id] + (size_t)i * table->strides[id];
}

double case_table_real(const struct case_table *table, enum variable_id id, size_t place)
{
    return ((const double *)table->values[id])[place];
}

int case_table_partitions(const struct case_table *table, int case_index)
{
    const int hidden = ((const int32_t *)table->values[VAR_HIDDEN])[case_index];
    const uint8_t state = ((const uint8_t *)table->values[VAR_CASE_STATE])[case_index];
    if (table->n_partitions == 0) {
        return 0;
    }
    const int32_t *const dims = (const int32_t *)table->values[VAR_PARTITION_N_R] +
                                (size_t)case_index * (size_t)table->n_partitions;
    int count = 0;
    while (count < hidden && count < table->n_partitions &&
           (state != JOB_DONE || dims[count] >= 0)) {
        count++;
    }
    return count;
}

size_t case_table_partition_job(const struct case_table *table, int case_index, int partition,
                                int ablation)
{
    const size_t row = (size_t)case_index * (size_t)table->n_partitions + (size_t)partition;
    return row * (size_t)table->n_ablations + (size_t)ablation;
}

size_t case_table_job(const struct case_table *table, int case_index, int alpha, int ablation)
{
    const size_t row = (size_t)case_index * (size_t)table->n_alphas + (size_t)alpha;
    return row * (size_t)table->n_ablations + (size_t)ablation;
}
