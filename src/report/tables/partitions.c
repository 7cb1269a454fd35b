/* Effects over all partitions, model by model: every partition, the study's alphas among them,
 * shares.
 */
#include "report/tables/table.h"

/* ---- partitions ---- */

static const void *point_of(struct row *row)
{
    const int c = row->at[ROW_CASE];
    return &row->report->partitions[c]
                .list[(size_t)row->at[ROW_PARTITION] - row->report->first_partitions[c]];
}

/* From 1, as in the results file. */
static struct table_value number(const struct row *row)
{
    const struct case_partition *const point = row->object;
    return table_integer(point - row->report->partitions[row->at[ROW_CASE]].list + 1);
}

static struct table_value narrow(const struct row *row)
{
    return partition_is_narrow(row->object) ? table_text("*") : table_missing();
}

static struct table_value measure(const struct row *row)
{
    const struct study_data *const data = &row->report->data;
    const struct case_partitions *const partitions = &row->report->partitions[row->at[ROW_CASE]];
    const int set = partitions_set_of(data, (enum coupling)row->column->offset);
    const int partition = (int)((const struct case_partition *)row->object - partitions->list);
    return set < 0 ? table_missing()
                   : table_real(study_measure(data, row->at[ROW_CASE], data->n_alphas + partition,
                                              set, row->repeat));
}

/* What dominance is about comes first. */
static const char *distance_name(int measure)
{
    return MEASURES[measure] == NULL                ? NULL
           : MEASURES[measure] == &MEASURE_DISTANCE ? MEASURES[measure]->variable.name
                                                    : "";
}

/* fvu is delta_fvu and that of the full network, sensitivity the quotient of two others. */
static const char *other_name(int measure)
{
    return MEASURES[measure] == NULL ? NULL
           : MEASURES[measure] == &MEASURE_DISTANCE || MEASURES[measure] == &MEASURE_FVU ||
                   MEASURES[measure] == &MEASURE_SENSITIVITY
               ? ""
               : MEASURES[measure]->variable.name;
}

static const struct column POINT[] = {
    {"partition", "partition", .value = number},
    {"alpha_low", "alpha above", "%.6f", MEMBER(struct case_partition, alpha_low)},
    {"alpha_high", "up to", "%.6f", MEMBER(struct case_partition, alpha_high)},
    {"n_r", "n_R", MEMBER(struct case_partition, n_r)},
    {"dominant", "dominates", .value = table_dominant_member,
     .offset = offsetof(struct case_partition, dominant)},
    {0}};
static const struct column NARROW[] = {{NULL, "near-tie", .value = narrow}, {0}};
static const struct column DISTANCES[] = {{"RR", "RR", .value = measure, .offset = COUPLING_RR},
                                          {"CR", "CR", .value = measure, .offset = COUPLING_CR},
                                          {"CC", "CC", .value = measure, .offset = COUPLING_CC},
                                          {0}};
static const struct column OTHERS[] = {{"RR", .value = measure, .offset = COUPLING_RR},
                                       {"CR", .value = measure, .offset = COUPLING_CR},
                                       {"CC", .value = measure, .offset = COUPLING_CC},
                                       {0}};

const struct report_table TABLE_PARTITIONS = {
    .name = "partitions",
    .title = "Every partition",
    .needs_partitions = true,
    .over = {ROW_PARTITION},
    .blocks = {{CASE_COLUMNS},
               {POINT, .object = point_of},
               {DISTANCES, .object = point_of, .name = distance_name},
               {OTHERS, .object = point_of, .name = other_name},
               {NARROW, .object = point_of}}};

/* ---- the study's alphas among the break points ---- */

static const struct case_partitions *partitions_of(const struct row *row)
{
    return &row->report->partitions[row->at[ROW_CASE]];
}

/* NULL without partitions: the row has labels alone. */
static const void *point_at_alpha(struct row *row)
{
    const struct case_partitions *const partitions = partitions_of(row);
    return partitions->n > 0 ? &partitions->list[partitions_at(partitions, row_alpha(row))] : NULL;
}

static struct table_value break_distance(const struct row *row)
{
    return table_real(partitions_break_distance(partitions_of(row), row_alpha(row)));
}

static struct table_value near_tie(const struct row *row)
{
    return table_integer(partitions_break_distance(partitions_of(row), row_alpha(row)) < NEAR_TIE);
}

static struct table_value same_as_previous(const struct row *row)
{
    const int a = row->at[ROW_ALPHA];
    const struct case_partitions *const partitions = partitions_of(row);
    return table_integer(a > 0 && partitions_at(partitions, row->report->data.alphas[a - 1]) ==
                                      partitions_at(partitions, row_alpha(row)));
}

static struct table_value usual_dominant(const struct row *row)
{
    const int dominant = partitions_main_dominant(partitions_of(row), USUAL_WINDOW);
    return dominant == DOMINANT_UNKNOWN ? table_missing() : table_text(dominant_name(dominant));
}

static const struct column BREAKS[] = {
    {"break_distance", "nearest break point", "%.2g", .value = break_distance},
    {"near_tie", "near-tie", .value = near_tie, .hides_zero = true},
    {"same_as_previous", "same as previous", .value = same_as_previous, .hides_zero = true},
    {"usual_dominant", .value = usual_dominant},
    {0}};

const struct report_table TABLE_BREAK_POINTS = {.name = "break_points",
                                                .title =
                                                    "The study's alphas among the break points",
                                                .needs_partitions = true,
                                                .over = {ROW_CASE, ROW_ALPHA},
                                                .blocks = {{CASE_COLUMNS},
                                                           {ALPHA_COLUMN},
                                                           {POINT, .object = point_at_alpha},
                                                           {BREAKS, .object = point_at_alpha}}};

/* ---- shares of each model ---- */

static const void *partitions_summary_of(struct row *row)
{
    row->made.partitions = partitions_summarise(partitions_of(row));
    return partitions_of(row)->n > 0 ? &row->made.partitions : NULL;
}

#define SHARE(name, title, kind)                                                                   \
    {                                                                                              \
        "share_" name, title, "%.3f", MEMBER(struct partitions_summary, shares[kind])              \
    }

static const struct column SHARES[] = {
    {"n_partitions", "partitions", MEMBER(struct partitions_summary, n)},
    {"n_partitions_wide", "from 0.5 to 1", MEMBER(struct partitions_summary, n_wide)},
    {"n_narrow_wide", "narrow", MEMBER(struct partitions_summary, n_narrow)},
    SHARE("RR", "RR", COUPLING_RR),
    SHARE("CR", "CR", COUPLING_CR),
    SHARE("CC", "CC", COUPLING_CC),
    SHARE("none", "none", DOMINANT_NONE),
    SHARE("unknown", "unknown", DOMINANT_UNKNOWN),
    {"usual_dominant", "most of 0.85 to 0.95", .value = usual_dominant},
    {0}};

const struct report_table TABLE_MODEL_DOMINANCE = {
    .name = "model_dominance",
    .title = "What dominates",
    .needs_partitions = true,
    .over = {ROW_CASE},
    .blocks = {{CASE_COLUMNS}, {SHARES, .object = partitions_summary_of}}};
