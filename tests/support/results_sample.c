#include "support/results_sample.h"

#include "kernel/diagnostics/diagnostic.h"
#include "store/results_internal.h"
#include "support/check.h"
#include "support/scratch.h"

#include <stdlib.h>

static struct error error;

struct results *open_new_results(const struct sweep *sweep)
{
    const struct schema schema = diagnostics_schema(sweep);
    struct results *results = NULL;
    sample_results(scratch_path("out.h5"), sweep);
    CHECK_OK(results_open(&results, scratch_path("out.h5"), RESULTS_WRITE, &schema, &error));
    return results;
}

int close_new_results(struct results **results, struct sweep *sweep, void **state)
{
    CHECK_OK(results_close(results, &error));
    sweep_release(sweep);
    return scratch_clear(state);
}

int results_sample_create(void **state)
{
    struct results_sample *const sample = *state;
    sample->sweep = sample_sweep(sample->n_cases, sample->n_alphas, sample->n_ablations);
    if (sample->with_partitions) {
        sample_all_partitions(&sample->sweep);
    }
    sample->schema = diagnostics_schema(&sample->sweep);
    sample->results = open_new_results(&sample->sweep);
    if (sample->with_records) {
        sample_records(sample->results, &sample->sweep);
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
    const int64_t n_jobs = sweep_removals_per_case(&sample->sweep);
    struct job_result *const jobs = calloc((size_t)n_jobs, sizeof *jobs);
    assert_non_null(jobs);
    for (int64_t job = 0; job < n_jobs; job++) {
        jobs[job] = results_sample_has_job(sample, case_index, job) ? sample_job(case_index, job)
                                                                    : job_result_absent();
    }
    CHECK_OK(results_write_jobs(sample->results, case_index, 0, jobs, n_jobs, &error));
    free(jobs);
}

void results_sample_write_all_jobs(const struct results_sample *sample)
{
    for (int i = 0; i < sample->n_cases; i++) {
        results_sample_write_jobs(sample, i);
    }
}

void *results_sample_load(const struct results_sample *sample, const char *name)
{
    void *values = NULL;
    CHECK_OK(results_read_new(sample->results, name, &values, &error));
    return values;
}

void results_sample_save(const struct results_sample *sample, const char *name, void *values)
{
    const struct dataset *const dataset = layout_find(&sample->results->layout, name);
    assert_true(H5Dwrite(dataset->id, value_h5_type(dataset->type), H5S_ALL, H5S_ALL, H5P_DEFAULT,
                         values) >= 0);
    free(values);
}
