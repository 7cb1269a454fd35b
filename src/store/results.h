/* A results file: job results and records in, arrays out. What it holds is told by the schema that
 * it is opened with. */
#pragma once

#include "core/job_result.h"
#include "core/record.h"
#include "core/schema.h"
#include "core/status.h"
#include "core/sweep.h"

/* Raised when an older program could not read a newer file or the other way round. Files of
 * RESULTS_FORMAT_OLDEST and later can be read, those of the present version written. */
enum { RESULTS_FORMAT_VERSION = 4, RESULTS_FORMAT_OLDEST = 3 };

enum {
    RESULTS_EPOCHS = 64,
    RESULTS_MESSAGE_SIZE = 200,
    RESULTS_HOST_SIZE = 64,
    RESULTS_JOB_SIZE = 32,
    RESULTS_ISA_SIZE = 16,
    RESULTS_CORE_SIZE = 32,
    RESULTS_SURVEY_SIZE = 256
};

/* One start of the program on this file, in /run/epochs. start_time 0 marks an unused record. */
struct epoch {
    int64_t start_time;    /* seconds since 1970 */
    int64_t end_time;      /* 0 while running, or when killed */
    int64_t done_at_start; /* jobs in a final state when it started */
    int32_t n_ranks;
    char host[RESULTS_HOST_SIZE];
    char job[RESULTS_JOB_SIZE];        /* batch job id, '' outside one */
    char isa[RESULTS_ISA_SIZE];        /* instructions of the rollouts */
    char blas_core[RESULTS_CORE_SIZE]; /* kernels of BLAS, '' where it does not tell */
};

/* How far the training of a model is, in /run/training at the first case of the model. */
struct training_mark {
    int32_t step;
    int32_t steps; /* 0: nothing is known; `step` is as many when it has ended */
    int64_t start; /* number of the start of the program that trained it, from 1; 0: before any */
    double loss;   /* of the last step; NaN when not known */
};

struct results;

enum results_access { RESULTS_READ, RESULTS_WRITE };

/* Open with the serial driver. A file that is not a results file gives STATUS_OUTPUT_TAKEN, one
 * that begins as HDF5 but cannot be trusted STATUS_DAMAGED. Every variable is checked for type,
 * shape and plain contiguous storage; a table of the schema of which nothing is in the file is left
 * out of results_schema. *out is closed by results_close. Local. */
MUST_CHECK enum status results_open(struct results **out, const char *path,
                                    enum results_access access, const struct schema *schema,
                                    struct error *error);

/* Close; flushes to disk first when the file was opened for writing. Collective when the file was
 * opened in parallel. *results may be NULL. */
MUST_CHECK enum status results_close(struct results **results, struct error *error);

/* Brings everything that any process has written into the file to the disk. Independent. */
MUST_CHECK enum status results_sync(const struct results *results, struct error *error);

const char *results_path(const struct results *results);

/* The tables that the file has. */
const struct schema *results_schema(const struct results *results);

/* Length of an axis by its name; 0 when the file has no such axis. */
int64_t results_length(const struct results *results, const char *axis);

/* Removals of one case, and with its diagnostics all its jobs, numbered as in sweep.h. */
int64_t results_removals_per_case(const struct results *results);
int64_t results_jobs_per_case(const struct results *results);

/* ---- writing: independent, any rank, any time ---- */

/* Results of the removals first_job .. of a case, each run of neighbours in one contiguous write
 * per variable: all values, then checksums, then states. Of none, `jobs` may be NULL. */
MUST_CHECK enum status results_write_jobs(const struct results *results, int64_t case_index,
                                          int64_t first_job, const struct job_result *jobs,
                                          int64_t count, struct error *error);

/* The values of a table for a case, then its error and checksum, then <name>_state: done, or failed
 * when `failure` is a job failure. */
MUST_CHECK enum status results_write_record(const struct results *results, int table,
                                            int64_t case_index, const struct record *record,
                                            enum status failure, struct error *error);

/* Why the case failed, cut to RESULTS_MESSAGE_SIZE bytes; '' when it did not. */
MUST_CHECK enum status results_write_message(const struct results *results, int64_t case_index,
                                             const char *message, struct error *error);

/* One record of /run/epochs. */
MUST_CHECK enum status results_write_epoch(const struct results *results, int index,
                                           const struct epoch *epoch, struct error *error);

/* A record of /run/training; nothing in a file that has none. */
MUST_CHECK enum status results_write_training(const struct results *results, int64_t case_index,
                                              const struct training_mark *mark,
                                              struct error *error);

/* /run/surveys: surveys[n_cases, RESULTS_SURVEY_SIZE], of bytes whose meaning the caller knows,
 * each at the first case of its model; nothing in a file that has none. */
MUST_CHECK enum status results_write_surveys(const struct results *results,
                                             const unsigned char *surveys, struct error *error);

/* ---- reading: local ---- */

/* What results_write_surveys has left in the file of that path, whatever else it holds: *surveys is
 * [*count, RESULTS_SURVEY_SIZE], released by free; NULL and 0 where there are none, or no file. */
MUST_CHECK enum status results_read_surveys(const char *path, unsigned char **surveys,
                                            size_t *count, struct error *error);

/* A variable of the file, whoever declared it. */
struct stored_variable {
    const char *name; /* borrowed from the results, like all else */
    const char *units;
    const char *long_name;
    enum value_type type;
    enum fill fill;
    const struct axis *axes[VARIABLE_AXES_MAX + 1]; /* `case` first in all but scales */
    int n_axes;
};

/* Number i of them; false beyond the last. */
bool results_variable(const struct results *results, int i, struct stored_variable *variable);

bool results_has(const struct results *results, const char *name);

/* Type of a variable and its number of elements, all cases together; it must be there. */
enum value_type results_type(const struct results *results, const char *name);
size_t results_count(const struct results *results, const char *name);

/* A whole numeric variable into values, an array of its own type, results_count(...) long. */
MUST_CHECK enum status results_read(const struct results *results, const char *name, void *values,
                                    struct error *error);

/* The same into a new array; *out is released by free. */
MUST_CHECK enum status results_read_new(const struct results *results, const char *name, void *out,
                                        struct error *error);

/* The part of a variable over cases that belongs to n_cases neighbouring ones. */
MUST_CHECK enum status results_read_cases(const struct results *results, const char *name,
                                          int64_t first_case, int64_t n_cases, void *values,
                                          struct error *error);

/* All removals of a case, jobs[results_removals_per_case(...)], as they are stored;
 * NaN for measures that the file lacks. */
MUST_CHECK enum status results_read_jobs(const struct results *results, int64_t case_index,
                                         struct job_result *jobs, struct error *error);

/* A text variable as strings in one block, each `stride` bytes with its NUL, valid UTF-8 of one
 * line; released by free. */
MUST_CHECK enum status results_read_texts(const struct results *results, const char *name,
                                          char **texts, size_t *stride, struct error *error);

/* The values of a table for one case. */
MUST_CHECK enum status results_read_record(const struct results *results, int table,
                                           int64_t case_index, struct record *record,
                                           struct error *error);

/* A text attribute of the root, as a new string owned by the caller; STATUS_DAMAGED when missing.
 */
MUST_CHECK enum status results_read_attribute(const struct results *results, const char *name,
                                              char **text, struct error *error);

/* A float64 attribute of the root. */
MUST_CHECK enum status results_read_number(const struct results *results, const char *name,
                                           double *value, struct error *error);

/* All RESULTS_EPOCHS records; unused ones have start_time 0. */
MUST_CHECK enum status results_read_epochs(const struct results *results, struct epoch *epochs,
                                           struct error *error);

/* marks[n_cases]; zeros of a file that has none. */
MUST_CHECK enum status results_read_training(const struct results *results,
                                             struct training_mark *marks, struct error *error);

/* The study as far as the file tells it: grid, cases, labels, tasks, what determines the numbers.
 * Paths are where things were when the file was made. Released by sweep_release. */
MUST_CHECK enum status results_read_sweep(const struct results *results, struct sweep *sweep,
                                          struct error *error);
