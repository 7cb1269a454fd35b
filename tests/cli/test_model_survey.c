/* Model files that a results file remembers are not opened again; what has changed is. */
#include "cli/model_survey.h"

#include "cli/trained_models.h"
#include "kernel/diagnostics/diagnostic.h"
#include "store/model_write.h"
#include "store/results.h"
#include "support/check.h"
#include "support/h5write.h"
#include "support/models.h"
#include "support/results_sample.h"
#include "support/scratch.h"
#include "support/untouched.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MODELS = 3 };

static struct error error;
static struct sweep sweep;
static struct results *results;

/* Reads all models as a study does, into facts[MODELS]. */
static void look(struct model_survey *survey, const char *output, struct model_facts *facts)
{
    const struct study_sources sources = model_survey_sources(survey);
    char *paths[MODELS];
    for (int i = 0; i < MODELS; i++) {
        paths[i] = sweep.models[i].path;
    }
    CHECK_OK(sources.expect(survey, output, paths, MODELS, &error));
    for (int i = 0; i < MODELS; i++) {
        CHECK_OK(sources.read_model(survey, paths[i], &facts[i], &error));
    }
}

static void assert_same(const struct model_facts *a, const struct model_facts *b)
{
    assert_true(a->weights_hash == b->weights_hash && a->trials.hash == b->trials.hash);
    assert_true(a->n_hidden == b->n_hidden && a->has_trials && b->has_trials);
    assert_int_equal(memcmp(a->task, b->task, sizeof a->task), 0);
}

/* Looks anew, from what the results file keeps, with the model of that number still to be opened;
 * -1: with none. */
static void look_again(int opened, struct model_facts *facts)
{
    struct model_survey survey = {0};
    int watches[MODELS];
    for (int i = 0; i < MODELS; i++) {
        watches[i] = i == opened ? -1 : untouched_begin(sweep.models[i].path);
    }
    look(&survey, scratch_path("out.h5"), facts);
    for (int i = 0; i < MODELS; i++) {
        if (i != opened) {
            untouched_end(watches[i]);
        }
    }
    model_survey_release(&survey);
}

/* What the results file keeps, from models that are old enough to be trusted. */
static int set_up(void **state)
{
    struct model_survey survey = {0};
    struct model_facts facts[MODELS];
    (void)state;
    sweep = model_sweep(MODELS);
    (void)nanosleep(&(struct timespec){2, 100000000}, NULL);
    results = open_new_results(&sweep);
    look(&survey, scratch_path("none.h5"), facts);
    CHECK_OK(model_survey_keep(&survey, &sweep, results, &error));
    model_survey_release(&survey);
    return 0;
}

static int tear_down(void **state)
{
    return close_new_results(&results, &sweep, state);
}

static void what_is_kept_is_not_opened_and_what_changes_is(void **state)
{
    struct model_facts first[MODELS];
    struct model_facts again[MODELS];
    (void)state;
    look_again(-1, first);
    for (int i = 0; i < MODELS; i++) {
        assert_int_equal(first[i].n_hidden, 5 + i);
        assert_string_equal(first[i].task, "sine");
    }
    put_model(sweep.models[1].path, &(struct model_recipe){.n_hidden = 9, .seed = 8});
    look_again(1, again);
    assert_int_equal(again[1].n_hidden, 9);
    assert_same(&again[0], &first[0]);
    assert_same(&again[2], &first[2]);
}

/* Of a file that was written a moment ago nothing is kept: it may be written once more within the
 * same step of the clock. And no byte of a record can change unnoticed. */
static void what_is_fresh_or_damaged_is_opened(void **state)
{
    struct model_facts facts[MODELS];
    unsigned char *records = NULL;
    size_t count = 0;
    (void)state;
    struct model_survey survey = {0};
    CHECK_OK(results_read_surveys(scratch_path("out.h5"), &records, &count, &error));
    assert_int_equal(count, sweep.n_cases);
    for (size_t at = 0; at < RESULTS_SURVEY_SIZE; at++) { /* of the first model */
        records[at] ^= 1;
        CHECK_OK(results_write_surveys(results, records, &error));
        if (at % 50 == 0) {
            look_again(0, facts);
            assert_int_equal(facts[0].n_hidden, 5);
        }
        struct model_survey damaged = {0};
        const struct study_sources sources = model_survey_sources(&damaged);
        CHECK_OK(sources.expect(&damaged, scratch_path("out.h5"), NULL, 0, &error));
        assert_int_equal(damaged.count, MODELS - 1);
        model_survey_release(&damaged);
        records[at] ^= 1;
    }
    free(records);
    put_model(sweep.models[0].path, &(struct model_recipe){.n_hidden = 5, .seed = 8});
    look(&survey, scratch_path("none.h5"), facts);
    assert_int_equal(survey.count, MODELS - 1);
    model_survey_release(&survey);
}

/* ---- models that the study trains ---- */

static const char IDENTITY[] = "0123456789abcdef";

static void put_trained(const char *path, double bias)
{
    (void)unlink(path);
    model_write_trained(path, IDENTITY, bias);
}

/* Of a sweep whose first model is a trained one. */
static enum status find_missing(unsigned char **missing, bool keep)
{
    struct model_survey survey = {0};
    struct model_spec *const model = &sweep.models[0];
    model->is_trained = true;
    model->weights_hash = 0;
    set_text(&model->identity, IDENTITY);
    set_text(&sweep.output, scratch_path("out.h5"));
    enum status status = trained_models_find_missing(&sweep, &survey, missing, &error);
    if (keep) {
        THEN(status, model_survey_keep(&survey, &sweep, results, &error));
    }
    model_survey_release(&survey);
    return status;
}

static void trained_models_are_kept_too_and_what_changes_is_opened(void **state)
{
    unsigned char *missing = NULL;
    const struct model_spec *const model = &sweep.models[0];
    (void)state;
    put_trained(model->path, 0.5);
    (void)nanosleep(&(struct timespec){2, 100000000}, NULL);
    CHECK_OK(find_missing(&missing, true));
    assert_int_equal(missing[0], 0);
    free(missing);
    const uint64_t hash = model->weights_hash;
    assert_true(hash != 0);
    const int watch = untouched_begin(model->path);
    CHECK_OK(find_missing(&missing, false));
    untouched_end(watch);
    assert_int_equal(missing[0], 0);
    assert_true(model->weights_hash == hash);
    free(missing);
    put_trained(model->path, 0.25);
    CHECK_OK(find_missing(&missing, false));
    assert_true(model->weights_hash != hash);
    free(missing);
    assert_int_equal(unlink(model->path), 0);
    CHECK_OK(find_missing(&missing, false));
    assert_int_equal(missing[0], 1);
    assert_true(model->weights_hash == 0);
    free(missing);
}

/* Whoever sets the time back too cannot set back that of the inode. */
static void a_trained_model_that_rots_is_refused_whatever_its_times_say(void **state)
{
    unsigned char *missing = NULL;
    struct stat before;
    const struct model_spec *const model = &sweep.models[0];
    (void)state;
    put_trained(model->path, 0.5);
    (void)nanosleep(&(struct timespec){2, 100000000}, NULL);
    CHECK_OK(find_missing(&missing, true));
    free(missing);
    assert_int_equal(stat(model->path, &before), 0);
    const hid_t file = h5write_open(model->path);
    h5write_element(file, "bias_h", 1, 1e-300);
    (void)H5Fclose(file);
    const struct timespec times[2] = {before.st_atim, before.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, model->path, times, 0), 0);
    CHECK_FAILS(find_missing(&missing, false), STATUS_INPUT, "m0.h5: weights_checksum is");
}

static void files_that_keep_nothing_are_no_error(void **state)
{
    unsigned char *records = NULL;
    size_t count = 1;
    (void)state;
    file_write_text(scratch_path("text"), "no HDF5");
    for (int i = 0; i < 3; i++) {
        const char *const names[] = {"gone", "text", sweep.models[0].path};
        const char *const path = i < 2 ? scratch_path(names[i]) : names[2];
        CHECK_OK(results_read_surveys(path, &records, &count, &error));
        assert_null(records);
        assert_int_equal(count, 0);
    }
}

int test_model_survey(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_kept_is_not_opened_and_what_changes_is, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_fresh_or_damaged_is_opened, set_up, tear_down),
        cmocka_unit_test_setup_teardown(trained_models_are_kept_too_and_what_changes_is_opened,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_trained_model_that_rots_is_refused_whatever_its_times_say,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_that_keep_nothing_are_no_error, set_up, tear_down)};
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
