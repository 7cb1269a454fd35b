/* Threshold curves, model by model: all partitions, the study's thresholds among them, shares. */
#include "report/tables/table.h"

#include <math.h>
#include <stdio.h>

/* ---- labels of a case, the first columns of all three ---- */

static const enum variable_id LABELS[] = {VAR_MODEL, VAR_TASK, VAR_CONSTRUCTION, VAR_HIDDEN,
                                          VAR_SEED};
enum { N_LABELS = sizeof LABELS / sizeof LABELS[0] };

static void name_column(const char *const *names, int column, char *name)
{
    (void)snprintf(name, TABLE_NAME_SIZE, "%s",
                   column < N_LABELS ? VARIABLES[LABELS[column]].name : names[column - N_LABELS]);
}

static struct table_value label_value(const struct study_data *data, int c, int column)
{
    switch (LABELS[column]) {
    case VAR_MODEL:
        return table_text(study_model(data, c));
    case VAR_TASK:
        return table_text(study_task(data, c));
    case VAR_CONSTRUCTION:
        return table_text(study_construction(data, c));
    case VAR_HIDDEN:
        return table_integer(study_hidden(data, c));
    default:
        return table_integer(study_seed(data, c));
    }
}

static struct table_value dominant_value(int dominant)
{
    return dominant == DOMINANT_UNKNOWN ? table_missing() : table_text(dominant_name(dominant));
}

/* ---- partitions ---- */

static const char *const PARTITION_NAMES[] = {"partition", "alpha_low", "alpha_high", "n_r",
                                              "dominant"};
static const struct {
    const char *name;
    enum variable_id id;
} MEASURES[] = {{"distance", VAR_PARTITION_DISTANCE},
                {"delta_fvu", VAR_PARTITION_DELTA_FVU},
                {"accuracy", VAR_PARTITION_ACCURACY},
                {"removed_mass", VAR_PARTITION_REMOVED_MASS}};
enum {
    N_PARTITION_NAMES = sizeof PARTITION_NAMES / sizeof PARTITION_NAMES[0],
    N_MEASURES = sizeof MEASURES / sizeof MEASURES[0],
    FIRST_MEASURE = N_LABELS + N_PARTITION_NAMES
};

static size_t n_partition_rows(const struct report *report)
{
    return report->first_points[report->data.n_cases];
}

static int n_partition_columns(const struct report *report)
{
    (void)report;
    return FIRST_MEASURE + N_MEASURES * COUPLING_COUNT;
}

/* distance_RR, distance_CR, ... */
static void partition_column_name(int column, char *name)
{
    const int place = column - FIRST_MEASURE;
    if (place < 0) {
        name_column(PARTITION_NAMES, column, name);
        return;
    }
    (void)snprintf(name, TABLE_NAME_SIZE, "%s_%s", MEASURES[place / COUPLING_COUNT].name,
                   coupling_name((enum coupling)(place % COUPLING_COUNT)));
}

/* The case of a row: the last whose points begin at it or before, and which has some. */
static int case_of_row(const struct report *report, size_t row)
{
    int low = 0;
    int high = report->data.n_cases;
    while (high - low > 1) {
        const int middle = low + (high - low) / 2;
        if (report->first_points[middle] <= row) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct table_value measure_value(const struct study_data *data, int c, int partition,
                                        int place)
{
    const int set = curve_set_of(data, (enum coupling)(place % COUPLING_COUNT));
    return set < 0 ? table_missing()
                   : table_real(study_partition_job_real(data, MEASURES[place / COUPLING_COUNT].id,
                                                         c, partition, set));
}

static struct table_value partition_value(const struct report *report, size_t row, int column)
{
    const int c = case_of_row(report, row);
    const int p = (int)(row - report->first_points[c]);
    const struct curve_point *const point = &report->curves[c].points[p];
    if (column < N_LABELS) {
        return label_value(&report->data, c, column);
    }
    switch (column - N_LABELS) {
    case 0:
        return table_integer(p + 1);
    case 1:
        return table_real(point->alpha_low);
    case 2:
        return table_real(point->alpha_high);
    case 3:
        return table_integer(point->n_r);
    case 4:
        return dominant_value(point->dominant);
    default:
        return measure_value(&report->data, c, p, column - FIRST_MEASURE);
    }
}

const struct report_table TABLE_PARTITIONS = {.name = "partitions",
                                              .title = "Threshold curves: every partition",
                                              .needs_curves = true,
                                              .n_rows = n_partition_rows,
                                              .n_columns = n_partition_columns,
                                              .column_name = partition_column_name,
                                              .value = partition_value};

/* ---- thresholds among the break points ---- */

static const char *const BREAK_NAMES[] = {
    "alpha",    "partition",      "alpha_low", "alpha_high",       "n_r",
    "dominant", "break_distance", "near_tie",  "same_as_previous", "usual_dominant"};

static size_t n_break_rows(const struct report *report)
{
    return (size_t)report->data.n_cases * (size_t)report->data.n_alphas;
}

static int n_break_columns(const struct report *report)
{
    (void)report;
    return N_LABELS + (int)(sizeof BREAK_NAMES / sizeof BREAK_NAMES[0]);
}

static void break_column_name(int column, char *name)
{
    name_column(BREAK_NAMES, column, name);
}

static struct table_value break_value_of(const struct report *report, const struct curve *curve,
                                         int a, int column)
{
    const double *const alphas = report->data.alphas;
    const int p = curve_point_at(curve, alphas[a]);
    const struct curve_point *const point = &curve->points[p];
    switch (column) {
    case 1:
        return table_integer(p + 1);
    case 2:
        return table_real(point->alpha_low);
    case 3:
        return table_real(point->alpha_high);
    case 4:
        return table_integer(point->n_r);
    case 5:
        return dominant_value(point->dominant);
    case 6:
        return table_real(curve_break_distance(curve, alphas[a]));
    case 7:
        return table_integer(curve_break_distance(curve, alphas[a]) < NEAR_TIE);
    case 8:
        return table_integer(a > 0 && curve_point_at(curve, alphas[a - 1]) == p);
    default:
        return dominant_value(curve_main_dominant(curve, USUAL_WINDOW));
    }
}

/* Cases without a curve have a row too, of their labels alone. */
static struct table_value break_value(const struct report *report, size_t row, int column)
{
    const int a = (int)(row % (size_t)report->data.n_alphas);
    const int c = (int)(row / (size_t)report->data.n_alphas);
    if (column < N_LABELS) {
        return label_value(&report->data, c, column);
    }
    if (column == N_LABELS) {
        return table_real(report->data.alphas[a]);
    }
    return report->curves[c].n == 0
               ? table_missing()
               : break_value_of(report, &report->curves[c], a, column - N_LABELS);
}

const struct report_table TABLE_BREAK_POINTS = {.name = "break_points",
                                                .title = "Thresholds among the break points",
                                                .needs_curves = true,
                                                .n_rows = n_break_rows,
                                                .n_columns = n_break_columns,
                                                .column_name = break_column_name,
                                                .value = break_value};

/* ---- shares of each model ---- */

static const char *const SHARE_NAMES[] = {"n_partitions", "n_partitions_wide", "n_narrow_wide",
                                          "share_RR",     "share_CR",          "share_CC",
                                          "share_none",   "share_unknown",     "usual_dominant"};
enum { FIRST_SHARE = 3 };

static size_t n_share_rows(const struct report *report)
{
    return (size_t)report->data.n_cases;
}

static int n_share_columns(const struct report *report)
{
    (void)report;
    return N_LABELS + (int)(sizeof SHARE_NAMES / sizeof SHARE_NAMES[0]);
}

static void share_column_name(int column, char *name)
{
    name_column(SHARE_NAMES, column, name);
}

static struct table_value share_value(const struct report *report, size_t row, int column)
{
    const struct curve *const curve = &report->curves[row];
    double shares[DOMINANT_COUNT];
    int n_narrow = 0;
    if (column < N_LABELS) {
        return label_value(&report->data, (int)row, column);
    }
    if (curve->n == 0) {
        return table_missing();
    }
    const int n_wide = curve_count_points(curve, WIDE_WINDOW, &n_narrow);
    curve_shares(curve, WIDE_WINDOW, shares);
    switch (column - N_LABELS) {
    case 0:
        return table_integer(curve->n);
    case 1:
        return table_integer(n_wide);
    case 2:
        return table_integer(n_narrow);
    case FIRST_SHARE + DOMINANT_COUNT:
        return dominant_value(curve_main_dominant(curve, USUAL_WINDOW));
    default:
        return table_real(shares[column - N_LABELS - FIRST_SHARE]);
    }
}

const struct report_table TABLE_MODEL_DOMINANCE = {.name = "model_dominance",
                                                   .title = "What dominates, model by model",
                                                   .needs_curves = true,
                                                   .n_rows = n_share_rows,
                                                   .n_columns = n_share_columns,
                                                   .column_name = share_column_name,
                                                   .value = share_value};
