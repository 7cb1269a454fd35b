#include "report/curve.h"

#include "core/memory.h"
#include "kernel/measures/measure.h"
#include "kernel/spectral/schur.h"

#include <math.h>
#include <stdlib.h>

const struct alpha_window WIDE_WINDOW = {0.5, 1.0};
const struct alpha_window USUAL_WINDOW = {0.85, 0.95};

const char *dominant_name(int dominant)
{
    return dominant < COUPLING_COUNT   ? coupling_name((enum coupling)dominant)
           : dominant == DOMINANT_NONE ? "none"
                                       : "";
}

int dominant_of(const double distance[COUPLING_COUNT], double epsilon)
{
    int largest = 0;
    for (int k = 0; k < COUPLING_COUNT; k++) {
        if (isnan(distance[k])) {
            return DOMINANT_UNKNOWN;
        }
        largest = distance[k] > distance[largest] ? k : largest;
    }
    return distance[largest] > epsilon ? largest : DOMINANT_NONE;
}

int curve_set_of(const struct study_data *data, enum coupling coupling)
{
    for (int set = 0; set < data->n_sets; set++) {
        if (data->sets[set] == 1u << coupling) {
            return set;
        }
    }
    return -1;
}

static struct curve_point read_point(const struct study_data *data, int case_index, int partition)
{
    struct curve_point point = {
        .alpha_low = study_real(data, "alpha_low", case_index, (size_t)partition),
        .alpha_high = study_real(data, "alpha_high", case_index, (size_t)partition),
        .n_r = study_n_r(data, case_index, study_row_of_partition(data, partition))};
    const int distance = measure_number(MEASURE_DISTANCE.variable.name);
    for (int k = 0; k < COUPLING_COUNT; k++) {
        const int set = curve_set_of(data, (enum coupling)k);
        point.distance[k] =
            set < 0 ? NAN
                    : study_measure(data, case_index, study_row_of_partition(data, partition), set,
                                    distance);
    }
    point.dominant = dominant_of(point.distance, data->epsilon);
    return point;
}

enum status curve_create(struct curve *curve, const struct study_data *data, int case_index,
                         struct error *error)
{
    const int n = study_partitions(data, case_index);
    *curve = (struct curve){0};
    TRY(memory_array(&curve->points, (size_t)n, sizeof *curve->points, error));
    while (curve->n < n) {
        const struct curve_point point = read_point(data, case_index, curve->n);
        if (point.n_r < 1 || !(point.alpha_low <= point.alpha_high)) {
            break; /* not divided yet */
        }
        curve->points[curve->n++] = point;
    }
    return STATUS_OK;
}

void curve_release(struct curve *curve)
{
    free(curve->points);
    *curve = (struct curve){0};
}

int curve_point_at(const struct curve *curve, double alpha)
{
    int last = curve->n - 1;
    while (last > 0 && curve->points[last].alpha_high < alpha * (1.0 - SCHUR_TIE_TOLERANCE)) {
        last--;
    }
    return last;
}

double curve_break_distance(const struct curve *curve, double alpha)
{
    double nearest = NAN;
    for (int p = 1; p < curve->n; p++) {
        nearest = fmin(nearest, fabs(curve->points[p].alpha_high - alpha));
    }
    return nearest;
}

static double length_within(const struct curve_point *point, struct alpha_window window)
{
    return fmax(0.0, fmin(point->alpha_high, window.high) - fmax(point->alpha_low, window.low));
}

bool curve_point_is_narrow(const struct curve_point *point)
{
    return point->alpha_high - point->alpha_low < NEAR_TIE;
}

int curve_count_points(const struct curve *curve, struct alpha_window window, int *n_narrow)
{
    int n = 0;
    *n_narrow = 0;
    for (int p = 0; p < curve->n; p++) {
        const struct curve_point *const point = &curve->points[p];
        if (length_within(point, window) > 0.0) {
            n++;
            *n_narrow += curve_point_is_narrow(point);
        }
    }
    return n;
}

void curve_shares(const struct curve *curve, struct alpha_window window,
                  double shares[DOMINANT_COUNT])
{
    for (int k = 0; k < DOMINANT_COUNT; k++) {
        shares[k] = 0.0;
    }
    for (int p = 0; p < curve->n; p++) {
        const struct curve_point *const point = &curve->points[p];
        shares[point->dominant] += length_within(point, window) / (window.high - window.low);
    }
    if (curve->n == 0) {
        shares[DOMINANT_UNKNOWN] = 1.0;
    }
}

struct curve_summary curve_summarise(const struct curve *curve)
{
    struct curve_summary summary = {.n = curve->n};
    summary.n_wide = curve_count_points(curve, WIDE_WINDOW, &summary.n_narrow);
    curve_shares(curve, WIDE_WINDOW, summary.shares);
    return summary;
}

int curve_main_dominant(const struct curve *curve, struct alpha_window window)
{
    double shares[DOMINANT_COUNT];
    int longest = 0;
    curve_shares(curve, window, shares);
    for (int k = 1; k < DOMINANT_KNOWN_COUNT; k++) {
        longest = shares[k] > shares[longest] ? k : longest;
    }
    return shares[DOMINANT_UNKNOWN] > 0.0 ? DOMINANT_UNKNOWN : longest;
}

int curve_count_distinct(const struct curve *curve, const double *alphas, int n_alphas)
{
    int count = 0;
    int last = -1;
    for (int a = 0; a < n_alphas; a++) {
        const int point = curve_point_at(curve, alphas[a]);
        count += point != last;
        last = point;
    }
    return count;
}
