#include "support/samples.h"

#include "store/results_create.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>

static struct error error;

static char *new_text(const char *format, int number)
{
    char *text = NULL;
    assert_true(asprintf(&text, format, number) >= 0);
    return text;
}

void set_text(char **text, const char *value)
{
    free(*text);
    *text = strdup(value);
    assert_non_null(*text);
}

static void *new_array(int count, size_t size)
{
    void *const array = calloc((size_t)count + 1, size);
    assert_non_null(array);
    return array;
}

static struct model_spec sample_model(int i)
{
    return (struct model_spec){.path = new_text("nowhere/m%d.h5", i),
                               .label = new_text("m%d.h5", i),
                               .task = strdup("sine"),
                               .construction = strdup("dense_default"),
                               .identity = new_text("00000000000000%02x", i),
                               .n_hidden = 3 + i,
                               .n_in = 1,
                               .n_out = 1,
                               .seed = i - 1,
                               .weights_hash = 0x8000000000000000u + (uint64_t)i};
}

struct sweep sample_sweep(int n_cases, int n_alphas, int n_ablations)
{
    struct sweep sweep = {.name = strdup("sample"),
                          .output = strdup("sample.h5"),
                          .canonical = strdup("study = sample\nseed = 7\nalphas = 0.5 1\n"),
                          .seed = 7,
                          .epsilon = 0.125,
                          .n_alphas = n_alphas,
                          .n_ablations = n_ablations,
                          .n_tasks = 1,
                          .n_models = n_cases,
                          .n_cases = n_cases};
    sweep.alphas = new_array(n_alphas, sizeof *sweep.alphas);
    sweep.tasks = new_array(1, sizeof *sweep.tasks);
    sweep.models = new_array(n_cases, sizeof *sweep.models);
    sweep.cases = new_array(n_cases, sizeof *sweep.cases);
    sweep.tasks[0] = (struct task_spec){.name = strdup("sine"), .params = {4, 6, 2}};
    for (int i = 0; i < n_alphas; i++) {
        sweep.alphas[i] = (double)(i + 1) / n_alphas;
    }
    memcpy(sweep.ablations, ABLATION_ORDER, (size_t)n_ablations * sizeof *sweep.ablations);
    for (int i = 0; i < n_cases; i++) {
        sweep.models[i] = sample_model(i);
        sweep.cases[i] = (struct case_spec){i, 0, strdup("sine")};
    }
    return sweep;
}

void sample_results(const char *path, const struct sweep *sweep)
{
    const struct provenance provenance = {"schursweep 0\nHDF5 0", "abcdef"};
    CHECK_OK(results_create(path, sweep, &provenance, &error));
}

void sample_cases(const struct results *results, const struct sweep *sweep)
{
    const size_t n_alphas = (size_t)sweep->n_alphas;
    double *const numbers =
        new_array(sweep_max_hidden(sweep) + 3 * sweep->n_alphas, sizeof *numbers);
    int32_t *const leading = new_array(sweep->n_alphas, sizeof *leading);
    for (int i = 0; i < sweep->n_cases; i++) {
        const struct model_spec *const model = &sweep->models[sweep->cases[i].model];
        const struct case_values values = {.n_hidden = model->n_hidden,
                                           .n_alphas = (int)n_alphas,
                                           .spectral_radius = 0.5 + i,
                                           .modulus_gap = NAN,
                                           .eigenvalue_re = numbers,
                                           .eigenvalue_im = numbers,
                                           .leading_dim = leading,
                                           .alpha_gap = numbers,
                                           .sector_mass = numbers,
                                           .weights_hash = model->weights_hash,
                                           .training = training_facts_missing()};
        CHECK_OK(results_write_case(results, i, &values, &error));
    }
    free(numbers);
    free(leading);
}

struct cell sample_cell(int64_t case_index, int64_t job)
{
    const double x = (double)(100 * case_index + job) + 0.5;
    return (struct cell){.fvu = x,
                         .delta_fvu = -x,
                         .accuracy = job % 3 == 0 ? NAN : 1.0 / x,
                         .distance = 2.0 * x,
                         .removed_mass = 3.0 * x,
                         .sensitivity = x * x,
                         .stabilizer = (uint8_t)(job % 2),
                         .error = 0,
                         .state = CELL_DONE,
                         .seconds = 0.25 * x};
}

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

bool same_cell(const struct cell *a, const struct cell *b)
{
    return same_bits(a->fvu, b->fvu) && same_bits(a->delta_fvu, b->delta_fvu) &&
           same_bits(a->accuracy, b->accuracy) && same_bits(a->distance, b->distance) &&
           same_bits(a->removed_mass, b->removed_mass) &&
           same_bits(a->sensitivity, b->sensitivity) && same_bits(a->seconds, b->seconds) &&
           a->stabilizer == b->stabilizer && a->error == b->error && a->state == b->state;
}

static void *read_all(const struct results *results, enum variable_id id)
{
    void *const values = new_array((int)results_count(results, id), value_size(VARIABLES[id].type));
    CHECK_OK(results_read(results, id, values, &error));
    return values;
}

struct cell *read_cells(const struct results *results, uint64_t **checksums)
{
    static const enum variable_id NUMBERS[7] = {VAR_FVU,      VAR_DELTA_FVU,    VAR_ACCURACY,
                                                VAR_DISTANCE, VAR_REMOVED_MASS, VAR_SENSITIVITY,
                                                VAR_SECONDS};
    double *numbers[7];
    const size_t count = results_count(results, VAR_STATE);
    struct cell *const cells = new_array((int)count, sizeof *cells);
    uint8_t *const stabilizer = read_all(results, VAR_STABILIZER);
    uint16_t *const code = read_all(results, VAR_ERROR);
    uint8_t *const cell_state = read_all(results, VAR_STATE);
    for (int k = 0; k < 7; k++) {
        numbers[k] = read_all(results, NUMBERS[k]);
    }
    for (size_t i = 0; i < count; i++) {
        cells[i] = (struct cell){numbers[0][i], numbers[1][i], numbers[2][i], numbers[3][i],
                                 numbers[4][i], numbers[5][i], stabilizer[i], code[i],
                                 cell_state[i], numbers[6][i]};
    }
    for (int k = 0; k < 7; k++) {
        free(numbers[k]);
    }
    free(stabilizer);
    free(code);
    free(cell_state);
    if (checksums != NULL) {
        *checksums = read_all(results, VAR_CHECKSUM);
    }
    return cells;
}
