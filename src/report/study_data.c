#include "report/study_data.h"

#include "core/job_result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct case_table *table_of(const struct study_data *data, int case_index, int *row)
{
    const struct case_place place = data->cases[case_index];
    *row = place.row;
    return &data->sources[place.source].table;
}

static const char *text_of(const struct study_data *data, enum variable_id id, int case_index)
{
    int row = 0;
    const struct case_table *const table = table_of(data, case_index, &row);
    return case_table_text(table, id, row);
}

const char *study_model(const struct study_data *data, int case_index)
{
    return text_of(data, VAR_MODEL, case_index);
}

const char *study_task(const struct study_data *data, int case_index)
{
    return text_of(data, VAR_TASK, case_index);
}

const char *study_construction(const struct study_data *data, int case_index)
{
    return text_of(data, VAR_CONSTRUCTION, case_index);
}

const char *study_identity(const struct study_data *data, int case_index)
{
    return text_of(data, VAR_MODEL_IDENTITY, case_index);
}

const char *study_message(const struct study_data *data, int case_index)
{
    return text_of(data, VAR_MESSAGE, case_index);
}

int study_hidden(const struct study_data *data, int case_index)
{
    int row = 0;
    const struct case_table *const table = table_of(data, case_index, &row);
    return ((const int32_t *)table->values[VAR_HIDDEN])[row];
}

int64_t study_seed(const struct study_data *data, int case_index)
{
    int row = 0;
    const struct case_table *const table = table_of(data, case_index, &row);
    return ((const int64_t *)table->values[VAR_SEED])[row];
}

int study_converged(const struct study_data *data, int case_index)
{
    int row = 0;
    const struct case_table *const table = table_of(data, case_index, &row);
    return ((const int8_t *)table->values[VAR_CONVERGED])[row];
}

int study_schur_route(const struct study_data *data, int case_index)
{
    int row = 0;
    const struct case_table *const table = table_of(data, case_index, &row);
    return ((const uint8_t *)table->values[VAR_SCHUR_ROUTE])[row];
}

double study_case_real(const struct study_data *data, enum variable_id id, int case_index)
{
    int row = 0;
    const struct case_table *const table = table_of(data, case_index, &row);
    return case_table_real(table, id, (size_t)row);
}

static size_t split_place(const struct case_table *table, int row, int alpha)
{
    return (size_t)row * (size_t)table->n_alphas + (size_t)alpha;
}

double study_split_real(const struct study_data *data, enum variable_id id, int case_index,
                        int alpha)
{
    int row = 0;
    const struct case_table *const table = table_of(data, case_index, &row);
    return case_table_real(table, id, split_place(table, row, alpha));
}

int study_n_r(const struct study_data *data, int case_index, int alpha)
{
    int row = 0;
    const struct case_table *const table = table_of(data, case_index, &row);
    const int size = ((const int32_t *)table->values[VAR_N_R])[split_place(table, row, alpha)];
    return size >= 0 && size <= study_hidden(data, case_index) ? size : -1;
}

double study_coupling_mass(const struct study_data *data, int case_index, int alpha,
                           enum coupling coupling)
{
    int row = 0;
    const struct case_table *const table = table_of(data, case_index, &row);
    return case_table_real(table, VAR_COUPLING_MASS,
                           split_place(table, row, alpha) * COUPLING_COUNT + (size_t)coupling);
}

double study_job_real(const struct study_data *data, enum variable_id id, int case_index, int alpha,
                      int set)
{
    int row = 0;
    const struct case_table *const table = table_of(data, case_index, &row);
    return study_job_state(data, case_index, alpha, set) == JOB_DONE
               ? case_table_real(table, id, case_table_job(table, row, alpha, set))
               : NAN;
}

static int state_at(const struct case_table *table, enum variable_id id, size_t result)
{
    const int state = ((const uint8_t *)table->values[id])[result];
    return state == JOB_DONE || state == JOB_FAILED ? state : JOB_PENDING;
}

int study_job_state(const struct study_data *data, int case_index, int alpha, int set)
{
    int row = 0;
    const struct case_table *const table = table_of(data, case_index, &row);
    return state_at(table, VAR_STATE, case_table_job(table, row, alpha, set));
}

int study_job_error(const struct study_data *data, int case_index, int alpha, int set)
{
    int row = 0;
    const struct case_table *const table = table_of(data, case_index, &row);
    return ((const uint16_t *)table->values[VAR_ERROR])[case_table_job(table, row, alpha, set)];
}

int study_job_stabilizer(const struct study_data *data, int case_index, int alpha, int set)
{
    int row = 0;
    const struct case_table *const table = table_of(data, case_index, &row);
    const int value =
        ((const uint8_t *)table->values[VAR_STABILIZER])[case_table_job(table, row, alpha, set)];
    return value <= 1 ? value : -1;
}

int study_partitions(const struct study_data *data, int case_index)
{
    int row = 0;
    const struct case_table *const table = table_of(data, case_index, &row);
    return case_table_partitions(table, row);
}

static size_t partition_place(const struct case_table *table, int row, int partition)
{
    return (size_t)row * (size_t)table->n_partitions + (size_t)partition;
}

double study_partition_real(const struct study_data *data, enum variable_id id, int case_index,
                            int partition)
{
    int row = 0;
    const struct case_table *const table = table_of(data, case_index, &row);
    return case_table_real(table, id, partition_place(table, row, partition));
}

int study_partition_dim(const struct study_data *data, int case_index, int partition)
{
    int row = 0;
    const struct case_table *const table = table_of(data, case_index, &row);
    const int size =
        ((const int32_t *)table->values[VAR_PARTITION_N_R])[partition_place(table, row, partition)];
    return size >= 0 && size <= study_hidden(data, case_index) ? size : -1;
}

double study_partition_job_real(const struct study_data *data, enum variable_id id, int case_index,
                                int partition, int set)
{
    int row = 0;
    const struct case_table *const table = table_of(data, case_index, &row);
    return study_partition_job_state(data, case_index, partition, set) == JOB_DONE
               ? case_table_real(table, id, case_table_partition_job(table, row, partition, set))
               : NAN;
}

int study_partition_job_state(const struct study_data *data, int case_index, int partition, int set)
{
    int row = 0;
    const struct case_table *const table = table_of(data, case_index, &row);
    return state_at(table, VAR_PARTITION_STATE,
                    case_table_partition_job(table, row, partition, set));
}

int study_partition_job_error(const struct study_data *data, int case_index, int partition, int set)
{
    int row = 0;
    const struct case_table *const table = table_of(data, case_index, &row);
    return ((const uint16_t *)table->values[VAR_PARTITION_ERROR])[case_table_partition_job(
        table, row, partition, set)];
}

static double eigenvalue_part(const struct study_data *data, enum variable_id id, int case_index,
                              int unit)
{
    int row = 0;
    const struct case_table *const table = table_of(data, case_index, &row);
    const int n_modes = data->sources[data->cases[case_index].source].n_modes;
    return unit < n_modes ? case_table_real(table, id, (size_t)row * (size_t)n_modes + (size_t)unit)
                          : NAN;
}

double study_eigenvalue_re(const struct study_data *data, int case_index, int unit)
{
    return eigenvalue_part(data, VAR_EIGENVALUE_RE, case_index, unit);
}

double study_eigenvalue_im(const struct study_data *data, int case_index, int unit)
{
    return eigenvalue_part(data, VAR_EIGENVALUE_IM, case_index, unit);
}

static void count_state(struct job_counts *counts, int state)
{
    counts->n_done += state == JOB_DONE;
    counts->n_failed += state == JOB_FAILED;
    counts->n_pending += state == JOB_PENDING;
}

struct job_counts study_count_jobs(const struct study_data *data)
{
    struct job_counts counts = {0};
    for (int i = 0; i < data->n_cases; i++) {
        for (int s = 0; s < data->n_sets; s++) {
            for (int a = 0; a < data->n_alphas; a++) {
                count_state(&counts, study_job_state(data, i, a, s));
            }
            for (int p = 0; p < study_partitions(data, i); p++) {
                count_state(&counts, study_partition_job_state(data, i, p, s));
            }
        }
    }
    return counts;
}

int study_nearest_alpha(const struct study_data *data, double alpha)
{
    int nearest = 0;
    for (int i = 1; i < data->n_alphas; i++) {
        if (fabs(data->alphas[i] - alpha) < fabs(data->alphas[nearest] - alpha)) {
            nearest = i;
        }
    }
    return nearest;
}
