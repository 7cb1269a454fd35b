/* What dominates over the seeds of a group, and whether an alpha tells of its neighbours. */
#include "report/tables/table.h"

/* ---- shares ---- */

static const void *dominance_of(struct row *row)
{
    return &row->report->dominance[row->at[ROW_GROUP]];
}

static const void *share_of(struct row *row)
{
    const struct dominance *const dominance = dominance_of(row);
    return &dominance->shares[row->at[ROW_DOMINANT]];
}

static struct table_value dominant(const struct row *row)
{
    return table_text(dominant_name(row->at[ROW_DOMINANT]));
}

static struct table_value n_without(const struct row *row)
{
    const struct group *const group = &row->report->grouping.groups[row->at[ROW_GROUP]];
    return table_integer(group->n_cases - report_count_with_partitions(row->report, group));
}

static const struct column COUNTS[] = {
    {"dominant", "dominates", .value = dominant},
    {"n", "models", MEMBER(struct dominance, n)},
    {"n_incomplete", "not whole", MEMBER(struct dominance, n_incomplete)},
    {"n_without_partitions", "without", .value = n_without},
    {0}};
static const struct column SHARES[] = {
    {"mean", "mean", "%.3f", MEMBER(struct share_summary, sample.mean)},
    {"sd", "sd", "%.3f", MEMBER(struct share_summary, sample.sd)},
    {"median", "median", "%.3f", MEMBER(struct share_summary, sample.median)},
    {"q25", MEMBER(struct share_summary, sample.q25)},
    {"q75", MEMBER(struct share_summary, sample.q75)},
    {"min", "least", "%.3f", MEMBER(struct share_summary, least)},
    {"max", "most", "%.3f", MEMBER(struct share_summary, most)},
    {0}};

const struct report_table TABLE_DOMINANCE = {
    .name = "dominance",
    .title = "Which coupling dominates, and where?",
    .about = "In a partition of the spectrum that coupling dominates whose removal alone moves the "
             "outputs furthest; none does where no single removal moves them by more than epsilon. "
             "Shares of alpha from 0.5 to 1 over the models of a group; models of which a part of "
             "it is not known are left out.",
    .needs_partitions = true,
    .over = {ROW_GROUP, ROW_DOMINANT},
    .blocks = {{GROUP_COLUMNS, .object = row_group},
               {COUNTS, .object = dominance_of},
               {SHARES, .object = share_of}}};

/* ---- representative alphas ---- */

static const void *same_in_group(struct row *row)
{
    row->made.same = dominance_at(
        row->report->partitions, &row->report->grouping.groups[row->at[ROW_GROUP]], row_alpha(row));
    return &row->made.same;
}

static const void *same_in_all(struct row *row)
{
    struct agreement_count sum = {0};
    for (int g = 0; g < row->report->grouping.n_groups; g++) {
        const struct agreement_count count =
            dominance_at(row->report->partitions, &row->report->grouping.groups[g], row_alpha(row));
        sum.n += count.n;
        sum.n_same += count.n_same;
        sum.n_near += count.n_near;
    }
    row->made.same = sum;
    return &row->made.same;
}

static struct table_value share(const struct row *row)
{
    const struct agreement_count *const count = row->object;
    return count->n == 0 ? table_missing() : table_real((double)count->n_same / count->n);
}

static const struct column SAME[] = {{"n", "models", MEMBER(struct agreement_count, n)},
                                     {"n_same", "the same", MEMBER(struct agreement_count, n_same)},
                                     {"share", "share", "%.3f", .value = share},
                                     {NULL, "near-ties", MEMBER(struct agreement_count, n_near)},
                                     {0}};

#define SAME_ABOUT                                                                                 \
    "Models in which the same dominates at that alpha as over the longest part of alpha from "     \
    "0.85 "                                                                                        \
    "to 0.95. Near-ties: models with a break point within 0.01 of that alpha, so that a slightly " \
    "other alpha is another partition."

const struct report_table TABLE_REPRESENTATIVE = {
    .name = "representative",
    .title = "Is an alpha representative of its neighbours? Group by group",
    .about = SAME_ABOUT,
    .needs_partitions = true,
    .over = {ROW_GROUP, ROW_ALPHA},
    .blocks = {
        {GROUP_COLUMNS, .object = row_group}, {ALPHA_COLUMN}, {SAME, .object = same_in_group}}};

/* The sum over all groups, for the page. */
const struct report_table TABLE_REPRESENTATIVE_ALPHAS = {
    .title = "Is an alpha representative of its neighbours?",
    .about = SAME_ABOUT,
    .needs_partitions = true,
    .over = {ROW_ALPHA},
    .blocks = {{ALPHA_COLUMN}, {SAME, .object = same_in_all}}};
