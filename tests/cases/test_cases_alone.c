/* Cases opened from files by one rank. */
#include "cases/cases.h"

#include "kernel/experiment_alone.h"
#include "kernel/tasks/task.h"
#include "store/model_file.h"
#include "support/check.h"
#include "support/h5write.h"
#include "support/models.h"
#include "support/samples.h"
#include "support/scratch.h"

#include <stdlib.h>
#include <unistd.h>

static struct error error;
static struct sweep sweep;
static struct experiment *experiment;

static int set_up(void **state)
{
    (void)state;
    sweep = model_sweep(2);
    CHECK_OK(cases_alone(&experiment, &sweep, &error));
    return 0;
}

static int tear_down(void **state)
{
    experiment_destroy(experiment);
    sweep_release(&sweep);
    return scratch_clear(state);
}

/* What is in memory. */
static const struct alone *opened(void)
{
    return (const struct alone *)experiment;
}

static enum status open_model(int case_index)
{
    return experiment->ops->open_model(experiment, case_index, &error);
}

static enum status open_case(int case_index)
{
    TRY(open_model(case_index));
    return experiment->ops->open_trials(experiment, case_index, &error);
}

static void nothing_is_open_at_the_start(void **state)
{
    (void)state;
    assert_null(experiment->network);
    assert_null(experiment->form);
    assert_null(experiment->plan);
    assert_true(experiment->is_root);
    CHECK_SAME(experiment->epsilon, sweep.epsilon);
    experiment_destroy(NULL); /* nothing happens */
}

static void the_plan_is_that_of_the_study(void **state)
{
    (void)state;
    CHECK_OK(open_model(0));
    assert_int_equal(experiment->plan->n_alphas, MODEL_SWEEP_ALPHAS);
    assert_int_equal(experiment->plan->n_sets, ABLATION_SET_COUNT);
    assert_int_equal(experiment->plan->n_partitions, 0);
    for (int a = 0; a < MODEL_SWEEP_ALPHAS; a++) {
        const struct split split = split_at(experiment->form, sweep.alphas[a]);
        assert_int_equal(experiment->plan->splits[a].n_r, split.n_r);
    }
}

/* ---- models -------------------------------------------------------------------------------------
 */

static void the_model_of_the_case_is_read_and_factored(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        CHECK_OK(open_model(i));
        assert_int_equal(experiment->network->n_hidden, 5 + i / 2);
        assert_int_equal(experiment->form->n, 5 + i / 2);
        assert_int_equal(experiment->route, SCHUR_ROUTE_LOCAL);
        CHECK_SAME(experiment->nonnormality, schur_nonnormality(experiment->form));
        assert_true(experiment->weights_hash == sweep.models[i / 2].weights_hash);
        assert_int_equal(experiment->training.converged, -1); /* not trained by this program */
        assert_true(isnan(experiment->training.metric));
    }
}

/* Cases of one model follow each other: neither the file nor dgees is asked twice. */
static void neighbouring_cases_open_their_model_once(void **state)
{
    (void)state;
    CHECK_OK(open_case(0));
    const double *const weights = experiment->network->weight_hh;
    const double *const t = experiment->form->t;
    assert_int_equal(unlink(model_path(&sweep, 0)), 0);
    CHECK_OK(open_model(1)); /* another case of the same model */
    assert_ptr_equal(experiment->network->weight_hh, weights);
    assert_ptr_equal(experiment->form->t, t);
}

static void check_model_failure(enum status status, const char *part)
{
    CHECK_FAILS(open_model(0), status, part);
    CHECK_FAILS(open_model(1), status, part); /* nothing of it stayed */
    CHECK_OK(open_model(2));                  /* the next one is as good as ever */
    assert_int_equal(experiment->network->n_hidden, 6);
}

static void a_model_with_other_weights_fails(void **state)
{
    (void)state;
    const struct model_recipe recipe = {.n_hidden = 5, .seed = 77};
    put_model(model_path(&sweep, 0), &recipe);
    check_model_failure(STATUS_JOB_MODEL, "m0.h5: content has changed since the study began");
}

static void a_model_of_another_size_fails(void **state)
{
    (void)state;
    const struct model_recipe recipe = {.n_hidden = 9};
    put_model(model_path(&sweep, 0), &recipe);
    check_model_failure(STATUS_JOB_MODEL, "content has changed");
}

/* What records are as long as is what a results file says, whoever wrote it. */
static void a_model_that_is_not_as_the_sweep_says_fails(void **state)
{
    (void)state;
    struct model_spec *const model = &sweep.models[0];
    model->n_hidden = 4;
    check_model_failure(STATUS_JOB_MODEL, "m0.h5: a rnn of 5 units, expected a rnn of 4");
    model->n_hidden = 5;
    model->cell.kind = CELL_LSTM;
    sweep.cases[0].form.gates = 1u << 3;
    check_model_failure(STATUS_JOB_MODEL, "m0.h5: a rnn of 5 units, expected a lstm of 5");
}

static void a_missing_model_fails(void **state)
{
    (void)state;
    assert_int_equal(unlink(model_path(&sweep, 0)), 0);
    check_model_failure(STATUS_JOB_MODEL, "m0.h5: No such file");
}

static void a_truncated_model_fails(void **state)
{
    (void)state;
    assert_int_equal(truncate(model_path(&sweep, 0), 900), 0);
    check_model_failure(STATUS_JOB_MODEL, "m0.h5: damaged or truncated");
}

static void a_model_that_is_no_hdf5_file_fails(void **state)
{
    (void)state;
    file_write_text(model_path(&sweep, 0), "weights\n");
    check_model_failure(STATUS_JOB_MODEL, "m0.h5: not an HDF5 file");
}

static void a_failure_after_a_good_model_leaves_nothing_open(void **state)
{
    (void)state;
    CHECK_OK(open_model(2));
    assert_int_equal(unlink(model_path(&sweep, 0)), 0);
    check_model_failure(STATUS_JOB_MODEL, "m0.h5");
}

static void a_trained_model_is_known_by_its_identity(void **state)
{
    (void)state;
    sweep.models[0].is_trained = true;
    sweep.models[0].weights_hash = 0; /* not known ahead */
    check_model_failure(STATUS_JOB_MODEL, "identity is '', expected '0000000000000000'");
    const hid_t file = h5write_open(model_path(&sweep, 0));
    h5write_text(file, "identity", "0000000000000000");
    h5write_integer(file, "converged", 1);
    h5write_integer(file, "train_steps", 2500);
    (void)H5Fclose(file);
    CHECK_OK(open_model(0));
    assert_int_equal(experiment->training.converged, 1);
    assert_int_equal(experiment->training.steps, 2500);
    assert_true(experiment->weights_hash != 0);
}

/* ---- trials -------------------------------------------------------------------------------------
 */

static void built_in_trials_are_those_of_the_task(void **state)
{
    (void)state;
    struct rng_key key;
    struct trials expected;
    const struct task_ops *const sine = task_find("sine");
    CHECK_OK(task_held_out_key(sine, sweep.tasks[0].params, sweep.seed, &key, &error));
    CHECK_OK(task_generate(sine, sweep.tasks[0].params, key, 0, 4, &expected, &error));
    CHECK_OK(open_case(0));
    assert_int_equal(opened()->trials.n_trials, 4);
    assert_int_equal(opened()->trials.n_steps, 6);
    assert_memory_equal(opened()->trials.inputs, expected.inputs, 24 * sizeof(double));
    assert_memory_equal(opened()->trials.targets, expected.targets, 24 * sizeof(double));
    trials_release(&expected);
}

static void own_trials_are_those_of_the_model(void **state)
{
    (void)state;
    CHECK_OK(open_case(1));
    uint64_t hashes[2];
    CHECK_OK(trials_hash(&opened()->trials, &hashes[0], &error));
    assert_true(hashes[0] == sweep.models[0].trials_hash);
    assert_int_equal(opened()->trials.metric, METRIC_ACCURACY);
    CHECK_OK(open_case(3));
    CHECK_OK(trials_hash(&opened()->trials, &hashes[1], &error));
    assert_true(hashes[1] == sweep.models[1].trials_hash);
    assert_true(hashes[0] != hashes[1]);
}

static void trials_of_a_task_serve_all_models(void **state)
{
    (void)state;
    CHECK_OK(open_case(0));
    const double *const inputs = opened()->trials.inputs;
    CHECK_OK(open_case(2));
    assert_ptr_equal(opened()->trials.inputs, inputs);
    CHECK_OK(open_case(1));
    assert_int_equal(opened()->trials.n_steps, 7);
    CHECK_OK(open_case(0));
    assert_int_equal(opened()->trials.n_steps, 6);
}

static void trials_from_a_file_are_read_and_checked(void **state)
{
    (void)state;
    const struct model_recipe recipe = {.n_hidden = 3, .seed = 11};
    put_model(scratch_path("mine.h5"), &recipe);
    set_text(&sweep.tasks[0].name, "mine");
    set_text(&sweep.tasks[0].path, scratch_path("mine.h5"));
    CHECK_OK(open_case(0)); /* a study of old, which does not tell their hash */
    assert_int_equal(opened()->trials.n_steps, 7);
    experiment_destroy(experiment);
    CHECK_OK(cases_alone(&experiment, &sweep, &error));
    sweep.tasks[0].trials_hash = 1;
    CHECK_FAILS(open_case(0), STATUS_JOB_MODEL, "mine.h5: content has changed");
    struct trials trials;
    CHECK_OK(trials_file_read(scratch_path("mine.h5"), &trials, &error));
    CHECK_OK(trials_hash(&trials, &sweep.tasks[0].trials_hash, &error));
    trials_release(&trials);
    CHECK_OK(open_case(0));
    assert_int_equal(opened()->trials.n_steps, 7);
}

static void check_trials_failure(const char *part)
{
    CHECK_FAILS(open_case(1), STATUS_JOB_MODEL, part);
    CHECK_OK(open_case(3));
}

static void missing_trials_fail(void **state)
{
    (void)state;
    drop_trials(model_path(&sweep, 0));
    check_trials_failure("m0.h5: no group /trials");
}

static void changed_trials_fail(void **state)
{
    (void)state;
    const struct model_recipe recipe = {.n_hidden = 5, .seed = 99};
    put_model(model_path(&sweep, 0), &recipe);
    check_trials_failure("m0.h5: content has changed");
}

static void trials_that_do_not_fit_the_model_fail(void **state)
{
    (void)state;
    const struct task_ops *const sine = task_find("sine");
    double *const channels = &sweep.tasks[0].params[sine->n_params - 1];
    CHECK_OK(open_case(0));
    experiment_destroy(experiment);
    CHECK_OK(cases_alone(&experiment, &sweep, &error));
    *channels = -3.0;
    CHECK_FAILS(open_case(0), STATUS_JOB_MODEL,
                "task sine: channels is -3, expected a whole number from 1 to 256");
    *channels = 1.0;
    set_text(&sweep.tasks[0].name, "of a later program");
    CHECK_FAILS(open_case(0), STATUS_JOB_MODEL, "no task 'of a later program' in this program");
    set_text(&sweep.tasks[0].name, "sine");
    *channels = 2.0;
    CHECK_FAILS(open_case(0), STATUS_JOB_MODEL,
                "the trials have 2 inputs and 2 outputs, expected 1 and 1 as the model has");
}

static void a_failure_after_good_trials_leaves_none(void **state)
{
    (void)state;
    CHECK_OK(open_case(0));
    drop_trials(model_path(&sweep, 0));
    check_trials_failure("no group /trials");
}

static void a_file_that_changes_under_a_loaded_model_is_not_read_again(void **state)
{
    (void)state;
    CHECK_OK(open_case(1));
    drop_trials(model_path(&sweep, 0));
    CHECK_OK(open_case(1));
}

static void a_case_without_a_reference_fails_alone(void **state)
{
    (void)state;
    const struct model_recipe recipe = {.n_hidden = 5, .output = 1e308};
    struct network network;
    struct model_labels labels;
    put_model(model_path(&sweep, 0), &recipe);
    CHECK_OK(model_file_read(model_path(&sweep, 0), &network, &labels, &error));
    CHECK_OK(network_hash(&network, &sweep.models[0].weights_hash, &error));
    network_release(&network);
    CHECK_FAILS(open_case(0), STATUS_JOB_ROLLOUT_NONFINITE, "");
    CHECK_OK(open_model(0)); /* the network itself is there */
    CHECK_OK(open_case(2));
    assert_true(experiment->baseline.n_counted > 0);
}

/* ---- what a status means for the jobs ----------------------------------------------------------
 */

static void whatever_is_wrong_is_a_failure_of_the_jobs(void **state)
{
    (void)state;
    assert_int_equal(case_as_job_failure(STATUS_OK), STATUS_OK);
    assert_int_equal(case_as_job_failure(STATUS_JOB_CERTIFICATE), STATUS_JOB_CERTIFICATE);
    assert_int_equal(case_as_job_failure(STATUS_INPUT), STATUS_JOB_MODEL);
    assert_int_equal(case_as_job_failure(STATUS_INTERNAL), STATUS_JOB_MEMORY);
}

#define CASE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int test_cases_alone(void)
{
    const struct CMUnitTest tests[] = {
        CASE_TEST(nothing_is_open_at_the_start),
        CASE_TEST(the_plan_is_that_of_the_study),
        CASE_TEST(the_model_of_the_case_is_read_and_factored),
        CASE_TEST(neighbouring_cases_open_their_model_once),
        CASE_TEST(a_model_with_other_weights_fails),
        CASE_TEST(a_model_of_another_size_fails),
        CASE_TEST(a_model_that_is_not_as_the_sweep_says_fails),
        CASE_TEST(a_missing_model_fails),
        CASE_TEST(a_truncated_model_fails),
        CASE_TEST(a_model_that_is_no_hdf5_file_fails),
        CASE_TEST(a_failure_after_a_good_model_leaves_nothing_open),
        CASE_TEST(a_trained_model_is_known_by_its_identity),
        CASE_TEST(built_in_trials_are_those_of_the_task),
        CASE_TEST(own_trials_are_those_of_the_model),
        CASE_TEST(trials_of_a_task_serve_all_models),
        CASE_TEST(trials_from_a_file_are_read_and_checked),
        CASE_TEST(missing_trials_fail),
        CASE_TEST(changed_trials_fail),
        CASE_TEST(trials_that_do_not_fit_the_model_fail),
        CASE_TEST(a_failure_after_good_trials_leaves_none),
        CASE_TEST(a_file_that_changes_under_a_loaded_model_is_not_read_again),
        CASE_TEST(a_case_without_a_reference_fails_alone),
        cmocka_unit_test(whatever_is_wrong_is_a_failure_of_the_jobs),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
