/* Target, outputs of the full network and of ablated ones on a trial of the example. */
#include "core/memory.h"
#include "kernel/dynamics/rollout.h"
#include "kernel/experiment_alone.h"

#include "report/figures/figure.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_STEPS = 64, N_RUNS = 4, SHOWN_TRIALS = 2 };

/* The full network, and every coupling alone. */
static const ablation_set RUNS[N_RUNS] = {ABLATION_NONE, 1u << COUPLING_RR, 1u << COUPLING_CR,
                                          1u << COUPLING_CC};

static bool wanted(const struct figure *figure)
{
    const struct report *const report = figure->report;
    return figure->example->has_trials &&
           study_n_r(&report->data, figure->example->case_index, report->main_alpha) >= 0;
}

/* The weights of the case, or NULL for those of the full network. */
static void set_weights(const struct experiment *experiment, struct rollout *rollout,
                        const double *weights)
{
    const struct network *const network = experiment->network;
    for (int gate = 0; gate < cell_parts(network->cell.kind)->n_gates; gate++) {
        rollout_set_gate(rollout, gate, network_gate(network, gate), (size_t)network->n_hidden);
    }
    if (weights != NULL) {
        alone_set_weights((const struct alone *)experiment, rollout, weights);
    }
}

/* outputs[n_steps, n_trials, n_out]; NaN everywhere when the network overflows. */
static enum status run_without(const struct example *example, struct rollout *rollout,
                               ablation_set set, double *outputs, struct error *error)
{
    const struct trials *const trials = &example->trials;
    const struct schur *const form = example->experiment->form;
    const struct removal removal =
        removal_of_set(example->experiment->plan->splits[0].n_blocks, set);
    const size_t count = (size_t)trials->n_steps * (size_t)trials->n_trials * (size_t)trials->n_out;
    const size_t n = (size_t)form->n;
    double *work = NULL; /* [3, n, n]: T~, a product, the weights Q T~ Q' */
    TRY(memory_array2(&work, 3 * n, n, sizeof *work, error));
    if (set != ABLATION_NONE) {
        removal_apply(&removal, form, work);
        removal_weights(form, work, work + n * n, work + 2 * n * n);
    }
    set_weights(example->experiment, rollout, set != ABLATION_NONE ? work + 2 * n * n : NULL);
    const enum status status = rollout_run(rollout, outputs, error);
    free(work);
    for (size_t i = 0; status_is_job_failure(status) && i < count; i++) {
        outputs[i] = NAN;
    }
    return status_is_job_failure(status) ? STATUS_OK : status;
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
    struct packed_trials packed = {0};
    struct rollout *rollout = NULL;
    double *outputs = NULL;
    TRY(memory_array2(&outputs, (size_t)trials->n_steps * (size_t)trials->n_trials,
                      (size_t)trials->n_out, sizeof *outputs, error));
    enum status status = packed_trials_create(&packed, trials, PRECISION_FLOAT64, error);
    /* The portable path draws the same figure everywhere. */
    THEN(status, rollout_create(&rollout, figure->example->experiment->network, &packed,
                                ISA_PORTABLE, error));
    if (status == STATUS_OK) {
        write_trials(figure, trials->targets, "target");
    }
    for (int i = 0; i < N_RUNS && status == STATUS_OK; i++) {
        status = run_without(figure->example, rollout, RUNS[i], outputs, error);
        if (status == STATUS_OK) {
            write_trials(figure, outputs, i == 0 ? "full" : ablation_name(RUNS[i]));
        }
    }
    rollout_destroy(&rollout);
    packed_trials_release(&packed);
    free(outputs);
    return status;
}

static enum status write(const struct figure *figure, struct error *error)
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
        for (int i = 1; i < N_RUNS; i++) {
            (void)fprintf(figure->script,
                          ", \\\n     '' index %d using 1:2 with lines ls %d lw 1.5 title "
                          "'without %s'",
                          (i + 1) * n + trial, figure_style(RUNS[i]), ablation_name(RUNS[i]));
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
                                          .width = 520,
                                          .height = 460,
                                          .wanted = wanted,
                                          .write = write};
