#include "support/report_case.h"

#include "support/check.h"

#include <math.h>
#include <stdlib.h>

static struct error error;

enum { MAX_PARTITIONS = 16 };

struct sweep report_sweep(int n_cases, int n_alphas, int n_sets)
{
    struct sweep sweep = sample_sweep(n_cases, n_alphas, n_sets);
    for (int i = 0; i < n_cases; i++) {
        sweep.models[i].n_hidden = 4;
        sweep.models[i].seed = i;
    }
    return sweep;
}

struct job_result effect_cell(double delta_fvu)
{
    return (struct job_result){.fvu = 1.0 + delta_fvu,
                               .delta_fvu = delta_fvu,
                               .accuracy = NAN,
                               .distance = fabs(delta_fvu),
                               .removed_mass = 0.5,
                               .sensitivity = 2.0 * delta_fvu,
                               .stabilizer = fabs(delta_fvu) < 0.1,
                               .state = JOB_DONE};
}

struct job_result empty_job(enum job_state state)
{
    struct job_result result = job_result_failed(STATUS_JOB_ROLLOUT_NONFINITE);
    result.state = (uint8_t)state;
    result.error = state == JOB_FAILED ? STATUS_JOB_ROLLOUT_NONFINITE : 0;
    return result;
}

static void write_case(const struct results *results, const struct sweep *sweep, int case_index,
                       int8_t converged)
{
    static const double re[4] = {1.0, 0.5, 0.25, 0.125};
    static const double im[4] = {0.0, 0.0, 0.0, 0.0};
    const size_t n_alphas = (size_t)sweep->n_alphas;
    int32_t *const n_r = calloc(n_alphas, sizeof *n_r);
    double *const gap = calloc(n_alphas, sizeof *gap);
    double *const mass = calloc(n_alphas * COUPLING_COUNT, sizeof *mass);
    struct case_values values = {.n_hidden = 4,
                                 .n_alphas = sweep->n_alphas,
                                 .spectral_radius = 1.0,
                                 .eigenvalue_re = re,
                                 .eigenvalue_im = im,
                                 .n_r = n_r,
                                 .alpha_gap = gap,
                                 .coupling_mass = mass,
                                 .training = training_facts_missing()};
    double low[MAX_PARTITIONS];
    double high[MAX_PARTITIONS];
    int32_t dims[MAX_PARTITIONS];
    for (int p = 0; p < sweep->n_partitions; p++) {
        low[p] = p < 3 ? re[p + 1] : p == 3 ? 0.0 : NAN;
        high[p] = p < 4 ? re[p] : NAN;
        dims[p] = p < 4 ? p + 1 : -1;
    }
    values.n_partitions = sweep->n_partitions;
    values.alpha_low = low;
    values.alpha_high = high;
    values.partition_dim = dims;
    for (int a = 0; a < sweep->n_alphas; a++) {
        n_r[a] = a < 3 ? 4 - a : 1;
        gap[a] = 0.5;
    }
    values.training.converged = converged;
    CHECK_OK(results_write_case(results, case_index, &values, &error));
    free(n_r);
    free(gap);
    free(mass);
}

void report_file(const char *path, const struct sweep *sweep,
                 struct job_result (*result)(int case_index, int alpha, int set),
                 const int8_t *converged)
{
    struct results results;
    sample_results(path, sweep);
    CHECK_OK(results_open(&results, path, RESULTS_WRITE, &error));
    for (int i = 0; i < sweep->n_cases; i++) {
        write_case(&results, sweep, i, converged != NULL ? converged[i] : -1);
        const int n_partitions = sweep->n_partitions > 0 ? 4 : 0;
        for (int row = 0; row < sweep->n_alphas + n_partitions; row++) {
            for (int s = 0; s < sweep->n_ablations; s++) {
                const struct job_result value = result(i, row, s);
                CHECK_OK(results_write_jobs(&results, i, row * sweep->n_ablations + s, &value, 1,
                                            &error));
            }
        }
    }
    CHECK_OK(results_close(&results, &error));
}
