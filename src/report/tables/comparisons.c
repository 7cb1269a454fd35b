/* Comparisons of ablation sets, of alphas and of seeds. */
#include "report/tables/table.h"

#include <stdio.h>

enum { N_GROUP_LABELS = 3 };
static const char *const GROUP_LABELS[N_GROUP_LABELS] = {"task", "construction", "hidden"};

static void name_column(const char *const *names, int column, char *name)
{
    (void)snprintf(name, TABLE_NAME_SIZE, "%s",
                   column < N_GROUP_LABELS ? GROUP_LABELS[column] : names[column - N_GROUP_LABELS]);
}

static struct table_value group_label_value(const struct report *report, int group, int column)
{
    const struct group *const labels = &report->grouping.groups[group];
    switch (column) {
    case 0:
        return table_text(labels->task);
    case 1:
        return table_text(labels->construction);
    default:
        return table_integer(labels->hidden);
    }
}

/* ---- ablation sets ---- */

static const char *const COMPARISON_NAMES[] = {"alpha",  "ablation_a",      "ablation_b",
                                               "n",      "mean_difference", "p",
                                               "p_holm", "smallest_p",      "verdict"};

static size_t n_comparison_rows(const struct report *report)
{
    return report->comparisons.n_rows;
}

static int n_comparison_columns(const struct report *report)
{
    (void)report;
    return N_GROUP_LABELS + (int)(sizeof COMPARISON_NAMES / sizeof COMPARISON_NAMES[0]);
}

static void comparison_column_name(int column, char *name)
{
    name_column(COMPARISON_NAMES, column, name);
}

static struct table_value verdict_value(const struct comparison *row)
{
    static const char *const words[] = {"b lower", "", "b higher"};
    const int verdict = comparison_verdict(row);
    return verdict == 0 ? table_missing() : table_text(words[verdict + 1]);
}

static struct table_value comparison_value(const struct report *report, size_t row, int column)
{
    const struct comparison *const pair = &report->comparisons.rows[row];
    switch (column - N_GROUP_LABELS) {
    case 0:
        return table_real(report->data.alphas[pair->alpha]);
    case 1:
        return table_text(ablation_name(report->data.sets[pair->first]));
    case 2:
        return table_text(ablation_name(report->data.sets[pair->second]));
    case 3:
        return table_integer(pair->n);
    case 4:
        return table_real(pair->mean_difference);
    case 5:
        return table_real(pair->p);
    case 6:
        return table_real(pair->p_adjusted);
    case 7:
        return table_real(pair->smallest_p);
    case 8:
        return verdict_value(pair);
    default:
        return group_label_value(report, pair->group, column);
    }
}

const struct report_table TABLE_COMPARISONS = {
    .name = "comparisons",
    .title = "Paired comparisons of ablation sets over seeds (fvu)",
    .n_rows = n_comparison_rows,
    .n_columns = n_comparison_columns,
    .column_name = comparison_column_name,
    .value = comparison_value};

/* ---- alphas ---- */

static const char *const THRESHOLD_NAMES[] = {
    "n_seeds",    "n_alphas",       "partitions",      "n_pairs",   "mean_tau",
    "lowest_tau", "largest_change", "change_ablation", "alpha_low", "alpha_high"};

static size_t n_threshold_rows(const struct report *report)
{
    return (size_t)report->grouping.n_groups;
}

static int n_threshold_columns(const struct report *report)
{
    (void)report;
    return N_GROUP_LABELS + (int)(sizeof THRESHOLD_NAMES / sizeof THRESHOLD_NAMES[0]);
}

static void threshold_column_name(int column, char *name)
{
    name_column(THRESHOLD_NAMES, column, name);
}

static struct table_value change_value(const struct report *report,
                                       const struct effect_stability *stability, int column)
{
    if (stability->change_set == 0) {
        return table_missing();
    }
    switch (column) {
    case 0:
        return table_real(stability->largest_change);
    case 1:
        return table_text(ablation_name(report->data.sets[stability->change_set]));
    case 2:
        return table_real(report->data.alphas[stability->change_low]);
    default:
        return table_real(report->data.alphas[stability->change_high]);
    }
}

static struct table_value threshold_value(const struct report *report, size_t row, int column)
{
    const struct effect_stability *const stability = &report->stability[row];
    switch (column - N_GROUP_LABELS) {
    case 0:
        return table_integer(report->grouping.groups[row].n_cases);
    case 1:
        return table_integer(report->data.n_alphas);
    case 2:
        return table_real(stability->partitions);
    case 3:
        return table_integer(stability->n_pairs);
    case 4:
        return table_real(stability->mean_tau);
    case 5:
        return table_real(stability->lowest_tau);
    default:
        return column < N_GROUP_LABELS
                   ? group_label_value(report, (int)row, column)
                   : change_value(report, stability, column - N_GROUP_LABELS - 6);
    }
}

const struct report_table TABLE_THRESHOLDS = {.name = "thresholds",
                                              .title = "Does the profile change with alpha?",
                                              .n_rows = n_threshold_rows,
                                              .n_columns = n_threshold_columns,
                                              .column_name = threshold_column_name,
                                              .value = threshold_value};

/* ---- seeds ---- */

static const char *const SIMILARITY_NAMES[] = {"alpha", "n_pairs", "mean_tau", "lowest_tau"};

static size_t n_similarity_rows(const struct report *report)
{
    return (size_t)report->grouping.n_groups * (size_t)report->data.n_alphas;
}

static int n_similarity_columns(const struct report *report)
{
    (void)report;
    return N_GROUP_LABELS + (int)(sizeof SIMILARITY_NAMES / sizeof SIMILARITY_NAMES[0]);
}

static void similarity_column_name(int column, char *name)
{
    name_column(SIMILARITY_NAMES, column, name);
}

static struct table_value similarity_value(const struct report *report, size_t row, int column)
{
    const size_t n_alphas = (size_t)report->data.n_alphas;
    const struct seed_similarity *const similarity = &report->similarity[row];
    switch (column - N_GROUP_LABELS) {
    case 0:
        return table_real(report->data.alphas[row % n_alphas]);
    case 1:
        return table_integer(similarity->n_pairs);
    case 2:
        return table_real(similarity->mean_tau);
    case 3:
        return table_real(similarity->lowest_tau);
    default:
        return group_label_value(report, (int)(row / n_alphas), column);
    }
}

const struct report_table TABLE_SIMILARITY = {.name = "similarity",
                                              .title = "How alike are the profiles of the seeds?",
                                              .n_rows = n_similarity_rows,
                                              .n_columns = n_similarity_columns,
                                              .column_name = similarity_column_name,
                                              .value = similarity_value};
