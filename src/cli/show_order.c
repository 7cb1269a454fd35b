/* In which order `show` has the models. */
#include "cli/show_request.h"
#include "core/memory.h"
#include "core/text.h"
#include "kernel/measures/measure.h"
#include "report/effect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a case is sorted by: a text, else a number; what has none comes last. */
struct key {
    const char *text; /* NULL: the number */
    double number;    /* ascending; NaN: none */
    int case_index;   /* keeps equal ones as they were */
};

static int compare_numbers(double a, double b)
{
    if (isnan(a) || isnan(b)) {
        return isnan(a) - isnan(b);
    }
    return (a > b) - (a < b);
}

static int compare_keys(const void *first, const void *second)
{
    const struct key *const a = first;
    const struct key *const b = second;
    const int order =
        a->text != NULL ? strcmp(a->text, b->text) : compare_numbers(a->number, b->number);
    return order != 0 ? order : a->case_index - b->case_index;
}

/* The largest of a measure over the wanted thresholds, with its sign turned: it comes first. */
static double largest(const struct study_data *data, int c, int set, int measure,
                      const unsigned char *alphas)
{
    double most = NAN;
    for (int a = 0; a < data->n_alphas; a++) {
        const double value = alphas[a] != 0 ? effect_value(data, c, a, set, measure) : NAN;
        most = isnan(most) || value > most ? value : most;
    }
    return -most;
}

static const char *const TEXTS[] = {"model", "task", "construction", NULL};
static const char *const NUMBERS[] = {"hidden", "seed", "spectral_radius", NULL};

static bool is_one_of(const char *word, const char *const *words)
{
    while (*words != NULL && strcmp(word, *words) != 0) {
        words++;
    }
    return *words != NULL;
}

/* Number of the ablation set of that name in the study, or -1. */
static int find_set(const struct study_data *data, const char *name)
{
    ablation_set set = ABLATION_NONE;
    for (int s = 0; ablation_from_name(name, &set) && s < data->n_sets; s++) {
        if (data->sets[s] == set) {
            return s;
        }
    }
    return -1;
}

static enum status find_key(struct key *key, const struct study_data *data, const char *name,
                            const unsigned char *alphas, struct error *error)
{
    const int measure = measure_number(name);
    const int set = find_set(data, name);
    if (is_one_of(name, TEXTS)) {
        key->text = study_text(data, name, key->case_index);
    } else if (is_one_of(name, NUMBERS)) {
        key->number = study_real(data, name, key->case_index, 0);
    } else if (measure >= 0) {
        key->number = largest(data, key->case_index, 0, measure, alphas);
    } else if (set >= 0) {
        key->number = largest(data, key->case_index, set,
                              measure_number(MEASURE_DELTA_FVU.variable.name), alphas);
    } else {
        return error_set(error, STATUS_USAGE,
                         "show: --sort is '%s', expected model, task, construction, hidden, seed, "
                         "spectral_radius, a measure such as fvu, or an ablation set of the study "
                         "such as %s",
                         name, ablation_name(data->sets[data->n_sets - 1]));
    }
    return STATUS_OK;
}

enum status show_order(const struct report *report, const unsigned char *wanted, const char *key,
                       const unsigned char *alphas, int *cases, int *n_cases, struct error *error)
{
    const struct study_data *const data = &report->data;
    struct key *keys = NULL;
    enum status status = STATUS_OK;
    int n = 0;
    TRY(memory_array(&keys, (size_t)data->n_cases, sizeof *keys, error));
    for (int c = 0; c < data->n_cases && status == STATUS_OK; c++) {
        if (wanted == NULL || wanted[c] != 0) {
            keys[n].case_index = c;
            status = key != NULL ? find_key(&keys[n], data, key, alphas, error) : STATUS_OK;
            n++;
        }
    }
    if (status == STATUS_OK) {
        qsort(keys, (size_t)n, sizeof *keys, compare_keys);
    }
    for (int i = 0; i < n; i++) {
        cases[i] = keys[i].case_index;
    }
    *n_cases = n;
    free(keys);
    return status;
}
