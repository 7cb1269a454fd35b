/* Files of trained models beside a results file that is not complete. */
#include "store/results_resume.h"

#include "store/model_file.h"
#include "support/check.h"
#include "support/h5write.h"
#include "support/results_sample.h"
#include "support/scratch.h"
#include "support/untouched.h"

#include <stdio.h>
#include <stdlib.h>

enum { SPECTRUM, SPLITS, TRAINING, TABLES };
enum { CASES = 5, ALPHAS = 2, SETS = 3, JOBS = ALPHAS * SETS };

static struct error error;
static struct results_sample sample = {.n_cases = CASES, .n_alphas = ALPHAS, .n_ablations = SETS};

static enum status match(void)
{
    bool is_same = false;
    return results_match(sample.results, &sample.sweep, &sample.schema, &is_same, &error);
}

/* Case 2 is done with the weights of a file, all but its last job. */
static void finish_trained_case(void)
{
    struct network network;
    struct model_labels labels;
    h5write_model(scratch_path("trained.h5"));
    CHECK_OK(model_file_read(scratch_path("trained.h5"), &network, &labels, &error));
    struct record *spectrum = sample_record(&sample.sweep, &sample.schema, SPECTRUM, 2);
    CHECK_OK(network_hash(&network, record_u64(spectrum, "weights_hash"), &error));
    network_release(&network);
    results_sample_write_jobs(&sample, 2);
    CHECK_OK(results_write_record(sample.results, SPECTRUM, 2, spectrum, STATUS_OK, &error));
    record_destroy(&spectrum);
    struct job_result pending = sample_job(2, JOBS - 1);
    pending.state = JOB_PENDING;
    CHECK_OK(results_write_jobs(sample.results, 2, JOBS - 1, &pending, 1, &error));
    set_text(&sample.sweep.models[2].path, scratch_path("trained.h5"));
    sample.sweep.models[2].is_trained = true;
    sample.sweep.models[2].weights_hash = 0; /* nobody has looked at the file */
}

/* All records of a case but the spectrum of the trained one, which is there. */
static void write_records(int case_index)
{
    for (int t = case_index == 2 ? SPLITS : SPECTRUM; t < TABLES; t++) {
        struct record *record = sample_record(&sample.sweep, &sample.schema, t, case_index);
        CHECK_OK(results_write_record(sample.results, t, case_index, record, STATUS_OK, &error));
        record_destroy(&record);
    }
}

static void change_trained_model(void)
{
    const hid_t file = h5write_open(scratch_path("trained.h5"));
    h5write_element(file, "weight_hh", 1, 0.25);
    (void)H5Fclose(file);
}

static void a_trained_model_with_other_weights_is_named(void **state)
{
    (void)state;
    finish_trained_case();
    CHECK_OK(match());
    change_trained_model();
    CHECK_FAILS(match(), STATUS_MISMATCH, "trained.h5 has changed since");
    assert_non_null(strstr(error.text, "out.h5: "));
}

static void a_file_that_was_looked_at_is_not_opened(void **state)
{
    (void)state;
    struct model_spec *const model = &sample.sweep.models[2];
    uint64_t *hashes = NULL;
    finish_trained_case();
    CHECK_OK(results_read_new(sample.results, "weights_hash", &hashes, &error));
    const int watch = untouched_begin(model->path);
    model->weights_hash = hashes[2];
    CHECK_OK(match());
    model->weights_hash = hashes[2] + 1;
    CHECK_FAILS(match(), STATUS_MISMATCH, "trained.h5 has changed since");
    untouched_end(watch);
    free(hashes);
}

/* Two cases of one model: one of them has everything, the other one nothing at first. */
static void a_finished_case_keeps_its_model_for_the_others(void **state)
{
    (void)state;
    CHECK_OK(results_close(&sample.results, &error));
    assert_int_equal(remove(scratch_path("out.h5")), 0);
    sample.sweep.cases[3].model = 2;
    sample.results = open_new_results(&sample.sweep);
    finish_trained_case();
    results_sample_write_jobs(&sample, 2);
    write_records(2);
    change_trained_model();
    CHECK_FAILS(match(), STATUS_MISMATCH, "has changed since");
    results_sample_write_jobs(&sample, 3);
    CHECK_FAILS(match(), STATUS_MISMATCH, "has changed since"); /* its diagnostics are work too */
    write_records(3);
    CHECK_OK(match()); /* nothing is left to mix with */
}

static void weights_are_compared_only_where_they_are_known(void **state)
{
    (void)state;
    finish_trained_case();
    change_trained_model();
    /* killed before the hash was complete */
    results_sample_save(&sample, "spectrum_state", calloc(CASES, 1));
    CHECK_OK(match());
    finish_trained_case();
    assert_int_equal(remove(scratch_path("trained.h5")), 0); /* it will be trained again */
    CHECK_OK(match());
    file_write_text(scratch_path("trained.h5"), "weights\n");
    CHECK_FAILS(match(), STATUS_INPUT, "trained.h5: not an HDF5");
}

#define WEIGHTS_TEST(function) RESULTS_SAMPLE_TEST(function, &sample)

int test_results_weights(void)
{
    const struct CMUnitTest tests[] = {
        WEIGHTS_TEST(a_trained_model_with_other_weights_is_named),
        WEIGHTS_TEST(a_file_that_was_looked_at_is_not_opened),
        WEIGHTS_TEST(a_finished_case_keeps_its_model_for_the_others),
        WEIGHTS_TEST(weights_are_compared_only_where_they_are_known),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
