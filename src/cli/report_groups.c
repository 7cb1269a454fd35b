#include "cli/report_groups.h"

#include "cli/text_table.h"
#include "kernel/measures/measure.h"

#include <stdio.h>

enum { FIXED_COLUMNS = 2 };

/* "0.903 0/2", "empty", or "-" where nothing is done. */
static void add_effect(struct text_table *table, const struct summary *summary)
{
    const double mean = summary_measure(summary, &MEASURE_DELTA_FVU)->sample.mean;
    char text[64];
    if (summary->n == 0) {
        text_table_add(table, STYLE_FAINT, summary->n_empty > 0 ? "empty" : NULL);
        return;
    }
    (void)snprintf(text, sizeof text, "%.3g %d/%d", mean, summary->n_stabilizers, summary->n);
    text_table_add(table,
                   summary->n_stabilizers == summary->n ? STYLE_GOOD
                   : summary->n_stabilizers > 0         ? STYLE_BOLD
                                                        : STYLE_PLAIN,
                   text);
}

static void add_group(struct text_table *table, const struct report *report, int g)
{
    const struct group *const group = &report->grouping.groups[g];
    char label[256];
    char name[512];
    group_label(group, label, sizeof label);
    (void)snprintf(name, sizeof name, "%s, %s", group->task, label);
    text_table_add(table, STYLE_PLAIN, name); /* in one: it tells the rows of every part */
    text_table_add_count(table, group->n_cases);
    for (int s = 0; s < report->data.n_sets; s++) {
        if (report->data.sets[s] != ABLATION_NONE) {
            add_effect(table, summary_of_group(&report->summaries, g, report->main_alpha, s));
        }
    }
}

enum status report_groups_print(const struct report *report, const struct screen *screen,
                                struct error *error)
{
    const struct study_data *const data = &report->data;
    struct text_column columns[FIXED_COLUMNS + ABLATION_SET_COUNT] = {{"task, network", true},
                                                                      {"seeds", false}};
    struct text_table *table = NULL;
    int n = FIXED_COLUMNS;
    for (int s = 0; s < data->n_sets; s++) {
        if (data->sets[s] != ABLATION_NONE) {
            columns[n++] = (struct text_column){ablation_name(data->sets[s]), false};
        }
    }
    screen_say(screen, 0,
               "Mean change of FVU over seeds without these couplings at alpha = %g, and how many "
               "of the seeds that have them can do without (distance at most %g):",
               data->alphas[report->main_alpha], data->epsilon);
    (void)fputc('\n', screen->stream);
    TRY(text_table_create(&table, columns, n, error));
    for (int g = 0; g < report->grouping.n_groups; g++) {
        add_group(table, report, g);
    }
    const enum status status = text_table_print(table, screen, 0, error);
    text_table_destroy(&table);
    return status;
}
