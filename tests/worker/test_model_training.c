/* clock_gettime is wrapped: every look at the clock is 0.3 s later. */
#include "worker/model_training.h"

#include "store/model_file.h"
#include "store/model_write.h"
#include "support/check.h"
#include "support/models.h"
#include "support/results_sample.h"
#include "support/scratch.h"
#include "support/wrapped.h"
#include "worker/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { STEPS = 40 };

static struct error error;
static struct sweep sweep;
static double now;

WRAPPED(int, clock_gettime, (clockid_t clock, struct timespec *time), (clock, time))

static int tell_time(clockid_t clock, struct timespec *time)
{
    (void)clock;
    now += 0.3;
    time->tv_sec = (time_t)now;
    time->tv_nsec = (long)((now - floor(now)) * 1e9);
    return 0;
}

/* One model to train, small and in a moment. */
static int set_up(void **state)
{
    (void)state;
    sweep = sample_sweep(1, 2, ABLATION_SET_COUNT);
    struct model_spec *const model = &sweep.models[0];
    set_text(&model->path, scratch_path("m.h5"));
    model->n_hidden = 4;
    model->is_trained = true;
    model->weights_hash = 0;
    model->training = (struct training_spec){
        .cell = CELL_DEFAULT,
        .construction = "dense_default",
        .seed = model->seed,
        .recipe = {.base = "tail", .steps = STEPS, .batch = 4, .rate = 1e-3, .clip = 1.0},
        .key = {1, 2}};
    return 0;
}

static int tear_down(void **state)
{
    sweep_release(&sweep);
    return scratch_clear(state);
}

static uint64_t hash_of(const char *path)
{
    struct network network;
    struct model_labels labels;
    uint64_t hash = 0;
    CHECK_OK(model_file_read(path, &network, &labels, &error));
    CHECK_OK(network_hash(&network, &hash, &error));
    network_release(&network);
    return hash;
}

static void a_trained_model_lies_at_its_path_with_its_identity(void **state)
{
    (void)state;
    struct kept_facts facts;
    struct network network;
    struct model_labels labels;
    CHECK_OK(train_into_file(&sweep, 0, "schursweep 0", NULL, &error));
    CHECK_OK(model_file_read_facts(scratch_path("m.h5"), &facts, &error));
    assert_string_equal(facts.identity, sweep.models[0].identity);
    assert_int_equal(facts.training.steps, STEPS);
    assert_true(facts.training.converged == 0 || facts.training.converged == 1);
    assert_true(isfinite(facts.training.metric) && isfinite(facts.training.loss));
    CHECK_OK(model_file_read(scratch_path("m.h5"), &network, &labels, &error));
    assert_int_equal(network.n_hidden, 4);
    assert_string_equal(labels.task, "sine");
    assert_string_equal(labels.construction, "dense_default");
    network_release(&network);
}

static void the_same_spec_gives_the_same_weights(void **state)
{
    (void)state;
    CHECK_OK(train_into_file(&sweep, 0, "", NULL, &error));
    const uint64_t first = hash_of(scratch_path("m.h5"));
    set_text(&sweep.models[0].path, scratch_path("again.h5"));
    CHECK_OK(train_into_file(&sweep, 0, "", NULL, &error));
    assert_true(hash_of(scratch_path("again.h5")) == first);
    set_text(&sweep.models[0].path, scratch_path("other.h5"));
    sweep.models[0].training.key[0]++;
    CHECK_OK(train_into_file(&sweep, 0, "", NULL, &error));
    assert_true(hash_of(scratch_path("other.h5")) != first);
}

struct listener {
    int n_told;
    int last_step;
};

static void listen(void *context, int step, int steps, double loss)
{
    struct listener *const listener = context;
    listener->n_told++;
    assert_int_equal(steps, STEPS);
    assert_in_range(step, listener->last_step + 1, STEPS);
    assert_true(isfinite(loss));
    listener->last_step = step;
}

static void progress_come_about_once_a_second(void **state)
{
    (void)state;
    struct listener listener = {0};
    const struct work_watcher watcher = {.tell = listen, .context = &listener};
    CHECK_OK(train_into_file(&sweep, 0, "", &watcher, &error));
    /* A look at the clock per step, 0.3 s apart: every fourth step is told. */
    assert_in_range(listener.n_told, STEPS / 4 - 1, STEPS / 4 + 1);
}

static struct stop_wish stop_in_the_middle(void *context)
{
    int *const n_asked = context;
    return (struct stop_wish){++*n_asked == STEPS / 2 ? STOP_NOW : STOP_NEVER, "a test"};
}

static void ignore(void *context, int step, int steps, double loss)
{
    (void)context;
    (void)step;
    (void)steps;
    (void)loss;
}

/* The clock goes on by 0.3 s a step. */
static void a_training_that_is_stopped_goes_on_where_it_was(void **state)
{
    (void)state;
    int n_asked = 0;
    struct listener listener = {.last_step = STEPS / 2};
    const struct work_watcher stopping = {.tell = ignore, .stop = {stop_in_the_middle, &n_asked}};
    const struct work_watcher watcher = {.tell = listen, .context = &listener};
    CHECK_OK(train_into_file(&sweep, 0, "", NULL, &error));
    const uint64_t whole = hash_of(scratch_path("m.h5"));
    assert_int_equal(scratch_count(), 1);
    assert_int_equal(remove(scratch_path("m.h5")), 0);
    CHECK_FAILS(train_into_file(&sweep, 0, "", &stopping, &error), STATUS_STOPPED, "stopped at");
    assert_true(file_exists(scratch_path("m.h5.training")));
    CHECK_OK(train_into_file(&sweep, 0, "", &watcher, &error)); /* tells of later steps only */
    assert_true(hash_of(scratch_path("m.h5")) == whole);
    assert_int_equal(scratch_count(), 1);
}

/* Another program may have other bits. */
static void a_training_that_another_program_began_begins_anew(void **state)
{
    (void)state;
    int n_asked = 0;
    struct listener listener = {0};
    const struct work_watcher stopping = {.tell = ignore, .stop = {stop_in_the_middle, &n_asked}};
    const struct work_watcher watcher = {.tell = listen, .context = &listener};
    CHECK_FAILS(train_into_file(&sweep, 0, "one", &stopping, &error), STATUS_STOPPED, "stopped");
    CHECK_OK(train_into_file(&sweep, 0, "another", &watcher, &error));
    assert_in_range(listener.n_told, STEPS / 4 - 1, STEPS / 4 + 1);
    assert_int_equal(scratch_count(), 1);
}

static void a_training_that_diverges_is_a_failure_of_its_jobs(void **state)
{
    (void)state;
    sweep.models[0].training.recipe.rate = 1e200;
    sweep.models[0].training.recipe.clip = 1e300;
    CHECK_FAILS(train_into_file(&sweep, 0, "", NULL, &error), STATUS_JOB_TRAINING_DIVERGED,
                "m0.h5: ");
    assert_false(file_exists(scratch_path("m.h5")));
    assert_int_equal(scratch_count(), 0);
}

static void an_unwritable_folder_is_an_input_output_error(void **state)
{
    (void)state;
    set_text(&sweep.models[0].path, scratch_path("missing/m.h5"));
    CHECK_FAILS(train_into_file(&sweep, 0, "", NULL, &error), STATUS_IO, "missing/m.h5");
}

/* ---- by way of a worker -------------------------------------------------------------------------
 */

static void run_training(struct worker *worker, struct work_report *report)
{
    struct work_unit unit;
    CHECK_OK(work_unit_create(&unit, 5, WORK_TRAIN, 0, 0, &error));
    CHECK_OK(worker_run_unit(worker, &unit, NULL, report, &error));
    work_unit_release(&unit);
    assert_int_equal(report->unit, 5);
    assert_int_equal(report->n_done + report->n_failed, 0);
}

static void a_worker_trains_and_then_sweeps_the_model(void **state)
{
    (void)state;
    struct worker *worker = NULL;
    struct results *results = open_new_results(&sweep);
    struct work_report report;
    struct work_unit unit;
    int8_t converged = -1;
    CHECK_OK(worker_create(&worker, &sweep, results, "", NULL, &error));
    run_training(worker, &report);
    assert_int_equal(report.failure, STATUS_OK);
    CHECK_OK(work_unit_create(&unit, 6, WORK_SWEEP, 0, sweep_jobs_per_case(&sweep), &error));
    work_unit_want(&unit, 1);
    for (int d = 0; d < sweep.n_diagnostics; d++) {
        work_unit_want(&unit, sweep_removals_per_case(&sweep) + d);
    }
    CHECK_OK(worker_run_unit(worker, &unit, NULL, &report, &error));
    assert_int_equal(report.n_done, 1 + sweep.n_diagnostics);
    CHECK_OK(results_read(results, "converged", &converged, &error));
    assert_true(converged == 0 || converged == 1);
    work_unit_release(&unit);
    worker_destroy(&worker);
    CHECK_OK(results_close(&results, &error));
}

static void a_worker_reports_why_a_model_cannot_be_trained(void **state)
{
    (void)state;
    struct worker *worker = NULL;
    struct work_report report;
    sweep.models[0].training.recipe.rate = 1e200;
    sweep.models[0].training.recipe.clip = 1e300;
    CHECK_OK(worker_create(&worker, &sweep, NULL, "", NULL, &error)); /* nothing is swept */
    run_training(worker, &report);
    assert_int_equal(report.status, STATUS_OK);
    assert_int_equal(report.failure, STATUS_JOB_TRAINING_DIVERGED);
    assert_non_null(strstr(report.message, "m0.h5: "));
    worker_destroy(&worker);
}

#define TRAINING_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int test_model_training(void)
{
    wrapped_clock_gettime = tell_time;
    const struct CMUnitTest tests[] = {
        TRAINING_TEST(a_trained_model_lies_at_its_path_with_its_identity),
        TRAINING_TEST(the_same_spec_gives_the_same_weights),
        TRAINING_TEST(progress_come_about_once_a_second),
        TRAINING_TEST(a_training_that_is_stopped_goes_on_where_it_was),
        TRAINING_TEST(a_training_that_another_program_began_begins_anew),
        TRAINING_TEST(a_training_that_diverges_is_a_failure_of_its_jobs),
        TRAINING_TEST(an_unwritable_folder_is_an_input_output_error),
        TRAINING_TEST(a_worker_trains_and_then_sweeps_the_model),
        TRAINING_TEST(a_worker_reports_why_a_model_cannot_be_trained),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
