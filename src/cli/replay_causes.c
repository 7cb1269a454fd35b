/* Other networks that the same file may mean, and other readings of the trials. */
#include "cli/replay.h"

#include "kernel/measures/measure.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REFINEMENTS = 40, TRIALS_TRIED = 24 };

static const double LEAKS[] = {1.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25,
                               0.3, 0.4,  0.5,  0.6, 0.7,  0.8, 0.9};
enum { LEAK_COUNT = sizeof LEAKS / sizeof LEAKS[0] };

static const double WORK = 1e11; /* multiplications in all, some seconds */
static const double ROLLOUTS = 600.0;

/* What differs from the network and the trials as they were imported. */
struct variant {
    bool swapped; /* steps and trials */
    bool turned;  /* W_hh */
    bool input_turned;
    bool readout_turned;
    bool no_bias;
    bool no_readout_bias;
    bool no_state;
    struct cell cell;
};

struct search {
    const struct network *network;
    const struct trials *trials[2]; /* as they were read, and swapped (NULL when they cannot be) */
    const struct replay_goal *goal;
    struct variant best;
    double best_distance;
    enum status status; /* of the first failure */
    struct error *error;
};

/* ---- variants ---- */

static void turn(double *matrix, int n)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < i; j++) {
            const double kept = matrix[(size_t)i * (size_t)n + (size_t)j];
            matrix[(size_t)i * (size_t)n + (size_t)j] = matrix[(size_t)j * (size_t)n + (size_t)i];
            matrix[(size_t)j * (size_t)n + (size_t)i] = kept;
        }
    }
}

static void copy(double *to, const double *from, size_t count)
{
    if (to != NULL && from != NULL) {
        memcpy(to, from, count * sizeof *to);
    }
}

static enum status make_network(const struct network *from, const struct variant *variant,
                                struct network *network, struct error *error)
{
    const size_t n = (size_t)from->n_hidden;
    const size_t n_out = (size_t)from->n_out;
    const size_t n_gates = (size_t)cell_parts(from->cell.kind)->n_gates;
    const struct network_shape shape = {variant->cell, from->n_hidden, from->n_in, from->n_out};
    TRY(network_create(network, &shape, error));
    network->matrix = from->matrix;
    copy(network->weight_hh, from->weight_hh, n * n);
    copy(network->others_hh, from->others_hh, (n_gates - 1) * n * n);
    copy(network->weight_ih, from->weight_ih, n_gates * n * (size_t)from->n_in);
    copy(network->weight_hy, from->weight_hy, n * n_out);
    if (!variant->no_bias) {
        copy(network->bias_h, from->bias_h, n_gates * n);
        copy(network->bias_hn, from->bias_hn, n);
    }
    if (!variant->no_readout_bias) {
        copy(network->bias_y, from->bias_y, n_out);
    }
    if (!variant->no_state) {
        copy(network->h0, from->h0, n);
        copy(network->c0, from->c0, n);
    }
    for (size_t gate = 0; gate < n_gates; gate++) {
        if (variant->turned) {
            turn(network_gate(network, (int)gate), from->n_hidden);
        }
        if (variant->input_turned) {
            turn(network->weight_ih + gate * n * n, from->n_hidden);
        }
    }
    if (variant->readout_turned) {
        turn(network->weight_hy, from->n_hidden);
    }
    return STATUS_OK;
}

/* The same values with steps and trials in each other's place. */
static enum status swap_axes(const struct trials *from, struct trials *to, struct error *error)
{
    const size_t n_in = (size_t)from->n_in;
    const size_t n_out = (size_t)from->n_out;
    TRY(trials_create(to, from->n_trials, from->n_steps, from->n_in, from->n_out, error));
    if (from->outputs != NULL) {
        const enum status status = trials_add_outputs(to, error);
        if (status != STATUS_OK) {
            trials_release(to);
            return status;
        }
    }
    to->metric = from->metric;
    for (size_t step = 0; step < (size_t)from->n_steps; step++) {
        for (size_t trial = 0; trial < (size_t)from->n_trials; trial++) {
            const size_t a = step * (size_t)from->n_trials + trial;
            const size_t b = trial * (size_t)from->n_steps + step;
            memcpy(to->inputs + b * n_in, from->inputs + a * n_in, n_in * sizeof(double));
            memcpy(to->targets + b * n_out, from->targets + a * n_out, n_out * sizeof(double));
            to->mask[b] = from->mask[a];
            if (from->outputs != NULL) {
                memcpy(to->outputs + b * n_out, from->outputs + a * n_out, n_out * sizeof(double));
            }
        }
    }
    return STATUS_OK;
}

/* ---- search ---- */

static double distance_of(const struct replay *replay, const struct trials *trials,
                          const struct replay_goal *goal)
{
    return trials->outputs != NULL ? replay->mismatch
           : isfinite(goal->expected_fvu)
               ? fabs(replay->fvu - goal->expected_fvu) / goal->expected_fvu
           : trials->metric != METRIC_FVU ? 1.0 - replay->accuracy
                                          : replay->fvu;
}

/* Tries one, and keeps it when it is the best so far. */
static double try_one(struct search *search, const struct variant *variant)
{
    struct network network = {0};
    struct replay replay = {.fvu = INFINITY, .mismatch = INFINITY};
    const struct trials *const trials = search->trials[variant->swapped];
    if (trials == NULL || search->status != STATUS_OK) {
        return INFINITY;
    }
    search->status = make_network(search->network, variant, &network, search->error);
    THEN(search->status, replay_run(&network, trials, &replay, search->error));
    network_release(&network);
    const double distance = distance_of(&replay, trials, search->goal);
    if (search->status == STATUS_OK && distance < search->best_distance) {
        search->best_distance = distance;
        search->best = *variant;
    }
    return distance;
}

/* How near is near enough to look no further. */
static bool is_found(const struct search *search)
{
    const bool is_exact =
        search->trials[0]->outputs != NULL || isfinite(search->goal->expected_fvu);
    return search->best_distance < (is_exact ? 10.0 * REPLAY_TOLERANCE : 0.2 * BASELINE_POOR_FVU);
}

static void try_leaks(struct search *search, struct variant variant, int step)
{
    for (int form = 0; form < LEAK_FORM_COUNT; form++) {
        for (int i = 0; i < LEAK_COUNT; i += step) {
            variant.cell.leak = LEAKS[i];
            variant.cell.leak_form = (enum leak_form)form;
            (void)try_one(search, &variant);
        }
    }
}

static void try_each(struct search *search, const struct variant *as_is)
{
    const struct network *const network = search->network;
    struct variant variants[6];
    for (int i = 0; i < 6; i++) {
        variants[i] = *as_is;
    }
    variants[0].swapped = true;
    variants[1].turned = true;
    variants[2].no_bias = true;
    variants[3].no_readout_bias = true;
    variants[4].no_state = true;
    variants[5].readout_turned = network->n_out == network->n_hidden;
    for (int i = 0; i < 6; i++) {
        (void)try_one(search, &variants[i]);
    }
    struct variant variant = *as_is;
    variant.input_turned = network->n_in == network->n_hidden;
    (void)try_one(search, &variant);
    variant = *as_is;
    if (!cell_parts(network->cell.kind)->has_activation) {
        return;
    }
    for (int i = 0; i < ACTIVATION_COUNT; i++) {
        variant.cell.activation = (enum activation)i;
        (void)try_one(search, &variant);
    }
    try_leaks(search, *as_is, 1);
}

static void try_together(struct search *search, const struct variant *as_is)
{
    const bool has_activation = cell_parts(search->network->cell.kind)->has_activation;
    for (int k = 0; k < 4 * ACTIVATION_COUNT && has_activation && !is_found(search); k++) {
        struct variant variant = *as_is;
        variant.swapped = k % 2 != 0;
        variant.turned = k / 2 % 2 != 0;
        variant.cell.activation = (enum activation)(k / 4);
        try_leaks(search, variant, 2);
    }
}

/* The leak of the best is somewhere about it: golden section, then the round number that is as
 * good.
 */
static void refine_leak(struct search *search)
{
    static const double RATIO = 0.6180339887498949;
    static const double PARTS[] = {100.0, 1e3, 1e4};
    struct variant variant = search->best;
    double low = variant.cell.leak / 2.0;
    double high = fmin(1.0, variant.cell.leak * 1.6);
    if (variant.cell.leak == 1.0) {
        return;
    }
    for (int i = 0; i < REFINEMENTS; i++) {
        const double a = high - RATIO * (high - low);
        const double b = low + RATIO * (high - low);
        variant.cell.leak = a;
        const double at_a = try_one(search, &variant);
        variant.cell.leak = b;
        const double at_b = try_one(search, &variant);
        low = at_a < at_b ? low : a;
        high = at_a < at_b ? b : high;
    }
    const double exact = search->best.cell.leak;
    const double kept = search->best_distance;
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        variant.cell.leak = round(exact * PARTS[i]) / PARTS[i];
        if (variant.cell.leak > 0.0 && try_one(search, &variant) <= fmax(2.0 * kept, 1e-6)) {
            search->best = variant;
            return;
        }
    }
}

/* ---- words ---- */

__attribute__((format(printf, 2, 3))) static void say(char cause[REPLAY_CAUSE_SIZE],
                                                      const char *format, ...)
{
    const size_t used = strlen(cause);
    va_list arguments;
    if (used > 0) {
        (void)snprintf(cause + used, REPLAY_CAUSE_SIZE - used, ", and ");
    }
    const size_t begin = strlen(cause);
    va_start(arguments, format);
    (void)vsnprintf(cause + begin, REPLAY_CAUSE_SIZE - begin, format, arguments);
    va_end(arguments);
}

static void describe(const struct search *search, char cause[REPLAY_CAUSE_SIZE])
{
    const struct variant *const best = &search->best;
    const struct cell *const cell = &search->network->cell;
    if (best->swapped) {
        say(cause, search->goal->batch_first ? "trials with the time first (without --batch-first)"
                                             : "trials with the batch first (--batch-first)");
    }
    if (best->turned) {
        say(cause, "a transposed recurrent matrix (--transposed)");
    }
    if (best->input_turned) {
        say(cause, "a transposed input matrix");
    }
    if (best->readout_turned) {
        say(cause, "a transposed read-out");
    }
    if (best->no_bias) {
        say(cause, "other biases (--bias none fits better)");
    }
    if (best->no_readout_bias) {
        say(cause, "another bias of the read-out (--readout-bias none fits better)");
    }
    if (best->no_state) {
        say(cause, "another initial state (--initial-state none fits better)");
    }
    if (best->cell.activation != cell->activation) {
        say(cause, "another activation (--activation %s)", activation_name(best->cell.activation));
    }
    if (best->cell.leak != cell->leak || best->cell.leak_form != cell->leak_form) {
        say(cause, "%s (--leak %.4g --leak-form %s)", cell->leak == 1.0 ? "a leak" : "another leak",
            best->cell.leak, leak_form_name(best->cell.leak_form));
    }
    if (cause[0] != '\0') {
        const size_t used = strlen(cause);
        (void)snprintf(
            cause + used, REPLAY_CAUSE_SIZE - used,
            search->trials[0]->outputs != NULL        ? ", with which outputs differ by %.2g"
            : isfinite(search->goal->expected_fvu)    ? ", with which the FVU differs by %.2g"
            : search->trials[0]->metric != METRIC_FVU ? ", with which %.3g of the answers are wrong"
                                                      : ", with which the FVU is %.3g",
            search->best_distance);
    }
}

/* A part of the trials that can be tried often. */
static int count_tried(const struct network *network, const struct trials *trials)
{
    const double n = network->n_hidden;
    const double each = n * (n + network->n_in + network->n_out) * trials->n_steps;
    const double most = fmax(1.0, WORK / ROLLOUTS / each);
    const int count = trials->n_trials < TRIALS_TRIED ? trials->n_trials : TRIALS_TRIED;
    return most < count ? (int)most : count;
}

static enum status make_swapped(const struct network *network, const struct trials *trials,
                                struct trials *swapped, struct error *error)
{
    struct trials all = {0};
    TRY(swap_axes(trials, &all, error));
    const enum status status = trials_part(&all, 0, count_tried(network, &all), swapped, error);
    trials_release(&all);
    return status;
}

enum status replay_run_swapped(const struct network *network, const struct trials *trials,
                               struct replay *replay, struct error *error)
{
    struct trials swapped = {0};
    TRY(make_swapped(network, trials, &swapped, error));
    const enum status status = replay_run(network, &swapped, replay, error);
    trials_release(&swapped);
    return status;
}

static enum status search_causes(struct search *search, char cause[REPLAY_CAUSE_SIZE])
{
    const struct variant as_is = {.cell = search->network->cell};
    search->best = as_is;
    search->best_distance = try_one(search, &as_is);
    const double begin = search->best_distance;
    try_each(search, &as_is);
    if (!is_found(search)) {
        refine_leak(search);
    }
    if (!is_found(search)) {
        try_together(search, &as_is);
        refine_leak(search);
    }
    if (search->status == STATUS_OK && search->best_distance < 0.5 * begin) {
        describe(search, cause);
    }
    return search->status;
}

enum status replay_find_cause(const struct network *network, const struct trials *trials,
                              const struct replay_goal *goal, char cause[REPLAY_CAUSE_SIZE],
                              struct error *error)
{
    struct trials part = {0};
    struct trials swapped = {0};
    cause[0] = '\0';
    TRY(trials_part(trials, 0, count_tried(network, trials), &part, error));
    enum status status = STATUS_OK;
    if (trials->h0 == NULL) {
        status = make_swapped(network, trials, &swapped, error);
    }
    if (status == STATUS_OK) {
        struct search search = {.network = network,
                                .trials = {&part, trials->h0 == NULL ? &swapped : NULL},
                                .goal = goal,
                                .best_distance = INFINITY,
                                .status = STATUS_OK,
                                .error = error};
        status = search_causes(&search, cause);
    }
    trials_release(&swapped);
    trials_release(&part);
    return status;
}
