/* Which models of a sweep have to be trained. */
#include "cli/trained_models.h"

#include "store/model_write.h"
#include "support/check.h"
#include "support/h5write.h"
#include "support/models.h"
#include "support/scratch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct error error;

static struct model_spec model_at(char *path, char *identity, bool is_trained)
{
    return (struct model_spec){.path = path, .identity = identity, .is_trained = is_trained};
}

/* By who looks alone and knows nothing. */
static enum status find_missing(const struct sweep *sweep, unsigned char **missing)
{
    struct model_survey survey = {0};
    struct sweep looked_at = *sweep;
    char output[] = "none.h5";
    looked_at.output = output;
    const enum status status = trained_models_find_missing(&looked_at, &survey, missing, &error);
    model_survey_release(&survey);
    return status;
}

static void a_model_is_missing_when_no_file_has_its_name(void **state)
{
    char there[] = "0123456789abcdef";
    char *const path_there = strdup(scratch_path("there.h5"));
    char *const path_gone = strdup(scratch_path("gone.h5"));
    struct model_spec models[] = {
        model_at(path_there, there, true), model_at(path_gone, there, true),
        model_at(path_gone, there, false), model_at(path_gone, there, true)};
    struct case_spec cases[] = {{.form.gates = 1},
                                {.model = 1, .form.gates = 1},
                                {.model = 2, .form.gates = 1},
                                {.model = 1, .form.gates = 1}};
    const struct sweep sweep = {.n_models = 4, .models = models, .n_cases = 4, .cases = cases};
    unsigned char *missing = NULL;
    (void)state;
    model_write_trained(scratch_path("there.h5"), there, 0.0);
    CHECK_OK(find_missing(&sweep, &missing));
    assert_int_equal(missing[0], 0);
    assert_int_equal(missing[1], 1);
    assert_int_equal(missing[2], 0); /* not ours to train */
    assert_int_equal(missing[3], 0); /* no case has it */
    free(missing);
    free(path_there);
    free(path_gone);
}

static void a_file_that_is_not_what_its_name_says_is_refused(void **state)
{
    char wanted[] = "fedcba9876543210";
    char *const path = strdup(scratch_path("other.h5"));
    struct model_spec models[] = {model_at(path, wanted, true)};
    struct case_spec item = {.form.gates = 1};
    const struct sweep sweep = {.n_models = 1, .models = models, .n_cases = 1, .cases = &item};
    unsigned char *missing = NULL;
    (void)state;
    model_write_trained(scratch_path("other.h5"), "0123456789abcdef", 0.0);
    CHECK_FAILS(find_missing(&sweep, &missing), STATUS_INPUT,
                "identity is '0123456789abcdef', expected 'fedcba9876543210'");
    assert_null(missing);
    free(path);
}

static void a_model_that_rots_is_neither_swept_nor_trained_over(void **state)
{
    char identity[] = "0123456789abcdef";
    char *const path = strdup(scratch_path("rot.h5"));
    struct model_spec models[] = {model_at(path, identity, true)};
    struct case_spec item = {.form.gates = 1};
    const struct sweep sweep = {.n_models = 1, .models = models, .n_cases = 1, .cases = &item};
    unsigned char *missing = NULL;
    (void)state;
    model_write_trained(scratch_path("rot.h5"), identity, 0.0);
    const hid_t file = h5write_open(path);
    h5write_element(file, "bias_h", 1, 1e-300);
    (void)H5Fclose(file);
    CHECK_FAILS(find_missing(&sweep, &missing), STATUS_INPUT, "rot.h5: weights_checksum is");
    free(path);
}

static enum status find_missing_in(const char *name)
{
    char identity[] = "0";
    char *const path = strdup(scratch_path(name));
    struct model_spec models[] = {model_at(path, identity, true)};
    struct case_spec item = {.form.gates = 1};
    const struct sweep sweep = {.n_models = 1, .models = models, .n_cases = 1, .cases = &item};
    unsigned char *missing = NULL;
    const enum status status = find_missing(&sweep, &missing);
    assert_true((status == STATUS_OK) == (missing != NULL));
    free(missing);
    free(path);
    return status;
}

static void a_link_that_leads_nowhere_is_refused_before_the_training(void **state)
{
    (void)state;
    assert_int_equal(symlink("none.h5", scratch_path("link.h5")), 0);
    CHECK_FAILS(find_missing_in("link.h5"), STATUS_INPUT, "link.h5: a link that leads nowhere");
}

static void the_folder_is_made_when_a_model_is_missing(void **state)
{
    char identity[] = "0";
    char *const path = strdup(scratch_path("folder/m.h5"));
    struct model_spec models[] = {model_at(path, identity, true)};
    const struct sweep sweep = {.n_models = 1, .models = models};
    unsigned char missing = 0;
    struct stat info;
    (void)state;
    CHECK_OK(trained_models_make_folders(&sweep, &missing, &error));
    assert_int_not_equal(stat(scratch_path("folder"), &info), 0);
    missing = 1;
    CHECK_OK(trained_models_make_folders(&sweep, &missing, &error));
    CHECK_OK(trained_models_make_folders(&sweep, &missing, &error)); /* again */
    assert_int_equal(stat(scratch_path("folder"), &info), 0);
    assert_true(S_ISDIR(info.st_mode));
    free(path);
}

static void a_folder_that_cannot_be_made_is_told_early(void **state)
{
    (void)state;
    file_write_text(scratch_path("file"), "mine");
    assert_int_equal(symlink("gone", scratch_path("broken")), 0);
    assert_int_equal(mkdir(scratch_path("here"), 0700), 0);
    assert_int_equal(symlink("here", scratch_path("link")), 0);
    CHECK_FAILS(find_missing_in("file/m.h5"), STATUS_IO,
                "file: cannot create the folder: File exists");
    CHECK_FAILS(find_missing_in("broken/m.h5"), STATUS_IO, "broken: cannot create the folder");
    CHECK_FAILS(find_missing_in("none/md/m.h5"), STATUS_IO,
                "none/md: cannot create the folder: No such");
    CHECK_FAILS(find_missing_in("file/md/m.h5"), STATUS_IO, "file/md: cannot create the folder");
    CHECK_OK(find_missing_in("new/m.h5"));
    CHECK_OK(find_missing_in("new//m.h5"));
    CHECK_OK(find_missing_in("here/m.h5"));
    CHECK_OK(find_missing_in("link/m.h5"));
    assert_int_equal(scratch_count(), 4); /* nothing is made */
}

static void a_file_in_the_place_of_the_folder_is_an_error(void **state)
{
    char identity[] = "0";
    const unsigned char missing = 1;
    char *const path = strdup(scratch_path("file/m.h5"));
    struct model_spec models[] = {model_at(path, identity, true)};
    const struct sweep sweep = {.n_models = 1, .models = models};
    (void)state;
    file_write_text(scratch_path("file"), "mine");
    CHECK_FAILS(trained_models_make_folders(&sweep, &missing, &error), STATUS_IO,
                "file: cannot create the folder: File exists");
    free(path);
}

int test_trained_models(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_model_is_missing_when_no_file_has_its_name),
        SCRATCH_TEST(a_file_that_is_not_what_its_name_says_is_refused),
        SCRATCH_TEST(a_model_that_rots_is_neither_swept_nor_trained_over),
        SCRATCH_TEST(a_link_that_leads_nowhere_is_refused_before_the_training),
        SCRATCH_TEST(the_folder_is_made_when_a_model_is_missing),
        SCRATCH_TEST(a_folder_that_cannot_be_made_is_told_early),
        SCRATCH_TEST(a_file_in_the_place_of_the_folder_is_an_error),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
