/* Small results files whose every value a test chooses, to make reports from. */
#pragma once

#include "report/report.h"
#include "support/samples.h"

/* n_cases networks of 4 units and one construction on `sine`, seeds 0, 1, ...; with n_alphas
 * alphas up to 1 and the first n_sets ablation sets. Released by sweep_release. */
struct sweep report_sweep(int n_cases, int n_alphas, int n_sets);

/* Identities, names and seeds of its models begin at `first`. */
void report_rename(struct sweep *sweep, int first);

/* study_data_read of two files of the scratch directory. */
enum status report_read_two(struct study_data *data, const char *a, const char *b,
                            struct error *failure);

/* Adds the diagnostic of support/dummy_diagnostic.c, with its parameter. */
void add_dummy(struct sweep *sweep, double count);

/* A done job: fvu is 1 + delta_fvu, removed_mass 0.5; no accuracy; a stabilizer below 0.1. */
struct job_result effect_job(double delta_fvu);

/* A job in another state, without values. */
struct job_result empty_job(enum job_state state);

/* Partitions of every case of report_file, and units of its models. */
enum { REPORT_PARTITIONS = 4 };

/* The record of a diagnostic that report_file writes for a case, that of the dummy with 1/4 for its
 * third pair; released by record_destroy. */
struct record *report_record(const char *diagnostic, const struct sweep *sweep, int8_t converged);

/* Writes a new results file; `result` tells what is in each job. Every case has n_R = 4 - alpha
 * index, at least 1, and `converged` as told, -1 when converged is NULL; all its records are done.
 * With sweep->n_partitions, which must be the width of its widest model, all have the partitions of
 * the moduli 1, 1/2, 1/4, 1/8, and `result` is called with rows n_alphas + partition too. */
void report_file(const char *path, const struct sweep *sweep,
                 struct job_result (*result)(int case_index, int row, int set),
                 const int8_t *converged);
