#include "support/report_case.h"

#include "kernel/diagnostics/diagnostic.h"
#include "kernel/measures/measure.h"
#include "support/check.h"
#include "support/scratch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct error error;

struct sweep report_sweep(int n_cases, int n_alphas, int n_sets)
{
    struct sweep sweep = sample_sweep(n_cases, n_alphas, n_sets);
    for (int i = 0; i < n_cases; i++) {
        sweep.models[i].n_hidden = 4;
        sweep.models[i].seed = i;
    }
    return sweep;
}

void report_rename(struct sweep *sweep, int first)
{
    for (int i = 0; i < sweep->n_cases; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "%016x", first + i);
        set_text(&sweep->models[i].identity, text);
        (void)snprintf(text, sizeof text, "m%d.h5", first + i);
        set_text(&sweep->models[i].label, text);
        sweep->models[i].seed = first + i;
    }
}

enum status report_read_two(struct study_data *data, const char *a, const char *b,
                            struct error *failure)
{
    char first[4096];
    char second[4096];
    (void)snprintf(first, sizeof first, "%s", scratch_path(a));
    (void)snprintf(second, sizeof second, "%s", scratch_path(b));
    const char *paths[] = {first, second};
    return study_data_read(data, paths, 2, NULL, failure);
}

void add_dummy(struct sweep *sweep, double count)
{
    struct diagnostic_spec *const grown =
        realloc(sweep->diagnostics, ((size_t)sweep->n_diagnostics + 1) * sizeof *grown);
    assert_non_null(grown);
    sweep->diagnostics = grown;
    grown[sweep->n_diagnostics++] =
        (struct diagnostic_spec){.name = strdup("dummy"), .params = {count}};
}

struct job_result effect_job(double delta_fvu)
{
    const struct {
        const char *measure;
        double value;
    } values[] = {{"fvu", 0.5 + delta_fvu},
                  {"delta_fvu", delta_fvu},
                  {"distance", fabs(delta_fvu)},
                  {"removed_mass", 0.5},
                  {"sensitivity", 2.0 * delta_fvu}};
    struct job_result result = job_result_absent();
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        result.values[measure_number(values[i].measure)] = values[i].value;
    }
    result.stabilizer = fabs(delta_fvu) < 0.1;
    result.state = JOB_DONE;
    return result;
}

struct job_result empty_job(enum job_state state)
{
    struct job_result result = job_result_failed(STATUS_JOB_ROLLOUT_NONFINITE);
    result.state = (uint8_t)state;
    result.error = state == JOB_FAILED ? STATUS_JOB_ROLLOUT_NONFINITE : 0;
    return result;
}

/* Moduli of all cases; the last bound is 0. */
static const double MODULI[REPORT_PARTITIONS + 1] = {1.0, 0.5, 0.25, 0.125, 0.0};

static void fill_splits(struct record *record, const struct sweep *sweep)
{
    for (int a = 0; a < sweep->n_alphas; a++) {
        record_i32(record, "n_r")[a] = a < 3 ? 4 - a : 1;
        record_f64(record, "alpha_gap")[a] = 0.5;
        for (int k = 0; k < COUPLING_COUNT; k++) {
            record_f64(record, "coupling_mass")[a * COUPLING_COUNT + k] = 0.25;
        }
    }
    for (int p = 0; p < REPORT_PARTITIONS && p < sweep->n_partitions; p++) {
        record_f64(record, "alpha_low")[p] = MODULI[p + 1];
        record_f64(record, "alpha_high")[p] = MODULI[p];
        record_i32(record, "partition_n_r")[p] = p + 1;
    }
}

/* What is not told is missing. */
struct record *report_record(const char *diagnostic, const struct sweep *sweep, int8_t converged)
{
    struct record *record = NULL;
    CHECK_OK(record_create(&record, diagnostic_find(diagnostic)->variables, sweep, &error));
    if (strcmp(diagnostic, "spectrum") == 0) {
        *record_f64(record, "spectral_radius") = 1.0;
        for (int i = 0; i < REPORT_PARTITIONS; i++) {
            record_f64(record, "eigenvalue_re")[i] = MODULI[i];
            record_f64(record, "eigenvalue_im")[i] = 0.0;
        }
    } else if (strcmp(diagnostic, "splits") == 0) {
        fill_splits(record, sweep);
    } else if (strcmp(diagnostic, "training") == 0) {
        *record_i8(record, "converged") = converged;
    } else {
        record_f64(record, "dummy_distance")[2] = 0.25;
    }
    return record;
}

static void write_records(const struct results *results, const struct sweep *sweep, int case_index,
                          int8_t converged)
{
    const struct schema *const schema = results_schema(results);
    for (int t = 0; t < schema->n_tables; t++) {
        struct record *record = report_record(schema->tables[t].name, sweep, converged);
        CHECK_OK(results_write_record(results, t, case_index, record, STATUS_OK, &error));
        record_destroy(&record);
    }
}

void report_file(const char *path, const struct sweep *sweep,
                 struct job_result (*result)(int case_index, int row, int set),
                 const int8_t *converged)
{
    const struct schema schema = diagnostics_schema(sweep);
    const int n_partitions = sweep->n_partitions > 0 ? REPORT_PARTITIONS : 0;
    struct results *results = NULL;
    sample_results(path, sweep);
    CHECK_OK(results_open(&results, path, RESULTS_WRITE, &schema, &error));
    for (int i = 0; i < sweep->n_cases; i++) {
        write_records(results, sweep, i, converged != NULL ? converged[i] : -1);
        for (int row = 0; row < sweep->n_alphas + n_partitions; row++) {
            for (int s = 0; s < sweep->n_ablations; s++) {
                const struct job_result value = result(i, row, s);
                CHECK_OK(results_write_jobs(results, i, row * sweep->n_ablations + s, &value, 1,
                                            &error));
            }
        }
    }
    CHECK_OK(results_close(&results, &error));
}
