/* What the Gauss-Newton form and tangents say of every cell, against differences of its outputs in
 * long double: with biases, initial states of trials, masks, two outputs, one matrix or several. */
#include "kernel/gauss_newton/gauss_newton.h"

#include "core/array.h"
#include "kernel/gauss_newton/pairs.h"
#include "support/check.h"
#include "support/experiment_case.h"
#include "support/netgen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HIDDEN = 6, STEPS = 7, TRIALS = 9, OUT = 2, PLACES = STEPS * TRIALS * OUT };

/* The error of the difference goes with the square of this. */
static const double STEP = 1e-5;

static struct error error;

/* A cell, opened, and what its outputs do when something is removed. */
struct subject {
    struct alone alone;
    const struct gauss_newton *gn;
    double *taken; /* [n, n] column-major: T - T~ */
    double *work;
    double *dw; /* [n, n] row-major: a matrix in each block of the diagonal */
    char name[128];
};

static void open(struct subject *subject, const struct cell *cell, gate_set gates)
{
    const struct network_shape shape = {*cell, HIDDEN, 2, OUT};
    const struct experiment_settings settings = experiment_case_settings(PRECISION_FLOAT64);
    struct network network = netgen_network_of(5, &shape);
    struct trials trials = netgen_trials(6, STEPS, TRIALS, 2, OUT);
    CHECK_OK(trials_add_h0(&trials, HIDDEN, &error));
    for (int i = 0; i < TRIALS * HIDDEN; i++) {
        trials.h0[i] = 0.5 * sin(1.0 + i);
    }
    char set[GATE_SET_NAME_SIZE];
    (void)snprintf(subject->name, sizeof subject->name, "%s %s %s leak %g, matrix %s",
                   cell_parts(cell->kind)->name, activation_name(cell->activation),
                   leak_form_name(cell->leak_form), cell->leak,
                   gate_set_name(cell->kind, gates, set));
    subject->alone = alone_begin(&settings, &EXPERIMENT_IN_MEMORY);
    CHECK_OK(alone_set_network(&subject->alone, &network, &(struct network_form){.gates = gates},
                               &error));
    CHECK_OK(alone_set_trials(&subject->alone, &trials, &error));
    CHECK_OK(alone_run_reference(&subject->alone, &error));
    CHECK_OK(experiment_gauss_newton(&subject->alone.base, &subject->gn, &error));
    const size_t n = (size_t)subject->alone.schur.n;
    subject->taken = calloc(n * n, sizeof(double));
    subject->work = calloc(n * n, sizeof(double));
    subject->dw = calloc(n * n, sizeof(double));
}

static void close_subject(struct subject *subject)
{
    alone_release(&subject->alone);
    free(subject->taken);
    free(subject->work);
    free(subject->dw);
}

/* The change of the weights by a removal. */
static void take(struct subject *subject, const struct removal *removal)
{
    const struct schur *const form = &subject->alone.schur;
    const size_t count = (size_t)form->n * (size_t)form->n;
    removal_apply(removal, form, subject->taken);
    for (size_t i = 0; i < count; i++) {
        subject->taken[i] = form->t[i] - subject->taken[i];
    }
    removal_weights(form, subject->taken, subject->work, subject->dw);
}

/* Adds factor times the change to the network's own weights. */
static void shift(struct subject *subject, double factor)
{
    struct network *const network = &subject->alone.network;
    const size_t width = (size_t)subject->alone.schur.n;
    size_t start = 0;
    for (int gate = 0; gate < CELL_MAX_GATES; gate++) {
        if ((subject->alone.form.gates >> gate & 1) == 0) {
            continue;
        }
        for (size_t i = 0; i < HIDDEN * HIDDEN; i++) {
            network_gate(network, gate)[i] +=
                factor * subject->dw[(start + i / HIDDEN) * width + start + i % HIDDEN];
        }
        start += HIDDEN;
    }
}

/* outputs[PLACES] with the weights W - strength dW. */
static void roll(struct subject *subject, double strength, long double *outputs)
{
    shift(subject, -strength);
    netgen_rollout_exact(&subject->alone.network, subject->alone.network.weight_hh,
                         &subject->alone.trials, outputs);
    shift(subject, strength);
}

/* Derivatives for strength 0: sum of (dy)^2 over counted outputs, in units of the distance, and d
 * fvu. */
static void differ(struct subject *subject, double *square, double *slope)
{
    const struct trials *const trials = &subject->alone.trials;
    const struct baseline *const baseline = &subject->alone.base.baseline;
    long double below[PLACES];
    long double above[PLACES];
    long double squares = 0.0L;
    long double errors = 0.0L;
    roll(subject, STEP, above);
    roll(subject, -STEP, below);
    for (int i = 0; i < PLACES; i++) {
        if (trials->mask[i / OUT] != 0) {
            const long double dy = (above[i] - below[i]) / (2.0L * (long double)STEP);
            squares += dy * dy;
            errors += dy * ((above[i] + below[i]) - 2.0L * (long double)trials->targets[i]);
        }
    }
    *square = (double)squares / baseline->full_variation;
    *slope = (double)errors / baseline->target_variation;
}

static double slope_of(const struct subject *subject)
{
    const int n = subject->alone.schur.n;
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            sum -=
                subject->gn->gradient[row_major(i, j, n)] * subject->taken[column_major(i, j, n)];
        }
    }
    return sum;
}

static void agree(const struct subject *subject, const char *what, double found, double expected,
                  double scale)
{
    if (!(fabs(found - expected) <= 1e-8 * scale)) {
        fail_msg("%s: %s is %.17g, by differences %.17g", subject->name, what, found, expected);
    }
}

static void check_removal(struct subject *subject, const struct removal *removal, double predicted)
{
    double square = 0.0;
    double slope = 0.0;
    double tangent = 0.0;
    take(subject, removal);
    differ(subject, &square, &slope);
    CHECK_OK(experiment_tangents(&subject->alone.base, removal, 1, &tangent, &error));
    agree(subject, "square by adjoints", predicted, square, square + 1e-8);
    agree(subject, "square by a tangent", tangent, square, square + 1e-8);
    agree(subject, "slope of the fvu", slope_of(subject), slope, sqrt(square) + 1e-8);
}

static void check_sets(struct subject *subject)
{
    const int n_blocks = subject->alone.schur.n_blocks;
    for (int k = 1; k < n_blocks; k += 2) {
        for (int set = 1; set < ABLATION_SET_COUNT; set += 2) {
            const struct removal removal = removal_of_set(k, ABLATION_ORDER[set]);
            check_removal(subject, &removal,
                          gauss_newton_set_square(subject->gn, k, removal.set, NULL));
        }
    }
}

static void check_pairs(struct subject *subject)
{
    struct pairs pairs;
    CHECK_OK(pairs_create(&pairs, subject->gn, &subject->alone.schur, &error));
    unsigned char *const bits = calloc(pairs_bits(&pairs), 1);
    for (int p = 0; p < subject->gn->n_pairs; p += 3) {
        const struct removal removal = {.pairs = bits, .strength = 1.0};
        memset(bits, 0, pairs_bits(&pairs));
        pairs_mark(&pairs, p, bits);
        check_removal(subject, &removal, gauss_newton_pair_square(subject->gn, p, NULL));
    }
    free(bits);
    pairs_release(&pairs);
}

static void check_cell(const struct cell *cell)
{
    const gate_set all = (1u << cell_parts(cell->kind)->n_gates) - 1;
    struct subject subject;
    for (gate_set gates = 1; gates <= all; gates <<= 1) {
        open(&subject, cell, gates);
        check_sets(&subject);
        check_pairs(&subject);
        close_subject(&subject);
    }
    if (all != 1) {
        open(&subject, cell, all);
        check_sets(&subject);
        close_subject(&subject);
    }
}

static void sums_are_the_derivatives_of_outputs(void **state)
{
    static const double LEAKS[] = {1.0, 0.3};
    (void)state;
    for (int kind = 0; kind < CELL_KIND_COUNT; kind++) {
        const bool has_activation = cell_parts((enum cell_kind)kind)->has_activation;
        const int count = has_activation ? (int)ACTIVATION_COUNT * LEAK_FORM_COUNT * 2 : 1;
        for (int i = 0; i < count; i++) {
            check_cell(&(struct cell){.kind = (enum cell_kind)kind,
                                      .activation = (enum activation)(i % ACTIVATION_COUNT),
                                      .leak_form =
                                          (enum leak_form)(i / ACTIVATION_COUNT % LEAK_FORM_COUNT),
                                      .leak = LEAKS[i / ACTIVATION_COUNT / LEAK_FORM_COUNT]});
        }
    }
}

int test_gauss_newton_cells(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sums_are_the_derivatives_of_outputs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
