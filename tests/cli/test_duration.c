#include "cli/duration.h"

#include "support/check.h"

#include <stdio.h>

static struct error error;

struct example {
    const char *text;
    double seconds;
};

static void durations_of_slurm_and_of_people_are_read(void **state)
{
    (void)state;
    static const struct example EXAMPLES[] = {
        {"90s", 90.0},         {"1.5h", 5400.0},       {"30m", 1800.0},
        {"2H", 7200.0},        {"1d", 86400.0},        {"0s", 0.0},
        {".5s", 0.5},          {"30", 1800.0},         {"0", 0.0},
        {"1:30", 90.0},        {"90:00", 5400.0},      {"1:02:03", 3723.0},
        {"00:00:10", 10.0},    {"2-0", 172800.0},      {"1-12", 129600.0},
        {"1-12:30", 131400.0}, {"1-00:00:01", 86401.0}};
    for (size_t i = 0; i < sizeof EXAMPLES / sizeof EXAMPLES[0]; i++) {
        double seconds = -1.0;
        CHECK_OK(duration_parse("--time-limit", EXAMPLES[i].text, &seconds, &error));
        CHECK_SAME(seconds, EXAMPLES[i].seconds);
    }
}

static void what_slurm_says_of_no_limit_is_no_limit(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"UNLIMITED", "unlimited", "INVALID", "NOT_SET"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        double seconds = 0.0;
        CHECK_OK(duration_parse("--time-limit", TEXTS[i], &seconds, &error));
        assert_true(isinf(seconds) && seconds > 0);
    }
}

static void anything_else_is_a_wrong_command_line(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"",
                                        " ",
                                        "s",
                                        "1x",
                                        "1ss",
                                        "-5s",
                                        "+5s",
                                        "5 s",
                                        "1:2:3:4",
                                        "1:",
                                        ":1",
                                        "1::2",
                                        "1-",
                                        "-1",
                                        "1-2-3",
                                        "1-2:",
                                        "1.5",
                                        "1.5:00",
                                        "1.2.3s",
                                        "1e3s",
                                        "nan",
                                        "inf",
                                        "0x10",
                                        "1,5h",
                                        "1h30m",
                                        "1h30",
                                        "infinity",
                                        "invalid",

                                        "..s",
                                        ".s",
                                        "1:1s",
                                        "1-1d",
                                        "\xc3\xa9\x35",
                                        "1-2-",
                                        "10:-5",
                                        "9999999999999s"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        char message[128];
        double seconds = 0.0;
        (void)snprintf(message, sizeof message, "--stall-timeout: '%s' is no duration", TEXTS[i]);
        CHECK_FAILS(duration_parse("--stall-timeout", TEXTS[i], &seconds, &error), STATUS_USAGE,
                    message);
    }
}

int test_duration(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_of_slurm_and_of_people_are_read),
        cmocka_unit_test(what_slurm_says_of_no_limit_is_no_limit),
        cmocka_unit_test(anything_else_is_a_wrong_command_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
