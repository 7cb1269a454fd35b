#include "kernel/gauss_newton/linear_cell.h"

/* Gates, and the sums of the rows. */
enum { INPUT, FORGET, CANDIDATE, OUTPUT };
enum { SUM_I, SUM_F, SUM_O, SUM_G };

static void step_lstm(const struct linear_step *step)
{
    double *const i = step->sums[SUM_I];
    double *const f = step->sums[SUM_F];
    double *const o = step->sums[SUM_O];
    double *const g = step->sums[SUM_G];
    double *const squashed = step->next_x; /* tanh c, until it meets o */
    step->activate(i, step->count, ACTIVATION_SIGMOID);
    step->activate(f, step->count, ACTIVATION_SIGMOID);
    step->activate(o, step->count, ACTIVATION_SIGMOID);
    step->activate(g, step->count, ACTIVATION_TANH);
    for (size_t k = 0; k < step->count; k++) {
        step->next_k[k] = f[k] * step->k[k] + i[k] * g[k];
        squashed[k] = step->next_k[k];
    }
    step->activate(squashed, step->count, ACTIVATION_TANH);
    for (size_t k = 0; k < step->count; k++) {
        step->gain[INPUT][k] = g[k] * i[k] * (1.0 - i[k]);
        step->gain[FORGET][k] = step->k[k] * f[k] * (1.0 - f[k]);
        step->gain[CANDIDATE][k] = i[k] * (1.0 - g[k] * g[k]);
        step->gain[OUTPUT][k] = squashed[k] * o[k] * (1.0 - o[k]);
        step->keep[k] = f[k];
        step->shape[k] = o[k] * (1.0 - squashed[k] * squashed[k]);
        step->next_x[k] = o[k] * squashed[k];
    }
}

const struct linear_cell LINEAR_CELL_LSTM = {.direct = OUTPUT, .step = step_lstm};
