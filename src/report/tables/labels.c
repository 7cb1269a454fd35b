/* Columns that many tables begin with. */
#include "report/tables/table.h"

/* Of a case, by the name of the column. */
static struct table_value text(const struct row *row)
{
    return table_text(study_text(&row->report->data, row->column->name, row->at[ROW_CASE]));
}

static struct table_value integer(const struct row *row)
{
    return table_integer(
        study_integer(&row->report->data, row->column->name, row->at[ROW_CASE], 0));
}

const struct column CASE_COLUMNS[] = {{"model", .value = text},        {"task", .value = text},
                                      {"construction", .value = text}, {"hidden", .value = integer},
                                      {"seed", .value = integer},      {0}};

const void *row_group(struct row *row)
{
    return &row->report->grouping.groups[row->at[ROW_GROUP]];
}

const struct column GROUP_COLUMNS[] = {
    {"task", "task", MEMBER(struct group, task), .axis = ROW_TASK},
    {"construction", "construction", MEMBER(struct group, construction)},
    {"hidden", "units", MEMBER(struct group, hidden)},
    {0}};

double row_alpha(const struct row *row)
{
    return row->report->data.alphas[row->at[ROW_ALPHA]];
}

static struct table_value alpha(const struct row *row)
{
    return table_real(row_alpha(row));
}

static struct table_value ablation(const struct row *row)
{
    return table_text(ablation_name(row->report->data.sets[row->at[ROW_SET]]));
}

const struct column ALPHA_COLUMN[] = {{"alpha", "alpha", .value = alpha, .axis = ROW_ALPHA}, {0}};
const struct column SET_COLUMN[] = {{"ablation", "without", .value = ablation, .axis = ROW_SET},
                                    {0}};
