/* The results file that a test begins with, its set-up and its tear-down. */
#ifndef SCHURSWEEP_TESTS_SUPPORT_RESULTS_SAMPLE_H
#define SCHURSWEEP_TESTS_SUPPORT_RESULTS_SAMPLE_H

#include "support/samples.h"

/* Opens "out.h5" of the scratch directory for writing: a new results file for the sweep. */
void open_new_results(struct results *results, const struct sweep *sweep);

/* Tear-down: closes the file, releases the sweep, clears the scratch directory. */
int close_new_results(struct results *results, struct sweep *sweep, void **state);

struct results_sample {
    /* what the test chooses */
    int n_cases;
    int n_alphas;
    int n_ablations;
    bool with_values;  /* sample_cases() has been called */
    bool with_profile; /* sample_profile() */
    /* what is made of it */
    struct sweep sweep;
    struct results results;
};

/* Set-up and tear-down; *state is a struct results_sample. */
int results_sample_create(void **state);
int results_sample_remove(void **state);
#define RESULTS_SAMPLE_TEST(function, sample)                                                      \
    cmocka_unit_test_prestate_setup_teardown(function, results_sample_create,                      \
                                             results_sample_remove, (sample))

/* All jobs of a case become those of sample_job(); those of partitions that it does not have,
 * job_result_absent(). */
void results_sample_write_jobs(const struct results_sample *sample, int64_t case_index);
void results_sample_write_all_jobs(const struct results_sample *sample);

/* The values of a whole variable, to be changed behind the back of the store; save frees them. */
void *results_sample_load(const struct results_sample *sample, enum variable_id id);
void results_sample_save(const struct results_sample *sample, enum variable_id id, void *values);

/* Whether the model of a case of the sample has that job. */
bool results_sample_has_job(const struct results_sample *sample, int64_t case_index, int64_t job);

/* Values of a case, for a sweep of that many thresholds and rows for partitions; three units and
 * two partitions, and room for a fourth unit. */
enum { SAMPLE_ALPHAS = 3, SAMPLE_PARTITIONS = 4 };
extern const struct case_values SAMPLE_VALUES;

#endif
