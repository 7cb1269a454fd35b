/* Quantiles of values that occur more than once. */
#pragma once

struct weighted {
    double value;
    int weight;
};

/* Quantile (type 7, as statistics_quantile) of all values, each as often as its weight says; n > 0.
 * Changes the order of the items. */
double weighted_quantile(struct weighted *items, int n, double p);
