#include "worker/case_data.h"

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
static struct case_data data;

static int set_up(void **state)
{
    (void)state;
    sweep = model_sweep(2);
    data = case_data_begin(&sweep);
    return 0;
}

static int tear_down(void **state)
{
    case_data_release(&data);
    sweep_release(&sweep);
    return scratch_clear(state);
}

static void nothing_is_loaded_at_the_start(void **state)
{
    (void)state;
    assert_int_equal(data.model, NOTHING_LOADED);
    assert_false(data.has_trials);
    assert_ptr_equal(data.settings.grid.alphas, sweep.alphas);
    assert_int_equal(data.settings.grid.n_alphas, MODEL_SWEEP_ALPHAS);
    assert_int_equal(data.settings.grid.n_sets, ABLATION_SET_COUNT);
    CHECK_SAME(data.settings.epsilon, sweep.epsilon);
    case_data_release(&data); /* nothing to release */
}

/* ---- models -------------------------------------------------------------------------------------
 */

static void the_model_of_the_case_is_loaded_and_factored(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        CHECK_OK(case_data_load_model(&data, i, &error));
        assert_int_equal(data.model, i / 2);
        assert_int_equal(data.network.n_hidden, 5 + i / 2);
        assert_int_equal(data.decomposition.schur.n, 5 + i / 2);
        assert_true(data.weights_hash == sweep.models[i / 2].weights_hash);
        assert_int_equal(data.training.converged, -1); /* not trained by this program */
        assert_true(isnan(data.training.metric));
    }
}

static void the_same_model_is_not_read_again(void **state)
{
    (void)state;
    CHECK_OK(case_data_load_model(&data, 0, &error));
    const double *const weights = data.network.weight_hh;
    assert_int_equal(unlink(model_path(&sweep, 0)), 0);
    CHECK_OK(case_data_load_model(&data, 1, &error)); /* another case of the same model */
    assert_ptr_equal(data.network.weight_hh, weights);
}

static void check_model_failure(enum status status, const char *part)
{
    CHECK_FAILS(case_data_load_model(&data, 0, &error), status, part);
    assert_int_equal(data.model, NOTHING_LOADED);
    CHECK_OK(case_data_load_model(&data, 2, &error)); /* the next one is as good as ever */
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

static void a_failure_after_a_good_model_leaves_nothing_loaded(void **state)
{
    (void)state;
    CHECK_OK(case_data_load_model(&data, 2, &error));
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
    CHECK_OK(case_data_load_model(&data, 0, &error));
    assert_int_equal(data.training.converged, 1);
    assert_int_equal(data.training.steps, 2500);
    assert_true(data.weights_hash != 0);
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
    CHECK_OK(case_data_load_trials(&data, 0, &error));
    assert_int_equal(data.trials.n_trials, 4);
    assert_int_equal(data.trials.n_steps, 6);
    assert_memory_equal(data.trials.inputs, expected.inputs, 24 * sizeof(double));
    assert_memory_equal(data.trials.targets, expected.targets, 24 * sizeof(double));
    trials_release(&expected);
}

static void own_trials_are_those_of_the_model(void **state)
{
    (void)state;
    CHECK_OK(case_data_load_trials(&data, 1, &error));
    uint64_t hashes[2];
    CHECK_OK(trials_hash(&data.trials, &hashes[0], &error));
    assert_true(hashes[0] == sweep.models[0].trials_hash);
    assert_int_equal(data.trials.metric, METRIC_ACCURACY);
    CHECK_OK(case_data_load_trials(&data, 3, &error));
    CHECK_OK(trials_hash(&data.trials, &hashes[1], &error));
    assert_true(hashes[1] == sweep.models[1].trials_hash);
    assert_true(hashes[0] != hashes[1]);
}

static void trials_of_a_task_serve_all_models(void **state)
{
    (void)state;
    CHECK_OK(case_data_load_trials(&data, 0, &error));
    const double *const inputs = data.trials.inputs;
    CHECK_OK(case_data_load_trials(&data, 2, &error));
    assert_ptr_equal(data.trials.inputs, inputs);
    CHECK_OK(case_data_load_trials(&data, 1, &error));
    assert_int_equal(data.trials_task, CASE_TASK_OWN);
    CHECK_OK(case_data_load_trials(&data, 0, &error));
    assert_int_equal(data.trials.n_steps, 6);
}

static void trials_from_a_file_are_read_and_checked(void **state)
{
    (void)state;
    const struct model_recipe recipe = {.n_hidden = 3, .seed = 11};
    put_model(scratch_path("mine.h5"), &recipe);
    set_text(&sweep.tasks[0].name, "mine");
    set_text(&sweep.tasks[0].path, scratch_path("mine.h5"));
    CHECK_FAILS(case_data_load_trials(&data, 0, &error), STATUS_JOB_MODEL,
                "mine.h5: content has changed");
    assert_false(data.has_trials);
    struct trials trials;
    CHECK_OK(trials_file_read(scratch_path("mine.h5"), &trials, &error));
    CHECK_OK(trials_hash(&trials, &sweep.tasks[0].trials_hash, &error));
    trials_release(&trials);
    CHECK_OK(case_data_load_trials(&data, 0, &error));
    assert_int_equal(data.trials.n_steps, 7);
}

static void check_trials_failure(const char *part)
{
    CHECK_FAILS(case_data_load_trials(&data, 1, &error), STATUS_JOB_MODEL, part);
    assert_false(data.has_trials);
    CHECK_OK(case_data_load_trials(&data, 3, &error));
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

static void a_failure_after_good_trials_leaves_none(void **state)
{
    (void)state;
    CHECK_OK(case_data_load_trials(&data, 0, &error));
    drop_trials(model_path(&sweep, 0));
    check_trials_failure("no group /trials");
}

static void a_file_that_changes_under_a_loaded_model_is_not_read_again(void **state)
{
    (void)state;
    CHECK_OK(case_data_load_trials(&data, 1, &error));
    drop_trials(model_path(&sweep, 0));
    CHECK_OK(case_data_load_trials(&data, 1, &error));
}

#define DATA_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int test_case_data(void)
{
    const struct CMUnitTest tests[] = {
        DATA_TEST(nothing_is_loaded_at_the_start),
        DATA_TEST(the_model_of_the_case_is_loaded_and_factored),
        DATA_TEST(the_same_model_is_not_read_again),
        DATA_TEST(a_model_with_other_weights_fails),
        DATA_TEST(a_model_of_another_size_fails),
        DATA_TEST(a_missing_model_fails),
        DATA_TEST(a_truncated_model_fails),
        DATA_TEST(a_model_that_is_no_hdf5_file_fails),
        DATA_TEST(a_failure_after_a_good_model_leaves_nothing_loaded),
        DATA_TEST(a_trained_model_is_known_by_its_identity),
        DATA_TEST(built_in_trials_are_those_of_the_task),
        DATA_TEST(own_trials_are_those_of_the_model),
        DATA_TEST(trials_of_a_task_serve_all_models),
        DATA_TEST(trials_from_a_file_are_read_and_checked),
        DATA_TEST(missing_trials_fail),
        DATA_TEST(changed_trials_fail),
        DATA_TEST(a_failure_after_good_trials_leaves_none),
        DATA_TEST(a_file_that_changes_under_a_loaded_model_is_not_read_again),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
