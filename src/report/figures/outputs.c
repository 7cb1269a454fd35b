/* Target, outputs of the full network and of ablated ones on a trial of the example. */
#include "core/memory.h"
#include "kernel/dynamics/rollout.h"
#include "kernel/spectral/ablation_plan.h"
#include "kernel/spectral/split.h"
#include "report/figures/figure.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_STEPS = 64, N_CURVES = 4, SHOWN_TRIALS = 2 };

/* The full network, and every coupling alone. */
static const ablation_set CURVES[N_CURVES] = {ABLATION_NONE, 1u << COUPLING_RR, 1u << COUPLING_CR,
                                              1u << COUPLING_CC};

static bool wanted(const struct figure *figure)
{
    const struct report *const report = figure->report;
    return figure->example->has_trials &&
           study_n_r(&report->data, figure->example->case_index, report->main_alpha) >= 0;
}

static enum status ablated_weights(const struct experiment *experiment, ablation_set set, double *w,
                                   struct error *error)
{
    const struct schur *const form = experiment->form;
    const struct removal removal = removal_of_set(experiment->plan->splits[0].n_blocks, set);
    const size_t n = (size_t)form->n;
    double *scratch = NULL; /* T~, then the product */
    TRY(memory_array2(&scratch, 2 * n, n, sizeof *scratch, error));
    removal_apply(&removal, form, scratch);
    removal_weights(form, scratch, scratch + n * n, w);
    free(scratch);
    return STATUS_OK;
}

/* outputs[n_steps, n_trials, n_out]; NaN everywhere when the network overflows. */
static enum status run_without(const struct example *example, struct rollout *rollout,
                               ablation_set set, double *outputs, struct error *error)
{
    const size_t n = (size_t)example->experiment->form->n;
    const struct trials *const trials = &example->trials;
    const size_t count = (size_t)trials->n_steps * (size_t)trials->n_trials * (size_t)trials->n_out;
    double *w = NULL;
    TRY(memory_array2(&w, n, n, sizeof *w, error));
    enum status status = STATUS_OK;
    const double *weights = example->experiment->network->weight_hh;
    if (set != ABLATION_NONE) {
        status = ablated_weights(example->experiment, set, w, error);
        weights = w;
    }
    if (status == STATUS_OK) {
        rollout_set_weights(rollout, weights);
        status = rollout_run(rollout, outputs, error);
    }
    free(w);
    for (size_t i = 0; status_is_job_failure(status) && i < count; i++) {
        outputs[i] = NAN;
    }
    return status_is_job_failure(status) ? STATUS_OK : status;
}

static double target_at(const struct trials *trials, int step, int trial)
{
    return trials->targets[((size_t)step * (size_t)trials->n_trials + (size_t)trial) *
                           (size_t)trials->n_out];
}

static bool same_targets(const struct trials *trials, int a, int b)
{
    for (int t = 0; t < trials->n_steps; t++) {
        if (target_at(trials, t, a) != target_at(trials, t, b)) {
            return false;
        }
    }
    return true;
}

/* The first trial, and the next one that asks for something else; returns how many. */
static int choose_trials(const struct figure *figure, int chosen[SHOWN_TRIALS])
{
    const struct trials *const trials = &figure->example->trials;
    chosen[0] = 0;
    for (int trial = 1; trial < trials->n_trials; trial++) {
        if (!same_targets(trials, 0, trial)) {
            chosen[1] = trial;
            return SHOWN_TRIALS;
        }
    }
    return 1;
}

/* One block of the data. */
static void write_trial(const struct figure *figure, const double *values, int trial,
                        const char *name)
{
    const struct trials *const trials = &figure->example->trials;
    const size_t width = (size_t)trials->n_trials * (size_t)trials->n_out;
    const size_t first = (size_t)trial * (size_t)trials->n_out;
    (void)fprintf(figure->data, "# %s, trial %d: step value\n", name, trial);
    for (int t = 0; t < trials->n_steps && t < MAX_STEPS; t++) {
        const bool counted =
            trials->mask[(size_t)t * (size_t)trials->n_trials + (size_t)trial] == 1;
        (void)fprintf(figure->data, "%d", t);
        figure_write_number(figure->data,
                            counted ? values[(size_t)t * width + first] : (double)NAN);
        (void)fputc('\n', figure->data);
    }
    (void)fputs("\n\n", figure->data);
}

/* A block for each chosen trial. */
static void write_curve(const struct figure *figure, const double *values, const char *name)
{
    int chosen[SHOWN_TRIALS];
    const int n = choose_trials(figure, chosen);
    for (int i = 0; i < n; i++) {
        write_trial(figure, values, chosen[i], name);
    }
}

static enum status write_curves(const struct figure *figure, struct rollout *rollout,
                                double *outputs, struct error *error)
{
    write_curve(figure, figure->example->trials.targets, "target");
    for (int i = 0; i < N_CURVES; i++) {
        TRY(run_without(figure->example, rollout, CURVES[i], outputs, error));
        write_curve(figure, outputs, i == 0 ? "full" : ablation_name(CURVES[i]));
    }
    return STATUS_OK;
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
    if (status == STATUS_OK) { /* the portable path draws the same figure everywhere */
        status = rollout_create(&rollout, figure->example->experiment->network, &packed,
                                ISA_PORTABLE, error);
    }
    if (status == STATUS_OK) {
        status = write_curves(figure, rollout, outputs, error);
    }
    rollout_destroy(&rollout);
    packed_trials_release(&packed);
    free(outputs);
    return status;
}

/* Panel number `trial` of n: the blocks of its curves stand n apart. */
static void write_plot(const struct figure *figure, int trial, int n)
{
    (void)fprintf(figure->script,
                  "plot '%s' index %d using 1:2 with lines lw 5 lc rgb '#cccccc' title 'target', "
                  "\\\n     '' index %d using 1:2 with lines lw 1.5 lc rgb '#111111' title 'full'",
                  figure->data_name, trial, n + trial);
    for (int i = 1; i < N_CURVES; i++) {
        (void)fprintf(figure->script,
                      ", \\\n     '' index %d using 1:2 with lines ls %d lw 1.5 title 'without %s'",
                      (i + 1) * n + trial, figure_style(CURVES[i]), ablation_name(CURVES[i]));
    }
    (void)fputc('\n', figure->script);
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
    for (int trial = 0; trial < n; trial++) {
        (void)fprintf(figure->script, "%s%s", trial > 0 ? "unset key\n" : "",
                      trial + 1 == n ? "set xlabel 'step'\n" : "");
        write_plot(figure, trial, n);
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
