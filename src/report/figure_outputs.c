/* Target, answers of the full network and of ablated ones on a trial of the example. */
#include "core/memory.h"
#include "kernel/dynamics/rollout.h"
#include "kernel/spectral/ablation.h"
#include "kernel/spectral/sector.h"
#include "report/figure.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_STEPS = 64, N_CURVES = 4 };

/* The full network, and every coupling alone. */
static const ablation_set CURVES[N_CURVES] = {ABLATION_NONE, 1u << COUPLING_RR, 1u << COUPLING_CR,
                                              1u << COUPLING_CC};

static bool wanted(const struct report *report, const struct example *example, int index)
{
    (void)index;
    return example->has_trials &&
           study_leading_dim(&report->data, example->case_index, report->main_alpha) >= 0;
}

static enum status ablated_weights(const struct example *example, int leading_dim, ablation_set set,
                                   double *w, struct error *error)
{
    const size_t n = (size_t)example->schur.n;
    double *scratch = NULL; /* T~, then the product */
    TRY(memory_matrix(&scratch, 2 * n, n, sizeof *scratch, error));
    ablation_apply(&example->schur, leading_dim, set, scratch);
    ablation_weights(&example->schur, scratch, scratch + n * n, w);
    free(scratch);
    return STATUS_OK;
}

/* outputs[n_steps, n_trials, n_out]; NaN everywhere when the network overflows. */
static enum status answer(const struct example *example, struct rollout *rollout, int leading_dim,
                          ablation_set set, double *outputs, struct error *error)
{
    const size_t n = (size_t)example->schur.n;
    const struct trials *const trials = &example->trials;
    const size_t count = (size_t)trials->n_steps * (size_t)trials->n_trials * (size_t)trials->n_out;
    double *w = NULL;
    TRY(memory_matrix(&w, n, n, sizeof *w, error));
    enum status status = STATUS_OK;
    const double *weights = example->network.weight_hh;
    if (set != ABLATION_NONE) {
        status = ablated_weights(example, leading_dim, set, w, error);
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

static void write_curve(const struct figure *figure, const double *values, const char *name)
{
    const struct trials *const trials = &figure->example->trials;
    const size_t width = (size_t)trials->n_trials * (size_t)trials->n_out;
    (void)fprintf(figure->data, "# %s: step value\n", name);
    for (int t = 0; t < trials->n_steps && t < MAX_STEPS; t++) {
        const bool counted = trials->mask[(size_t)t * (size_t)trials->n_trials] == 1;
        (void)fprintf(figure->data, "%d", t);
        figure_write_number(figure->data, counted ? values[(size_t)t * width] : NAN);
        (void)fputc('\n', figure->data);
    }
    (void)fputs("\n\n", figure->data);
}

static enum status write_curves(const struct figure *figure, struct rollout *rollout,
                                double *outputs, struct error *error)
{
    const struct report *const report = figure->report;
    const int leading_dim =
        study_leading_dim(&report->data, figure->example->case_index, report->main_alpha);
    write_curve(figure, figure->example->trials.targets, "target");
    for (int i = 0; i < N_CURVES; i++) {
        TRY(answer(figure->example, rollout, leading_dim, CURVES[i], outputs, error));
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
    TRY(memory_matrix(&outputs, (size_t)trials->n_steps * (size_t)trials->n_trials,
                      (size_t)trials->n_out, sizeof *outputs, error));
    enum status status = packed_trials_create(&packed, trials, PRECISION_DOUBLE, error);
    if (status == STATUS_OK) { /* the portable path draws the same figure everywhere */
        status =
            rollout_create(&rollout, &figure->example->network, &packed, VECTOR_PORTABLE, error);
    }
    if (status == STATUS_OK) {
        status = write_curves(figure, rollout, outputs, error);
    }
    rollout_destroy(&rollout);
    packed_trials_release(&packed);
    free(outputs);
    return status;
}

static enum status write(const struct figure *figure, struct error *error)
{
    const struct report *const report = figure->report;
    TRY(write_data(figure, error));
    (void)fprintf(
        figure->script,
        "set xlabel 'step'\nset ylabel 'output'\nset key maxrows 2\nset grid ytics lc rgb "
        "'#dddddd'\n"
        "plot '%s' index 0 using 1:2 with lines lw 5 lc rgb '#cccccc' title 'target', \\\n"
        "     '' index 1 using 1:2 with lines lw 1.5 lc rgb '#111111' title 'full'",
        figure->data_name);
    for (int i = 1; i < N_CURVES; i++) {
        (void)fprintf(figure->script,
                      ", \\\n     '' index %d using 1:2 with lines ls %d lw 1.5 title 'without %s'",
                      i + 1, figure_style(CURVES[i]), ablation_name(CURVES[i]));
    }
    (void)fputc('\n', figure->script);
    (void)snprintf(
        figure->caption, FIGURE_TEXT_SIZE,
        "First output of %.200s on the first held-out trial%s: target, full network, and "
        "the network without one coupling at alpha = %g. Steps that do not count are left "
        "out.",
        study_model(&report->data, figure->example->case_index),
        figure->example->trials.n_steps > MAX_STEPS ? " (its beginning)" : "",
        report->data.alphas[report->main_alpha]);
    return STATUS_OK;
}

const struct figure_ops FIGURE_OUTPUTS = {.name = "outputs",
                                          .title = "Answers on an example trial",
                                          .scope = FIGURE_OF_TASK,
                                          .width = 520,
                                          .height = 340,
                                          .wanted = wanted,
                                          .write = write};
