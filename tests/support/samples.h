/* Sweeps, results files and jobs to test with. */
#pragma once

#include "core/job_result.h"
#include "core/schema.h"
#include "core/sweep.h"
#include "store/results.h"

/* A sweep of n_cases models "m0.h5", "m1.h5", ... on the built-in task `sine`, with alphas
 * 1/n .. 1, the first n_ablations sets and the diagnostics of every study; model i has 3 + i units.
 * Nothing of it exists on disk. */
struct sweep sample_sweep(int n_cases, int n_alphas, int n_ablations);

/* The first cases of it alone. */
void sample_keep_cases(struct sweep *sweep, int n_cases);

/* Gives a sweep all partitions of every case. */
void sample_all_partitions(struct sweep *sweep);

/* A diagnostic of no study, with parameters, a time and an axis of its own (`probe_level`, three
 * reals); sample_add_probe gives it to a sweep and to its schema. */
extern const struct table SAMPLE_PROBE;
void sample_add_probe(struct sweep *sweep, struct schema *schema);

/* Partitions that model i of a sample has by sample_records: one less than units. */
int sample_partitions(int i);

/* Replaces a text of a sweep. */
void set_text(char **text, const char *value);

/* A results file for the sweep, which must not be there yet, with its diagnostics or with other
 * tables. */
void sample_results(const char *path, const struct sweep *sweep);
void sample_results_of(const char *path, const struct sweep *sweep, const struct schema *schema);

/* The record of a table for a case: values that depend on table, case, variable and place, but the
 * weights' hash and the number of partitions are those of the sample. Released by record_destroy.
 */
struct record *sample_record(const struct sweep *sweep, const struct schema *schema, int table,
                             int case_index);

/* Writes the records of all tables and cases into an open results file. */
void sample_records(const struct results *results, const struct sweep *sweep);

/* A done job whose values depend on the case and the job. */
struct job_result sample_job(int64_t case_index, int64_t job);

/* The same stored values, state and seconds, bit for bit; checksums are not part of a job. */
bool same_job(const struct job_result *a, const struct job_result *b);

/* Every removal of an open results file in the order of the jobs, case by case (the diagnostics are
 * no part of it), and their stored checksums when `checksums` is not NULL. Released by free(). */
struct job_result *read_jobs(const struct results *results, uint64_t **checksums);
