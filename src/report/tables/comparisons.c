/* Comparisons of ablation sets, of alphas and of seeds. */
#include "report/tables/table.h"

/* ---- ablation sets ---- */

static const void *comparison_of(struct row *row)
{
    return &row->report->comparisons.rows[row->at[ROW_COMPARISON]];
}

/* A member that is the number of a set. */
static struct table_value set_member(const struct row *row)
{
    const int set = *(const int *)((const char *)row->object + row->column->offset);
    return table_text(ablation_name(row->report->data.sets[set]));
}

static struct table_value verdict(const struct row *row)
{
    const int verdict = comparison_verdict(row->object);
    return verdict == 0 ? table_missing() : table_text(verdict > 0 ? "b higher" : "b lower");
}

static bool has_verdict(const struct row *row)
{
    return comparison_verdict(&row->report->comparisons.rows[row->at[ROW_COMPARISON]]) != 0;
}

static const struct column COMPARISON[] = {
    {"ablation_a", "without a", .value = set_member, .offset = offsetof(struct comparison, first)},
    {"ablation_b", "without b", .value = set_member, .offset = offsetof(struct comparison, second)},
    {"n", "n", MEMBER(struct comparison, n)},
    {"mean_difference", "mean difference", MEMBER(struct comparison, mean_difference)},
    {"p", "p", MEMBER(struct comparison, p)},
    {"p_holm", "p, Holm", MEMBER(struct comparison, p_adjusted)},
    {"smallest_p", "smallest p", MEMBER(struct comparison, smallest_p)},
    {"verdict", "verdict", .value = verdict},
    {0}};

const struct report_table TABLE_COMPARISONS = {
    .name = "comparisons",
    .title = "Paired comparisons over seeds",
    .about =
        "FVU without one set of couplings (a; none is the full network) against another (b) on the "
        "same seeds: two-sided sign-flip permutation test, corrected by Holm over the comparisons "
        "of one group and alpha. Shown is what has p below 0.05 after correction. With few seeds "
        "nothing can: n of them allow no p below 2^(1-n), before correction.",
    .at_main_alpha = true,
    .over = {ROW_COMPARISON},
    .blocks = {{GROUP_COLUMNS, .object = row_group},
               {ALPHA_COLUMN},
               {COMPARISON, .object = comparison_of}},
    .is_shown = has_verdict};

/* ---- alphas ---- */

static const void *stability_of(struct row *row)
{
    return &row->report->stability[row->at[ROW_GROUP]];
}

static const void *change_of(struct row *row)
{
    const struct effect_stability *const stability = stability_of(row);
    return stability->change_set != 0 ? stability : NULL;
}

/* A member that is the number of an alpha. */
static struct table_value alpha_member(const struct row *row)
{
    const int alpha = *(const int *)((const char *)row->object + row->column->offset);
    return table_real(row->report->data.alphas[alpha]);
}

static struct table_value n_alphas(const struct row *row)
{
    return table_integer(row->report->data.n_alphas);
}

static const struct column SEEDS[] = {{"n_seeds", "seeds", MEMBER(struct group, n_cases)},
                                      {"n_alphas", "alphas", .value = n_alphas},
                                      {0}};
static const struct column STABILITY[] = {
    {"partitions", "partitions (mean)", MEMBER(struct effect_stability, partitions)},
    {"n_pairs", "pairs", MEMBER(struct effect_stability, n_pairs)},
    {"mean_tau", "tau", "%.3g", MEMBER(struct effect_stability, mean_tau)},
    {"lowest_tau", "lowest", "%.3g", MEMBER(struct effect_stability, lowest_tau)},
    {0}};
static const struct column CHANGE[] = {
    {"largest_change", "largest change of a mean", MEMBER(struct effect_stability, largest_change)},
    {"change_ablation", "without", .value = set_member,
     .offset = offsetof(struct effect_stability, change_set)},
    {"alpha_low", "lowest at", .value = alpha_member,
     .offset = offsetof(struct effect_stability, change_low)},
    {"alpha_high", "highest at", .value = alpha_member,
     .offset = offsetof(struct effect_stability, change_high)},
    {0}};

const struct report_table TABLE_THRESHOLDS = {
    .name = "thresholds",
    .title = "Does the order of the effects change with alpha?",
    .about =
        "Agreement is Kendall's tau-b of the order of the ablation sets by their change of FVU "
        "at two alphas, within each seed: 1 the same order, 0 unrelated, -1 reversed. Alphas "
        "between the same two eigenvalues are the same partition and agree without saying "
        "anything: compare with the number of partitions.",
    .over = {ROW_GROUP},
    .blocks = {{GROUP_COLUMNS, .object = row_group},
               {SEEDS, .object = row_group},
               {STABILITY, .object = stability_of},
               {CHANGE, .object = change_of}}};

/* ---- seeds ---- */

static const void *similarity_of(struct row *row)
{
    return &row->report
                ->similarity[row->at[ROW_GROUP] * row->report->data.n_alphas + row->at[ROW_ALPHA]];
}

static const struct column SIMILARITY[] = {
    {"n_pairs", "pairs", MEMBER(struct seed_similarity, n_pairs)},
    {"mean_tau", "tau", "%.3g", MEMBER(struct seed_similarity, mean_tau)},
    {"lowest_tau", "lowest", "%.3g", MEMBER(struct seed_similarity, lowest_tau)},
    {0}};

const struct report_table TABLE_SIMILARITY = {
    .name = "similarity",
    .title = "Is the order of the effects the same in all seeds?",
    .at_main_alpha = true,
    .about = "The same agreement over all pairs of seeds of a group.",
    .over = {ROW_GROUP, ROW_ALPHA},
    .blocks = {{GROUP_COLUMNS, .object = row_group},
               {ALPHA_COLUMN},
               {SIMILARITY, .object = similarity_of}}};
