/* What a rollout of every cell, activation and form of leak costs beside tanh without one.
 *
 *     bench_cells HIDDEN TRIALS STEPS float64|float32 ROUNDS
 *
 * All run in turn, round after round; a line "NAME RATIO" each: time over that of tanh, the median.
 */
#include "bench_case.h"

#include <stdio.h>
#include <string.h>

enum { ROUNDS_MAX = 101, RNNS = 3 * ACTIVATION_COUNT, CELLS_MAX = RNNS + CELL_KIND_COUNT - 1 };

static struct cell cell_of(int i)
{
    if (i >= RNNS) {
        struct cell gated = CELL_DEFAULT;
        gated.kind = (enum cell_kind)(CELL_RNN + 1 + i - RNNS);
        return gated;
    }
    const int kind = i / ACTIVATION_COUNT; /* none, rate, current */
    return (struct cell){.activation = (enum activation)(i % ACTIVATION_COUNT),
                         .leak_form = kind == 2 ? LEAK_CURRENT : LEAK_RATE,
                         .leak = kind == 0 ? 1.0 : 0.2};
}

int main(int argc, char **argv)
{
    static double ratios[CELLS_MAX][ROUNDS_MAX];
    static struct bench_case cases[CELLS_MAX];
    const int rounds = bench_number(argc, argv, 5);
    struct bench_sizes sizes = {.n_hidden = bench_number(argc, argv, 1),
                                .n_trials = bench_number(argc, argv, 2),
                                .n_steps = bench_number(argc, argv, 3),
                                .n_channels = 2,
                                .precision = argc > 4 && strcmp(argv[4], "float32") == 0
                                                 ? PRECISION_FLOAT32
                                                 : PRECISION_FLOAT64,
                                .path = isa_best()};
    if (argc != 6 || rounds < 1 || rounds > ROUNDS_MAX || sizes.n_hidden < 1 ||
        sizes.n_trials < 1 || sizes.n_steps < 1) {
        (void)fputs("usage: bench_cells HIDDEN TRIALS STEPS float64|float32 ROUNDS\n", stderr);
        return 2;
    }
    for (int i = 0; i < CELLS_MAX; i++) {
        struct error error;
        struct bench_case *const bench = &cases[i];
        sizes.kind = cell_of(i).kind;
        bench_case_create(bench, &sizes);
        bench->network.cell = cell_of(i);
        rollout_destroy(&bench->rollout); /* what it needs depends on the cell */
        if (rollout_create(&bench->rollout, &bench->network, &bench->packed, sizes.path, &error) !=
            STATUS_OK) {
            (void)fprintf(stderr, "%s\n", error.text);
            return 1;
        }
        bench_case_run(bench);
    }
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < CELLS_MAX; i++) {
            const double start = bench_clock();
            bench_case_run(&cases[i]);
            ratios[i][round] = bench_clock() - start;
        }
        for (int i = CELLS_MAX; i-- > 0;) {
            ratios[i][round] /= ratios[0][round];
        }
    }
    for (int i = 0; i < CELLS_MAX; i++) {
        const struct cell cell = cell_of(i);
        const struct cell_parts *const parts = cell_parts(cell.kind);
        (void)printf("%s%s %.3f\n",
                     parts->has_activation ? activation_name(cell.activation) : parts->name,
                     cell.leak == 1.0              ? ""
                     : cell.leak_form == LEAK_RATE ? ",rate"
                                                   : ",current",
                     bench_median(ratios[i], rounds));
        bench_case_release(&cases[i]);
    }
    return 0;
}
