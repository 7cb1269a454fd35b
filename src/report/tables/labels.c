/* Columns that many tables begin with. */
#include "report/tables/table.h"

#include <string.h>

/* Of a case, by the name of the column. */
struct table_value row_text(const struct row *row)
{
    return table_text(study_text(&row->report->data, row->column->name, row->at[ROW_CASE]));
}

static struct table_value integer(const struct row *row)
{
    return table_integer(
        study_integer(&row->report->data, row->column->name, row->at[ROW_CASE], 0));
}

/* 0 in files that are older than leaks. */
static struct table_value case_leak(const struct row *row)
{
    const double leak = study_real(&row->report->data, "leak", row->at[ROW_CASE], 0);
    return leak > 0.0 ? table_real(leak) : table_missing();
}

const struct column CASE_COLUMNS[] = {{"model", .value = row_text},
                                      {"task", .value = row_text},
                                      {"construction", .value = row_text},
                                      {"hidden", .value = integer},
                                      {"seed", .value = integer},
                                      {"cell", .value = row_text},
                                      {"activation", .value = row_text},
                                      {"leak", .value = case_leak},
                                      {"leak_form", .value = row_text},
                                      {"matrix", .value = row_text},
                                      {"gauge", .value = integer},
                                      {"order", .value = row_text},
                                      {0}};

const void *row_group(struct row *row)
{
    return &row->report->grouping.groups[row->at[ROW_GROUP]];
}

/* A text of a group that is not one of plain tanh networks: where all are, people need no column.
 */
static struct table_value unusual(const struct row *row)
{
    const struct group *const group = row->object;
    return strcmp(group->cell, "tanh") == 0 ? table_missing() : table_text_member(row);
}

static struct table_value leak(const struct row *row)
{
    const struct group *const group = row->object;
    return group->leak > 0.0 ? table_real(group->leak) : table_missing();
}

static struct table_value leak_if_any(const struct row *row)
{
    const struct group *const group = row->object;
    return group->leak < 1.0 ? leak(row) : table_missing();
}

const struct column GROUP_COLUMNS[] = {
    {"task", "task", MEMBER(struct group, task), .axis = ROW_TASK},
    {"construction", "construction", MEMBER(struct group, construction)},
    {"hidden", "units", MEMBER(struct group, hidden)},
    {"cell", MEMBER(struct group, cell)},
    {"matrix", MEMBER(struct group, matrix)},
    {"leak", .value = leak},
    {NULL, "leak", .value = leak_if_any},
    {NULL, "cell", .value = unusual, .offset = offsetof(struct group, cell)},
    {NULL, "matrix", .value = unusual, .offset = offsetof(struct group, matrix)},
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
