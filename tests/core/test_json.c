#include "core/json.h"

#include "support/check.h"
#include "support/written.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static void check_real(double value, const char *expected)
{
    char text[JSON_REAL_SIZE];
    real_text(value, text);
    assert_string_equal(text, expected);
}

static void numbers_are_short_and_read_back(void **state)
{
    (void)state;
    check_real(0.1, "0.1");
    check_real(-2.0, "-2");
    check_real(1e22, "1e+22");
    check_real(0.1 + 0.2, "0.30000000000000004");
    const double awkward[] = {1.0 / 3, 5e-324, DBL_MIN, DBL_MAX, -0.0, 1e-7, 123456789.123456789};
    for (size_t i = 0; i < sizeof awkward / sizeof awkward[0]; i++) {
        char text[JSON_REAL_SIZE];
        real_text(awkward[i], text);
        CHECK_SAME(strtod(text, NULL), awkward[i]);
    }
}

static void fill(struct json *json)
{
    json_object(json, NULL);
    json_text(json, "name", "a \"b\" \\ \n\x7f \xc3\xa9");
    json_text(json, "latin", "\xe9");
    json_text(json, "nobody", NULL);
    json_array(json, "values");
    json_real(json, NULL, 0.65);
    json_real(json, NULL, NAN);
    json_real(json, NULL, -INFINITY);
    json_integer(json, NULL, INT64_MIN);
    json_end_array(json);
    json_object(json, "empty");
    json_end_object(json);
    json_array(json, "none");
    json_end_array(json);
    json_truth(json, "yes", true);
    json_end_object(json);
}

static void a_value_is_indented_and_ends_its_line(void **state)
{
    (void)state;
    struct written written;
    written_begin(&written);
    struct json json = {.stream = written.stream};
    fill(&json);
    written_check(&written, "{\n"
                            "  \"name\": \"a \\\"b\\\" \\\\ \\u000a\\u007f \xc3\xa9\",\n"
                            "  \"latin\": null,\n"
                            "  \"nobody\": null,\n"
                            "  \"values\": [\n"
                            "    0.65,\n"
                            "    null,\n"
                            "    null,\n"
                            "    -9223372036854775808\n"
                            "  ],\n"
                            "  \"empty\": {},\n"
                            "  \"none\": [],\n"
                            "  \"yes\": true\n"
                            "}\n");
}

static void values_of_a_stream_take_a_line_each(void **state)
{
    (void)state;
    struct written written;
    written_begin(&written);
    struct json json = {.stream = written.stream, .is_line = true};
    fill(&json);
    json_array(&json, NULL);
    json_null(&json, NULL);
    json_end_array(&json);
    written_check(&written,
                  "{\"name\": \"a \\\"b\\\" \\\\ \\u000a\\u007f \xc3\xa9\", \"latin\": null, "
                  "\"nobody\": null, \"values\": [0.65, null, null, "
                  "-9223372036854775808], \"empty\": {}, \"none\": [], \"yes\": true}\n"
                  "[null]\n");
}

int test_json(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_short_and_read_back),
        cmocka_unit_test(a_value_is_indented_and_ends_its_line),
        cmocka_unit_test(values_of_a_stream_take_a_line_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
