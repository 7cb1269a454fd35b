#include "report/study_alphas.h"

#include "core/axes.h"
#include "core/bits.h"
#include "core/memory.h"
#include "report/statistics.h"

#include <stdlib.h>
#include <string.h>

/* All alphas, each once. */
static enum status collect(const struct study_data *data, double **alphas, int *n_alphas,
                           struct error *error)
{
    size_t most = 0;
    size_t n = 0;
    for (int i = 0; i < data->n_inputs; i++) {
        most += (size_t)data->inputs[i].sweep.n_alphas;
    }
    TRY(memory_array(alphas, most, sizeof **alphas, error));
    for (int i = 0; i < data->n_inputs; i++) {
        const struct sweep *const sweep = &data->inputs[i].sweep;
        for (int k = 0; k < sweep->n_alphas; k++) {
            (*alphas)[n++] = sweep->alphas[k];
        }
    }
    statistics_sort(*alphas, (int)n);
    *n_alphas = 0;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || (*alphas)[i] > (*alphas)[*n_alphas - 1]) {
            (*alphas)[(*n_alphas)++] = (*alphas)[i];
        }
    }
    return STATUS_OK;
}

/* The rows of a column move to their new places. */
static enum status spread_column(struct study_column *column, int n_cases, const int *place_of,
                                 size_t n_alphas, struct error *error)
{
    const size_t size = column->lengths[1] * value_size(column->type);
    const size_t n_before = column->lengths[0];
    const struct variable missing = {.type = column->type, .fill = column->fill};
    char *values = NULL;
    TRY(memory_array2(&values, (size_t)n_cases * n_alphas, column->lengths[1],
                      value_size(column->type), error));
    variable_fill(&missing, values, (size_t)n_cases * n_alphas * column->lengths[1]);
    for (size_t row = 0; row < (size_t)n_cases * n_before; row++) {
        const size_t place = row / n_before * n_alphas + (size_t)place_of[row % n_before];
        memcpy(values + place * size, (char *)column->values + row * size, size);
    }
    free(column->values);
    column->values = values;
    column->lengths[0] = n_alphas;
    return STATUS_OK;
}

/* place_of[n_alphas of the input]. */
static enum status spread(struct results_input *input, const int *place_of, const double *alphas,
                          int n_alphas, struct error *error)
{
    double *own = NULL;
    for (int c = 0; c < input->n_columns; c++) {
        if (input->columns[c].axes[0] == &AXIS_ALPHA) {
            TRY(spread_column(&input->columns[c], input->sweep.n_cases, place_of, (size_t)n_alphas,
                              error));
        }
    }
    TRY(memory_array(&input->has_alpha, (size_t)n_alphas, 1, error));
    TRY(memory_array(&own, (size_t)n_alphas, sizeof *own, error));
    memcpy(own, alphas, (size_t)n_alphas * sizeof *own);
    for (int a = 0; a < input->sweep.n_alphas; a++) {
        input->has_alpha[place_of[a]] = 1;
    }
    free(input->sweep.alphas);
    input->sweep.alphas = own;
    input->sweep.n_alphas = n_alphas;
    return STATUS_OK;
}

static enum status align(struct results_input *input, const double *alphas, int n_alphas,
                         struct error *error)
{
    int *place_of = NULL;
    int place = 0;
    if (input->sweep.n_alphas == n_alphas) {
        return STATUS_OK; /* it has them all */
    }
    TRY(memory_array(&place_of, (size_t)input->sweep.n_alphas, sizeof *place_of, error));
    for (int a = 0; a < input->sweep.n_alphas; a++) { /* both ascend, in a file that is sound */
        while (place + 1 < n_alphas && alphas[place] < input->sweep.alphas[a]) {
            place++;
        }
        place_of[a] = place;
    }
    const enum status status = spread(input, place_of, alphas, n_alphas, error);
    free(place_of);
    return status;
}

enum status study_alphas_align(struct study_data *data, struct error *error)
{
    double *alphas = NULL;
    enum status status = collect(data, &alphas, &data->n_alphas, error);
    for (int i = 0; i < data->n_inputs && status == STATUS_OK; i++) {
        status = align(&data->inputs[i], alphas, data->n_alphas, error);
    }
    free(alphas);
    data->alphas = data->inputs[0].sweep.alphas;
    return status;
}

bool study_alphas_differ(const struct results_input *a, const struct results_input *b)
{
    int i = 0;
    while (i < a->sweep.n_alphas &&
           results_input_has_alpha(a, i) == results_input_has_alpha(b, i)) {
        i++;
    }
    return i < a->sweep.n_alphas;
}
