#include "support/netgen.h"

#include "core/rng.h"
#include "support/matgen.h"

#include <math.h>
#include <stdlib.h>

static void fill(struct rng *rng, double *values, size_t count, double deviation)
{
    for (size_t i = 0; i < count; i++) {
        values[i] = deviation * rng_normal(rng);
    }
}

struct network netgen_network(uint64_t seed, int n_hidden, int n_in, int n_out)
{
    const struct network_shape shape = {CELL_DEFAULT, n_hidden, n_in, n_out};
    return netgen_network_of(seed, &shape);
}

struct network netgen_network_of(uint64_t seed, const struct network_shape *shape)
{
    struct network network;
    struct error error;
    struct rng rng = rng_stream((struct rng_key){{0x6e6574, seed}}, 0, 0);
    const size_t n = (size_t)shape->n_hidden;
    const size_t n_gates = (size_t)cell_parts(shape->cell.kind)->n_gates;
    if (network_create(&network, shape, &error) != STATUS_OK) {
        abort();
    }
    const double deviation = 0.9 / sqrt((double)n);
    fill(&rng, network.weight_hh, n * n, deviation);
    fill(&rng, network.weight_ih, n_gates * n * (size_t)shape->n_in, 0.7);
    fill(&rng, network.weight_hy, n * (size_t)shape->n_out, deviation);
    fill(&rng, network.bias_h, n_gates * n, 0.3);
    fill(&rng, network.bias_y, (size_t)shape->n_out, 0.5);
    fill(&rng, network.h0, n, 0.4);
    fill(&rng, network.others_hh, (n_gates - 1) * n * n, deviation);
    if (network.bias_hn != NULL) {
        fill(&rng, network.bias_hn, n, 0.3);
    }
    if (network.c0 != NULL) {
        fill(&rng, network.c0, n, 0.4);
    }
    return network;
}

struct trials netgen_trials(uint64_t seed, int n_steps, int n_trials, int n_in, int n_out)
{
    struct trials trials;
    struct error error;
    struct rng rng = rng_stream((struct rng_key){{0x747269616c73, seed}}, 0, 0);
    const size_t places = (size_t)n_steps * (size_t)n_trials;
    if (trials_create(&trials, n_steps, n_trials, n_in, n_out, &error) != STATUS_OK) {
        abort();
    }
    fill(&rng, trials.inputs, places * (size_t)n_in, 1.0);
    fill(&rng, trials.targets, places * (size_t)n_out, 1.0);
    for (size_t i = 1; i < places; i++) {
        trials.mask[i] = rng_below(&rng, 3) > 0;
    }
    return trials;
}

/* y = W h + b with h long double. */
static void read_out(const struct network *network, const long double *h, long double *y)
{
    for (int k = 0; k < network->n_out; k++) {
        long double sum = network->bias_y[k];
        for (int j = 0; j < network->n_hidden; j++) {
            sum += network->weight_hy[k * network->n_hidden + j] * h[j];
        }
        y[k] = sum;
    }
}

long double netgen_activation(enum activation activation, long double x)
{
    switch (activation) {
    case ACTIVATION_TANH:
        return tanhl(x);
    case ACTIVATION_RELU:
        return x > 0.0L ? x : 0.0L;
    case ACTIVATION_SOFTPLUS:
        return (x > 0.0L ? x : 0.0L) + log1pl(expl(-fabsl(x)));
    case ACTIVATION_SIGMOID:
        return 1.0L / (1.0L + expl(-x));
    case ACTIVATION_RETANH:
        return x > 0.0L ? tanhl(x) : 0.0L;
    case ACTIVATION_IDENTITY:
    case ACTIVATION_COUNT:
        break;
    }
    return x;
}

/* Bias, inputs and units of one unit of a gate. */
struct sums {
    long double inputs; /* with its bias */
    long double units;
};

static struct sums add_up(const struct network *network, const double *weight_hh, const double *x,
                          const long double *h, int gate, int unit)
{
    const int n = network->n_hidden;
    const size_t row = (size_t)gate * (size_t)n + (size_t)unit;
    const double *const weights = gate == network->matrix ? weight_hh : network_gate(network, gate);
    struct sums sums = {network->bias_h[row], 0.0L};
    for (int j = 0; j < n; j++) {
        sums.units += weights[unit * n + j] * h[j];
    }
    for (int k = 0; k < network->n_in; k++) {
        sums.inputs +=
            (long double)network->weight_ih[row * (size_t)network->n_in + (size_t)k] * x[k];
    }
    return sums;
}

static long double sum_of(const struct sums *sums)
{
    return sums->inputs + sums->units;
}

/* What a unit carries is v, h itself of the rate form, while h = f(v) of the current form. */
static void advance_rnn(const struct network *network, const struct sums *sums, long double *h,
                        long double *v)
{
    const struct cell *const cell = &network->cell;
    const bool is_current = cell->leak_form == LEAK_CURRENT;
    const long double sum = sum_of(&sums[0]);
    const long double leak = cell->leak;
    const long double added = is_current ? sum : netgen_activation(cell->activation, sum);
    *v = (1.0L - leak) * *v + leak * added;
    *h = is_current ? netgen_activation(cell->activation, *v) : *v;
}

static long double sigmoid(long double x)
{
    return netgen_activation(ACTIVATION_SIGMOID, x);
}

/* As torch.nn.GRU and torch.nn.LSTM document them. */
static void advance_gru(const struct sums *sums, double bias_hn, long double *h)
{
    const long double r = sigmoid(sum_of(&sums[0]));
    const long double z = sigmoid(sum_of(&sums[1]));
    const long double n = tanhl(sums[2].inputs + r * (sums[2].units + bias_hn));
    *h = (1.0L - z) * n + z * *h;
}

static void advance_lstm(const struct sums *sums, long double *h, long double *c)
{
    const long double i = sigmoid(sum_of(&sums[0]));
    const long double f = sigmoid(sum_of(&sums[1]));
    const long double g = tanhl(sum_of(&sums[2]));
    const long double o = sigmoid(sum_of(&sums[3]));
    *c = f * *c + i * g;
    *h = o * tanhl(*c);
}

/* h[n] and what is carried, v[n]. */
static void advance(const struct network *network, const double *weight_hh, const double *x,
                    long double *h, long double *v)
{
    const int n = network->n_hidden;
    const int n_gates = cell_parts(network->cell.kind)->n_gates;
    struct sums *const sums = calloc((size_t)n * CELL_MAX_GATES, sizeof *sums);
    if (sums == NULL) {
        abort();
    }
    for (int i = 0; i < n; i++) {
        for (int gate = 0; gate < n_gates; gate++) {
            sums[i * CELL_MAX_GATES + gate] = add_up(network, weight_hh, x, h, gate, i);
        }
    }
    for (int i = 0; i < n; i++) {
        const struct sums *const mine = sums + i * CELL_MAX_GATES;
        switch (network->cell.kind) {
        case CELL_GRU:
            advance_gru(mine, network->bias_hn[i], &h[i]);
            break;
        case CELL_LSTM:
            advance_lstm(mine, &h[i], &v[i]);
            break;
        case CELL_RNN:
        case CELL_KIND_COUNT:
            advance_rnn(network, mine, &h[i], &v[i]);
            break;
        }
    }
    free(sums);
}

void netgen_rollout(const struct network *network, const double *weight_hh,
                    const struct trials *trials, double *outputs)
{
    const size_t count = (size_t)trials->n_steps * (size_t)trials->n_trials * (size_t)trials->n_out;
    long double *const exact = calloc(count, sizeof *exact);
    if (exact == NULL) {
        abort();
    }
    netgen_rollout_exact(network, weight_hh, trials, exact);
    for (size_t i = 0; i < count; i++) {
        outputs[i] = (double)exact[i];
    }
    free(exact);
}

void netgen_rollout_exact(const struct network *network, const double *weight_hh,
                          const struct trials *trials, long double *outputs)
{
    long double *const h = calloc(2 * (size_t)network->n_hidden, sizeof *h);
    if (h == NULL) {
        abort();
    }
    for (int trial = 0; trial < trials->n_trials; trial++) {
        for (int i = 0; i < network->n_hidden; i++) {
            long double *const v = h + network->n_hidden;
            v[i] = trials->h0 != NULL ? trials->h0[trial * network->n_hidden + i] : network->h0[i];
            h[i] = network->cell.leak_form == LEAK_CURRENT
                       ? netgen_activation(network->cell.activation, v[i])
                       : v[i];
            v[i] = network->c0 != NULL ? network->c0[i] : v[i];
        }
        for (int t = 0; t < trials->n_steps; t++) {
            const size_t place = (size_t)t * (size_t)trials->n_trials + (size_t)trial;
            advance(network, weight_hh, trials->inputs + place * (size_t)trials->n_in, h,
                    h + network->n_hidden);
            read_out(network, h, outputs + place * (size_t)trials->n_out);
        }
    }
    free(h);
}

long double netgen_squared_difference(const struct trials *trials, const double *a, const double *b)
{
    long double sum = 0.0L;
    const size_t n_out = (size_t)trials->n_out;
    for (size_t i = 0; i < (size_t)trials->n_steps * (size_t)trials->n_trials * n_out; i++) {
        const long double difference = (long double)a[i] - b[i];
        sum += trials->mask[i / n_out] != 0 ? difference * difference : 0.0L;
    }
    return sum;
}

long double netgen_variation(const struct trials *trials, const double *a)
{
    long double sum = 0.0L;
    const size_t n_out = (size_t)trials->n_out;
    const size_t places = (size_t)trials->n_steps * (size_t)trials->n_trials;
    for (size_t k = 0; k < n_out; k++) {
        long double mean = 0.0L;
        long double counted = 0.0L;
        for (size_t i = 0; i < places; i++) {
            mean += trials->mask[i] != 0 ? a[i * n_out + k] : 0.0L;
            counted += trials->mask[i] != 0 ? 1.0L : 0.0L;
        }
        mean /= counted;
        for (size_t i = 0; i < places; i++) {
            const long double difference = a[i * n_out + k] - mean;
            sum += trials->mask[i] != 0 ? difference * difference : 0.0L;
        }
    }
    return sum;
}
