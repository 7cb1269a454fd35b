/* Descriptive statistics of a sample. */
#pragma once

/* What is told about one sample; NaN where n is too small. Infinity is a value: it counts in the
 * median and the quantiles; mean, sd and iqm leave it out. */
struct sample_summary {
    int n;
    int n_infinite; /* of these */
    double mean;
    double sd; /* with n - 1; NaN for n < 2 */
    double median;
    double iqm; /* interquartile mean */
    double q25;
    double q75;
};

/* Arithmetic mean; NaN for n = 0. */
double statistics_mean(const double *values, int n);

/* Standard deviation with n - 1; NaN for n < 2. */
double statistics_sd(const double *values, int n);

/* Quantile of values in ascending order by linear interpolation between order statistics: type 7 of
 * Hyndman and Fan (1996), the default of NumPy and R; infinite where it would lie between a finite
 * and an infinite value. NaN for n = 0. */
double statistics_quantile(const double *sorted, int n, double p);

/* Interquartile mean of values in ascending order: the mean without the floor(n / 4) smallest and
 * the floor(n / 4) largest (scipy.stats.trim_mean at 0.25; Agarwal et al. 2021 recommend it for few
 * runs). NaN for n = 0. */
double statistics_iqm(const double *sorted, int n);

/* Interval of the median of values in ascending order, by order statistics (Conover 1999, section
 * 3.2): the narrowest symmetric pair that holds it with at least 95 %, whatever the distribution;
 * with five values or less the first and the last, which hold it with 1 - 2^(1-n). NaN for n = 0.
 */
void statistics_median_interval(const double *sorted, int n, double *low, double *high);

/* Ascending, in place. */
void statistics_sort(double *values, int n);

/* Sorts the values and summarises them. */
struct sample_summary statistics_summarise(double *values, int n);
