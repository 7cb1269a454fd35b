/* A diagnostic that no study needs, with an array over (case, pair): how far the outputs move when
 * single pairs of blocks are removed. */
#include "core/memory.h"
#include "kernel/diagnostics/diagnostic.h"

#include <math.h>
#include <stdlib.h>

enum { COUNT = 0 };

static int64_t count_pairs(const struct sweep *sweep)
{
    const int64_t n = sweep_max_hidden(sweep);
    return n * (n - 1) / 2;
}

static struct label number_of(const struct sweep *sweep, int64_t i)
{
    (void)sweep;
    return (struct label){.integer = i};
}

static const struct axis AXIS_PAIR = {"pair", "number of a pair of blocks, column after column",
                                      VALUE_I64, count_pairs, number_of};

static const struct variable VARIABLES[] = {
    {"dummy_pairs", "1", "pairs of blocks of the Schur form", VALUE_I32, FILL_MARKED, {NULL}},
    {"dummy_distance",
     "1",
     "distance of the outputs without a pair",
     VALUE_F64,
     FILL_NAN,
     {&AXIS_PAIR}},
    {.name = NULL}};

static enum status measure_pair(struct experiment *experiment, unsigned char *pairs, int pair,
                                double *distance, struct error *error)
{
    const struct removal removal = {.pairs = pairs, .strength = 1.0};
    struct job_result *results = NULL;
    TRY(memory_array(&results, (size_t)experiment->n_at_once, sizeof *results, error));
    pairs[pair / 8] = (unsigned char)(1 << pair % 8);
    enum status status = experiment_go_on(experiment, error);
    if (status == STATUS_OK) {
        status = experiment_measure(experiment, &removal, 1, results, error);
    }
    pairs[pair / 8] = 0;
    *distance = results[0].values[measure_number("distance")];
    free(results);
    return status;
}

static enum status run(struct experiment *experiment, const double *params, struct record *record,
                       struct error *error)
{
    const int n_blocks = experiment->form->n_blocks;
    const int n_pairs = n_blocks * (n_blocks - 1) / 2;
    unsigned char *pairs = NULL;
    enum status status = memory_array(&pairs, (size_t)n_pairs / 8 + 1, 1, error);
    *record_i32(record, "dummy_pairs") = n_pairs;
    for (int i = 0; i < n_pairs && i < (int)params[COUNT] && status == STATUS_OK; i++) {
        status =
            measure_pair(experiment, pairs, i, &record_f64(record, "dummy_distance")[i], error);
    }
    free(pairs);
    return status;
}

static double rollouts(const struct sweep *sweep, const struct trials *trials, int width,
                       const double *params)
{
    (void)sweep;
    (void)trials;
    return fmin(params[COUNT], width * (width - 1) / 2.0);
}

const struct diagnostic_ops DIAGNOSTIC_DUMMY = {
    .name = "dummy",
    .long_name = "distance without single pairs of blocks",
    .stage = DIAGNOSTIC_OF_REFERENCE,
    .params = {{"count", true, 3, 1, 1000, 0, false}},
    .n_params = 1,
    .variables = VARIABLES,
    .rollouts = rollouts,
    .run = run,
};
