/* The job script of `plan --sbatch`: what it asks for, and that every line is filled in. */
#include "cli/batch_script.h"

#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>

enum { MANY = 200 };

static struct error error;
static struct model_spec model; /* of all cases */
static struct case_spec cases[MANY];
static struct case_estimate costs[MANY];
static const unsigned char missing[1];

/* A study of models that are there, `seconds` each. */
static struct batch_request request_of(int n_cases, double seconds, int64_t memory)
{
    const struct sweep sweep = {
        .n_models = 1, .models = &model, .n_cases = n_cases, .cases = cases};
    const struct estimate estimate = {
        .cases = costs, .seconds = n_cases * seconds, .worker_memory = memory};
    for (int i = 0; i < n_cases; i++) {
        cases[i].form.gates = 1;
        costs[i].seconds = seconds;
    }
    return batch_request(&sweep, &estimate, missing, 0);
}

static void a_small_study_gets_a_driver_and_a_worker(void **state)
{
    (void)state;
    const struct batch_request request = request_of(3, 0.5, 1000000);
    assert_int_equal(request.n_tasks, 2);
    assert_int_equal(request.minutes, 10);
    assert_int_equal(request.memory, 512);
}

static void tasks_are_bounded_by_the_cases(void **state)
{
    (void)state;
    assert_int_equal(request_of(3, 1e5, 0).n_tasks, 4);
    assert_int_equal(request_of(1, 1e5, 0).n_tasks, 2);
}

static void an_hour_of_one_core_is_shared(void **state)
{
    (void)state;
    assert_int_equal(request_of(145, 3600.0 / 145, 0).n_tasks, 7);
    assert_int_equal(request_of(145, 590.0 / 145, 0).n_tasks, 2);
}

static void tasks_are_bounded_by_64(void **state)
{
    (void)state;
    assert_int_equal(request_of(MANY, 1e5, 0).n_tasks, 64);
}

static void the_time_has_a_margin_over_the_work_and_the_longest_case(void **state)
{
    (void)state;
    for (int n_cases = 1; n_cases <= MANY; n_cases += 13) {
        for (int exponent = -6; exponent < 20; exponent++) {
            const double seconds = ldexp(1.1, exponent);
            const struct batch_request request = request_of(n_cases, seconds, 0);
            const double workers = request.n_tasks - 1;
            assert_true(request.minutes * 60.0 >= 1.5 * n_cases * seconds / workers);
            assert_true(request.minutes * 60.0 >= 1.5 * seconds);
            assert_int_equal(request.minutes % 5, 0);
        }
    }
}

static void training_counts(void **state)
{
    (void)state;
    const struct sweep sweep = {.n_models = 1, .models = &model, .n_cases = 1, .cases = cases};
    const struct estimate estimate = {
        .cases = costs, .seconds = 1.0, .n_missing = 1, .training_seconds = 36000.0};
    costs[0].seconds = 1.0;
    assert_true(batch_request(&sweep, &estimate, missing, 0).minutes >= 900);
}

static void memory_has_a_margin(void **state)
{
    (void)state;
    for (int64_t megabytes = 1; megabytes < 200000; megabytes *= 3) {
        const struct batch_request request = request_of(4, 1.0, megabytes * 1000000);
        assert_true((double)request.memory >= 1.5 * (double)megabytes + 256);
        assert_int_equal(request.memory % 256, 0);
    }
}

static char *script_of(const struct batch_request *request, const char *name, const char *study,
                       const char *program)
{
    char *text = NULL;
    size_t size = 0;
    char *const own_name = strdup(name);
    const struct sweep sweep = {.name = own_name};
    FILE *const stream = open_memstream(&text, &size);
    assert_non_null(stream);
    CHECK_OK(batch_script_write(stream, request, &sweep, study, program, &error));
    assert_int_equal(fclose(stream), 0);
    free(own_name);
    return text;
}

static void check_contains(const char *text, const char *line)
{
    if (strstr(text, line) == NULL) {
        fail_msg("no line '%s' in:\n%s", line, text);
    }
}

static void the_lines_are_filled_in(void **state)
{
    (void)state;
    const struct batch_request request = {.n_tasks = 17, .minutes = 95, .memory = 1280};
    char *const text = script_of(&request, "seeds of/copy", "my study.cfg", NULL);
    check_contains(text, "\n#SBATCH --job-name=seeds-of-copy\n");
    check_contains(text, "\n#SBATCH --ntasks=17\n");
    check_contains(text, "\n#SBATCH --time=01:35:00\n");
    check_contains(text, "\n#SBATCH --mem-per-cpu=1280M\n");
    check_contains(text, "\nstudy=${1:-'my study.cfg'}\n");
    check_contains(text, "\nprogram=${SCHURSWEEP:-'schursweep'}\n");
    free(text);
}

static void days_stand_before_a_dash(void **state)
{
    (void)state;
    const struct batch_request request = {.n_tasks = 2, .minutes = 2 * 24 * 60 + 65, .memory = 512};
    char *const text = script_of(&request, "n", "n.cfg", "/opt/schursweep");
    check_contains(text, "\n#SBATCH --time=2-01:05:00\n");
    check_contains(text, "\nprogram=${SCHURSWEEP:-'/opt/schursweep'}\n");
    free(text);
}

static void a_quote_in_a_path_stays_inside(void **state)
{
    (void)state;
    const struct batch_request request = {.n_tasks = 2, .minutes = 10, .memory = 512};
    char *const text = script_of(&request, "n", "it's.cfg", NULL);
    check_contains(text, "\nstudy=${1:-'it'\\''s.cfg'}\n");
    free(text);
}

/* Without the lines that are filled in, the script is slurm/sweep.sbatch. */
static void all_other_lines_are_those_of_the_template(void **state)
{
    (void)state;
    const struct batch_request request = {.n_tasks = 9, .minutes = 240, .memory = 1024};
    char *const text = script_of(&request, "schursweep", "study.cfg", NULL);
    const char *const common = strstr(BATCH_TEMPLATE, "\n# ---- the same in all scripts");
    assert_non_null(common);
    assert_string_equal(strstr(text, "\n# ---- the same in all scripts"), common);
    free(text);
}

int test_batch_script(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_study_gets_a_driver_and_a_worker),
        cmocka_unit_test(tasks_are_bounded_by_the_cases),
        cmocka_unit_test(an_hour_of_one_core_is_shared),
        cmocka_unit_test(tasks_are_bounded_by_64),
        cmocka_unit_test(the_time_has_a_margin_over_the_work_and_the_longest_case),
        cmocka_unit_test(training_counts),
        cmocka_unit_test(memory_has_a_margin),
        cmocka_unit_test(the_lines_are_filled_in),
        cmocka_unit_test(days_stand_before_a_dash),
        cmocka_unit_test(a_quote_in_a_path_stays_inside),
        cmocka_unit_test(all_other_lines_are_those_of_the_template),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
