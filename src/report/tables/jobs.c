/* One row per job; columns are named as the variables of the results file. */
#include "report/tables/table.h"

#include <stdio.h>

enum job_column {
    JOB_MODEL,
    JOB_TASK,
    JOB_CONSTRUCTION,
    JOB_HIDDEN,
    JOB_SEED,
    JOB_CONVERGED,
    JOB_ALPHA,
    JOB_N_R,
    JOB_ALPHA_GAP,
    JOB_ABLATION,
    JOB_STATE,
    JOB_ERROR,
    JOB_STABILIZER,
    JOB_REALS,
    JOB_COUNT = JOB_REALS + 6
};

static const enum variable_id VARIABLE_OF[JOB_REALS] = {
    VAR_MODEL, VAR_TASK,      VAR_CONSTRUCTION, VAR_HIDDEN, VAR_SEED,  VAR_CONVERGED, VAR_ALPHA,
    VAR_N_R,   VAR_ALPHA_GAP, VAR_ABLATION,     VAR_STATE,  VAR_ERROR, VAR_STABILIZER};
static const enum variable_id REALS[] = {VAR_FVU,      VAR_DELTA_FVU,    VAR_ACCURACY,
                                         VAR_DISTANCE, VAR_REMOVED_MASS, VAR_SENSITIVITY};

static size_t n_rows(const struct report *report)
{
    return (size_t)report->data.n_cases * (size_t)report->data.n_alphas *
           (size_t)report->data.n_sets;
}

static int n_columns(const struct report *report)
{
    (void)report;
    return JOB_COUNT;
}

static void column_name(int column, char *name)
{
    const enum variable_id id =
        column < JOB_REALS ? VARIABLE_OF[column] : REALS[column - JOB_REALS];
    (void)snprintf(name, TABLE_NAME_SIZE, "%s", VARIABLES[id].name);
}

static struct table_value integer_or_missing(int value)
{
    return value < 0 ? table_missing() : table_integer(value);
}

static struct table_value label(const struct study_data *data, int c, int alpha,
                                enum job_column column)
{
    switch (column) {
    case JOB_MODEL:
        return table_text(study_model(data, c));
    case JOB_TASK:
        return table_text(study_task(data, c));
    case JOB_CONSTRUCTION:
        return table_text(study_construction(data, c));
    case JOB_HIDDEN:
        return table_integer(study_hidden(data, c));
    case JOB_SEED:
        return table_integer(study_seed(data, c));
    case JOB_CONVERGED:
        return integer_or_missing(study_converged(data, c));
    case JOB_ALPHA:
        return table_real(data->alphas[alpha]);
    case JOB_N_R:
        return integer_or_missing(study_n_r(data, c, alpha));
    default:
        return table_real(study_split_real(data, VAR_ALPHA_GAP, c, alpha));
    }
}

static struct table_value value(const struct report *report, size_t row, int column)
{
    const struct study_data *const data = &report->data;
    const int set = (int)(row % (size_t)data->n_sets);
    const int alpha = (int)(row / (size_t)data->n_sets % (size_t)data->n_alphas);
    const int c = (int)(row / (size_t)data->n_sets / (size_t)data->n_alphas);
    switch (column) {
    case JOB_ABLATION:
        return table_text(ablation_name(data->sets[set]));
    case JOB_STATE:
        return table_integer(study_job_state(data, c, alpha, set));
    case JOB_ERROR:
        return table_integer(study_job_error(data, c, alpha, set));
    case JOB_STABILIZER:
        return integer_or_missing(study_job_stabilizer(data, c, alpha, set));
    default:
        return column < JOB_REALS
                   ? label(data, c, alpha, (enum job_column)column)
                   : table_real(study_job_real(data, REALS[column - JOB_REALS], c, alpha, set));
    }
}

const struct report_table TABLE_JOBS = {.name = "jobs",
                                        .title = "Every job",
                                        .n_rows = n_rows,
                                        .n_columns = n_columns,
                                        .column_name = column_name,
                                        .value = value};
