#include "report/statistics.h"

#include <math.h>
#include <stdlib.h>

double statistics_mean(const double *values, int n)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        sum += values[i];
    }
    return n > 0 ? sum / n : NAN;
}

/* sqrt(sum (x_i - mean)^2 / (n - 1)) */
double statistics_sd(const double *values, int n)
{
    const double mean = statistics_mean(values, n);
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        sum += (values[i] - mean) * (values[i] - mean);
    }
    return n > 1 ? sqrt(sum / (n - 1)) : NAN;
}

/* With h = p (n - 1): x_(floor h) + (h - floor h) (x_(floor h + 1) - x_(floor h)). */
double statistics_quantile(const double *sorted, int n, double p)
{
    if (n == 0) {
        return NAN;
    }
    const double place = p * (n - 1);
    const int below = (int)place;
    const int above = below + 1 < n ? below + 1 : below;
    if (place == below || sorted[above] == sorted[below]) {
        return sorted[below];
    }
    if (isinf(sorted[below])) { /* which takes the place of the difference to the next */
        return isinf(sorted[above]) ? NAN : sorted[below];
    }
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

double statistics_iqm(const double *sorted, int n)
{
    const int cut = n / 4;
    return statistics_mean(sorted + cut, n - 2 * cut);
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

void statistics_sort(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, compare);
}

struct sample_summary statistics_summarise(double *values, int n)
{
    int first = 0; /* finite ones: [first, end) */
    int end = n;
    statistics_sort(values, n);
    while (end > 0 && isinf(values[end - 1]) && values[end - 1] > 0) {
        end--;
    }
    while (first < end && isinf(values[first])) {
        first++;
    }
    const int n_finite = end - first;
    return (struct sample_summary){.n = n,
                                   .n_infinite = n - n_finite,
                                   .mean = statistics_mean(values + first, n_finite),
                                   .sd = statistics_sd(values + first, n_finite),
                                   .median = statistics_quantile(values, n, 0.5),
                                   .iqm = statistics_iqm(values + first, n_finite),
                                   .q25 = statistics_quantile(values, n, 0.25),
                                   .q75 = statistics_quantile(values, n, 0.75)};
}

void statistics_median_interval(const double *sorted, int n, double *low, double *high)
{
    double term = ldexp(1.0, -n); /* chance that exactly `out` values are below the median */
    double below = 0.0;
    int out = 0;
    for (int k = 0; k < n / 2 && below + term <= 0.025; k++) {
        below += term;
        term *= (double)(n - k) / (k + 1);
        out = k;
    }
    *low = n > 0 ? sorted[out] : NAN;
    *high = n > 0 ? sorted[n - 1 - out] : NAN;
}
