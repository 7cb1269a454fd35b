/* Crashes happen in children of the test. */
#include "store/crash_mark.h"

#include "support/check.h"
#include "support/scratch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BYTES = 8, PLACE = 4, EARLIER_HANDLER = 42 };

static struct error error;

static void put_bytes(void)
{
    const unsigned char bytes[BYTES] = {7, 7, 7, 7, 0, 0, 7, 7};
    file_write(scratch_path("marks"), bytes, sizeof bytes);
}

/* The byte at PLACE has that value, the one behind it that, and no other has changed. */
static void check_bytes(int crashes, int timeouts)
{
    size_t size = 0;
    unsigned char *const bytes = file_read(scratch_path("marks"), &size);
    assert_int_equal(size, BYTES);
    for (int i = 0; i < BYTES; i++) {
        assert_int_equal(bytes[i], i == PLACE ? crashes : i == PLACE + 1 ? timeouts : 7);
    }
    free(bytes);
}

static const int SIGNALS[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
enum { N_SIGNALS = sizeof SIGNALS / sizeof SIGNALS[0] };

/* cmocka and the sanitizers have handlers of their own. */
static void prepare_child(void (*handler)(int))
{
    const struct rlimit no_core = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &no_core);
    for (int i = 0; i < N_SIGNALS; i++) {
        (void)signal(SIGNALS[i], handler);
    }
}

/* Runs it in a child that had that handler and has begun to mark; its wait status. */
static int in_child_with(void (*handler)(int), void (*action)(int), int number)
{
    int status = 0;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        prepare_child(handler);
        if (crash_mark_begin(scratch_path("marks"), &error) == STATUS_OK) {
            action(number);
        }
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static int in_child(void (*action)(int), int number)
{
    return in_child_with(SIG_DFL, action, number);
}

static void crash_armed(int number)
{
    crash_mark_arm(PLACE, -1);
    (void)raise(number);
}

static void crash_disarmed(int number)
{
    crash_mark_arm(PLACE, -1);
    crash_mark_disarm();
    (void)raise(number);
}

static void crash_after_the_end(int number)
{
    crash_mark_arm(PLACE, -1);
    crash_mark_end();
    crash_mark_end(); /* again: nothing happens */
    (void)raise(number);
}

static void use_all_of_the_stack(int depth)
{
    volatile char block[4096];
    memset((char *)(uintptr_t)block, depth, sizeof block);
    if (depth < 1 << 24) {
        use_all_of_the_stack(depth + 1);
    }
    block[0] = block[1];
}

static void run_out_of_stack(int number)
{
    (void)number;
    crash_mark_arm(PLACE, -1);
    use_all_of_the_stack(0);
}

static int set_up(void **state)
{
    (void)state;
    put_bytes();
    return 0;
}

static void a_crash_adds_one_and_ends_the_process_as_ever(void **state)
{
    (void)state;
    for (int i = 0; i < N_SIGNALS; i++) {
        const int status = in_child(crash_armed, SIGNALS[i]);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGNALS[i]);
        check_bytes(i + 1, 0);
    }
}

static void a_crash_outside_of_a_work_unit_is_nobodys(void **state)
{
    (void)state;
    for (int i = 0; i < N_SIGNALS; i++) {
        assert_int_equal(WTERMSIG(in_child(crash_disarmed, SIGNALS[i])), SIGNALS[i]);
        assert_int_equal(WTERMSIG(in_child(crash_after_the_end, SIGNALS[i])), SIGNALS[i]);
    }
    check_bytes(0, 0);
}

static void a_crash_for_lack_of_stack_counts_too(void **state)
{
    (void)state;
    assert_int_equal(WTERMSIG(in_child(run_out_of_stack, 0)), SIGSEGV);
    check_bytes(1, 0);
}

static void leave(int number)
{
    (void)number;
    _exit(EARLIER_HANDLER);
}

static void a_handler_that_was_there_is_called_afterwards(void **state)
{
    (void)state;
    const int status = in_child_with(leave, crash_armed, SIGFPE);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EARLIER_HANDLER);
    check_bytes(1, 0);
}

static void a_full_count_stays_full(void **state)
{
    (void)state;
    const unsigned char bytes[BYTES] = {7, 7, 7, 7, 254, 0, 7, 7};
    file_write(scratch_path("marks"), bytes, sizeof bytes);
    for (int i = 0; i < 3; i++) {
        (void)in_child(crash_armed, SIGABRT);
        check_bytes(255, 0);
    }
}

/* ---- the watch ----------------------------------------------------------------------------------
 */

static void hang(int number)
{
    (void)number;
    crash_mark_arm(PLACE, -1);
    crash_mark_watch(1);
    while (true) {
        (void)pause();
    }
}

static void a_silent_process_ends_itself_and_counts_a_timeout(void **state)
{
    (void)state;
    const int status = in_child(hang, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), STATUS_STOPPED);
    check_bytes(0, 1);
}

static void give_signs_of_life(int number)
{
    (void)number;
    crash_mark_arm(PLACE, -1);
    for (int i = 0; i < 15; i++) {
        const struct timespec time = {0, 100 * 1000 * 1000};
        crash_mark_watch(1);
        (void)nanosleep(&time, NULL);
    }
    crash_mark_watch(0);
    (void)sleep(2);
}

static void a_sign_of_life_in_time_goes_on(void **state)
{
    (void)state;
    const int status = in_child(give_signs_of_life, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    check_bytes(0, 0);
}

static void the_time_of_a_suspended_process_does_not_count(void **state)
{
    (void)state;
    int status = 0;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct error ignored;
        (void)!crash_mark_begin(scratch_path("marks"), &ignored);
        crash_mark_arm(PLACE, -1);
        crash_mark_watch(2);
        (void)raise(SIGSTOP);
        crash_mark_watch(0);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, WUNTRACED), child);
    assert_true(WIFSTOPPED(status));
    (void)sleep(3);
    (void)kill(child, SIGCONT);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    check_bytes(0, 0);
}

static struct stop_wish wish_now(void *context)
{
    (void)context;
    return (struct stop_wish){STOP_NOW, "SIGTERM"};
}

static void work_in_spite_of_a_wish(int attempts)
{
    const struct stop_source stop = {wish_now, NULL};
    crash_mark_arm(PLACE, attempts);
    crash_mark_obey(&stop);
    while (true) {
        (void)pause();
    }
}

/* As in the middle of a Schur form, when nobody can be told. */
static void an_urgent_wish_ends_a_process_that_does_not_hear_it(void **state)
{
    (void)state;
    unsigned char bytes[BYTES] = {7, 7, 7, 7, 0, 0, 1, 3};
    for (int i = 6; i < BYTES; i++) { /* in flight for the first time, and after two ends */
        size_t size = 0;
        file_write(scratch_path("marks"), bytes, sizeof bytes);
        const int status = in_child(work_in_spite_of_a_wish, i);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), STATUS_STOPPED);
        unsigned char *const after = file_read(scratch_path("marks"), &size);
        assert_int_equal(after[PLACE], 0); /* blames nobody */
        assert_int_equal(after[PLACE + 1], 0);
        assert_int_equal(after[i], i == 6 ? 1 : 2);
        free(after);
    }
}

static void a_file_that_is_not_there_is_an_input_output_error(void **state)
{
    (void)state;
    CHECK_FAILS(crash_mark_begin(scratch_path("none"), &error), STATUS_IO, "none: cannot open");
    crash_mark_end();
}

#define MARK_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, scratch_clear)

int test_crash_mark(void)
{
    const struct CMUnitTest tests[] = {
        MARK_TEST(a_crash_adds_one_and_ends_the_process_as_ever),
        MARK_TEST(a_crash_outside_of_a_work_unit_is_nobodys),
        MARK_TEST(a_crash_for_lack_of_stack_counts_too),
        MARK_TEST(a_handler_that_was_there_is_called_afterwards),
        MARK_TEST(a_full_count_stays_full),
        MARK_TEST(a_silent_process_ends_itself_and_counts_a_timeout),
        MARK_TEST(an_urgent_wish_ends_a_process_that_does_not_hear_it),
        MARK_TEST(the_time_of_a_suspended_process_does_not_count),
        MARK_TEST(a_sign_of_life_in_time_goes_on),
        MARK_TEST(a_file_that_is_not_there_is_an_input_output_error),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
