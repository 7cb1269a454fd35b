/* The results file that a test begins with, its set-up and its tear-down. */
#pragma once

#include "support/samples.h"

/* Opens "out.h5" of the scratch directory for writing: a new results file for the sweep. */
struct results *open_new_results(const struct sweep *sweep);

/* Tear-down: closes the file, releases the sweep, clears the scratch directory. */
int close_new_results(struct results **results, struct sweep *sweep, void **state);

struct results_sample {
    /* what the test chooses */
    int n_cases;
    int n_alphas;
    int n_ablations;
    bool with_records;    /* sample_records() has been called */
    bool with_partitions; /* sample_all_partitions() */
    /* what is made of it */
    struct sweep sweep;
    struct schema schema; /* diagnostics_schema() of it */
    struct results *results;
};

/* Set-up and tear-down; *state is a struct results_sample. */
int results_sample_create(void **state);
int results_sample_remove(void **state);
#define RESULTS_SAMPLE_TEST(function, sample)                                                      \
    cmocka_unit_test_prestate_setup_teardown(function, results_sample_create,                      \
                                             results_sample_remove, (sample))

/* All removals of a case become those of sample_job(); those of partitions that it does not have,
 * job_result_absent(). */
void results_sample_write_jobs(const struct results_sample *sample, int64_t case_index);
void results_sample_write_all_jobs(const struct results_sample *sample);

/* The values of a whole variable, to be changed behind the back of the store; save frees them. */
void *results_sample_load(const struct results_sample *sample, const char *name);
void results_sample_save(const struct results_sample *sample, const char *name, void *values);

/* Whether the model of a case of the sample has that removal. */
bool results_sample_has_job(const struct results_sample *sample, int64_t case_index, int64_t job);
