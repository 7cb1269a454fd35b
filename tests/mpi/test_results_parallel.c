/* All ranks write one results file through MPI-IO; read again by one rank with the serial driver.
 */
#include "kernel/diagnostics/diagnostic.h"
#include "mpi/demand.h"
#include "store/h5.h"
#include "store/library.h"
#include "store/results_internal.h"
#include "store/results_parallel.h"
#include "store/results_scan.h"
#include "support/h5write.h"
#include "support/samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    CASES = 7,
    ALPHAS = 5,
    SETS = 4,
    UNITS = 3, /* of the first model, one more of each that follows */
    PARTITIONS = UNITS + CASES - 1,
    JOBS = (ALPHAS + PARTITIONS) * SETS,
    ALL_JOBS = CASES * JOBS,
    TABLES = 3
};

static struct error error;
static int rank;
static int size;
static char path[512];
static struct sweep sweep; /* on every rank */
static struct schema schema;

/* ---- writing ------------------------------------------------------------------------------------
 */

/* Jobs that a case has: as many partitions as units. */
static int jobs_of(int i)
{
    return (ALPHAS + UNITS + i) * SETS;
}

static struct job_result job_of(int i, int job)
{
    return job < jobs_of(i) ? sample_job(i, job) : job_result_absent();
}

/* Jobs are dealt out in runs of 1, 2, 3, 1, 2, 3 ..., so that ranks write side by side. */
static int run_length(int number)
{
    return number % 3 + 1;
}

static void write_own_jobs(const struct results *results)
{
    for (int i = 0; i < CASES; i++) {
        int number = i; /* another rank begins in every case */
        for (int job = 0; job < JOBS; number++) {
            struct job_result jobs[3];
            int count = 0;
            while (count < run_length(number) && job + count < JOBS) {
                jobs[count] = job_of(i, job + count);
                count++;
            }
            if (number % size == rank) {
                DEMAND_OK(results_write_jobs(results, i, job, jobs, count, &error));
            }
            job += count;
        }
    }
}

/* Records are dealt out one by one; those of the last case fail. */
static void write_own_records(const struct results *results)
{
    for (int i = 0; i < CASES; i++) {
        const bool failed = i == CASES - 1;
        for (int t = 0; t < TABLES; t++) {
            if ((i + t) % size != rank) {
                continue;
            }
            struct record *record = NULL;
            if (failed) {
                DEMAND_OK(record_create(&record, schema.tables[t].variables, &sweep, &error));
            } else {
                record = sample_record(&sweep, &schema, t, i);
            }
            DEMAND_OK(results_write_record(results, t, i, record,
                                           failed ? STATUS_JOB_MODEL : STATUS_OK, &error));
            record_destroy(&record);
        }
    }
    if (rank == size - 1) {
        DEMAND_OK(results_write_message(results, CASES - 1, "the last one failed", &error));
    }
}

/* The file is open through MPI-IO, for all ranks together. */
static void check_access(const struct results *results)
{
    MPI_Comm comm = MPI_COMM_NULL;
    MPI_Info info = MPI_INFO_NULL;
    int n_ranks = 0;
    const hid_t access = H5Fget_access_plist(results->file);
    DEMAND(H5Pget_driver(access) == H5FD_MPIO);
    DEMAND(H5Pget_fapl_mpio(access, &comm, &info) >= 0);
    DEMAND(MPI_Comm_size(comm, &n_ranks) == MPI_SUCCESS && n_ranks == size);
    (void)MPI_Comm_free(&comm);
    if (info != MPI_INFO_NULL) {
        (void)MPI_Info_free(&info);
    }
    (void)H5Pclose(access);
}

static void write_everything(void)
{
    struct results *results = NULL;
    const struct epoch epoch = {.start_time = 5, .n_ranks = size};
    DEMAND_OK(results_open_parallel(&results, path, MPI_COMM_WORLD, &schema, &error));
    check_access(results);
    write_own_jobs(results);
    write_own_records(results);
    if (rank == 0) {
        DEMAND_OK(results_write_epoch(results, 1, &epoch, &error));
    }
    DEMAND_OK(results_sync(results, &error));
    DEMAND_OK(results_close(&results, &error));
}

/* ---- reading ------------------------------------------------------------------------------------
 */

static void check_jobs(const struct results *results)
{
    struct results_scan scan;
    struct job_result *const jobs = read_jobs(results, NULL);
    for (int i = 0; i < ALL_JOBS; i++) {
        const struct job_result expected = job_of(i / JOBS, i % JOBS);
        DEMAND(same_job(&jobs[i], &expected));
    }
    free(jobs);
    DEMAND_OK(results_scan_create(&scan, results, false, &error));
    int64_t n_written = 0;
    int64_t n_there = 0;
    for (int i = 0; i < CASES; i++) {
        n_written += jobs_of(i);
        n_there += i < CASES - 1 ? (ALPHAS + sample_partitions(i)) * SETS : jobs_of(i);
    }
    /* Splits that are done know of one partition less than was written. */
    DEMAND(scan.n_failed == TABLES && scan.n_damaged == 0);
    DEMAND(scan.n_done == n_there + (CASES - 1) * TABLES);
    DEMAND(scan.n_pending == n_written - n_there);
    DEMAND(scan.n_absent == ALL_JOBS - n_written);
    results_scan_release(&scan);
}

/* Every record is that which one rank has written. */
static void check_records(const struct results *results)
{
    for (int i = 0; i < CASES - 1; i++) {
        for (int t = 0; t < TABLES; t++) {
            struct record *expected = sample_record(&sweep, &schema, t, i);
            struct record *found = sample_record(&sweep, &schema, t, CASES - 1);
            const struct variable *different = NULL;
            DEMAND_OK(results_read_record(results, t, i, found, &error));
            DEMAND(record_same(found, expected, &different));
            record_destroy(&expected);
            record_destroy(&found);
        }
    }
    double radius[CASES];
    DEMAND_OK(results_read(results, "spectral_radius", radius, &error));
    DEMAND(isnan(radius[CASES - 1]));
}

static void check_rest(const struct results *results)
{
    char *texts = NULL;
    size_t stride = 0;
    struct epoch epochs[RESULTS_EPOCHS];
    DEMAND_OK(results_read_texts(results, "message", &texts, &stride, &error));
    DEMAND(strcmp(texts, "") == 0);
    DEMAND(strcmp(texts + (CASES - 1) * stride, "the last one failed") == 0);
    free(texts);
    DEMAND_OK(results_read_epochs(results, epochs, &error));
    DEMAND(epochs[0].start_time == 0 && epochs[1].start_time == 5 && epochs[1].n_ranks == size);
}

static long file_size(void)
{
    struct stat info;
    DEMAND(stat(path, &info) == 0);
    return (long)info.st_size;
}

static void check_everything(void)
{
    struct results *results = NULL;
    DEMAND_OK(results_open(&results, path, RESULTS_READ, &schema, &error));
    check_jobs(results);
    check_records(results);
    check_rest(results);
    DEMAND_OK(results_close(&results, &error));
}

/* ---- tests --------------------------------------------------------------------------------------
 */

static void what_ranks_write_together_is_there_for_one(void)
{
    long size_before = 0;
    if (rank == 0) {
        sample_results(path, &sweep);
        size_before = file_size();
    }
    (void)MPI_Barrier(MPI_COMM_WORLD);
    for (int round = 0; round < 2; round++) { /* the second time over the same values */
        write_everything();
        (void)MPI_Barrier(MPI_COMM_WORLD);
        if (rank == 0) {
            check_everything();
            DEMAND(file_size() == size_before);
        }
        (void)MPI_Barrier(MPI_COMM_WORLD);
    }
}

/* No rank may be left waiting in a collective call. */
static void a_file_that_cannot_be_opened_fails_on_all_ranks(void)
{
    struct results *results = NULL;
    char missing[600];
    (void)snprintf(missing, sizeof missing, "%s.missing", path);
    DEMAND(results_open_parallel(&results, missing, MPI_COMM_WORLD, &schema, &error) == STATUS_IO);
    DEMAND(strstr(error.text, ".missing: cannot open through MPI-IO") != NULL);
    DEMAND(results == NULL);
}

static void a_damaged_file_fails_on_all_ranks(void)
{
    struct results *results = NULL;
    if (rank == 0) {
        const hid_t file = h5write_open(path);
        DEMAND(H5Ldelete(file, "checksum", H5P_DEFAULT) >= 0);
        DEMAND(H5Fclose(file) >= 0);
    }
    (void)MPI_Barrier(MPI_COMM_WORLD);
    DEMAND(results_open_parallel(&results, path, MPI_COMM_WORLD, &schema, &error) ==
           STATUS_DAMAGED);
    DEMAND(strstr(error.text, "checksum is missing") != NULL);
    DEMAND(results == NULL);
    DEMAND(h5write_open_handles() == 0);
}

int main(int argc, char **argv)
{
    ranks_begin(&argc, &argv, &rank, &size);
    (void)MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    (void)setenv("HDF5_USE_FILE_LOCKING", "FALSE", 0); /* as main does */
    store_begin();
    const char *const folder = getenv("TMPDIR");
    (void)snprintf(path, sizeof path, "%s/out.h5", folder != NULL ? folder : "/tmp");
    sweep = sample_sweep(CASES, ALPHAS, SETS);
    sample_all_partitions(&sweep);
    schema = diagnostics_schema(&sweep);
    DEMAND(sweep.n_partitions == PARTITIONS && schema.n_tables == TABLES);
    what_ranks_write_together_is_there_for_one();
    a_file_that_cannot_be_opened_fails_on_all_ranks();
    a_damaged_file_fails_on_all_ranks();
    sweep_release(&sweep);
    (void)MPI_Finalize();
    return 0;
}
