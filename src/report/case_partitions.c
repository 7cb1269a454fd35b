#include "report/case_partitions.h"

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

int partitions_set_of(const struct study_data *data, enum coupling coupling)
{
    for (int set = 0; set < data->n_sets; set++) {
        if (data->sets[set] == 1u << coupling) {
            return set;
        }
    }
    return -1;
}

enum status partitions_create(struct case_partitions *partitions, const struct study_data *data,
                              int case_index, struct error *error)
{
    const int distance = measure_number(MEASURE_DISTANCE.variable.name);
    const int n = study_partitions(data, case_index);
    *partitions = (struct case_partitions){0};
    TRY(memory_array(&partitions->list, (size_t)n, sizeof *partitions->list, error));
    for (int p = 0; p < n; p++) {
        struct case_partition *const point = &partitions->list[p];
        const int row = data->n_alphas + p;
        *point = (struct case_partition){
            .alpha_low = study_real(data, "alpha_low", case_index, (size_t)p),
            .alpha_high = study_real(data, "alpha_high", case_index, (size_t)p),
            .n_r = study_n_r(data, case_index, row)};
        if (point->n_r < 1 || !(point->alpha_low <= point->alpha_high)) {
            break; /* not divided yet */
        }
        for (int k = 0; k < COUPLING_COUNT; k++) {
            const int set = partitions_set_of(data, (enum coupling)k);
            point->distance[k] =
                set < 0 ? NAN : study_measure(data, case_index, row, set, distance);
        }
        point->dominant = dominant_of(point->distance, data->epsilon);
        partitions->n++;
    }
    return STATUS_OK;
}

void partitions_release(struct case_partitions *partitions)
{
    free(partitions->list);
    *partitions = (struct case_partitions){0};
}

int partitions_at(const struct case_partitions *partitions, double alpha)
{
    int last = partitions->n - 1;
    while (last > 0 && partitions->list[last].alpha_high < alpha - SCHUR_TIE_TOLERANCE) {
        last--;
    }
    return last;
}

double partitions_break_distance(const struct case_partitions *partitions, double alpha)
{
    double nearest = NAN;
    for (int p = 1; p < partitions->n; p++) {
        nearest = fmin(nearest, fabs(partitions->list[p].alpha_high - alpha));
    }
    return nearest;
}

static double length_within(const struct case_partition *point, struct alpha_window window)
{
    return fmax(0.0, fmin(point->alpha_high, window.high) - fmax(point->alpha_low, window.low));
}

bool partition_is_narrow(const struct case_partition *point)
{
    return point->alpha_high - point->alpha_low < NEAR_TIE;
}

int partitions_count(const struct case_partitions *partitions, struct alpha_window window,
                     int *n_narrow)
{
    int n = 0;
    *n_narrow = 0;
    for (int p = 0; p < partitions->n; p++) {
        const struct case_partition *const point = &partitions->list[p];
        if (length_within(point, window) > 0.0) {
            n++;
            *n_narrow += partition_is_narrow(point);
        }
    }
    return n;
}

/* share_k = sum over partitions that k dominates of |(alpha_low, alpha_high] within the window|
 * over the length of the window. */
void partitions_shares(const struct case_partitions *partitions, struct alpha_window window,
                       double shares[DOMINANT_COUNT])
{
    for (int k = 0; k < DOMINANT_COUNT; k++) {
        shares[k] = 0.0;
    }
    for (int p = 0; p < partitions->n; p++) {
        const struct case_partition *const point = &partitions->list[p];
        shares[point->dominant] += length_within(point, window) / (window.high - window.low);
    }
    if (partitions->n == 0) {
        shares[DOMINANT_UNKNOWN] = 1.0;
    }
}

struct partitions_summary partitions_summarise(const struct case_partitions *partitions)
{
    struct partitions_summary summary = {.n = partitions->n};
    summary.n_wide = partitions_count(partitions, WIDE_WINDOW, &summary.n_narrow);
    partitions_shares(partitions, WIDE_WINDOW, summary.shares);
    return summary;
}

int partitions_main_dominant(const struct case_partitions *partitions, struct alpha_window window)
{
    double shares[DOMINANT_COUNT];
    int longest = 0;
    partitions_shares(partitions, window, shares);
    for (int k = 1; k < DOMINANT_KNOWN_COUNT; k++) {
        longest = shares[k] > shares[longest] ? k : longest;
    }
    return shares[DOMINANT_UNKNOWN] > 0.0 ? DOMINANT_UNKNOWN : longest;
}

int partitions_count_distinct(const struct case_partitions *partitions, const double *alphas,
                              int n_alphas)
{
    int count = 0;
    int last = -1;
    for (int a = 0; a < n_alphas; a++) {
        const int point = partitions_at(partitions, alphas[a]);
        count += point != last;
        last = point;
    }
    return count;
}
