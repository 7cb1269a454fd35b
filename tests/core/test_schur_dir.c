#include "core/schur_dir.h"

#include "support/check.h"

static struct error error;

static void forms_lie_beside_their_results(void **state)
{
    (void)state;
    char folder[SCHUR_DIR_PATH];
    char path[SCHUR_DIR_PATH];
    CHECK_OK(schur_dir_folder("out/a.h5", folder, &error));
    assert_string_equal(folder, "out/a.schur");
    CHECK_OK(schur_dir_file(folder, "lab/b.h5", "0123", path, &error));
    assert_string_equal(path, "out/a.schur/lab_b.h5-0123.h5");
}

static void a_label_is_cut_at_its_beginning(void **state)
{
    (void)state;
    char path[SCHUR_DIR_PATH];
    char label[400];
    memset(label, 'x', sizeof label);
    memcpy(label + sizeof label - 4, "end", 4);
    CHECK_OK(schur_dir_file("f", label, "0123", path, &error));
    assert_int_equal(strlen(path), strlen("f/") + 150 + strlen("-0123.h5"));
    assert_string_equal(path + strlen(path) - 11, "end-0123.h5");
}

static void a_path_that_is_too_long_is_refused(void **state)
{
    (void)state;
    char path[SCHUR_DIR_PATH];
    char output[SCHUR_DIR_PATH];
    memset(output, 'x', sizeof output);
    output[sizeof output - 1] = '\0';
    CHECK_FAILS(schur_dir_folder(output, path, &error), STATUS_IO, "path too long");
    CHECK_FAILS(schur_dir_file(output, "a", "0", path, &error), STATUS_IO, "path too long");
}

static void kept_forms_are_known_by_their_folder(void **state)
{
    (void)state;
    static const char *const KEPT[] = {"a.schur/x.h5", "out/a.schur/x.h5", "/o/a.schur.1/x.h5",
                                       "a.schur.23/x"};
    static const char *const OTHER[] = {"a.schur",         "x.h5",        "a.schur/b/x.h5",
                                        "schur/x.h5",      ".schur/x.h5", "o/.schur/x.h5",
                                        "a.schur.x1/x.h5", "a.schur./x",  "a.schurs/x.h5",
                                        "1/x.h5",          "/x.h5",       "a.1/x.h5"};
    for (size_t i = 0; i < sizeof KEPT / sizeof *KEPT; i++) {
        assert_true(schur_dir_contains(KEPT[i]));
    }
    for (size_t i = 0; i < sizeof OTHER / sizeof *OTHER; i++) {
        assert_false(schur_dir_contains(OTHER[i]));
    }
}

int test_schur_dir(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_lie_beside_their_results),
        cmocka_unit_test(a_label_is_cut_at_its_beginning),
        cmocka_unit_test(a_path_that_is_too_long_is_refused),
        cmocka_unit_test(kept_forms_are_known_by_their_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
