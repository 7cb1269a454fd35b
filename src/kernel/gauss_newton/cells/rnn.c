#include "kernel/gauss_newton/linear_cell.h"

#include <math.h>

/* f'(x), told by f(x). */
static double slope(enum activation activation, double f)
{
    switch (activation) {
    case ACTIVATION_TANH:
        return 1.0 - f * f;
    case ACTIVATION_RELU:
        return f > 0.0 ? 1.0 : 0.0;
    case ACTIVATION_SOFTPLUS: /* 1 / (1 + e^-x) = 1 - e^-f */
        return -expm1(-f);
    case ACTIVATION_SIGMOID:
        return f * (1.0 - f);
    case ACTIVATION_RETANH:
        return f > 0.0 ? 1.0 - f * f : 0.0;
    case ACTIVATION_IDENTITY:
    case ACTIVATION_COUNT:
        break;
    }
    return 1.0;
}

static void step_rate(const struct linear_step *step)
{
    const double leak = step->cell->leak;
    double *const f = step->sums[0];
    step->activate(f, step->count, step->cell->activation);
    for (size_t i = 0; i < step->count; i++) {
        step->next_x[i] = (1.0 - leak) * step->x[i] + leak * f[i];
        step->next_k[i] = step->next_x[i];
        step->gain[0][i] = leak * slope(step->cell->activation, f[i]);
        step->keep[i] = 1.0 - leak;
        step->shape[i] = 1.0;
    }
}

static void step_current(const struct linear_step *step)
{
    const double leak = step->cell->leak;
    for (size_t i = 0; i < step->count; i++) {
        step->next_k[i] = (1.0 - leak) * step->k[i] + leak * step->sums[0][i];
        step->next_x[i] = step->next_k[i];
        step->gain[0][i] = leak;
        step->keep[i] = 1.0 - leak;
    }
    step->activate(step->next_x, step->count, step->cell->activation);
    for (size_t i = 0; i < step->count; i++) {
        step->shape[i] = slope(step->cell->activation, step->next_x[i]);
    }
}

static void step_rnn(const struct linear_step *step)
{
    if (step->cell->leak_form == LEAK_CURRENT) {
        step_current(step);
    } else {
        step_rate(step);
    }
}

const struct linear_cell LINEAR_CELL_RNN = {.direct = -1, .step = step_rnn};
