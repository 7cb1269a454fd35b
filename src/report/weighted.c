#include "report/weighted.h"

#include <math.h>

/* Puts what is not above a pivot before what is not below it (Hoare 1961): items low .. *left are
 * at most the pivot, *right .. high at least, and what is between equals it. */
static void divide(struct weighted *items, int low, int high, int *left, int *right)
{
    const double pivot = items[low + (high - low) / 2].value;
    int i = low;
    int j = high;
    while (i <= j) {
        while (items[i].value < pivot) {
            i++;
        }
        while (items[j].value > pivot) {
            j--;
        }
        if (i <= j) {
            const struct weighted item = items[i];
            items[i++] = items[j];
            items[j--] = item;
        }
    }
    *left = j;
    *right = i;
}

static int weigh(const struct weighted *items, int low, int high)
{
    int weight = 0;
    for (int i = low; i <= high; i++) {
        weight += items[i].weight;
    }
    return weight;
}

/* Value number k, from 0, of all in ascending order; changes the order of the items. */
static double value_at(struct weighted *items, int n, int k)
{
    int low = 0;
    int high = n - 1;
    while (low < high) {
        int left = 0;
        int right = 0;
        divide(items, low, high, &left, &right);
        const int before = weigh(items, low, left);
        const int between = weigh(items, left + 1, right - 1);
        if (k < before) {
            high = left;
        } else if (k < before + between) {
            return items[left + 1].value;
        } else {
            k -= before + between;
            low = right;
        }
    }
    return items[low].value;
}

/* With h = (B - 1) p, B the sum of the weights: x_(floor h) + (h - floor h) (x_(floor h + 1) -
 * x_(floor h)). */
double weighted_quantile(struct weighted *items, int n, double p)
{
    const double place = p * (weigh(items, 0, n - 1) - 1);
    const int below = (int)place;
    const double value = value_at(items, n, below);
    return place > below ? value + (place - below) * (value_at(items, n, below + 1) - value)
                         : value;
}
