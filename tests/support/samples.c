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

static int sample_hidden(int i)
{
    return 3 + i;
}

static struct model_spec sample_model(int i)
{
    return (struct model_spec){.path = new_text("nowhere/m%d.h5", i),
                               .label = new_text("m%d.h5", i),
                               .task = strdup("sine"),
                               .construction = strdup("dense_default"),
                               .identity = new_text("00000000000000%02x", i),
                               .n_hidden = sample_hidden(i),
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

void sample_profile(struct sweep *sweep)
{
    sweep->n_partitions = sweep_max_hidden(sweep);
}

int sample_partitions(int i)
{
    return sample_hidden(i) - 1;
}

void sample_results(const char *path, const struct sweep *sweep)
{
    const struct provenance provenance = {"schursweep 0\nHDF5 0", "abcdef"};
    CHECK_OK(results_create(path, sweep, &provenance, &error));
}

/* What the file holds of the partitions of a case. */
struct partition_rows {
    int32_t *dims;
    double *low;
    double *high;
};

static void fill_partitions(struct partition_rows *rows, int n_rows, int n_partitions)
{
    for (int p = 0; p < n_rows; p++) {
        const bool is_there = p < n_partitions;
        rows->dims[p] = is_there ? p + 1 : -1;
        rows->high[p] = is_there ? 1.0 - (double)p / n_partitions : NAN;
        rows->low[p] = is_there ? 1.0 - (double)(p + 1) / n_partitions : NAN;
    }
}

void sample_cases(const struct results *results, const struct sweep *sweep)
{
    const int n_rows = sweep->n_partitions;
    double *const numbers =
        new_array(sweep_max_hidden(sweep) + 3 * sweep->n_alphas, sizeof *numbers);
    int32_t *const leading = new_array(sweep->n_alphas, sizeof *leading);
    struct partition_rows rows = {.dims = new_array(n_rows, sizeof(int32_t)),
                                  .low = new_array(n_rows, sizeof(double)),
                                  .high = new_array(n_rows, sizeof(double))};
    for (int i = 0; i < sweep->n_cases; i++) {
        const struct model_spec *const model = &sweep->models[sweep->cases[i].model];
        fill_partitions(&rows, n_rows, sample_partitions(i));
        const struct case_values values = {.n_hidden = model->n_hidden,
                                           .n_alphas = sweep->n_alphas,
                                           .n_partitions = n_rows,
                                           .spectral_radius = 0.5 + i,
                                           .modulus_gap = NAN,
                                           .eigenvalue_re = numbers,
                                           .eigenvalue_im = numbers,
                                           .n_r = leading,
                                           .alpha_gap = numbers,
                                           .coupling_mass = numbers,
                                           .alpha_low = rows.low,
                                           .alpha_high = rows.high,
                                           .partition_dim = rows.dims,
                                           .weights_hash = model->weights_hash,
                                           .training = training_facts_missing()};
        CHECK_OK(results_write_case(results, i, &values, &error));
    }
    free(numbers);
    free(leading);
    free(rows.dims);
    free(rows.low);
    free(rows.high);
}

struct job_result sample_job(int64_t case_index, int64_t job)
{
    const double x = (double)(100 * case_index + job) + 0.5;
    return (struct job_result){.fvu = x,
                               .delta_fvu = -x,
                               .accuracy = job % 3 == 0 ? NAN : 1.0 / x,
                               .distance = 2.0 * x,
                               .removed_mass = 3.0 * x,
                               .sensitivity = x * x,
                               .stabilizer = (uint8_t)(job % 2),
                               .error = 0,
                               .state = JOB_DONE,
                               .seconds = 0.25 * x};
}

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

bool same_job(const struct job_result *a, const struct job_result *b)
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

/* Variables of the jobs of alphas, and of those of partitions. */
struct job_variables {
    enum axis rows;
    enum variable_id numbers[7];
    enum variable_id stabilizer;
    enum variable_id error;
    enum variable_id state;
    enum variable_id checksum;
};
static const struct job_variables FAMILIES[2] = {
    {AXIS_ALPHA,
     {VAR_FVU, VAR_DELTA_FVU, VAR_ACCURACY, VAR_DISTANCE, VAR_REMOVED_MASS, VAR_SENSITIVITY,
      VAR_SECONDS},
     VAR_STABILIZER,
     VAR_ERROR,
     VAR_STATE,
     VAR_CHECKSUM},
    {AXIS_PARTITION,
     {VAR_PARTITION_FVU, VAR_PARTITION_DELTA_FVU, VAR_PARTITION_ACCURACY, VAR_PARTITION_DISTANCE,
      VAR_PARTITION_REMOVED_MASS, VAR_PARTITION_SENSITIVITY, VAR_PARTITION_SECONDS},
     VAR_PARTITION_STABILIZER,
     VAR_PARTITION_ERROR,
     VAR_PARTITION_STATE,
     VAR_PARTITION_CHECKSUM}};

/* Puts the jobs of a family where their jobs are. */
static void place_jobs(const struct results *results, int family, struct job_result *jobs,
                       uint64_t *checksums)
{
    const struct job_variables *const ids = &FAMILIES[family];
    double *numbers[7];
    const size_t n_sets = (size_t)results->lengths[AXIS_ABLATION];
    const size_t own = (size_t)results->lengths[ids->rows] * n_sets;
    const size_t n_before = family == 0 ? 0 : (size_t)results->lengths[AXIS_ALPHA] * n_sets;
    const size_t n_jobs =
        (size_t)(results->lengths[AXIS_ALPHA] + results->lengths[AXIS_PARTITION]) * n_sets;
    uint8_t *const stabilizer = read_all(results, ids->stabilizer);
    uint16_t *const code = read_all(results, ids->error);
    uint8_t *const job_state = read_all(results, ids->state);
    uint64_t *const sums = read_all(results, ids->checksum);
    for (int k = 0; k < 7; k++) {
        numbers[k] = read_all(results, ids->numbers[k]);
    }
    for (size_t i = 0; i < results_count(results, ids->state); i++) {
        const size_t place = i / own * n_jobs + n_before + i % own;
        jobs[place] = (struct job_result){
            numbers[0][i], numbers[1][i], numbers[2][i], numbers[3][i], numbers[4][i],
            numbers[5][i], stabilizer[i], code[i],       job_state[i],  numbers[6][i]};
        checksums[place] = sums[i];
    }
    for (int k = 0; k < 7; k++) {
        free(numbers[k]);
    }
    free(stabilizer);
    free(code);
    free(job_state);
    free(sums);
}

struct job_result *read_jobs(const struct results *results, uint64_t **checksums)
{
    const int count =
        (int)(results_count(results, VAR_STATE) + results_count(results, VAR_PARTITION_STATE));
    struct job_result *const jobs = new_array(count, sizeof *jobs);
    uint64_t *const sums = new_array(count, sizeof *sums);
    for (int family = 0; family < (results_has(results, VAR_PARTITION_STATE) ? 2 : 1); family++) {
        place_jobs(results, family, jobs, sums);
    }
    if (checksums != NULL) {
        *checksums = sums;
    } else {
        free(sums);
    }
    return jobs;
}
