/* Whether the subspace of a coupling explains what happens without it, or the coupling does. */
#include "report/tables/table.h"

static const void *reasons_of(struct row *row)
{
    return report_reasons(row->report, row->at[ROW_GROUP], row->at[ROW_ALPHA], row->at[ROW_SET]);
}

static enum reason found(const struct row *row)
{
    return ((const struct reasons *)row->object)->reason;
}

static struct table_value reason(const struct row *row)
{
    return table_text(reason_text(found(row)));
}

static struct table_value explanation(const struct row *row)
{
    return table_text(reason_explanation(found(row)));
}

static bool has_factors(const struct row *row)
{
    const struct reasons *const reasons =
        report_reasons(row->report, row->at[ROW_GROUP], row->at[ROW_ALPHA], row->at[ROW_SET]);
    return reasons != NULL && reasons->n > 0 &&
           __builtin_popcount(row->report->data.sets[row->at[ROW_SET]]) == 1;
}

static const struct column REASONS[] = {
    {"n", "n", MEMBER(struct reasons, n)},
    {"exposure", "exposure", MEMBER(struct reasons, exposure.median)},
    {"exposure_low", "from", MEMBER(struct reasons, exposure.low)},
    {"exposure_high", "to", MEMBER(struct reasons, exposure.high)},
    {"visibility", "visibility", MEMBER(struct reasons, visibility.median)},
    {"visibility_low", "from", MEMBER(struct reasons, visibility.low)},
    {"visibility_high", "to", MEMBER(struct reasons, visibility.high)},
    {"coordination", "coordination", MEMBER(struct reasons, coordination.median)},
    {"coordination_low", "from", MEMBER(struct reasons, coordination.low)},
    {"coordination_high", "to", MEMBER(struct reasons, coordination.high)},
    {"verdict", "verdict", .value = reason},
    {"explained_by", "explained by", .value = explanation},
    {0}};

const struct report_table TABLE_REASONS = {
    .name = "reasons",
    .title = "Why: the subspace or the coupling",
    .about =
        "Medians over the networks that have the coupling, with intervals of their order "
        "statistics. "
        "Exposure: the states that it reads, visibility: the effect of what it writes to, both "
        "relative to all directions; coordination: how far the outputs move beside what these two "
        "say. Idle: exposure below 1/4; unseen: visibility below 1/4; tolerated: coordination "
        "below 1/2; fragile: above 2; else it is as its subspace says. Undecided where an interval "
        "crosses a limit, or with fewer than five networks.",
    .at_main_alpha = true,
    .over = {ROW_GROUP, ROW_ALPHA, ROW_SET},
    .blocks = {{GROUP_COLUMNS, .object = row_group},
               {ALPHA_COLUMN},
               {SET_COLUMN},
               {REASONS, .object = reasons_of}},
    .is_shown = has_factors};
