/* Short names of models, and models by them. */
#include "cli/model_names.h"

#include "support/check.h"

enum { MOST = 8 };

static struct error error;
static struct model_names names;

#define NAMES(...)                                                                                 \
    static const char *const labels[] = {__VA_ARGS__};                                             \
    enum { N = sizeof labels / sizeof labels[0] };                                                 \
    CHECK_OK(model_names_create(&names, labels, N, &error))

static int release(void **state)
{
    (void)state;
    model_names_release(&names);
    return 0;
}

static void a_name_has_no_folder_and_no_hash(void **state)
{
    (void)state;
    NAMES("lab/a.h5", "b.h5", "copy-cayley-n72-s0-ramp-34bc9890", "x-12345", "-34bc9890", "d/");
    assert_string_equal(names.names[0], "a.h5");
    assert_string_equal(names.names[1], "b.h5");
    assert_string_equal(names.names[2], "copy-cayley-n72-s0-ramp");
    assert_string_equal(names.names[3], "x-12345");
    assert_string_equal(names.names[4], "-34bc9890");
    assert_string_equal(names.names[5], "d/");
}

static void names_tell_models_apart(void **state)
{
    (void)state;
    NAMES("lab/a.h5", "home/a.h5", "sine-n64-s0-34bc9890", "sine-n64-s0-00000000", "b.h5");
    for (int i = 0; i < 4; i++) {
        assert_string_equal(names.names[i], labels[i]);
    }
    assert_string_equal(names.names[4], "b.h5");
}

static void a_model_on_several_tasks_is_one(void **state)
{
    (void)state;
    unsigned char wanted[MOST] = {0};
    NAMES("lab/a.h5", "lab/a.h5", "lab/b.h5");
    assert_string_equal(names.names[0], "a.h5");
    CHECK_OK(model_names_find(&names, "show", "a.h5", wanted, &error));
    assert_int_equal(wanted[0] + wanted[1], 2);
    assert_int_equal(wanted[2], 0);
}

static void check_found(const char *word, int expected)
{
    unsigned char wanted[MOST] = {0};
    CHECK_OK(model_names_find(&names, "show", word, wanted, &error));
    for (int i = 0; i < names.n; i++) {
        assert_int_equal(wanted[i], i == expected);
    }
}

static void check_refused(const char *word, const char *part)
{
    unsigned char wanted[MOST] = {0};
    CHECK_FAILS(model_names_find(&names, "show", word, wanted, &error), STATUS_USAGE, part);
}

static void a_model_is_found_by_label_name_and_end(void **state)
{
    (void)state;
    NAMES("lab/mine.h5", "lab/not-mine.h5", "copy-n72-s0-ramp-34bc9890",
          "copy-n72-s1-ramp-11111111");
    check_found("lab/mine.h5", 0);
    check_found("mine.h5", 0); /* its name, though the end of another one too */
    check_found("/mine", 0);
    check_found("not-mine", 1);
    check_found("copy-n72-s1-ramp", 3);
    check_found("s0-ramp", 2);
    check_found("34bc9890", 2);
    check_refused("ramp", "the end of several models, of 'copy-n72-s0-ramp-34bc9890'");
    check_refused("mine", "several");
    check_refused("copy-n72-s3-ramp", "did you mean 'copy-n72-s0-ramp'?");
    check_refused("zzzzzzzzzzzzzzzz", "among 4 cases, e.g. 'mine.h5'");
    check_refused("copy", "no model 'copy'");
}

int test_model_names(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_name_has_no_folder_and_no_hash, release),
        cmocka_unit_test_teardown(names_tell_models_apart, release),
        cmocka_unit_test_teardown(a_model_on_several_tasks_is_one, release),
        cmocka_unit_test_teardown(a_model_is_found_by_label_name_and_end, release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
