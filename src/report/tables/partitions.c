/* Effects over all partitions, model by model: every partition, the study's alphas among them,
 * shares.
 */
#include "report/tables/table.h"

/* ---- partitions ---- */

static const void *point_of(struct row *row)
{
    const int c = row->at[ROW_CASE];
    return &row->report->curves[c]
                .points[(size_t)row->at[ROW_POINT] - row->report->first_points[c]];
}

/* From 1, as in the results file. */
static struct table_value number(const struct row *row)
{
    const struct curve_point *const point = row->object;
    return table_integer(point - row->report->curves[row->at[ROW_CASE]].points + 1);
}

static struct table_value narrow(const struct row *row)
{
    return curve_point_is_narrow(row->object) ? table_text("*") : table_missing();
}

static struct table_value measure(const struct row *row)
{
    const struct study_data *const data = &row->report->data;
    const struct curve *const curve = &row->report->curves[row->at[ROW_CASE]];
    const int set = curve_set_of(data, (enum coupling)row->column->offset);
    const int partition = (int)((const struct curve_point *)row->object - curve->points);
    return set < 0 ? table_missing()
                   : table_real(study_partition_measure(data, row->at[ROW_CASE], partition, set,
                                                        row->repeat));
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
                   measure == measure_number("sensitivity")
               ? ""
               : MEASURES[measure]->variable.name;
}

static const struct column POINT[] = {
    {"partition", "partition", .value = number},
    {"alpha_low", "alpha above", "%.6f", MEMBER(struct curve_point, alpha_low)},
    {"alpha_high", "up to", "%.6f", MEMBER(struct curve_point, alpha_high)},
    {"n_r", "n_R", MEMBER(struct curve_point, n_r)},
    {"dominant", "dominates", .value = table_dominant_member,
     .offset = offsetof(struct curve_point, dominant)},
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
    .needs_curves = true,
    .over = {ROW_POINT},
    .blocks = {{CASE_COLUMNS},
               {POINT, .object = point_of},
               {DISTANCES, .object = point_of, .name = distance_name},
               {OTHERS, .object = point_of, .name = other_name},
               {NARROW, .object = point_of}}};

/* ---- the study's alphas among the break points ---- */

static double alpha_of(const struct row *row)
{
    return row->report->data.alphas[row->at[ROW_ALPHA]];
}

static const struct curve *curve_of(const struct row *row)
{
    return &row->report->curves[row->at[ROW_CASE]];
}

/* NULL without a curve: the row has labels alone. */
static const void *point_at_alpha(struct row *row)
{
    const struct curve *const curve = curve_of(row);
    return curve->n > 0 ? &curve->points[curve_point_at(curve, alpha_of(row))] : NULL;
}

static struct table_value break_distance(const struct row *row)
{
    return table_real(curve_break_distance(curve_of(row), alpha_of(row)));
}

static struct table_value near_tie(const struct row *row)
{
    return table_integer(curve_break_distance(curve_of(row), alpha_of(row)) < NEAR_TIE);
}

static struct table_value same_as_previous(const struct row *row)
{
    const int a = row->at[ROW_ALPHA];
    const struct curve *const curve = curve_of(row);
    return table_integer(a > 0 && curve_point_at(curve, row->report->data.alphas[a - 1]) ==
                                      curve_point_at(curve, alpha_of(row)));
}

static struct table_value usual_dominant(const struct row *row)
{
    const int dominant = curve_main_dominant(curve_of(row), USUAL_WINDOW);
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
                                                .needs_curves = true,
                                                .over = {ROW_CASE, ROW_ALPHA},
                                                .blocks = {{CASE_COLUMNS},
                                                           {ALPHA_COLUMN},
                                                           {POINT, .object = point_at_alpha},
                                                           {BREAKS, .object = point_at_alpha}}};

/* ---- shares of each model ---- */

static const void *curve_summary_of(struct row *row)
{
    row->made.curve = curve_summarise(curve_of(row));
    return curve_of(row)->n > 0 ? &row->made.curve : NULL;
}

#define SHARE(name, title, kind)                                                                   \
    {                                                                                              \
        "share_" name, title, "%.3f", MEMBER(struct curve_summary, shares[kind])                   \
    }

static const struct column SHARES[] = {
    {"n_partitions", "partitions", MEMBER(struct curve_summary, n)},
    {"n_partitions_wide", "from 0.5 to 1", MEMBER(struct curve_summary, n_wide)},
    {"n_narrow_wide", "narrow", MEMBER(struct curve_summary, n_narrow)},
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
    .needs_curves = true,
    .over = {ROW_CASE},
    .blocks = {{CASE_COLUMNS}, {SHARES, .object = curve_summary_of}}};
