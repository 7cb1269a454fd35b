/* What the script of the page shows when something else is chosen. */
#include "core/job_result.h"
#include "core/text.h"
#include "kernel/measures/measure.h"
#include "report/effect.h"
#include "report/figures/figure.h"
#include "report/findings.h"
#include "report/page/parts.h"

#include <math.h>

/* A text that can end neither its string nor the script. */
static void write_string(FILE *page, const char *text)
{
    (void)fputc('"', page);
    for (; *text != '\0'; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || *text == '"' || *text == '\\' || *text == '<' || *text == '>' ||
            *text == '&') {
            (void)fprintf(page, "\\u%04x", byte);
        } else {
            (void)fputc(*text, page);
        }
    }
    (void)fputc('"', page);
}

static void write_number(FILE *page, double value)
{
    if (isnan(value)) {
        (void)fputs("null", page);
    } else if (isinf(value)) {
        (void)fputs(value > 0 ? "\"Infinity\"" : "\"-Infinity\"", page);
    } else {
        (void)fprintf(page, "%.6g", value);
    }
}

static const char *separator(int i)
{
    return i > 0 ? "," : "";
}

/* Measures that the page can show: those of effects that some group has. */
static bool is_shown(const struct report *report, const struct measure_ops *measure)
{
    bool is_there = false;
    for (int g = 0; g < report->grouping.n_groups && !is_there; g++) {
        is_there = report_has_measure(report, g, measure);
    }
    return is_there && measure != &MEASURE_FVU && measure != &MEASURE_REMOVED_MASS;
}

static void write_measures(FILE *page, const struct report *report)
{
    int n = 0;
    (void)fputs("\"measures\":[", page);
    for (int m = 0; MEASURES[m] != NULL; m++) {
        if (is_shown(report, MEASURES[m])) {
            (void)fputs(separator(n++), page);
            (void)fputc('[', page);
            write_string(page, MEASURES[m]->variable.name);
            (void)fputc(',', page);
            write_string(page, MEASURES[m]->axis_title);
            (void)fprintf(page, ",%d]", MEASURES[m]->higher_is_better);
        }
    }
    (void)fputs("],\n", page);
}

static void write_style(FILE *page, ablation_set set, int place)
{
    int point = 0;
    const char *const colour = figure_colour(set, &point);
    (void)fprintf(page, "%s[\"%s\",%d]", separator(place), colour, point);
}

static void write_axes(FILE *page, const struct report *report)
{
    (void)fprintf(page, "\"main\":%d,\"alphas\":[", report->main_alpha);
    for (int a = 0; a < report->data.n_alphas; a++) {
        (void)fprintf(page, "%s%.10g", separator(a), report->data.alphas[a]);
    }
    (void)fputs("],\"sets\":[", page);
    for (int s = 0; s < report->data.n_sets; s++) {
        (void)fprintf(page, "%s\"%s\"", separator(s), ablation_name(report->data.sets[s]));
    }
    (void)fputs("],\"styles\":[", page);
    for (int s = 0; s < report->data.n_sets; s++) {
        write_style(page, report->data.sets[s], s);
    }
    (void)fputs("],\"couplings\":[", page);
    for (int k = 0; k < COUPLING_COUNT; k++) {
        write_style(page, 1u << k, k);
    }
    (void)fprintf(page, "],\"epsilon\":%.10g,\"dots\":%d,\"interval\":%d,\n", report->data.epsilon,
                  FIGURE_DOTS, FIGURE_INTERVAL_LEAST);
}

/* [task, label, width] of every group; tasks by number. */
static void write_group_names(FILE *page, const struct report *report)
{
    (void)fputs("\"groups\":[", page);
    for (int g = 0; g < report->grouping.n_groups; g++) {
        const struct group *const group = &report->grouping.groups[g];
        char label[FIGURE_TEXT_SIZE];
        group_label(group, label, sizeof label);
        text_clean(label);
        (void)fprintf(page, "%s[%d,", separator(g), group->task_index);
        write_string(page, label);
        (void)fprintf(page, ",%d]", group->hidden);
    }
    (void)fputs("],\n\"tasks\":[", page);
    for (int t = 0; t < report->grouping.n_tasks; t++) {
        char name[FIGURE_TEXT_SIZE];
        (void)snprintf(name, sizeof name, "%.200s", report->grouping.tasks[t].task);
        text_clean(name);
        (void)fputs(separator(t), page);
        write_string(page, name);
    }
    (void)fputs("],\n", page);
}

/* [n, removable, empty, failed, pending, then per measure median, mean, low, high] of a group;
 * the measures are those that `whole` shows. */
static void write_summary(FILE *page, const struct report *whole, const struct summary *summary)
{
    (void)fprintf(page, "[%d,%d,%d,%d,%d", summary->n, summary->n_stabilizers, summary->n_empty,
                  summary->n_failed, summary->n_pending);
    for (int m = 0; MEASURES[m] != NULL; m++) {
        if (is_shown(whole, MEASURES[m])) {
            const struct measure_summary *const of = &summary->measures[m];
            const double values[] = {of->sample.median, of->sample.mean, of->mean_interval.low,
                                     of->mean_interval.high};
            for (int i = 0; i < 4; i++) {
                (void)fputc(',', page);
                write_number(page, values[i]);
            }
        }
    }
    (void)fputc(']', page);
}

/* What is said of a group, for every alpha: two sentences, and a summary for every set. */
static void write_group(FILE *page, const struct report *whole, const struct report *report,
                        int group)
{
    (void)fputc('[', page);
    for (int a = 0; a < report->data.n_alphas; a++) {
        char text[FINDING_TEXT_SIZE];
        (void)fprintf(page, "%s[", separator(a));
        finding_sentence(report, group, a, text);
        write_string(page, text);
        finding_over_alphas(report, group, a, text);
        (void)fputc(',', page);
        write_string(page, text);
        for (int s = 0; s < report->data.n_sets; s++) {
            (void)fputc(',', page);
            write_summary(page, whole, summary_of_group(&report->summaries, group, a, s));
        }
        (void)fputc(']', page);
    }
    (void)fputs("]", page);
}

/* Groups by their number in the whole report: the other one may lack some. */
static void write_groups(FILE *page, const char *name, const struct report *whole,
                         const struct report *report)
{
    (void)fprintf(page, "\"%s\":{", name);
    for (int g = 0; g < report->grouping.n_groups; g++) {
        const int number = report_group_of(whole, report->grouping.groups[g].cases[0]);
        (void)fprintf(page, "%s\"%d\":", g > 0 ? ",\n" : "", number);
        write_group(page, whole, report, g);
    }
    (void)fputs("},\n", page);
}

/* A job as a number: 1 removable, 0 needed, 2 empty, 3 failed, 4 pending, 5 of no study. */
static int job_code(const struct study_data *data, int c, int alpha, int set)
{
    const int state = study_job_state(data, c, alpha, set);
    return state == JOB_FAILED                        ? 3
           : state == STUDY_NO_JOB                    ? 5
           : state != JOB_DONE                        ? 4
           : effect_is_empty(data, c, alpha, set)     ? 2
           : effect_verdict(data, c, alpha, set) == 1 ? 1
                                                      : 0;
}

/* [name, seed, group, converged, for every alpha and set [code, values of the measures], for every
 * alpha [n_R, masses of RR, CR, CC]] */
static void write_case(FILE *page, const struct page_source *from, int c)
{
    const struct report *const report = from->report;
    const struct study_data *const data = &report->data;
    (void)fputc('[', page);
    write_string(page, from->report->names.of[c]);
    (void)fprintf(page, ",%lld,%d,%d,[", (long long)study_integer(data, "seed", c, 0),
                  report_group_of(report, c), (int)study_integer(data, "converged", c, 0));
    for (int a = 0; a < data->n_alphas; a++) {
        (void)fprintf(page, "%s[", separator(a));
        for (int s = 1; s < data->n_sets; s++) {
            (void)fprintf(page, "%s[%d", separator(s - 1), job_code(data, c, a, s));
            for (int m = 0; MEASURES[m] != NULL; m++) {
                if (is_shown(report, MEASURES[m])) {
                    (void)fputc(',', page);
                    write_number(page, effect_value(data, c, a, s, m));
                }
            }
            (void)fputc(']', page);
        }
        (void)fputc(']', page);
    }
    (void)fputs("],[", page);
    for (int a = 0; a < data->n_alphas; a++) {
        (void)fprintf(page, "%s[%d", separator(a), study_n_r(data, c, a));
        for (int k = 0; k < COUPLING_COUNT; k++) {
            const double mass =
                study_real(data, "coupling_mass", c, (size_t)(a * COUPLING_COUNT + k));
            (void)fprintf(page, isnan(mass) ? ",null" : ",%.4g", mass);
        }
        (void)fputc(']', page);
    }
    (void)fputs("]]", page);
}

void page_write_data(FILE *page, const struct page_source *from)
{
    const struct report *const report = from->report;
    (void)fputs("<script type=\"application/json\" id=\"data\">\n{", page);
    write_axes(page, report);
    write_measures(page, report);
    write_group_names(page, report);
    write_groups(page, "all", report, report);
    if (from->converged != NULL) {
        write_groups(page, "converged", report, from->converged);
    }
    (void)fputs("\"cases\":[", page);
    for (int c = 0; from->has_jobs && c < report->data.n_cases; c++) {
        (void)fputs(c > 0 ? ",\n" : "\n", page);
        write_case(page, from, c);
    }
    (void)fputs("]}\n</script>\n", page);
}
