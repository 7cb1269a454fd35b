/* An open results file: jobs and cases in, arrays out. */
#ifndef SCHURSWEEP_STORE_RESULTS_FILE_H
#define SCHURSWEEP_STORE_RESULTS_FILE_H

#include "core/job_result.h"
#include "core/status.h"
#include "store/results_schema.h"

#include <mpi.h>

struct results {
    char *path;
    hid_t file;
    hsize_t lengths[AXIS_COUNT];
    size_t text_width[VAR_COUNT]; /* bytes of one text of a VALUE_TEXT variable */
    hid_t datasets[VAR_COUNT];    /* 0 of a variable that is not there */
    hid_t epochs;
    hid_t attempts;
    hid_t faults;
};

enum results_access { RESULTS_READ, RESULTS_WRITE };

/* Open with the serial driver. A file that is not a results file gives STATUS_OUTPUT_TAKEN, one
 * that begins as HDF5 but cannot be trusted STATUS_DAMAGED. Every variable is checked for type,
 * shape and plain contiguous storage. Closed by results_close. Local. */
MUST_CHECK enum status results_open(struct results *results, const char *path,
                                    enum results_access access, struct error *error);

/* Open for writing through MPI-IO. Collective over comm. */
MUST_CHECK enum status results_open_parallel(struct results *results, const char *path,
                                             MPI_Comm comm, struct error *error);

/* Close; flushes to disk first when the file was opened for writing. Collective when the file was
 * opened in parallel. NULL-safe on a struct of zeros. */
MUST_CHECK enum status results_close(struct results *results, struct error *error);

/* Brings everything that any process has written into the file to the disk. Independent. */
MUST_CHECK enum status results_sync(const struct results *results, struct error *error);

/* Writes jobs[count] of the jobs first_job .. of a case (sweep_jobs_per_case), each run of
 * neighbours in one contiguous write per variable: all values, then checksums, then states.
 * Independent: any rank, any time. */
MUST_CHECK enum status results_write_jobs(const struct results *results, int64_t case_index,
                                          int64_t first_job, const struct job_result *jobs,
                                          int64_t count, struct error *error);

/* Writes the values of a case, their checksum, then case_state = done. Independent. */
MUST_CHECK enum status results_write_case(const struct results *results, int64_t case_index,
                                          const struct case_values *values, struct error *error);

/* Writes the message (cut to RESULTS_MESSAGE_SIZE bytes), then case_state = failed. Independent. */
MUST_CHECK enum status results_write_failed_case(const struct results *results, int64_t case_index,
                                                 const char *message, struct error *error);

/* Whether the file has the variable: those of the profile are in studies with it alone. */
bool results_has(const struct results *results, enum variable_id id);

/* Reads a whole numeric variable into values, an array of its own type (value_memory_type); the
 * caller makes it results_count(...) elements long. Local. */
MUST_CHECK enum status results_read(const struct results *results, enum variable_id id,
                                    void *values, struct error *error);

/* The part of such a variable that belongs to n_cases neighbouring cases; its first axis must be
 * the case. Local. */
MUST_CHECK enum status results_read_cases(const struct results *results, enum variable_id id,
                                          int64_t first_case, int64_t n_cases, void *values,
                                          struct error *error);

/* Elements of a variable. */
size_t results_count(const struct results *results, enum variable_id id);

/* Reads a text variable as count strings in one block, each `stride` bytes with its NUL; released
 * by free. Local. */
MUST_CHECK enum status results_read_texts(const struct results *results, enum variable_id id,
                                          char **texts, size_t *stride, struct error *error);

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
/* One record of them. Independent. */
MUST_CHECK enum status results_write_epoch(const struct results *results, int index,
                                           const struct epoch *epoch, struct error *error);

#endif
