#include "kernel/gauss_newton/linear_cell.h"

/* Gates, and the sums of the rows. */
enum { RESET, UPDATE, CANDIDATE };
enum { N_OF_INPUTS, R, Z, N_OF_UNITS };

static void step_gru(const struct linear_step *step)
{
    double *const n = step->sums[N_OF_INPUTS];
    double *const r = step->sums[R];
    double *const z = step->sums[Z];
    const double *const of_units = step->sums[N_OF_UNITS];
    step->activate(r, step->count, ACTIVATION_SIGMOID);
    step->activate(z, step->count, ACTIVATION_SIGMOID);
    for (size_t i = 0; i < step->count; i++) {
        n[i] += r[i] * of_units[i];
    }
    step->activate(n, step->count, ACTIVATION_TANH);
    for (size_t i = 0; i < step->count; i++) {
        const double slope = (1.0 - z[i]) * (1.0 - n[i] * n[i]);
        step->next_x[i] = n[i] + z[i] * (step->x[i] - n[i]);
        step->next_k[i] = step->next_x[i];
        step->gain[CANDIDATE][i] = slope * r[i];
        step->gain[RESET][i] = slope * of_units[i] * r[i] * (1.0 - r[i]);
        step->gain[UPDATE][i] = (step->x[i] - n[i]) * z[i] * (1.0 - z[i]);
        step->keep[i] = z[i];
        step->shape[i] = 1.0;
    }
}

const struct linear_cell LINEAR_CELL_GRU = {.direct = -1, .step = step_gru};
