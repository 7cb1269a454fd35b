/* Names of models as short as tells them apart. */
#include "report/names.h"

#include "support/check.h"
#include "support/report_case.h"
#include "support/scratch.h"

#include <stdio.h>

static struct error error;

static struct job_result plain(int case_index, int alpha, int set)
{
    (void)case_index;
    (void)alpha;
    (void)set;
    return effect_job(0.0);
}

static void nothing_is_left_out_that_tells_two_apart(void **state)
{
    (void)state;
    static const char *const labels[] = {"copy-n72-s0-ramp-34bc9890",
                                         "copy-n72-s1-ramp-14f580d0",
                                         "copy-n72-s1-ramp-24f580d0",
                                         "a/net.h5",
                                         "b/net.h5",
                                         "c/other.h5"};
    static const char *const expected[] = {"copy-n72-s0-ramp",
                                           "copy-n72-s1-ramp-14f580d0",
                                           "copy-n72-s1-ramp-24f580d0",
                                           "a/net.h5",
                                           "b/net.h5",
                                           "other"};
    struct study_data data;
    struct short_names names;
    char path[4096];
    const char *paths[] = {path};
    struct sweep sweep = report_sweep(6, 1, 1);
    for (int i = 0; i < 6; i++) {
        set_text(&sweep.models[i].label, labels[i]);
    }
    (void)snprintf(path, sizeof path, "%s", scratch_path("names.h5"));
    report_file(path, &sweep, plain, NULL);
    sweep_release(&sweep);
    CHECK_OK(study_data_read(&data, paths, 1, NULL, &error));
    CHECK_OK(short_names_create(&names, &data, &error));
    for (int i = 0; i < 6; i++) {
        assert_string_equal(names.of[i], expected[i]);
    }
    short_names_release(&names);
    study_data_release(&data);
}

int test_names(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(nothing_is_left_out_that_tells_two_apart),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
