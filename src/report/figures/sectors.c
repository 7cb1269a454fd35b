/* Sizes and masses of the sectors over the seeds of all groups of a task. */
#include "report/figures/figure.h"

#include <math.h>

static bool wanted(const struct figure *figure)
{
    return summary_of_task(&figure->report->summaries, figure->index, figure->report->main_alpha, 0)
               ->n > 0;
}

static const struct group *group_of(const struct figure *figure, int g)
{
    const struct grouping *const grouping = &figure->report->grouping;
    return &grouping->groups[grouping->tasks[figure->index].groups[g]];
}

static int count_groups(const struct figure *figure)
{
    return figure->report->grouping.tasks[figure->index].n_groups;
}

static void write_group_tics(const struct figure *figure)
{
    char label[FIGURE_TEXT_SIZE];
    (void)fprintf(figure->script, "set xtics noenhanced %s (",
                  count_groups(figure) > 2 ? "rotate by -30" : "norotate");
    for (int g = 0; g < count_groups(figure); g++) {
        group_label(group_of(figure, g), label, sizeof label);
        (void)fputs(g > 0 ? ", " : "", figure->script);
        figure_write_tic_label(figure->script, label);
        (void)fprintf(figure->script, " %d", g);
    }
    (void)fprintf(figure->script, ")\nset xrange [-0.6:%g]\nset grid ytics lc rgb '#dddddd'\n",
                  count_groups(figure) - 0.4);
}

static enum status write_sizes(const struct figure *figure, struct error *error)
{
    const struct study_data *const data = &figure->report->data;
    const int alpha = figure->report->main_alpha;
    (void)error;
    (void)fputs("# place n_R seed width\n", figure->data);
    for (int g = 0; g < count_groups(figure); g++) {
        const struct group *const group = group_of(figure, g);
        for (int i = 0; i < group->n_cases; i++) {
            const int size = study_n_r(data, group->cases[i], alpha);
            if (!figure_has_dot(i, group->n_cases)) {
                continue;
            }
            (void)fprintf(figure->data, "%.4f", g + 0.25 * figure_jitter(i, group->n_cases));
            figure_write_number(figure->data, size >= 0 ? (double)size : (double)NAN);
            (void)fprintf(figure->data, " %lld %d\n",
                          (long long)study_integer(data, "seed", group->cases[i], 0),
                          group->hidden);
        }
    }
    write_group_tics(figure);
    (void)fprintf(
        figure->script,
        "set ylabel 'n_R' noenhanced\nset yrange [0:*]\nunset key\n"
        "plot '%s' using ($1-0.06):4:(0.12):(0) with vectors nohead lw 2 lc rgb '#aaaaaa', \\\n"
        "     '' using 1:2 with points pt 7 ps 0.6 lc rgb '#0072b2'\n",
        figure->data_name);
    (void)snprintf(figure->caption, FIGURE_TEXT_SIZE,
                   "Dimension n_R of the leading sector, one dot per seed; grey: the width of the "
                   "network. The effects of an ablation can only be compared between seeds that "
                   "split alike.");
    return STATUS_OK;
}

static enum status write_coupling_masses(const struct figure *figure, struct error *error)
{
    const struct study_data *const data = &figure->report->data;
    (void)error;
    for (int k = 0; k < COUPLING_COUNT; k++) {
        (void)fprintf(figure->data, "# %s: place mass\n", coupling_name((enum coupling)k));
        for (int g = 0; g < count_groups(figure); g++) {
            const struct group *const group = group_of(figure, g);
            for (int i = 0; i < group->n_cases; i++) {
                if (!figure_has_dot(i, group->n_cases)) {
                    continue;
                }
                (void)fprintf(figure->data, "%.4f",
                              g + 0.25 * (k - 1) + 0.07 * figure_jitter(i, group->n_cases));
                figure_write_number(
                    figure->data,
                    study_real(data, "coupling_mass", group->cases[i],
                               (size_t)figure->report->main_alpha * COUPLING_COUNT + (size_t)k));
                (void)fputc('\n', figure->data);
            }
        }
        (void)fputs("\n\n", figure->data);
    }
    write_group_tics(figure);
    (void)fputs("set ylabel 'mass'\nset yrange [0:*]\nplot ", figure->script);
    for (int k = 0; k < COUPLING_COUNT; k++) {
        (void)fprintf(figure->script, "%s'%s' index %d using 1:2 with points ls %d title '%s'",
                      k > 0 ? ", \\\n     " : "", figure->data_name, k, figure_style(1u << k),
                      coupling_name((enum coupling)k));
    }
    (void)fputc('\n', figure->script);
    (void)snprintf(figure->caption, FIGURE_TEXT_SIZE,
                   "Mass of the couplings, |T_X| / |T| in the Frobenius norm; one point per seed.");
    return STATUS_OK;
}

const struct figure_ops FIGURE_SECTOR_SIZE = {.title = "Size of the leading sector",
                                              .scope = FIGURE_OF_TASK,
                                              .is_of_alpha = true,
                                              .drawn_as = "size",
                                              .needs = {"n_r"},
                                              .width = FIGURE_WIDTH,
                                              .height = 340,
                                              .wanted = wanted,
                                              .write = write_sizes};

const struct figure_ops FIGURE_SECTOR_MASS = {.title = "Mass of the couplings",
                                              .scope = FIGURE_OF_TASK,
                                              .is_of_alpha = true,
                                              .drawn_as = "masses",
                                              .needs = {"coupling_mass"},
                                              .width = FIGURE_WIDTH,
                                              .height = 340,
                                              .wanted = wanted,
                                              .write = write_coupling_masses};
