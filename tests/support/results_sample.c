#include "support/results_sample.h"

#include "support/check.h"
#include "support/scratch.h"

#include <stdlib.h>

static struct error error;

void open_new_results(struct results *results, const struct sweep *sweep)
{
    sample_results(scratch_path("out.h5"), sweep);
    CHECK_OK(results_open(results, scratch_path("out.h5"), RESULTS_WRITE, &error));
}

int close_new_results(struct results *results, struct sweep *sweep, void **state)
{
    CHECK_OK(results_close(results, &error));
    sweep_release(sweep);
    return scratch_clear(state);
}

int results_sample_create(void **state)
{
    struct results_sample *const sample = *state;
    sample->sweep = sample_sweep(sample->n_cases, sample->n_alphas, sample->n_ablations);
    if (sample->with_profile) {
        sample_profile(&sample->sweep);
    }
    open_new_results(&sample->results, &sample->sweep);
    if (sample->with_values) {
        sample_cases(&sample->results, &sample->sweep);
    }
    return 0;
}

int results_sample_remove(void **state)
{
    struct results_sample *const sample = *state;
    return close_new_results(&sample->results, &sample->sweep, state);
}

bool results_sample_has_job(const struct results_sample *sample, int64_t case_index, int64_t job)
{
    const int64_t row = job / sample->n_ablations;
    return row < sample->n_alphas || row - sample->n_alphas < sample_partitions((int)case_index);
}

void results_sample_write_jobs(const struct results_sample *sample, int64_t case_index)
{
    const int64_t n_jobs = sweep_jobs_per_case(&sample->sweep);
    struct job_result *const jobs = calloc((size_t)n_jobs, sizeof *jobs);
    assert_non_null(jobs);
    for (int64_t job = 0; job < n_jobs; job++) {
        jobs[job] = results_sample_has_job(sample, case_index, job) ? sample_job(case_index, job)
                                                                    : job_result_absent();
    }
    CHECK_OK(results_write_jobs(&sample->results, case_index, 0, jobs, n_jobs, &error));
    free(jobs);
}

void results_sample_write_all_jobs(const struct results_sample *sample)
{
    for (int i = 0; i < sample->n_cases; i++) {
        results_sample_write_jobs(sample, i);
    }
}

void *results_sample_load(const struct results_sample *sample, enum variable_id id)
{
    void *const values =
        calloc(results_count(&sample->results, id), value_size(VARIABLES[id].type));
    assert_non_null(values);
    CHECK_OK(results_read(&sample->results, id, values, &error));
    return values;
}

void results_sample_save(const struct results_sample *sample, enum variable_id id, void *values)
{
    assert_true(H5Dwrite(sample->results.datasets[id], value_memory_type(VARIABLES[id].type),
                         H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    free(values);
}

static const double RE[] = {1.0, 0.5, 0.5, -0.25};
static const double IM[] = {0.0, 0.125, -0.125, 0.0};
static const int32_t LEADING[SAMPLE_ALPHAS] = {4, 3, 1};
static const double GAPS[SAMPLE_ALPHAS] = {0.1, 0.2, 0.3};
static const double MASSES[SAMPLE_ALPHAS * COUPLING_COUNT] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
static const double LOWS[SAMPLE_PARTITIONS] = {0.5, 0.0, NAN, NAN};
static const double HIGHS[SAMPLE_PARTITIONS] = {1.0, 0.5, NAN, NAN};
static const int32_t PARTITION_DIMS[SAMPLE_PARTITIONS] = {1, 3, -1, -1};

const struct case_values SAMPLE_VALUES = {
    .n_hidden = 3,
    .n_alphas = SAMPLE_ALPHAS,
    .n_partitions = SAMPLE_PARTITIONS,
    .spectral_radius = 1.5,
    .nonnormality = 0.5,
    .schur_residual = 1e-16,
    .orthogonality_loss = 2e-16,
    .modulus_gap = NAN,
    .eigenvalue_re = RE,
    .eigenvalue_im = IM,
    .n_r = LEADING,
    .alpha_gap = GAPS,
    .coupling_mass = MASSES,
    .alpha_low = LOWS,
    .alpha_high = HIGHS,
    .partition_dim = PARTITION_DIMS,
    .schur_route = SCHUR_ROUTE_SCALAPACK,
    .weights_hash = 0xfedcba9876543210u,
    .training = {.converged = 1, .metric = 0.01, .loss = 0.02, .steps = 2500, .seconds = 3.5}};
