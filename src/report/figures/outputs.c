/* Target, outputs of the full network and of ablated ones on a trial of the example. */
#include "core/memory.h"
#include "report/figures/figure.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_STEPS = 64, SHOWN_TRIALS = 2 };

static bool wanted(const struct figure *figure)
{
    const struct report *const report = figure->report;
    return figure->example->has_trials &&
           study_n_r(&report->data, figure->example->case_index, report->main_alpha) >= 0;
}

/* The first trial, and the next one that asks for something else; returns how many. */
static int choose_trials(const struct figure *figure, int chosen[SHOWN_TRIALS])
{
    const struct trials *const trials = &figure->example->trials;
    const size_t n_out = (size_t)trials->n_out;
    const size_t stride = (size_t)trials->n_trials * n_out;
    chosen[0] = 0;
    for (int trial = 1; trial < trials->n_trials; trial++) {
        for (int t = 0; t < trials->n_steps; t++) {
            const double *const targets = trials->targets + (size_t)t * stride;
            if (targets[(size_t)trial * n_out] != targets[0]) {
                chosen[1] = trial;
                return SHOWN_TRIALS;
            }
        }
    }
    return 1;
}

/* The first output, a block for each chosen trial. */
static void write_trials(const struct figure *figure, const double *values, const char *name)
{
    const struct trials *const trials = &figure->example->trials;
    const size_t n_trials = (size_t)trials->n_trials;
    int chosen[SHOWN_TRIALS];
    const int n = choose_trials(figure, chosen);
    for (int i = 0; i < n; i++) {
        (void)fprintf(figure->data, "# %s, trial %d: step value\n", name, chosen[i]);
        for (int t = 0; t < trials->n_steps && t < MAX_STEPS; t++) {
            const size_t place = (size_t)t * n_trials + (size_t)chosen[i];
            const double value = values[place * (size_t)trials->n_out];
            (void)fprintf(figure->data, "%d", t);
            figure_write_number(figure->data, trials->mask[place] == 1 ? value : (double)NAN);
            (void)fputc('\n', figure->data);
        }
        (void)fputs("\n\n", figure->data);
    }
}

static enum status write_data(const struct figure *figure, struct error *error)
{
    const struct trials *const trials = &figure->example->trials;
    const size_t count = (size_t)trials->n_steps * (size_t)trials->n_trials * (size_t)trials->n_out;
    double *outputs = NULL;
    TRY(memory_array2(&outputs, EXAMPLE_RUNS, count, sizeof *outputs, error));
    const enum status status = example_run(figure->example, outputs, error);
    write_trials(figure, trials->targets, "target");
    for (int i = 0; i < EXAMPLE_RUNS; i++) {
        write_trials(figure, outputs + (size_t)i * count,
                     i == 0 ? "full" : ablation_name(EXAMPLE_SETS[i]));
    }
    free(outputs);
    return status;
}

static enum status write_figure(const struct figure *figure, struct error *error)
{
    const struct report *const report = figure->report;
    int chosen[SHOWN_TRIALS];
    const int n = choose_trials(figure, chosen);
    TRY(write_data(figure, error));
    (void)fprintf(figure->script,
                  "set ylabel 'output'\nset key maxrows 2\nset grid ytics lc rgb '#dddddd'\n"
                  "set multiplot layout %d,1\n",
                  n);
    for (int trial = 0; trial < n; trial++) { /* the blocks of a panel's curves stand n apart */
        (void)fprintf(figure->script, "%s%s", trial > 0 ? "unset key\n" : "",
                      trial + 1 == n ? "set xlabel 'step'\n" : "");
        (void)fprintf(figure->script,
                      "plot '%s' index %d using 1:2 with lines lw 5 lc rgb '#cccccc' title "
                      "'target', \\\n     '' index %d using 1:2 with lines lw 1.5 lc rgb "
                      "'#111111' title 'full'",
                      figure->data_name, trial, n + trial);
        for (int i = 1; i < EXAMPLE_RUNS; i++) {
            (void)fprintf(figure->script,
                          ", \\\n     '' index %d using 1:2 with lines ls %d lw 1.5 title "
                          "'without %s'",
                          (i + 1) * n + trial, figure_style(EXAMPLE_SETS[i]),
                          ablation_name(EXAMPLE_SETS[i]));
        }
        (void)fputc('\n', figure->script);
    }
    (void)fputs("unset multiplot\n", figure->script);
    (void)snprintf(
        figure->caption, FIGURE_TEXT_SIZE,
        "First output of %.200s on held-out trials%s: target, full network, and "
        "the network without one coupling at alpha = %g. Steps that do not count are left "
        "out.",
        study_text(&report->data, "model", figure->example->case_index),
        figure->example->trials.n_steps > MAX_STEPS ? " (their beginning)" : "",
        report->data.alphas[report->main_alpha]);
    return STATUS_OK;
}

const struct figure_ops FIGURE_OUTPUTS = {.title = "Outputs on example trials",
                                          .scope = FIGURE_OF_TASK,
                                          .needs = {"n_r"},
                                          .is_example = true,
                                          .width = FIGURE_WIDTH,
                                          .height = 460,
                                          .wanted = wanted,
                                          .write = write_figure};
