#include "driver/progress.h"

#include "support/check.h"
#include "support/samples.h"

#include <stdlib.h>

static struct error error;
static struct sweep sweep;
static struct progress progress;
static FILE *stream;
static char *text; /* what the stream has received */
static size_t size;

static int open_stream(void **state)
{
    (void)state;
    sweep = sample_sweep(3, 1, 1);
    stream = open_memstream(&text, &size);
    return stream != NULL ? 0 : -1;
}

static int close_stream(void **state)
{
    (void)state;
    (void)fclose(stream);
    free(text);
    text = NULL;
    progress_release(&progress);
    sweep_release(&sweep);
    return 0;
}

static void begin(enum progress_style style, const struct queue_counts *counts, double now)
{
    CHECK_OK(progress_begin(&progress, stream, style, 4, &sweep, counts, now, &error));
}

static struct queue_counts some_counts(int64_t n_done, int64_t n_failed)
{
    return (struct queue_counts){
        .n_jobs = 200, .n_done = n_done, .n_failed = n_failed, .n_busy = 3};
}

/* Everything that was shown so far. */
static const char *all_text(void)
{
    (void)fflush(stream);
    return text;
}

/* ---- durations ----------------------------------------------------------------------------------
 */

static void check_duration(double seconds, const char *expected)
{
    char duration[32];
    progress_duration(seconds, duration, sizeof duration);
    assert_string_equal(duration, expected);
}

static void a_duration_is_as_long_as_it_needs(void **state)
{
    (void)state;
    check_duration(0.0, "0.0 s");
    check_duration(12.34, "12.3 s");
    check_duration(59.9, "59.9 s");
    check_duration(59.97, "1 min 00 s");
    check_duration(60.0, "1 min 00 s");
    check_duration(200.4, "3 min 20 s");
    check_duration(3599.0, "59 min 59 s");
    check_duration(3599.7, "1 h 00 min");
    check_duration(3600.0, "1 h 00 min");
    check_duration(3720.0, "1 h 02 min");
    check_duration(360000.0, "100 h 00 min");
}

static void an_unknown_duration_is_a_question_mark(void **state)
{
    (void)state;
    check_duration(NAN, "?");
    check_duration(INFINITY, "?");
    check_duration(-INFINITY, "?");
    check_duration(-1.0, "?");
}

/* ---- styles -------------------------------------------------------------------------------------
 */

static void no_style_shows_nothing(void **state)
{
    (void)state;
    const struct queue_counts counts = some_counts(10, 1);
    begin(PROGRESS_NONE, &counts, 0.0);
    progress_update(&progress, &counts, 1000.0);
    progress_end(&progress, &counts, 2000.0);
    assert_string_equal(all_text(), "");
}

static void beginning_shows_nothing(void **state)
{
    (void)state;
    const struct queue_counts counts = some_counts(0, 0);
    begin(PROGRESS_BAR, &counts, 0.0);
    assert_string_equal(all_text(), "");
}

static int count_of(const char *part)
{
    int count = 0;
    for (const char *at = strstr(all_text(), part); at != NULL; at = strstr(at + 1, part)) {
        count++;
    }
    return count;
}

static void lines_come_every_five_seconds(void **state)
{
    (void)state;
    const struct queue_counts counts = some_counts(0, 0);
    begin(PROGRESS_LINES, &counts, 100.0);
    for (int i = 0; i <= 160; i++) { /* 16 seconds */
        progress_update(&progress, &counts, 100.0 + 0.1 * i);
    }
    assert_int_equal(count_of("\n"), 3);
    assert_int_equal(count_of("\r"), 0);
    assert_int_equal(count_of("\033"), 0);
}

static void a_bar_comes_ten_times_a_second(void **state)
{
    (void)state;
    const struct queue_counts counts = some_counts(0, 0);
    begin(PROGRESS_BAR, &counts, 100.0);
    for (int i = 0; i < 1024; i++) {
        progress_update(&progress, &counts, 100.0 + i / 512.0);
    }
    assert_in_range(count_of("\r"), 18, 20);
    assert_int_equal(count_of("\n"), 0);
}

static void a_line_tells_share_rate_and_rest(void **state)
{
    (void)state;
    struct queue_counts counts = some_counts(40, 0); /* found by the scan: no work of ours */
    begin(PROGRESS_LINES, &counts, 0.0);
    counts.n_done = 100;
    progress_update(&progress, &counts, 30.0);
    assert_string_equal(all_text(), " 50%  100/200 jobs, 2.0 jobs/s, 50.0 s left, 3/4 busy\n");
}

static void failed_jobs_are_told_when_there_are_some(void **state)
{
    (void)state;
    struct queue_counts counts = some_counts(0, 0);
    begin(PROGRESS_LINES, &counts, 0.0);
    counts = some_counts(98, 2);
    progress_update(&progress, &counts, 10.0);
    assert_string_equal(all_text(),
                        " 50%  100/200 jobs, 10.0 jobs/s, 10.0 s left, 3/4 busy, 2 failed\n");
}

static void before_the_first_job_the_rest_is_unknown(void **state)
{
    (void)state;
    const struct queue_counts counts = some_counts(0, 0);
    begin(PROGRESS_LINES, &counts, 0.0);
    progress_update(&progress, &counts, 5.0);
    assert_string_equal(all_text(), "  0%  0/200 jobs, 0.0 jobs/s, ? left, 3/4 busy\n");
}

static void a_bar_fills_from_the_left(void **state)
{
    (void)state;
    static const int64_t DONE[] = {0, 50, 100, 199, 200};
    static const char *const BARS[] = {
        "\r[------------------------]", "\r[######------------------]",
        "\r[############------------]", "\r[#######################-]",
        "\r[########################]"};
    struct queue_counts counts = some_counts(0, 0);
    begin(PROGRESS_BAR, &counts, 0.0);
    for (int i = 0; i < 5; i++) {
        counts.n_done = DONE[i];
        progress_update(&progress, &counts, 1.0 + i);
        assert_int_equal(count_of(BARS[i]), 1);
        assert_int_equal(count_of("\033[K"), i + 1);
    }
}

static void without_jobs_the_share_is_whole(void **state)
{
    (void)state;
    const struct queue_counts counts = {.n_jobs = 0};
    begin(PROGRESS_LINES, &counts, 0.0);
    progress_update(&progress, &counts, 5.0);
    assert_ptr_equal(strstr(all_text(), "100%  0/0 jobs"), text);
}

/* ---- the end ------------------------------------------------------------------------------------
 */

static void the_end_tells_what_this_run_did(void **state)
{
    (void)state;
    struct queue_counts counts = some_counts(40, 0);
    begin(PROGRESS_LINES, &counts, 0.0);
    counts = some_counts(197, 3);
    progress_end(&progress, &counts, 80.0);
    assert_string_equal(all_text(), "160 jobs in 1 min 20 s, 197 of 200 done, 3 failed\n");
}

static void the_end_of_a_bar_clears_its_line(void **state)
{
    (void)state;
    struct queue_counts counts = some_counts(0, 0);
    begin(PROGRESS_BAR, &counts, 0.0);
    counts.n_done = 200;
    progress_end(&progress, &counts, 2.5);
    assert_string_equal(all_text(), "\r200 jobs in 2.5 s, 200 of 200 done\033[K\n");
}

/* ---- trainings ----------------------------------------------------------------------------------
 */

static void tell(int64_t unit, int step, int model)
{
    const struct training_progress training = {unit, step, 2500, 0.03125};
    progress_training(&progress, &training, model);
}

static void a_training_is_told_by_its_name(void **state)
{
    (void)state;
    struct queue_counts counts = some_counts(0, 0);
    counts.n_models = 3;
    begin(PROGRESS_LINES, &counts, 0.0);
    tell(7, 100, 1);
    tell(7, 1200, 1); /* replaces the older news */
    progress_update(&progress, &counts, 5.0);
    assert_int_equal(count_of(", models 0/3, step 1200/2500 loss 0.0312 of m1.h5\n"), 1);
    counts.n_trained = 1;
    counts.n_diverged = 1;
    progress_training_ended(&progress, 7);
    progress_update(&progress, &counts, 10.0);
    assert_int_equal(count_of(", models 2/3\n"), 1);
}

/* For programs: the same names whatever there is, a line each second. */
static void json_has_a_line_each_second(void **state)
{
    (void)state;
    struct queue_counts counts = some_counts(0, 0);
    begin(PROGRESS_JSON, &counts, 0.0);
    counts.n_models = 3;
    tell(7, 1200, 1);
    progress_update(&progress, &counts, 0.9);
    progress_update(&progress, &counts, 1.0);
    progress_update(&progress, &counts, 1.9);
    assert_string_equal(
        all_text(),
        "{\"end\": false, \"elapsed\": 1, \"jobs\": 200, \"done\": 0, \"failed\": 0, \"rate\": 0, "
        "\"remaining\": null, \"workers\": 4, \"busy\": 3, \"models\": {\"to_train\": 3, "
        "\"trained\": 0, \"failed\": 0}, \"training\": {\"model\": \"m1.h5\", \"step\": 1200, "
        "\"steps\": 2500, \"loss\": 0.03125}}\n");
    progress_training_ended(&progress, 7);
    counts.n_done = 200;
    progress_end(&progress, &counts, 4.0);
    assert_int_equal(count_of("{\"end\": true, \"elapsed\": 4, \"jobs\": 200, \"done\": 200, "), 1);
    assert_int_equal(count_of("\"training\": null}\n"), 1);
}

/* One that is wider than the window would leave a line each time it is replaced. */
static void a_bar_is_narrower_than_the_window(void **state)
{
    (void)state;
    struct queue_counts counts = some_counts(0, 0);
    counts.n_models = 3;
    begin(PROGRESS_BAR, &counts, 0.0);
    tell(7, 1200, 1);
    (void)setenv("COLUMNS", "60", 1);
    progress_update(&progress, &counts, 5.0);
    (void)unsetenv("COLUMNS");
    assert_string_equal(all_text(), "\r[------------------------] 0/200 jobs, models 0/3, step 120"
                                    "\033[K");
}

static void a_name_in_the_bar_commands_nothing(void **state)
{
    (void)state;
    struct queue_counts counts = some_counts(0, 0);
    char *const label = sweep.models[1].label;
    counts.n_models = 3;
    begin(PROGRESS_LINES, &counts, 0.0);
    tell(7, 1200, 1);
    label[0] = '\033';
    label[1] = '\n';
    progress_update(&progress, &counts, 5.0);
    assert_int_equal(count_of("of ??.h5\n"), 1);
}

static void progress_of_several_trainings_are_kept_apart(void **state)
{
    (void)state;
    struct queue_counts counts = some_counts(0, 0);
    counts.n_models = 3;
    begin(PROGRESS_LINES, &counts, 0.0);
    tell(0, 10, 0);
    tell(1, 20, 1);
    tell(2, 30, 2);
    tell(5, 99, -1); /* no training at all */
    progress_training_ended(&progress, 8);
    progress_training_ended(&progress, 0);
    assert_int_equal(progress.n_trainings, 2);
    progress_training_ended(&progress, 2);
    progress_update(&progress, &counts, 5.0);
    assert_int_equal(count_of("step 20/2500 loss 0.0312 of m1.h5"), 1);
    progress_training_ended(&progress, 1);
    assert_int_equal(progress.n_trainings, 0);
}

static void more_trainings_than_places_are_ignored(void **state)
{
    (void)state;
    const struct queue_counts counts = some_counts(0, 0);
    begin(PROGRESS_LINES, &counts, 0.0);
    for (int64_t unit = 0; unit < PROGRESS_MAX_TRAININGS + 3; unit++) {
        tell(unit, 1, 0);
    }
    assert_int_equal(progress.n_trainings, PROGRESS_MAX_TRAININGS);
}

static void the_end_tells_how_many_models_were_trained(void **state)
{
    (void)state;
    struct queue_counts counts = some_counts(0, 0);
    begin(PROGRESS_LINES, &counts, 0.0);
    counts = some_counts(200, 0);
    counts.n_models = 3;
    counts.n_trained = 3;
    progress_end(&progress, &counts, 4.0);
    assert_string_equal(all_text(), "200 jobs in 4.0 s, 200 of 200 done, 3 models trained\n");
}

#define PROGRESS_TEST(function) cmocka_unit_test_setup_teardown(function, open_stream, close_stream)

int test_progress(void)
{
    const struct CMUnitTest tests[] = {
        PROGRESS_TEST(a_duration_is_as_long_as_it_needs),
        PROGRESS_TEST(an_unknown_duration_is_a_question_mark),
        PROGRESS_TEST(no_style_shows_nothing),
        PROGRESS_TEST(beginning_shows_nothing),
        PROGRESS_TEST(lines_come_every_five_seconds),
        PROGRESS_TEST(a_bar_comes_ten_times_a_second),
        PROGRESS_TEST(a_line_tells_share_rate_and_rest),
        PROGRESS_TEST(failed_jobs_are_told_when_there_are_some),
        PROGRESS_TEST(before_the_first_job_the_rest_is_unknown),
        PROGRESS_TEST(a_bar_fills_from_the_left),
        PROGRESS_TEST(without_jobs_the_share_is_whole),
        PROGRESS_TEST(the_end_tells_what_this_run_did),
        PROGRESS_TEST(the_end_of_a_bar_clears_its_line),
        PROGRESS_TEST(a_training_is_told_by_its_name),
        PROGRESS_TEST(json_has_a_line_each_second),
        PROGRESS_TEST(a_bar_is_narrower_than_the_window),
        PROGRESS_TEST(a_name_in_the_bar_commands_nothing),
        PROGRESS_TEST(progress_of_several_trainings_are_kept_apart),
        PROGRESS_TEST(more_trainings_than_places_are_ignored),
        PROGRESS_TEST(the_end_tells_how_many_models_were_trained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
