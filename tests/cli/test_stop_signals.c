/* Every wish is noted in a child of the test: it stays for the life of a process. */
#include "cli/stop_signals.h"

#include "cli/run_limits.h"
#include "core/clock.h"
#include "driver/driver.h"
#include "support/check.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct error error;

/* Sends the signals to a process that listens; it tells the wish by its exit code. */
static void check_wish(const int *signals, int n_signals, enum stop_kind kind, const char *reason)
{
    int status = 0;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        stop_signals_install();
        for (int i = 0; i < n_signals; i++) {
            (void)raise(signals[i]);
        }
        const struct stop_source source = stop_signals_source();
        const struct stop_wish wish = stop_ask(&source);
        _exit(wish.kind == kind && strcmp(wish.reason, reason) == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void without_a_signal_there_is_no_wish(void **state)
{
    (void)state;
    const struct stop_source nobody = {0};
    check_wish(NULL, 0, STOP_NEVER, "");
    assert_int_equal(stop_ask(&nobody).kind, STOP_NEVER);
    assert_false(stop_is_urgent(&nobody));
}

static void every_signal_has_its_urgency_and_its_name(void **state)
{
    (void)state;
    check_wish((int[]){SIGUSR1}, 1, STOP_AFTER_UNIT, "SIGUSR1");
    check_wish((int[]){SIGUSR2}, 1, STOP_NOW, "SIGUSR2");
    check_wish((int[]){SIGTERM}, 1, STOP_NOW, "SIGTERM");
    check_wish((int[]){SIGINT}, 1, STOP_NOW, "SIGINT");
}

static void a_signal_may_come_again_and_again(void **state)
{
    (void)state;
    check_wish((int[]){SIGUSR1, SIGUSR1, SIGUSR1}, 3, STOP_AFTER_UNIT, "SIGUSR1");
    check_wish((int[]){SIGTERM, SIGTERM}, 2, STOP_NOW, "SIGTERM");
}

/* A second one is meant, seconds later: what a launcher sends twice comes at once. Where all work
 * is done it is mpirun's, which another rank has left before: nothing is said, and the code stays.
 */
static void who_asks_again_ends_the_process(void **state)
{
    (void)state;
    static const struct timespec pause = {.tv_sec = 2, .tv_nsec = 100000000};
    static const struct {
        int first;
        int second;
        int code_at_end; /* -1: in the middle of the work */
        int code;
        bool is_told;
    } cases[] = {{SIGTERM, SIGTERM, -1, STATUS_STOPPED, true},
                 {SIGINT, SIGTERM, -1, STATUS_STOPPED, true},
                 {SIGUSR2, SIGTERM, -1, 1, false},
                 {SIGTERM, SIGTERM, STATUS_JOBS_FAILED, STATUS_JOBS_FAILED, false},
                 {SIGUSR1, SIGTERM, STATUS_JOBS_FAILED, 1, false}};
    enum { N_CASES = sizeof cases / sizeof cases[0] };
    pid_t children[N_CASES];
    int told[N_CASES][2];
    for (int i = 0; i < N_CASES; i++) {
        assert_int_equal(pipe(told[i]), 0);
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            (void)dup2(told[i][1], STDERR_FILENO);
            stop_signals_install();
            (void)raise(cases[i].first);
            if (cases[i].code_at_end >= 0) {
                stop_signals_leave(cases[i].code_at_end);
            }
            (void)nanosleep(&pause, NULL);
            (void)raise(cases[i].second);
            _exit(1);
        }
        (void)close(told[i][1]);
    }
    for (int i = 0; i < N_CASES; i++) {
        int status = 0;
        char byte = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), cases[i].code);
        assert_int_equal(read(told[i][0], &byte, 1), cases[i].is_told);
        (void)close(told[i][0]);
    }
}

static void the_most_urgent_wish_stays(void **state)
{
    (void)state;
    check_wish((int[]){SIGUSR1, SIGTERM}, 2, STOP_NOW, "SIGTERM");
    check_wish((int[]){SIGINT, SIGUSR1}, 2, STOP_NOW, "SIGINT");
    check_wish((int[]){SIGTERM, SIGINT}, 2, STOP_NOW, "SIGTERM"); /* the first of its kind */
}

/* A read that the signal interrupts goes on: for MPI-IO an EINTR is an error. */
static void a_system_call_in_progress_goes_on(void **state)
{
    (void)state;
    int pipes[2];
    int status = 0;
    assert_int_equal(pipe(pipes), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char byte = 0;
        stop_signals_install();
        _exit(read(pipes[0], &byte, 1) == 1 ? 0 : errno);
    }
    for (int i = 0; i < 20; i++) {
        const struct timespec time = {0, 10 * 1000 * 1000};
        (void)nanosleep(&time, NULL);
        if (i > 10) { /* it has installed its handlers by then */
            assert_int_equal(kill(child, i % 2 == 0 ? SIGUSR1 : SIGUSR2), 0);
        }
    }
    assert_int_equal(write(pipes[1], "x", 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    (void)close(pipes[0]);
    (void)close(pipes[1]);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- the limits that go with them ---------------------------------------------------------------
 */

static struct run_limits limits;

static void read_limits(const char *time_limit, const char *stall_timeout)
{
    const struct run_limit_options options = {time_limit, stall_timeout};
    CHECK_OK(run_limits_read(&limits, &options, &error));
}

static void the_end_of_the_time_is_an_urgent_wish(void **state)
{
    (void)state;
    (void)unsetenv("SLURM_JOB_END_TIME");
    read_limits("1h", NULL);
    CHECK_NEAR(limits.end_time, clock_seconds() + 3600.0, 5.0);
    assert_int_equal(stop_ask(&limits.stop).kind, STOP_NEVER);
    limits.end_time = clock_seconds(); /* an hour later */
    assert_int_equal(stop_ask(&limits.stop).kind, STOP_NOW);
    assert_string_equal(stop_ask(&limits.stop).reason, "time limit");
    read_limits(NULL, NULL);
    assert_true(isinf(limits.end_time));
    assert_int_equal(stop_ask(&limits.stop).kind, STOP_NEVER);
}

static void the_end_of_the_slurm_job_counts_unless_another_is_given(void **state)
{
    (void)state;
    char text[32];
    (void)snprintf(text, sizeof text, "%lld", (long long)time(NULL) + 1000);
    (void)setenv("SLURM_JOB_END_TIME", text, 1);
    read_limits(NULL, NULL);
    CHECK_NEAR(limits.end_time, clock_seconds() + 1000.0, 5.0);
    assert_string_equal(limits.end_source, "time limit of SLURM_JOB_END_TIME");
    read_limits("UNLIMITED", NULL);
    assert_true(isinf(limits.end_time));
    static const char *const NONSENSE[] = {"", "soon", "-5", "0", "12x"};
    for (size_t i = 0; i < sizeof NONSENSE / sizeof NONSENSE[0]; i++) {
        (void)setenv("SLURM_JOB_END_TIME", NONSENSE[i], 1);
        read_limits(NULL, NULL);
        assert_true(isinf(limits.end_time));
    }
    for (int past = 1; past <= 86400; past *= 60) { /* of a job that this process has outlived */
        (void)snprintf(text, sizeof text, "%lld", (long long)time(NULL) - past);
        (void)setenv("SLURM_JOB_END_TIME", text, 1);
        read_limits(NULL, NULL);
        assert_true(isinf(limits.end_time));
    }
    (void)unsetenv("SLURM_JOB_END_TIME");
}

static double stall_timeout(const char *given, int n_hidden)
{
    read_limits(NULL, given);
    return run_limits_stall_timeout(&limits, n_hidden);
}

/* The form of a wide network: 31 n^3 operations, 10^9 a second. */
static void timeout_is_an_hour_and_a_wide_form_unless_told(void **state)
{
    (void)state;
    CHECK_NEAR(stall_timeout(NULL, 64), 3600.0, 0.01);
    CHECK_NEAR(stall_timeout(NULL, 4096), 3600.0 + 31.0 * 68.72, 1.0);
    assert_true(isfinite(stall_timeout(NULL, 65536)));
    CHECK_SAME(stall_timeout("90s", 64), 90.0);
    CHECK_SAME(stall_timeout("90s", 16384), 90.0);
    assert_true(isinf(stall_timeout("0s", 16384)));
}

static void a_limit_that_is_no_duration_is_a_wrong_command_line(void **state)
{
    (void)state;
    const struct run_limit_options bad_limit = {"soon", NULL};
    const struct run_limit_options bad_timeout = {NULL, "never"};
    CHECK_FAILS(run_limits_read(&limits, &bad_limit, &error), STATUS_USAGE, "--time-limit: 'soon'");
    CHECK_FAILS(run_limits_read(&limits, &bad_timeout, &error), STATUS_USAGE,
                "--stall-timeout: 'never'");
}

static void a_limit_in_which_nothing_can_be_done_is_refused(void **state)
{
    (void)state;
    static const char *const SHORT[] = {"1s", "2s", "3s", "00:00:03"};
    for (size_t i = 0; i < sizeof SHORT / sizeof SHORT[0]; i++) {
        const struct run_limit_options options = {SHORT[i], NULL};
        CHECK_FAILS(run_limits_read(&limits, &options, &error), STATUS_USAGE,
                    "leaves no time to begin anything, expected more than 3s");
    }
    read_limits("0s", NULL); /* means that nothing is to be begun */
    CHECK_OK(run_limits_check(&limits, &error));
    read_limits("10s", NULL);
    CHECK_OK(run_limits_check(&limits, &error));
    limits.begin_time -= 7.5; /* what the start has taken */
    limits.end_time -= 7.5;
    CHECK_FAILS(run_limits_check(&limits, &error), STATUS_USAGE, "expected more than 11s");
    (void)setenv("SLURM_JOB_END_TIME", "1", 1); /* is over: no word of the user's */
    read_limits(NULL, NULL);
    CHECK_OK(run_limits_check(&limits, &error));
    (void)unsetenv("SLURM_JOB_END_TIME");
}

int test_stop_signals(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_signal_there_is_no_wish),
        cmocka_unit_test(every_signal_has_its_urgency_and_its_name),
        cmocka_unit_test(a_signal_may_come_again_and_again),
        cmocka_unit_test(who_asks_again_ends_the_process),
        cmocka_unit_test(the_most_urgent_wish_stays),
        cmocka_unit_test(a_system_call_in_progress_goes_on),
        cmocka_unit_test(the_end_of_the_time_is_an_urgent_wish),
        cmocka_unit_test(the_end_of_the_slurm_job_counts_unless_another_is_given),
        cmocka_unit_test(timeout_is_an_hour_and_a_wide_form_unless_told),
        cmocka_unit_test(a_limit_in_which_nothing_can_be_done_is_refused),
        cmocka_unit_test(a_limit_that_is_no_duration_is_a_wrong_command_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
