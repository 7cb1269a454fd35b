#include "report/ensembles.h"

#include "core/cell.h"
#include "core/memory.h"
#include "report/effect.h"
#include "report/statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool ensemble_has(const struct study_data *data, int case_index)
{
    enum cell_kind kind = CELL_RNN;
    gate_set gates = 0;
    return cell_kind_from_name(study_text(data, "cell", case_index), &kind) &&
           gate_set_from_name(kind, study_text(data, "matrix", case_index), &gates) &&
           gates != cell_candidate(kind);
}

static bool is_same(const struct study_data *data, int a, int b)
{
    static const char *const names[] = {"model", "model_identity", "task", "matrix"};
    bool same = true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        same = same && strcmp(study_text(data, names[i], a), study_text(data, names[i], b)) == 0;
    }
    return same;
}

static enum status add_case(struct ensembles *ensembles, const struct study_data *data, int c,
                            struct error *error)
{
    int at = ensembles->n - 1;
    while (at >= 0 && !is_same(data, ensembles->list[at].cases[0], c)) {
        at--;
    }
    if (at < 0) {
        at = ensembles->n++;
    }
    struct ensemble *const ensemble = &ensembles->list[at];
    int *const grown = realloc(ensemble->cases, ((size_t)ensemble->n_cases + 1) * sizeof *grown);
    if (grown == NULL) {
        return error_set(error, STATUS_INTERNAL, "out of memory: cases of a matrix");
    }
    ensemble->cases = grown;
    ensemble->cases[ensemble->n_cases++] = c;
    return STATUS_OK;
}

enum status ensembles_create(struct ensembles *ensembles, const struct study_data *data,
                             struct error *error)
{
    *ensembles = (struct ensembles){0};
    TRY(memory_array(&ensembles->list, (size_t)data->n_cases, sizeof *ensembles->list, error));
    for (int c = 0; c < data->n_cases; c++) {
        if (ensemble_has(data, c)) {
            TRY(add_case(ensembles, data, c, error));
        }
    }
    return STATUS_OK;
}

void ensembles_release(struct ensembles *ensembles)
{
    for (int i = 0; i < ensembles->n; i++) {
        free(ensembles->list[i].cases);
    }
    free(ensembles->list);
    *ensembles = (struct ensembles){0};
}

struct ensemble_range ensemble_range(const struct ensemble *ensemble, const struct study_data *data,
                                     int row, int set, int measure)
{
    enum { MOST = 64 };
    double values[MOST];
    struct ensemble_range range = {0, NAN, NAN, NAN};
    for (int i = 0; i < ensemble->n_cases && range.n < MOST; i++) {
        const double value = effect_value(data, ensemble->cases[i], row, set, measure);
        if (!isnan(value)) {
            values[range.n++] = value;
        }
    }
    if (range.n > 0) {
        statistics_sort(values, range.n);
        range.median = statistics_quantile(values, range.n, 0.5);
        range.low = values[0];
        range.high = values[range.n - 1];
    }
    return range;
}
