/* What removals change, in a row for each partition. */
#include "cli/show_request.h"
#include "cli/text_table.h"
#include "core/job_result.h"
#include "kernel/measures/measure.h"
#include "report/effect.h"
#include "report/statistics.h"

#include <math.h>
#include <stdio.h>

enum { MARGIN = 2, FIXED_COLUMNS = 2 };

/* "0.878", "*0.00962" for a stabilizer, "empty", "failed" or "pending". */
static void add_effect(struct text_table *table, const struct study_data *data, int c, int alpha,
                       int set)
{
    const int state = study_job_state(data, c, alpha, set);
    const double change =
        effect_value(data, c, alpha, set, measure_number(MEASURE_DELTA_FVU.variable.name));
    const bool is_stabilizer = effect_verdict(data, c, alpha, set) == 1;
    char text[64];
    if (state != JOB_DONE) {
        text_table_add(table, state == JOB_FAILED ? STYLE_BAD : STYLE_FAINT,
                       state == JOB_FAILED ? "failed" : "pending");
    } else if (effect_is_empty(data, c, alpha, set)) {
        text_table_add(table, STYLE_FAINT, "empty");
    } else {
        (void)snprintf(text, sizeof text, "%s%.3g", is_stabilizer ? "*" : "", change);
        text_table_add(table, is_stabilizer ? STYLE_GOOD : STYLE_PLAIN, text);
    }
}

/* Whether all jobs of a case failed: its heading says why. */
static bool has_failed(const struct study_data *data, int c)
{
    bool has_failed = study_text(data, "message", c)[0] != '\0';
    for (int a = 0; has_failed && a < data->n_alphas; a++) {
        for (int s = 0; s < data->n_sets; s++) {
            has_failed = has_failed && study_job_state(data, c, a, s) == JOB_FAILED;
        }
    }
    return has_failed;
}

static enum status print_case(const struct show_request *request, int c, struct error *error)
{
    const struct study_data *const data = &request->report->data;
    struct text_column columns[FIXED_COLUMNS + ABLATION_SET_COUNT] = {{"alpha", true},
                                                                      {"n_R", false}};
    struct text_table *table = NULL;
    char text[128];
    int n = FIXED_COLUMNS;
    for (int s = 0; s < data->n_sets; s++) {
        if (data->sets[s] != ABLATION_NONE) {
            columns[n++] = (struct text_column){ablation_name(data->sets[s]), false};
        }
    }
    TRY(text_table_create(&table, columns, n, error));
    for (struct show_partition partition = {0}; show_next_partition(request, c, &partition);) {
        show_alphas(request, c, &partition, text, sizeof text);
        text_table_add(table, STYLE_PLAIN, text);
        (void)snprintf(text, sizeof text, "%d", partition.n_r);
        text_table_add(table, STYLE_PLAIN, partition.n_r >= 0 ? text : NULL);
        for (int s = 0; s < data->n_sets; s++) {
            if (data->sets[s] != ABLATION_NONE) {
                add_effect(table, data, c, partition.first, s);
            }
        }
    }
    const enum status status = text_table_print(table, &request->screen, MARGIN, error);
    text_table_destroy(&table);
    return status;
}

enum status show_overview(const struct show_request *request, struct error *error)
{
    const struct study_data *const data = &request->report->data;
    const struct screen *const screen = &request->screen;
    bool is_near = false;
    for (int i = 0; i < request->n_cases; i++) {
        const int c = request->cases[i];
        show_heading(request, c);
        if (!has_failed(data, c)) {
            TRY(print_case(request, c, error));
        }
        (void)fputc('\n', screen->stream);
        for (int a = 0; a < data->n_alphas; a++) {
            is_near = is_near || (request->alphas[a] != 0 &&
                                  study_real(data, "alpha_gap", c, (size_t)a) < NEAR_TIE);
        }
    }
    screen_say(screen, 0,
               "Change of FVU without these couplings. * stabilizer: the outputs move by at most "
               "epsilon = %g and the couplings can be removed.",
               data->epsilon);
    if (is_near) {
        screen_say(screen, 0,
                   "~ near-tie: an eigenvalue lies within %g of the threshold, and a slightly "
                   "other alpha is another partition.",
                   NEAR_TIE);
    }
    screen_say(screen, 0,
               "All measures of a model: --model NAME; of all models: --long. Statistics and "
               "figures: schursweep report.");
    return STATUS_OK;
}
