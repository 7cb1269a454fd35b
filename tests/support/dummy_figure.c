/* A figure that no report needs: distances without single pairs, case by case. */
#include "report/figures/figure.h"

#include <math.h>

static bool wanted(const struct figure *figure)
{
    return !isnan(study_real(&figure->report->data, "dummy_distance", 0, 0));
}

static enum status write(const struct figure *figure, struct error *error)
{
    const struct study_data *const data = &figure->report->data;
    (void)error;
    for (int c = 0; c < data->n_cases; c++) {
        for (size_t i = 0; i < 3; i++) {
            (void)fprintf(figure->data, "%d %.10g\n", c, study_real(data, "dummy_distance", c, i));
        }
    }
    (void)fprintf(figure->script, "plot '%s' using 1:2 with points pt 7\n", figure->data_name);
    (void)snprintf(figure->caption, FIGURE_TEXT_SIZE, "One point per case and pair.");
    return STATUS_OK;
}

const struct figure_ops FIGURE_DUMMY = {.title = "Distances without single pairs",
                                        .scope = FIGURE_OF_STUDY,
                                        .needs = {"dummy_distance"},
                                        .width = FIGURE_WIDTH,
                                        .height = 300,
                                        .wanted = wanted,
                                        .write = write};
