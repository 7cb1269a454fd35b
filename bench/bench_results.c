/* What writing the results file costs, all ranks at once.
 *
 *   mpirun -n RANKS bench_results FILE ROUNDS CASES
 *
 * A line per round, microseconds on one rank: per job when the jobs of a case are written together,
 * per job when they are written one by one, per case of its diagnostics, per note that a work
 * unit is in flight, which is what the driver writes. Cases have 20 thresholds and 8 sets, and 64
 * units.
 */
#include "core/clock.h"
#include "core/memory.h"
#include "kernel/diagnostics/diagnostic.h"
#include "store/h5.h"
#include "store/library.h"
#include "store/results_create.h"
#include "store/results_faults.h"
#include "store/results_parallel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ALPHAS = 20, SETS = ABLATION_SET_COUNT, JOBS = ALPHAS * SETS, UNITS = 64 };

struct bench {
    struct sweep sweep; /* texts, alphas and task are borrowed */
    struct results *results;
    struct record *records[SCHEMA_TABLES_MAX]; /* of any case, with missing values */
    int rank;
    int size;
    int n_cases;
    struct job_result jobs[JOBS];
};

/* Seconds of one round on this rank, and what they were spent on. */
struct round_times {
    double together;
    double single;
    double values;
    double notes;
    int n_cases; /* of this rank */
};

/* ---- the file */

static void describe_models(struct sweep *sweep, char *text)
{
    for (int i = 0; i < sweep->n_models; i++) {
        sweep->models[i] = (struct model_spec){.path = text,
                                               .label = text,
                                               .task = text,
                                               .construction = text,
                                               .identity = text,
                                               .n_hidden = UNITS,
                                               .n_in = 1,
                                               .n_out = 1,
                                               .seed = i};
        sweep->cases[i] =
            (struct case_spec){.model = i, .task_label = text, .form.gates = 1, .matrix = text};
    }
}

static enum status make_sweep(struct sweep *sweep, int n_cases, struct error *error)
{
    static char text[] = "bench";
    static double alphas[ALPHAS];
    static struct task_spec task = {.name = text};
    *sweep = (struct sweep){.name = text,
                            .output = text,
                            .canonical = text,
                            .n_alphas = ALPHAS,
                            .alphas = alphas,
                            .n_ablations = SETS,
                            .n_tasks = 1,
                            .tasks = &task,
                            .n_models = n_cases,
                            .n_cases = n_cases};
    for (int i = 0; i < ALPHAS; i++) {
        alphas[i] = (i + 1.0) / ALPHAS;
    }
    memcpy(sweep->ablations, ABLATION_ORDER, SETS * sizeof *sweep->ablations);
    TRY(memory_array(&sweep->models, (size_t)n_cases, sizeof *sweep->models, error));
    TRY(memory_array(&sweep->cases, (size_t)n_cases, sizeof *sweep->cases, error));
    describe_models(sweep, text);
    return diagnostics_add_always(sweep, error);
}

/* Until the process ends. */
static enum status open_file(struct bench *bench, const char *path, struct error *error)
{
    TRY(make_sweep(&bench->sweep, bench->n_cases, error));
    const struct provenance provenance = {bench->sweep.name, bench->sweep.name};
    const struct schema schema = diagnostics_schema(&bench->sweep);
    if (bench->rank == 0) {
        TRY(results_create(path, &bench->sweep, &schema, &provenance, error));
    }
    (void)MPI_Barrier(MPI_COMM_WORLD);
    for (int t = 0; t < schema.n_tables; t++) {
        TRY(record_create(&bench->records[t], schema.tables[t].variables, &bench->sweep, error));
    }
    return results_open_parallel(&bench->results, path, MPI_COMM_WORLD, &schema, error);
}

/* ---- what is timed */

static enum status write_together(const struct bench *bench, int case_index, struct error *error)
{
    return results_write_jobs(bench->results, case_index, 0, bench->jobs, JOBS, error);
}

static enum status write_single(const struct bench *bench, int case_index, struct error *error)
{
    for (int job = 0; job < JOBS; job++) {
        TRY(results_write_jobs(bench->results, case_index, job, bench->jobs + job, 1, error));
    }
    return STATUS_OK;
}

static enum status write_values(const struct bench *bench, int case_index, struct error *error)
{
    for (int t = 0; t < bench->sweep.n_diagnostics; t++) {
        TRY(results_write_record(bench->results, t, case_index, bench->records[t], STATUS_OK,
                                 error));
    }
    return STATUS_OK;
}

static enum status write_note(const struct bench *bench, int case_index, struct error *error)
{
    return results_write_attempts(bench->results, case_index, 1, error);
}

typedef enum status (*case_writer)(const struct bench *bench, int case_index, struct error *error);

/* All ranks begin together, each with cases of its own. */
static enum status time_writer(const struct bench *bench, case_writer write, double *seconds,
                               struct error *error)
{
    (void)MPI_Barrier(MPI_COMM_WORLD);
    const double begin = clock_seconds();
    for (int i = bench->rank; i < bench->n_cases; i += bench->size) {
        TRY(write(bench, i, error));
    }
    *seconds = clock_seconds() - begin;
    (void)MPI_Barrier(MPI_COMM_WORLD);
    return STATUS_OK;
}

static enum status run_round(const struct bench *bench, struct error *error)
{
    struct round_times times = {.n_cases = (bench->n_cases + bench->size - 1) / bench->size};
    TRY(time_writer(bench, write_together, &times.together, error));
    TRY(time_writer(bench, write_single, &times.single, error));
    TRY(time_writer(bench, write_values, &times.values, error));
    TRY(time_writer(bench, write_note, &times.notes, error));
    if (bench->rank == 0) {
        const double scale = 1e6 / times.n_cases;
        (void)printf("%.3f %.3f %.3f %.3f\n", scale * times.together / JOBS,
                     scale * times.single / JOBS, scale * times.values, scale * times.notes);
    }
    return STATUS_OK;
}

static enum status run(struct bench *bench, const char *path, int rounds, struct error *error)
{
    TRY(open_file(bench, path, error));
    for (int job = 0; job < JOBS; job++) {
        bench->jobs[job] = (struct job_result){.values = {0.5 + job}, .state = JOB_DONE};
    }
    enum status status = STATUS_OK;
    for (int round = 0; status == STATUS_OK && round < rounds; round++) {
        status = run_round(bench, error);
    }
    TRY(status);
    TRY(results_close(&bench->results, error));
    return bench->rank == 0 && unlink(path) != 0 ? error_set(error, STATUS_IO, "%s: stays", path)
                                                 : STATUS_OK;
}

int main(int argc, char **argv)
{
    struct error error = {""};
    struct bench bench = {.n_cases = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 0};
    (void)MPI_Init(&argc, &argv);
    (void)MPI_Comm_rank(MPI_COMM_WORLD, &bench.rank);
    (void)MPI_Comm_size(MPI_COMM_WORLD, &bench.size);
    (void)setenv("HDF5_USE_FILE_LOCKING", "FALSE", 0); /* as the program does */
    store_begin();
    const enum status status =
        bench.n_cases < 1
            ? error_set(&error, STATUS_USAGE, "usage: bench_results FILE ROUNDS CASES")
            : run(&bench, argv[1], (int)strtol(argv[2], NULL, 10), &error);
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "%s\n", error.text);
        MPI_Abort(MPI_COMM_WORLD, (int)status);
    }
    (void)MPI_Finalize();
    return 0;
}
