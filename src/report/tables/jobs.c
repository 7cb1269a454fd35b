/* One row per job; columns are named as the variables of the results file. */
#include "report/effect.h"
#include "report/tables/table.h"

#include "core/job_result.h"

static struct table_value integer_or_missing(int value)
{
    return value < 0 ? table_missing() : table_integer(value);
}

static struct table_value converged(const struct row *row)
{
    return integer_or_missing(
        (int)study_integer(&row->report->data, "converged", row->at[ROW_CASE], 0));
}

static struct table_value n_r(const struct row *row)
{
    return integer_or_missing(study_n_r(&row->report->data, row->at[ROW_CASE], row->at[ROW_ALPHA]));
}

static struct table_value alpha_gap(const struct row *row)
{
    return table_real(
        study_real(&row->report->data, "alpha_gap", row->at[ROW_CASE], (size_t)row->at[ROW_ALPHA]));
}

static struct table_value state(const struct row *row)
{
    return table_integer(study_job_state(&row->report->data, row->at[ROW_CASE], row->at[ROW_ALPHA],
                                         row->at[ROW_SET]));
}

static struct table_value error(const struct row *row)
{
    return table_integer(study_job_error(&row->report->data, row->at[ROW_CASE], row->at[ROW_ALPHA],
                                         row->at[ROW_SET]));
}

static struct table_value stabilizer(const struct row *row)
{
    return integer_or_missing(effect_verdict(&row->report->data, row->at[ROW_CASE],
                                             row->at[ROW_ALPHA], row->at[ROW_SET]));
}

static bool is_empty(const struct row *row)
{
    return effect_is_empty(&row->report->data, row->at[ROW_CASE], row->at[ROW_ALPHA],
                           row->at[ROW_SET]);
}

static struct table_value empty(const struct row *row)
{
    return state(row).integer == JOB_DONE ? table_integer(is_empty(row)) : table_missing();
}

/* As the file has it; but rounding over rounding is no sensitivity. */
static struct table_value measure(const struct row *row)
{
    if (MEASURES[row->repeat] == &MEASURE_SENSITIVITY && is_empty(row)) {
        return table_missing();
    }
    return table_real(study_measure(&row->report->data, row->at[ROW_CASE], row->at[ROW_ALPHA],
                                    row->at[ROW_SET], row->repeat));
}

static const char *measure_name(int measure)
{
    return MEASURES[measure] != NULL ? MEASURES[measure]->variable.name : NULL;
}

/* Verdict, or why there is none; the full network needs none. */
static struct table_value verdict(const struct row *row)
{
    const int64_t found = state(row).integer;
    const int verdict = (int)stabilizer(row).integer;
    if (found != JOB_DONE) {
        return table_text(found == JOB_FAILED      ? "failed"
                          : found == JOB_PREDICTED ? "predicted"
                                                   : "pending");
    }
    return is_empty(row)                           ? table_text("empty")
           : stabilizer(row).kind == TABLE_MISSING ? table_missing()
                                                   : table_text(verdict == 1 ? "stabilizer"
                                                                             : "changes the "
                                                                               "outputs");
}

static struct table_value failure(const struct row *row)
{
    const enum status status = (enum status)error(row).integer;
    return status != STATUS_OK ? table_text(status_text(status)) : table_missing();
}

static const struct column SPLIT[] = {
    {"n_r", .value = n_r}, {"alpha_gap", .value = alpha_gap}, {0}};
static const struct column CONVERGED[] = {{"converged", .value = converged}, {0}};
static const struct column OUTCOME[] = {{"state", .value = state},
                                        {"error", .value = error},
                                        {"empty", .value = empty},
                                        {"stabilizer", .value = stabilizer},
                                        {0}};
static const struct column MEASURE[] = {{"", "", .value = measure}, {0}};
static const struct column VERDICT[] = {{NULL, "verdict", .value = verdict},
                                        {NULL, "code", .value = error, .hides_zero = true},
                                        {NULL, "failure", .value = failure},
                                        {0}};

const struct report_table TABLE_JOBS = {.name = "jobs",
                                        .title = "Every job",
                                        .has_every_job = true,
                                        .over = {ROW_CASE, ROW_ALPHA, ROW_SET},
                                        .blocks = {{CASE_COLUMNS},
                                                   {CONVERGED},
                                                   {ALPHA_COLUMN},
                                                   {SPLIT},
                                                   {SET_COLUMN},
                                                   {OUTCOME},
                                                   {MEASURE, .name = measure_name},
                                                   {VERDICT}}};
