/* What the exact Gauss-Newton form of a model on its own trials costs, in rollouts of the same.
 *
 *     bench_gauss_newton ROUNDS MODEL...
 *
 * Rollout and form in turn; a line "MODEL RATIO" each: the median of the ratios. */
#include "bench_case.h"

#include "kernel/experiment_alone.h"
#include "store/library.h"
#include "store/model_file.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS_MAX = 101, ROLLOUTS = 50 };

static const struct experiment_ops OPS = {.measure = alone_measure,
                                          .measure_weights = alone_measure_weights,
                                          .source = alone_source,
                                          .add_up = alone_add_up,
                                          .agree = alone_agree};

static enum status open(struct alone *alone, const char *path, struct error *error)
{
    static const double ALPHA = 0.9;
    const struct experiment_settings settings = {
        .grid = {.alphas = &ALPHA, .n_alphas = 1, .sets = ABLATION_ORDER, .n_sets = 1},
        .precision = PRECISION_FLOAT64,
        .gauss_newton = GAUSS_NEWTON_EXACT,
        .isa = isa_best()};
    struct network network;
    struct trials trials;
    struct model_labels labels;
    *alone = alone_begin(&settings, &OPS);
    TRY(model_file_read(path, &network, &labels, error));
    TRY(alone_set_network(alone, &network,
                          &(struct network_form){.gates = cell_candidate(network.cell.kind)},
                          error));
    TRY(trials_file_read(path, &trials, error));
    TRY(alone_set_trials(alone, &trials, error));
    return alone_run_reference(alone, error);
}

static enum status time_rollout(struct alone *alone, double *seconds, struct error *error)
{
    const double *const weights = network_gate(&alone->network, __builtin_ctz(alone->form.gates));
    struct job_result result;
    const double start = bench_clock();
    for (int i = 0; i < ROLLOUTS; i++) {
        TRY(alone_measure_weights(&alone->base, weights, 0.0, &result, error));
    }
    *seconds = (bench_clock() - start) / ROLLOUTS;
    return STATUS_OK;
}

static enum status measure(const char *path, int rounds, double *ratio, struct error *error)
{
    struct alone alone;
    double ratios[ROUNDS_MAX];
    enum status status = open(&alone, path, error);
    for (int i = 0; i < rounds && status == STATUS_OK; i++) {
        const struct gauss_newton *gn = NULL;
        double of_rollout = 0.0;
        status = time_rollout(&alone, &of_rollout, error);
        const double start = bench_clock();
        THEN(status, experiment_gauss_newton(&alone.base, &gn, error));
        ratios[i] = (bench_clock() - start) / of_rollout;
        experiment_forget(&alone.base);
    }
    *ratio = status == STATUS_OK ? bench_median(ratios, rounds) : 0.0;
    alone_release(&alone);
    return status;
}

int main(int argc, char **argv)
{
    const int rounds = bench_number(argc, argv, 1);
    struct error error;
    if (argc < 3 || rounds < 1 || rounds > ROUNDS_MAX) {
        (void)fputs("usage: bench_gauss_newton ROUNDS MODEL...\n", stderr);
        return 2;
    }
    store_begin();
    for (int i = 2; i < argc; i++) {
        double ratio = 0.0;
        if (measure(argv[i], rounds, &ratio, &error) != STATUS_OK) {
            (void)fprintf(stderr, "%s\n", error.text);
            return 1;
        }
        (void)printf("%s %.1f\n", argv[i], ratio);
    }
    return 0;
}
