/* What dominates over the seeds of a group, and whether a threshold is representative. */
#include "report/tables/table.h"

#include <stdio.h>

enum { N_GROUP_LABELS = 3 };
static const char *const GROUP_LABELS[N_GROUP_LABELS] = {"task", "construction", "hidden"};

static void name_column(const char *const *names, int column, char *name)
{
    (void)snprintf(name, TABLE_NAME_SIZE, "%s",
                   column < N_GROUP_LABELS ? GROUP_LABELS[column] : names[column - N_GROUP_LABELS]);
}

static struct table_value label_value(const struct group *group, int column)
{
    switch (column) {
    case 0:
        return table_text(group->task);
    case 1:
        return table_text(group->construction);
    default:
        return table_integer(group->hidden);
    }
}

/* ---- shares ---- */

static const char *const DOMINANCE_NAMES[] = {
    "dominant", "n",   "n_incomplete", "n_without_profile", "mean", "sd", "median", "q25",
    "q75",      "min", "max"};

static size_t n_dominance_rows(const struct report *report)
{
    return (size_t)report->grouping.n_groups * DOMINANT_KNOWN_COUNT;
}

static int n_dominance_columns(const struct report *report)
{
    (void)report;
    return N_GROUP_LABELS + (int)(sizeof DOMINANCE_NAMES / sizeof DOMINANCE_NAMES[0]);
}

static void dominance_column_name(int column, char *name)
{
    name_column(DOMINANCE_NAMES, column, name);
}

static struct table_value dominance_value(const struct report *report, size_t row, int column)
{
    const size_t g = row / DOMINANT_KNOWN_COUNT;
    const int dominant = (int)(row % DOMINANT_KNOWN_COUNT);
    const struct group *const group = &report->grouping.groups[g];
    const struct dominance *const dominance = &report->dominance[g];
    const struct share_summary *const share = &dominance->shares[dominant];
    if (column < N_GROUP_LABELS) {
        return label_value(group, column);
    }
    const int counts[] = {dominance->n, dominance->n_incomplete,
                          group->n_cases - report_count_curves(report, group)};
    const double reals[] = {share->sample.mean, share->sample.sd,  share->sample.median,
                            share->sample.q25,  share->sample.q75, share->least,
                            share->most};
    const int place = column - N_GROUP_LABELS - 1;
    return place < 0   ? table_text(dominant_name(dominant))
           : place < 3 ? table_integer(counts[place])
                       : table_real(reals[place - 3]);
}

const struct report_table TABLE_DOMINANCE = {
    .name = "dominance",
    .title = "Shares of alpha over which each coupling dominates",
    .needs_curves = true,
    .n_rows = n_dominance_rows,
    .n_columns = n_dominance_columns,
    .column_name = dominance_column_name,
    .value = dominance_value};

/* ---- representative thresholds ---- */

static const char *const REPRESENTATIVE_NAMES[] = {"alpha", "n", "n_same", "share"};

static size_t n_representative_rows(const struct report *report)
{
    return (size_t)report->grouping.n_groups * (size_t)report->data.n_alphas;
}

static int n_representative_columns(const struct report *report)
{
    (void)report;
    return N_GROUP_LABELS + (int)(sizeof REPRESENTATIVE_NAMES / sizeof REPRESENTATIVE_NAMES[0]);
}

static void representative_column_name(int column, char *name)
{
    name_column(REPRESENTATIVE_NAMES, column, name);
}

static struct table_value representative_value(const struct report *report, size_t row, int column)
{
    const size_t n_alphas = (size_t)report->data.n_alphas;
    const struct group *const group = &report->grouping.groups[row / n_alphas];
    const double alpha = report->data.alphas[row % n_alphas];
    if (column < N_GROUP_LABELS) {
        return label_value(group, column);
    }
    const struct agreement_count count = dominance_at(report->curves, group, alpha);
    switch (column - N_GROUP_LABELS) {
    case 0:
        return table_real(alpha);
    case 1:
        return table_integer(count.n);
    case 2:
        return table_integer(count.n_same);
    default:
        return count.n == 0 ? table_missing() : table_real((double)count.n_same / count.n);
    }
}

const struct report_table TABLE_REPRESENTATIVE = {
    .name = "representative",
    .title = "Is a threshold representative of its neighbours?",
    .needs_curves = true,
    .n_rows = n_representative_rows,
    .n_columns = n_representative_columns,
    .column_name = representative_column_name,
    .value = representative_value};
