#include "report/study_data.h"

#include "core/axes.h"

#include <math.h>
#include <stdio.h>

const struct results_input *study_input(const struct study_data *data, int case_index)
{
    return &data->inputs[data->cases[case_index].input];
}

bool study_is_of_pairs(const struct study_data *data)
{
    return data->inputs[0].sweep.of_pairs;
}

bool study_has(const struct study_data *data, const char *name)
{
    for (int i = 0; i < data->n_inputs; i++) {
        if (results_input_column(&data->inputs[i], name) != NULL) {
            return true;
        }
    }
    return false;
}

const char *study_text(const struct study_data *data, const char *name, int case_index)
{
    const struct case_place place = data->cases[case_index];
    const struct study_column *const column =
        results_input_column(&data->inputs[place.input], name);
    return column != NULL ? column->texts + (size_t)place.row * column->stride : "";
}

/* A value as a number; false for the missing one of integers. */
static bool number_at(const struct study_column *column, size_t place, double *value)
{
    switch (column->type) {
    case VALUE_F64:
        *value = ((const double *)column->values)[place];
        return true;
    case VALUE_I64:
        *value = (double)((const int64_t *)column->values)[place];
        return *value >= 0.0;
    case VALUE_I32:
        *value = ((const int32_t *)column->values)[place];
        return *value >= 0.0;
    case VALUE_U64:
        *value = (double)((const uint64_t *)column->values)[place];
        return true;
    case VALUE_U16:
        *value = ((const uint16_t *)column->values)[place];
        return true;
    case VALUE_U8:
        *value = ((const uint8_t *)column->values)[place];
        return *value < 255.0;
    case VALUE_I8:
        *value = ((const int8_t *)column->values)[place];
        return *value >= 0.0;
    case VALUE_TEXT:
    case VALUE_TYPE_COUNT:
        break;
    }
    return false;
}

static bool find_number(const struct study_data *data, const char *name, int case_index, size_t i,
                        double *value)
{
    const struct case_place place = data->cases[case_index];
    const struct study_column *const column =
        results_input_column(&data->inputs[place.input], name);
    const size_t length = column != NULL ? column->lengths[0] * column->lengths[1] : 0;
    return column != NULL && i < length && number_at(column, (size_t)place.row * length + i, value);
}

int study_axis_length(const struct study_data *data, const char *name, int case_index, int axis)
{
    const struct results_input *const input = study_input(data, case_index);
    const struct study_column *const column = results_input_column(input, name);
    return column != NULL && column->axes[axis] != NULL
               ? (int)column->axes[axis]->length(&input->sweep)
               : 0;
}

struct label study_axis_label(const struct study_data *data, const char *name, int case_index,
                              int axis, int i)
{
    const struct results_input *const input = study_input(data, case_index);
    return results_input_column(input, name)->axes[axis]->label(&input->sweep, i);
}

uint64_t study_weights_hash(const struct study_data *data, int case_index)
{
    const struct study_column *const column =
        results_input_column(study_input(data, case_index), "weights_hash");
    return column != NULL && column->type == VALUE_U64
               ? ((const uint64_t *)column->values)[data->cases[case_index].row]
               : 0;
}

double study_real(const struct study_data *data, const char *name, int case_index, size_t i)
{
    double value = 0.0;
    return find_number(data, name, case_index, i, &value) ? value : NAN;
}

int64_t study_integer(const struct study_data *data, const char *name, int case_index, size_t i)
{
    double value = 0.0;
    return find_number(data, name, case_index, i, &value) ? (int64_t)value : -1;
}

/* ---- jobs ---- */

/* Columns of a row, and the place of a job in them; NULL beyond the last row. */
static const struct job_columns *find_job(const struct study_data *data, int case_index, int row,
                                          int set, size_t *place)
{
    const struct case_place at = data->cases[case_index];
    const bool is_partition = row >= data->n_alphas;
    const struct job_columns *const jobs = &data->inputs[at.input].jobs[is_partition];
    const size_t own_row = (size_t)(is_partition ? row - data->n_alphas : row);
    if (jobs->state == NULL || own_row >= jobs->state->lengths[0]) {
        return NULL;
    }
    *place =
        ((size_t)at.row * jobs->state->lengths[0] + own_row) * (size_t)data->n_sets + (size_t)set;
    return jobs;
}

bool study_has_alpha(const struct study_data *data, int case_index, int alpha)
{
    return results_input_has_alpha(study_input(data, case_index), alpha);
}

int study_job_state(const struct study_data *data, int case_index, int row, int set)
{
    if (row < data->n_alphas && !study_has_alpha(data, case_index, row)) {
        return STUDY_NO_JOB;
    }
    size_t place = 0;
    const struct job_columns *const jobs = find_job(data, case_index, row, set, &place);
    const int state = jobs != NULL ? ((const uint8_t *)jobs->state->values)[place] : JOB_PENDING;
    return state == JOB_DONE || state == JOB_FAILED || state == JOB_PREDICTED ? state : JOB_PENDING;
}

double study_measure(const struct study_data *data, int case_index, int row, int set, int measure)
{
    size_t place = 0;
    const struct job_columns *const jobs = find_job(data, case_index, row, set, &place);
    return study_job_state(data, case_index, row, set) == JOB_DONE &&
                   jobs->measures[measure] != NULL
               ? ((const double *)jobs->measures[measure]->values)[place]
               : NAN;
}

int study_job_error(const struct study_data *data, int case_index, int row, int set)
{
    size_t place = 0;
    const struct job_columns *const jobs = find_job(data, case_index, row, set, &place);
    return jobs != NULL ? ((const uint16_t *)jobs->error->values)[place] : 0;
}

int study_record_state(const struct study_data *data, int case_index, int table)
{
    char name[VARIABLE_NAME_SIZE];
    (void)snprintf(name, sizeof name, "%s_state",
                   study_input(data, case_index)->schema.tables[table].name);
    return (int)study_integer(data, name, case_index, 0);
}

int study_n_r(const struct study_data *data, int case_index, int row)
{
    const int64_t size = row < data->n_alphas ? study_integer(data, "n_r", case_index, (size_t)row)
                                              : study_integer(data, "partition_n_r", case_index,
                                                              (size_t)(row - data->n_alphas));
    return size <= study_integer(data, "hidden", case_index, 0) ? (int)size : -1;
}

int study_partitions(const struct study_data *data, int case_index)
{
    const struct results_input *const input = study_input(data, case_index);
    const int hidden = (int)study_integer(data, "hidden", case_index, 0);
    const bool is_known = study_integer(data, "splits_state", case_index, 0) == JOB_DONE;
    int count = 0;
    while (count < hidden && count < input->sweep.n_partitions &&
           (!is_known || study_integer(data, "partition_n_r", case_index, (size_t)count) >= 0)) {
        count++;
    }
    return count;
}

/* The sweep that has most values of a variable: of two files one may have wider models, or alone
 * the diagnostic. NULL: none has it. */
static const struct sweep *widest_of(const struct study_data *data, const char *diagnostic,
                                     const struct variable *variable)
{
    const struct sweep *widest = NULL;
    size_t most = 0;
    for (int i = 0; i < data->n_inputs; i++) {
        const struct results_input *const input = &data->inputs[i];
        const size_t count = schema_find(&input->schema, diagnostic) < 0
                                 ? 0
                                 : variable_count(variable, &input->sweep);
        if (count > most) {
            most = count;
            widest = &input->sweep;
        }
    }
    return widest;
}

static void find_places(struct diagnostic_value *value, const struct sweep *sweep, size_t left)
{
    for (int k = VARIABLE_AXES_MAX; k-- > 0;) {
        const struct axis *const axis = value->variable->axes[k];
        if (axis != NULL) {
            const size_t length = (size_t)axis->length(sweep);
            value->places[k] = left % length;
            value->labels[k] = axis->label(sweep, (int64_t)value->places[k]);
            left /= length;
        }
    }
}

/* Goes to value `number` of diagnostics, or behind the last one; returns how many it has passed. */
static size_t pass_values(const struct study_data *data, size_t number,
                          struct diagnostic_value *value)
{
    size_t passed = 0;
    for (int d = 0; DIAGNOSTICS[d] != NULL; d++) {
        const struct diagnostic_ops *const diagnostic = DIAGNOSTICS[d];
        for (const struct variable *v = diagnostic->variables; v->name != NULL; v++) {
            const bool is_told =
                v->type != VALUE_U64 && (v->axes[0] == NULL || !diagnostic->is_always);
            const struct sweep *const sweep = is_told ? widest_of(data, diagnostic->name, v) : NULL;
            const size_t all = sweep != NULL ? variable_count(v, sweep) : 0;
            const size_t count = all <= STUDY_VALUES_MOST ? all : 0;
            if (number - passed < count) {
                *value = (struct diagnostic_value){.diagnostic = diagnostic, .variable = v};
                find_places(value, sweep, number - passed);
                return number;
            }
            passed += count;
        }
    }
    return passed;
}

bool study_value(const struct study_data *data, int number, struct diagnostic_value *value)
{
    *value = (struct diagnostic_value){.variable = NULL};
    (void)pass_values(data, (size_t)number, value);
    return value->variable != NULL;
}

double study_value_real(const struct study_data *data, int case_index,
                        const struct diagnostic_value *value)
{
    const char *const name = value->variable->name;
    const struct results_input *const input = study_input(data, case_index);
    const struct study_column *const column = results_input_column(input, name);
    size_t rest = 0; /* the place on all axes but the first */
    for (int k = 1; column != NULL && k < VARIABLE_AXES_MAX && column->axes[k] != NULL; k++) {
        const size_t length = (size_t)column->axes[k]->length(&input->sweep);
        if (value->places[k] >= length) {
            return NAN;
        }
        rest = rest * length + value->places[k];
    }
    return column != NULL && value->places[0] < column->lengths[0]
               ? study_real(data, name, case_index, value->places[0] * column->lengths[1] + rest)
               : NAN;
}

int study_value_count(const struct study_data *data)
{
    struct diagnostic_value none;
    return (int)pass_values(data, SIZE_MAX, &none);
}

static void count_state(struct job_counts *counts, int state)
{
    counts->n_done += state == JOB_DONE || state == JOB_PREDICTED;
    counts->n_failed += state == JOB_FAILED;
    counts->n_predicted += state == JOB_PREDICTED;
    counts->n_pending += state == JOB_PENDING;
}

struct job_counts study_count_jobs(const struct study_data *data)
{
    struct job_counts counts = {0};
    for (int i = 0; i < data->n_cases; i++) {
        const struct schema *const schema = &study_input(data, i)->schema;
        const int n_rows = data->n_alphas + study_partitions(data, i);
        for (int row = 0; row < n_rows; row++) {
            for (int s = 0; s < data->n_sets; s++) {
                count_state(&counts, study_job_state(data, i, row, s));
            }
        }
        for (int t = 0; t < schema->n_tables; t++) {
            count_state(&counts, study_record_state(data, i, t));
        }
    }
    return counts;
}

static bool all_have(const struct study_data *data, int alpha)
{
    int i = 0;
    while (i < data->n_inputs && results_input_has_alpha(&data->inputs[i], alpha)) {
        i++;
    }
    return i == data->n_inputs;
}

int study_nearest_alpha(const struct study_data *data, double alpha)
{
    int nearest = 0;
    for (int a = 1; a < data->n_alphas; a++) {
        const bool is_nearer = fabs(data->alphas[a] - alpha) < fabs(data->alphas[nearest] - alpha);
        const int more = all_have(data, a) - all_have(data, nearest);
        nearest = more > 0 || (more == 0 && is_nearer) ? a : nearest;
    }
    return nearest;
}
