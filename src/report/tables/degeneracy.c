/* How differently networks solve one task, a row for each group. */
#include "report/tables/table.h"

static bool is_there(const struct report *report)
{
    return report->degeneracy != NULL;
}

static const struct degeneracy *of_row(const struct row *row)
{
    return &row->report->degeneracy[row->at[ROW_GROUP]];
}

static const void *group_degeneracy(struct row *row)
{
    return of_row(row);
}

static const char *level_name(int level)
{
    return DEGENERACY_NAMES[level];
}

static struct table_value value(const struct row *row)
{
    return table_real(of_row(row)->levels[row->repeat].value);
}

static struct table_value low(const struct row *row)
{
    return table_real(of_row(row)->levels[row->repeat].interval.low);
}

static struct table_value high(const struct row *row)
{
    return table_real(of_row(row)->levels[row->repeat].interval.high);
}

static const struct column COUNTS[] = {
    {"n_networks", "networks", MEMBER(struct degeneracy, n_networks)},
    {"n_pairs", "pairs", MEMBER(struct degeneracy, n_pairs)},
    {0}};
static const struct column LEVEL[] = {
    {"", "", "%.3g", .value = value}, {"low", .value = low}, {"high", .value = high}, {0}};

const struct report_table TABLE_DEGENERACY = {
    .name = "degeneracy",
    .title = "Degeneracy",
    .about =
        "How differently the networks of a group, which differ by their seed alone, solve their "
        "task. Behaviour: sd over networks of log10 fvu, on the trials of the study (fvu_sd) and "
        "on changed ones (ood_fvu_sd). Means over pairs: dynamics (dsa_distance, "
        "dsa_eigenvalue_distance), weights over what matching makes of any two matrices "
        "(weight_ratio, 1: nothing in common), ablation profiles in decades (profile, thresholds "
        "from 0.5 and from 0.85), Jaccard distance of the sets that can be removed "
        "(stabilizer_distance). dominance_entropy: bits of what dominates. Intervals, in the "
        "file, are of a bootstrap over networks.",
    .is_there = is_there,
    .over = {ROW_GROUP},
    .blocks = {{GROUP_COLUMNS, .object = row_group},
               {COUNTS, .object = group_degeneracy},
               {LEVEL, .name = level_name}}};
