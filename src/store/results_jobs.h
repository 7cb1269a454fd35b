/* How jobs lie in a results file: one table for all who write, scan or compare them. */
#ifndef SCHURSWEEP_STORE_RESULTS_JOBS_H
#define SCHURSWEEP_STORE_RESULTS_JOBS_H

#include "core/job_result.h"
#include "store/results_file.h"

/* The rows of a case: its alphas, then, in a study with the profile, its partitions. Each family
 * has variables of its own. */
enum job_family { FAMILY_ALPHA, FAMILY_PARTITION, FAMILY_COUNT };

/* A variable of a job, by family, and its place and bytes in struct job, which are its bytes in
 * the file. */
struct job_field {
    enum variable_id ids[FAMILY_COUNT];
    size_t offset;
    size_t size;
};

enum { JOB_REAL_COUNT = 6, JOB_FIELD_COUNT = 9, JOB_VALUE_SIZE = 8 };

/* Everything but checksum and state. The first JOB_REAL_COUNT are float64 and what a job is about:
 * computed again, they have the same bits. */
extern const struct job_field JOB_FIELDS[JOB_FIELD_COUNT];
extern const struct job_field JOB_STATE_FIELD;
extern const enum variable_id JOB_CHECKSUM_IDS[FAMILY_COUNT];

/* Rows of a family in every case, and how many stand before them. */
int64_t job_rows(const struct results *results, enum job_family family);
int64_t job_first_row(const struct results *results, enum job_family family);

/* What identifies the job of a row, counted within its family, in checksums. */
struct job_index job_index_of(enum job_family family, int64_t case_index, int64_t row,
                              int64_t ablation);

#endif
