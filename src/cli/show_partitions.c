#include "cli/show_partitions.h"

#include "core/text.h"
#include "report/curve.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void print_heading(const struct study_data *data, int case_index, const struct curve *curve)
{
    (void)printf("%s: task %s, %s%sN %d, spectral radius %.4f\n", study_model(data, case_index),
                 study_task(data, case_index), study_construction(data, case_index),
                 study_construction(data, case_index)[0] != '\0' ? ", " : "",
                 study_hidden(data, case_index),
                 study_case_real(data, VAR_SPECTRAL_RADIUS, case_index));
    (void)printf("  %d partition%s of the spectrum; distance of the answers without one coupling\n",
                 curve->n, curve->n == 1 ? "" : "s");
}

static void print_distance(double value)
{
    if (isnan(value)) {
        (void)printf("%11s", "-");
    } else {
        (void)printf("%11.4g", value);
    }
}

static const char *dominant_word(const struct curve_point *point)
{
    return point->dominant == DOMINANT_UNKNOWN ? "-" : dominant_name(point->dominant);
}

static void print_points(const struct curve *curve)
{
    (void)printf("\n   %-20s%5s%11s%11s%11s  dominates\n", "alpha in", "n_R", "RR", "CR", "CC");
    for (int p = 0; p < curve->n; p++) {
        const struct curve_point *const point = &curve->points[p];
        (void)printf("  %c(%8.6f, %8.6f]%5d", curve_point_is_narrow(point) ? '*' : ' ',
                     point->alpha_low, point->alpha_high, point->n_r);
        for (int k = 0; k < COUPLING_COUNT; k++) {
            print_distance(point->distance[k]);
        }
        (void)printf("  %s\n", dominant_word(point));
    }
}

/* `previous` is the partition of the threshold before, or -1. */
static int print_threshold(const struct curve *curve, const double *alphas, int a, int previous)
{
    const int p = curve_point_at(curve, alphas[a]);
    const struct curve_point *const point = &curve->points[p];
    const double distance = curve_break_distance(curve, alphas[a]);
    (void)printf("  alpha %-8.6g in (%8.6f, %8.6f], n_R %d, ", alphas[a], point->alpha_low,
                 point->alpha_high, point->n_r);
    if (isnan(distance)) {
        (void)printf("no break point");
    } else {
        (void)printf("nearest break point %.2g away%s", distance,
                     distance < NEAR_TIE ? " (near-tie)" : "");
    }
    if (p == previous) {
        (void)printf(", the same partition as %g", alphas[a - 1]);
    }
    (void)printf("\n");
    return p;
}

static int print_thresholds(const struct study_data *data, const struct curve *curve)
{
    int n_near = 0;
    int previous = -1;
    (void)printf("\n");
    for (int a = 0; a < data->n_alphas; a++) {
        previous = print_threshold(curve, data->alphas, a, previous);
        n_near += curve_break_distance(curve, data->alphas[a]) < NEAR_TIE;
    }
    const int n_distinct = curve_count_distinct(curve, data->alphas, data->n_alphas);
    (void)printf("  %d threshold%s of the study, %d different partition%s\n", data->n_alphas,
                 data->n_alphas == 1 ? "" : "s", n_distinct, n_distinct == 1 ? "" : "s");
    return n_near;
}

static void print_shares(const struct curve *curve)
{
    double shares[DOMINANT_COUNT];
    const int usual = curve_main_dominant(curve, USUAL_WINDOW);
    curve_shares(curve, WIDE_WINDOW, shares);
    (void)printf("  over alpha from %g to %g:", WIDE_WINDOW.low, WIDE_WINDOW.high);
    for (int k = 0; k < DOMINANT_COUNT; k++) {
        if (k < DOMINANT_KNOWN_COUNT || shares[k] > 0.0) {
            (void)printf("%s %s %.1f %%", k > 0 ? "," : "",
                         k < DOMINANT_KNOWN_COUNT ? dominant_name(k) : "unknown",
                         100.0 * shares[k]);
        }
    }
    if (usual != DOMINANT_UNKNOWN) {
        (void)printf("; most of %g to %g: %s", USUAL_WINDOW.low, USUAL_WINDOW.high,
                     dominant_name(usual));
    }
    (void)printf("\n");
}

static void print_warnings(const struct study_data *data, const struct curve *curve, int n_near)
{
    int n_narrow = 0;
    const struct alpha_window all = {0.0, 1.0};
    (void)curve_count_points(curve, all, &n_narrow);
    if (n_near > 0) {
        (void)printf("  near-ties: %d of %d thresholds lie within %g of a break point: a slightly "
                     "other alpha is another partition\n",
                     n_near, data->n_alphas, NEAR_TIE);
    }
    if (n_narrow > 0) {
        (void)printf("  near-ties: * %d of %d partitions are narrower than %g: neighbouring moduli "
                     "differ by less (relative to the spectral radius)\n",
                     n_narrow, curve->n, NEAR_TIE);
    }
}

static enum status print_case(const struct study_data *data, int case_index, struct error *error)
{
    struct curve curve;
    TRY(curve_create(&curve, data, case_index, error));
    if (curve.n == 0) {
        const char *const message = study_message(data, case_index);
        (void)printf("%s: task %s: %s%s\n", study_model(data, case_index),
                     study_task(data, case_index), message[0] != '\0' ? "failed: " : "pending",
                     message);
    } else {
        print_heading(data, case_index, &curve);
        print_points(&curve);
        const int n_near = print_thresholds(data, &curve);
        print_shares(&curve);
        print_warnings(data, &curve, n_near);
    }
    curve_release(&curve);
    return STATUS_OK;
}

enum status show_unknown_model(const struct case_table *table, const char *name,
                               struct error *error)
{
    const char *nearest = NULL;
    for (int i = 0; i < table->n_cases; i++) {
        const char *const label = case_table_text(table, VAR_MODEL, i);
        const char *const words[] = {nearest != NULL ? nearest : label, label};
        const char *const found = text_nearest(name, words, 2);
        nearest = found != NULL ? found : nearest;
    }
    return nearest != NULL
               ? error_set(error, STATUS_USAGE, "show: no model '%s', did you mean '%s'?", name,
                           nearest)
               : error_set(error, STATUS_USAGE, "show: no model '%s' among %d cases, e.g. '%s'",
                           name, table->n_cases, case_table_text(table, VAR_MODEL, 0));
}

enum status show_partitions(const struct study_data *data, const char *model, struct error *error)
{
    int printed = 0;
    const struct case_table *const table = &data->sources[0].table;
    if (table->n_partitions == 0) {
        return error_set(
            error, STATUS_USAGE,
            "show: %s has no profile: its study lacks the line 'partitions = \"all\";'",
            data->sources[0].path);
    }
    for (int i = 0; i < data->n_cases; i++) {
        if (strcmp(study_model(data, i), model) == 0) {
            (void)printf(printed++ > 0 ? "\n" : "");
            TRY(print_case(data, i, error));
        }
    }
    return printed > 0 ? STATUS_OK : show_unknown_model(table, model, error);
}
