#include "report/agreement.h"

#include <math.h>

static int sign(double value)
{
    return (value > 0) - (value < 0);
}

/* tau_b = sum sign(x_i - x_k) sign(y_i - y_k) / sqrt(pairs untied in x * pairs untied in y), over
 * all pairs k < i. */
double agreement_tau_b(const double *x, const double *y, int n)
{
    double concordance = 0.0;
    double untied_x = 0.0;
    double untied_y = 0.0;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++) {
            const int dx = sign(x[i] - x[k]);
            const int dy = sign(y[i] - y[k]);
            concordance += dx * dy;
            untied_x += dx != 0;
            untied_y += dy != 0;
        }
    }
    return untied_x > 0 && untied_y > 0 ? concordance / sqrt(untied_x * untied_y) : NAN;
}
