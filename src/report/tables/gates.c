/* Matrices of gates, over all choices of signs. */
#include "report/tables/table.h"

static struct table_value matrix(const struct row *row)
{
    return table_text(study_text(&row->report->data, "matrix", row->at[ROW_CASE]));
}

static const struct column MATRIX[] = {{"matrix", "matrix", .value = matrix}, {0}};

static const struct column MODEL[] = {{"model", "model", .value = row_text, .axis = ROW_CASE},
                                      {"task", "task", .value = row_text, .axis = ROW_TASK},
                                      {0}};

static const void *range_of(struct row *row)
{
    const struct report *const report = row->report;
    row->made.range = ensemble_range(&report->ensembles.list[row->at[ROW_ENSEMBLE]], &report->data,
                                     row->at[ROW_ALPHA], row->at[ROW_SET], row->repeat);
    return row->made.range.n > 0 ? &row->made.range : NULL;
}

static bool is_change(int measure)
{
    return MEASURES[measure] == &MEASURE_DELTA_FVU;
}

static const char *measure_name(int measure)
{
    return MEASURES[measure] != NULL ? MEASURES[measure]->variable.name : NULL;
}

static const struct column COUNT[] = {{"n", "signs", MEMBER(struct ensemble_range, n)}, {0}};

static const struct column RANGE[] = {
    {"median", "median", MEMBER(struct ensemble_range, median), .is_brief = is_change},
    {"low", "lowest", MEMBER(struct ensemble_range, low), .is_brief = is_change},
    {"high", "highest", MEMBER(struct ensemble_range, high), .is_brief = is_change},
    {0}};

const struct report_table TABLE_GATES = {
    .name = "gates",
    .title = "Gates",
    .about =
        "What is left without couplings of a gate's matrix. Its couplings depend on the signs in "
        "which the network is written, which change no output: median and range over all "
        "choices of signs that the study made, the first of which is the file's. They are in no "
        "other table or figure.",
    .at_main_alpha = true,
    .over = {ROW_ENSEMBLE, ROW_ALPHA, ROW_SET},
    .blocks = {{MODEL},
               {MATRIX},
               {ALPHA_COLUMN},
               {SET_COLUMN},
               {COUNT, .object = range_of},
               {RANGE, .object = range_of, .name = measure_name}}};
