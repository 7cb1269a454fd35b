#include "support/samples.h"

#include "core/axes.h"
#include "core/bits.h"
#include "core/record.h"
#include "kernel/diagnostics/diagnostic.h"
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
                               .cell = CELL_DEFAULT,
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
    sweep.tasks[0] = (struct task_spec){.name = strdup("sine"), .params = {4, 6, 2, 1}};
    for (int i = 0; i < n_alphas; i++) {
        sweep.alphas[i] = (double)(i + 1) / n_alphas;
    }
    memcpy(sweep.ablations, ABLATION_ORDER, (size_t)n_ablations * sizeof *sweep.ablations);
    for (int i = 0; i < n_cases; i++) {
        sweep.models[i] = sample_model(i);
        sweep.cases[i] = (struct case_spec){
            .model = i, .task_label = strdup("sine"), .form.gates = 1, .matrix = strdup("hh")};
    }
    CHECK_OK(diagnostics_add_always(&sweep, &error));
    return sweep;
}

void sample_keep_cases(struct sweep *sweep, int n_cases)
{
    for (int i = n_cases; i < sweep->n_cases; i++) {
        free(sweep->cases[i].task_label);
        free(sweep->cases[i].matrix);
    }
    sweep->n_cases = n_cases;
}

void sample_all_partitions(struct sweep *sweep)
{
    sweep->n_partitions = sweep_max_modes(sweep);
}

static int64_t count_levels(const struct sweep *sweep)
{
    (void)sweep;
    return 3;
}

static struct label level_at(const struct sweep *sweep, int64_t i)
{
    (void)sweep;
    return (struct label){.real = 0.25 * (double)(i + 1)};
}

static const struct axis AXIS_LEVEL = {"probe_level", "level of the probe", VALUE_F64, count_levels,
                                       level_at};

static const struct variable PROBE_VARIABLES[] = {
    {"probe_value", "1", "value of the probe", VALUE_F64, FILL_NAN, {&AXIS_LEVEL, &AXIS_ALPHA}},
    {"probe_count", "1", "count of the probe", VALUE_I32, FILL_MARKED, {NULL}},
    {"probe_seconds", "s", "time of the probe", VALUE_F64, FILL_NAN, {NULL}},
    {.name = NULL}};

static const struct param_spec PROBE_PARAMS[] = {{"epsilon", false, 0.5, 0.0, 1.0, 0, false},
                                                 {"repeats", true, 3, 1, 100, 0, false}};

const struct table SAMPLE_PROBE = {"probe", PROBE_VARIABLES, PROBE_PARAMS, 2, false, false};

void sample_add_probe(struct sweep *sweep, struct schema *schema)
{
    sweep->diagnostics[sweep->n_diagnostics++] =
        (struct diagnostic_spec){.name = strdup("probe"), .params = {0.5, 3}};
    schema->tables[schema->n_tables++] = SAMPLE_PROBE;
}

int sample_partitions(int i)
{
    return sample_hidden(i) - 1;
}

void sample_results_of(const char *path, const struct sweep *sweep, const struct schema *schema)
{
    const struct provenance provenance = {"schursweep 0\nHDF5 0", "abcdef"};
    CHECK_OK(results_create(path, sweep, schema, &provenance, &error));
}

void sample_results(const char *path, const struct sweep *sweep)
{
    const struct schema schema = diagnostics_schema(sweep);
    sample_results_of(path, sweep, &schema);
}

/* ---- records ---- */

static void fill_values(const struct variable *variable, void *values, size_t count, int number)
{
    for (size_t i = 0; i < count; i++) {
        const int x = number + (int)i;
        switch (variable->type) {
        case VALUE_F64:
            ((double *)values)[i] = x + 0.1;
            break;
        case VALUE_I64:
        case VALUE_U64:
            ((int64_t *)values)[i] = x;
            break;
        case VALUE_I32:
            ((int32_t *)values)[i] = x;
            break;
        case VALUE_U16:
            ((uint16_t *)values)[i] = (uint16_t)x;
            break;
        default:
            ((int8_t *)values)[i] = (int8_t)(x % 100);
        }
    }
}

/* Partitions 0, 1, ... begin with 1, 2, ... rows; what is beyond them is missing. */
static void fill_partitions(const struct variable *variable, void *values, size_t count, int n)
{
    variable_fill(variable, values, count);
    for (int p = 0; p < n && (size_t)p < count; p++) {
        if (variable->type == VALUE_I32) {
            ((int32_t *)values)[p] = p + 1;
        } else {
            const int above = strcmp(variable->name, "alpha_low") == 0;
            ((double *)values)[p] = 1.0 - (double)(p + above) / n;
        }
    }
}

struct record *sample_record(const struct sweep *sweep, const struct schema *schema, int table,
                             int case_index)
{
    struct record *record = NULL;
    CHECK_OK(record_create(&record, schema->tables[table].variables, sweep, &error));
    for (int i = 0; i < record_length(record); i++) {
        const struct variable *const variable = record_variable(record, i);
        void *const values = record_values(record, i);
        const size_t count = record_count(record, i);
        if (variable->axes[0] == &AXIS_PARTITION) {
            fill_partitions(variable, values, count, sample_partitions(case_index));
        } else if (strcmp(variable->name, "weights_hash") == 0) {
            *(uint64_t *)values = sweep->models[sweep->cases[case_index].model].weights_hash;
        } else {
            fill_values(variable, values, count, 1000 * table + 100 * case_index + 10 * i);
        }
    }
    return record;
}

void sample_records(const struct results *results, const struct sweep *sweep)
{
    const struct schema *const schema = results_schema(results);
    for (int i = 0; i < sweep->n_cases; i++) {
        for (int t = 0; t < schema->n_tables; t++) {
            struct record *record = sample_record(sweep, schema, t, i);
            CHECK_OK(results_write_record(results, t, i, record, STATUS_OK, &error));
            record_destroy(&record);
        }
    }
}

/* ---- jobs ---- */

struct job_result sample_job(int64_t case_index, int64_t job)
{
    const double x = (double)(100 * case_index + job) + 0.5;
    struct job_result result = job_result_absent();
    for (int i = 0; MEASURES[i] != NULL; i++) {
        result.values[i] = x * (i + 1);
    }
    if (job % 3 == 0) {
        result.values[measure_number("accuracy")] = NAN;
    }
    result.stabilizer = (uint8_t)(job % 2);
    result.state = JOB_DONE;
    result.seconds = 0.25 * x;
    return result;
}

bool same_job(const struct job_result *a, const struct job_result *b)
{
    int i = 0;
    while (i < MEASURES_MAX && same_bits(a->values[i], b->values[i])) {
        i++;
    }
    return i == MEASURES_MAX && same_bits(a->seconds, b->seconds) &&
           a->stabilizer == b->stabilizer && a->error == b->error && a->state == b->state;
}

/* A variable of the jobs of alphas, or of those of partitions. */
static void *read_all(const struct results *results, const char *prefix, const char *name)
{
    char whole[VARIABLE_NAME_SIZE];
    void *values = NULL;
    (void)snprintf(whole, sizeof whole, "%s%s", prefix, name);
    CHECK_OK(results_read_new(results, whole, &values, &error));
    return values;
}

/* Jobs of a family: where they stand among all. */
struct family {
    const char *prefix;
    size_t own;      /* jobs of a case */
    size_t n_before; /* jobs of the same case in front of them */
    size_t n_jobs;   /* of a case, in all */
    size_t n_cases;
};

static size_t place_of(const struct family *family, size_t i)
{
    return i / family->own * family->n_jobs + family->n_before + i % family->own;
}

static void place_values(const struct results *results, const struct family *family,
                         struct job_result *jobs)
{
    const struct schema *const schema = results_schema(results);
    for (int k = 0; k < schema->n_measures; k++) {
        double *const values = read_all(results, family->prefix, schema->measures[k]->name);
        for (size_t i = 0; i < family->n_cases * family->own; i++) {
            jobs[place_of(family, i)].values[k] = values[i];
        }
        free(values);
    }
}

static void place_fields(const struct results *results, const struct family *family,
                         struct job_result *jobs, uint64_t *checksums)
{
    uint8_t *const stabilizer = read_all(results, family->prefix, "stabilizer");
    uint16_t *const code = read_all(results, family->prefix, "error");
    uint8_t *const state = read_all(results, family->prefix, "state");
    uint64_t *const sums = read_all(results, family->prefix, "checksum");
    double *const seconds = read_all(results, family->prefix, "seconds");
    for (size_t i = 0; i < family->n_cases * family->own; i++) {
        const size_t place = place_of(family, i);
        jobs[place].stabilizer = stabilizer[i];
        jobs[place].error = code[i];
        jobs[place].state = state[i];
        jobs[place].seconds = seconds[i];
        checksums[place] = sums[i];
    }
    free(stabilizer);
    free(code);
    free(state);
    free(sums);
    free(seconds);
}

struct job_result *read_jobs(const struct results *results, uint64_t **checksums)
{
    const size_t n_cases = (size_t)results_length(results, "case");
    const size_t n_sets = (size_t)results_length(results, "ablation");
    const size_t n_alpha_jobs = (size_t)results_length(results, "alpha") * n_sets;
    const size_t n_jobs = (size_t)results_removals_per_case(results);
    const struct family families[] = {
        {"", n_alpha_jobs, 0, n_jobs, n_cases},
        {"partition_", n_jobs - n_alpha_jobs, n_alpha_jobs, n_jobs, n_cases}};
    struct job_result *const jobs = new_array((int)(n_cases * n_jobs), sizeof *jobs);
    uint64_t *const sums = new_array((int)(n_cases * n_jobs), sizeof *sums);
    for (size_t i = 0; i < n_cases * n_jobs; i++) {
        jobs[i] = job_result_absent();
    }
    for (int f = 0; f < 2 && families[f].own > 0; f++) {
        place_values(results, &families[f], jobs);
        place_fields(results, &families[f], jobs, sums);
    }
    if (checksums != NULL) {
        *checksums = sums;
    } else {
        free(sums);
    }
    return jobs;
}
