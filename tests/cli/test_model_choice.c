/* Models by label, name and end. */
#include "cli/model_choice.h"

#include "support/check.h"

enum { MOST = 8 };

static struct error error;
static const struct model_words *models;

static void check_found(const char *word, int expected)
{
    unsigned char wanted[MOST] = {0};
    CHECK_OK(model_choose(models, "show", word, wanted, &error));
    for (int i = 0; i < models->n; i++) {
        assert_int_equal(wanted[i], i == expected);
    }
}

static void check_refused(const char *word, const char *part)
{
    unsigned char wanted[MOST] = {0};
    CHECK_FAILS(model_choose(models, "show", word, wanted, &error), STATUS_USAGE, part);
}

static void a_model_is_found_by_label_name_and_end(void **state)
{
    (void)state;
    static const char *const labels[] = {"lab/mine.h5", "lab/not-mine.h5",
                                         "copy-n72-s0-ramp-34bc9890", "copy-n72-s1-ramp-11111111"};
    static char names[][24] = {"mine", "not-mine", "copy-n72-s0-ramp", "copy-n72-s1-ramp"};
    const char *const pointers[] = {names[0], names[1], names[2], names[3]};
    const struct model_words words = {labels, pointers, 4};
    models = &words;
    check_found("lab/mine.h5", 0);
    check_found("mine", 0); /* its name, though the end of another one too */
    check_found("/mine.h5", 0);
    check_found("/mine", 0);
    check_found("not-mine", 1);
    check_found("not-mine.h5", 1);
    check_found("copy-n72-s1-ramp", 3);
    check_found("s0-ramp", 2);
    check_found("34bc9890", 2);
    check_refused("ramp", "the end of several models, of 'copy-n72-s0-ramp-34bc9890'");
    check_refused("mine.h5", "several");
    check_refused("copy-n72-s3-ramp", "did you mean 'copy-n72-s0-ramp'?");
    check_refused("zzzzzzzzzzzzzzzz", "among 4 cases, e.g. 'mine'");
    check_refused("copy", "no model 'copy'");
}

static void a_model_on_several_tasks_is_one(void **state)
{
    (void)state;
    static const char *const labels[] = {"lab/a.h5", "lab/a.h5", "lab/b.h5"};
    static char a[] = "a", b[] = "b";
    const char *const pointers[] = {a, a, b};
    const struct model_words words = {labels, pointers, 3};
    unsigned char wanted[MOST] = {0};
    CHECK_OK(model_choose(&words, "show", "a.h5", wanted, &error));
    assert_int_equal(wanted[0] + wanted[1], 2);
    assert_int_equal(wanted[2], 0);
}

int test_model_choice(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_is_found_by_label_name_and_end),
        cmocka_unit_test(a_model_on_several_tasks_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
