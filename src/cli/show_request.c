#include "cli/show_request.h"

#include "core/text.h"
#include "kernel/measures/measure.h"
#include "report/statistics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ALPHAS_SHOWN = 4 };

/* Whether two thresholds of a case say the same. */
static bool is_same(const struct study_data *data, int c, int a, int b)
{
    bool is_equal = study_n_r(data, c, a) == study_n_r(data, c, b);
    for (int s = 0; is_equal && s < data->n_sets; s++) {
        is_equal = study_job_state(data, c, a, s) == study_job_state(data, c, b, s);
    }
    return is_equal;
}

bool show_next_partition(const struct show_request *request, int case_index,
                         struct show_partition *partition)
{
    const struct study_data *const data = &request->report->data;
    int first = partition->end;
    while (first < data->n_alphas && request->alphas[first] == 0) {
        first++;
    }
    int end = first;
    while (end < data->n_alphas &&
           (request->alphas[end] == 0 || is_same(data, case_index, first, end))) {
        end++;
    }
    *partition =
        (struct show_partition){first, end, first < end ? study_n_r(data, case_index, first) : -1};
    return first < end;
}

void show_alphas(const struct show_request *request, int case_index,
                 const struct show_partition *partition, char *text, size_t size)
{
    const struct study_data *const data = &request->report->data;
    int count = 0;
    int last = partition->first;
    size_t length = 0;
    text[0] = '\0';
    for (int a = partition->first; a < partition->end; a++) {
        const bool is_near = study_real(data, "alpha_gap", case_index, (size_t)a) < NEAR_TIE;
        if (request->alphas[a] != 0 && ++count <= ALPHAS_SHOWN && length < size) {
            length += (size_t)snprintf(text + length, size - length, "%s%s%g", count > 1 ? " " : "",
                                       is_near ? "~" : "", data->alphas[a]);
        }
        last = request->alphas[a] != 0 ? a : last;
    }
    if (count > ALPHAS_SHOWN) {
        (void)snprintf(text, size, "%g to %g (%d)", data->alphas[partition->first],
                       data->alphas[last], count);
    }
}

/* Of the full network: at the first threshold where it is known. */
static double full_measure(const struct study_data *data, int c, const struct measure_ops *ops)
{
    double value = NAN;
    for (int a = 0; isnan(value) && a < data->n_alphas; a++) {
        value = study_measure(data, c, a, 0, measure_number(ops->variable.name));
    }
    return value;
}

void show_heading(const struct show_request *request, int c)
{
    enum { PART_SIZE = 64, INDENT = 4 };
    const struct study_data *const data = &request->report->data;
    const char *const construction = study_text(data, "construction", c);
    const char *const cell = study_text(data, "cell", c);
    const char *const activation = study_text(data, "activation", c);
    const int gauge = (int)study_integer(data, "gauge", c, 0);
    const double values[] = {study_real(data, "spectral_radius", c, 0),
                             full_measure(data, c, &MEASURE_FVU),
                             full_measure(data, c, &MEASURE_ACCURACY)};
    static const char *const formats[] = {", spectral radius %.4f", ", FVU %.4g",
                                          ", accuracy %.4g"};
    char parts[3][PART_SIZE] = {"", "", ""};
    char form[PART_SIZE] = "";
    char turn[PART_SIZE] = "";
    for (int i = 0; i < 3; i++) {
        if (!isnan(values[i])) {
            (void)snprintf(parts[i], PART_SIZE, formats[i], values[i]);
        }
    }
    if (strcmp(cell, "rnn") != 0) {
        (void)snprintf(form, sizeof form, ", %.16s, matrix %.32s", cell,
                       study_text(data, "matrix", c));
    } else if (strcmp(activation, "tanh") != 0) {
        (void)snprintf(form, sizeof form, ", %.32s", activation);
    }
    if (gauge > 0) {
        (void)snprintf(turn, sizeof turn, ", gauge %d", gauge);
    }
    screen_say_in(&request->screen, STYLE_BOLD, INDENT, "%s: task %s%s%s, N %d%s%s%s%s%s",
                  request->names->of[c], study_text(data, "task", c),
                  construction[0] != '\0' ? ", " : "", construction,
                  (int)study_integer(data, "hidden", c, 0), form, turn, parts[0], parts[1],
                  parts[2]);
    if (study_text(data, "message", c)[0] != '\0') {
        screen_say_in(&request->screen, STYLE_BAD, INDENT, "  failed: %s",
                      study_text(data, "message", c));
    }
}
