/* nanosleep and fcntl are wrapped: waiting can be made to take no time, and the file system to have
 * no locks. */
#include "store/lock.h"

#include "support/check.h"
#include "support/scratch.h"
#include "support/wrapped.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CHILD_COUNT = 8 };

static struct error error;

/* ---- what the linker wraps ----------------------------------------------------------------------
 */

WRAPPED(int, nanosleep, (const struct timespec *time, struct timespec *left), (time, left))
WRAPPED(int, fcntl, (int descriptor, int command, void *argument), (descriptor, command, argument))

static bool sleepless;
static double slept;
static int refused_with; /* errno of every fcntl, 0 for the real one */

static int sleep_or_not(const struct timespec *time, struct timespec *left)
{
    slept += (double)time->tv_sec + 1e-9 * (double)time->tv_nsec;
    return sleepless ? 0 : __real_nanosleep(time, left);
}

static int lock_or_refuse(int descriptor, int command, void *argument)
{
    if (refused_with != 0) {
        errno = refused_with;
        return -1;
    }
    return __real_fcntl(descriptor, command, argument);
}

/* ---- other processes ----------------------------------------------------------------------------
 */

struct child {
    pid_t id;
    int stop; /* closing it lets the child end */
};

static struct child children[CHILD_COUNT];
static int n_children;
static char output[512]; /* in the directory of the test */

/* A process that takes a lock, says so and holds it until it is told to end. */
static struct child *hold_in_child(bool driver)
{
    int ready[2];
    int stop[2];
    assert_int_equal(pipe2(ready, O_CLOEXEC) | pipe2(stop, O_CLOEXEC), 0);
    struct child *const child = &children[n_children];
    child->id = fork();
    assert_true(child->id >= 0);
    if (child->id == 0) {
        struct lock lock;
        char byte = 'y';
        (void)close(stop[1]);
        for (int i = 0; i < n_children; i++) {
            (void)close(children[i].stop); /* or the older children would never see an end */
        }
        if ((driver ? lock_take_driver(&lock, output, NULL, &error)
                    : lock_take_worker(&lock, output, &error)) != STATUS_OK) {
            byte = 'n';
        }
        (void)!write(ready[1], &byte, 1);
        (void)!read(stop[0], &byte, 1);
        _exit(0);
    }
    char answer = '?';
    n_children++;
    child->stop = stop[1];
    (void)close(stop[0]);
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &answer, 1), 1);
    (void)close(ready[0]);
    assert_int_equal(answer, 'y');
    return child;
}

static void end_child(struct child *child, int with_signal)
{
    if (child->id == 0) {
        return;
    }
    if (with_signal != 0) {
        (void)kill(child->id, with_signal);
    }
    (void)close(child->stop);
    (void)waitpid(child->id, NULL, 0);
    child->id = 0;
    child->stop = -1;
}

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(output, sizeof output, "%s", scratch_path("out.h5"));
    (void)unsetenv("SLURM_JOB_ID");
    sleepless = false;
    slept = 0.0;
    return 0;
}

static int tear_down(void **state)
{
    for (int i = 0; i < n_children; i++) {
        end_child(&children[i], SIGKILL);
    }
    n_children = 0;
    refused_with = 0;
    return scratch_clear(state);
}

/* ---- one driver ---------------------------------------------------------------------------------
 */

static void the_lock_lies_beside_the_output_and_names_its_holder(void **state)
{
    (void)state;
    struct lock lock;
    char expected[64];
    size_t size = 0;
    CHECK_OK(lock_take_driver(&lock, output, NULL, &error));
    assert_true(file_exists(scratch_path("out.h5.lock")));
    assert_false(file_exists(output));
    unsigned char *const bytes = file_read(scratch_path("out.h5.lock"), &size);
    bytes[size] = '\0';
    const int length = snprintf(expected, sizeof expected, "process %ld on ", (long)getpid());
    assert_true(size > 2 + (size_t)length);
    assert_memory_equal(bytes + 2, expected, (size_t)length);
    free(bytes);
    lock_release(&lock);
}

static void a_second_driver_is_refused_within_a_process(void **state)
{
    (void)state;
    struct lock first;
    struct lock second;
    CHECK_OK(lock_take_driver(&first, output, NULL, &error));
    CHECK_FAILS(lock_take_driver(&second, output, NULL, &error), STATUS_OUTPUT_TAKEN,
                "out.h5: in use by process ");
    assert_int_equal(second.descriptor, -1);
    lock_release(&first);
    CHECK_OK(lock_take_driver(&second, output, NULL, &error));
    lock_release(&second);
    assert_int_equal(second.descriptor, -1);
    lock_release(&second); /* again: nothing happens */
}

static void a_second_driver_is_refused_between_processes(void **state)
{
    (void)state;
    struct lock lock;
    char part[64];
    const struct child *const child = hold_in_child(true);
    (void)snprintf(part, sizeof part, "in use by process %ld on ", (long)child->id);
    CHECK_FAILS(lock_take_driver(&lock, output, NULL, &error), STATUS_OUTPUT_TAKEN, part);
    assert_true(slept < 1e-9); /* at once */
}

static void the_refusal_names_the_batch_job(void **state)
{
    (void)state;
    struct lock first;
    struct lock second;
    (void)setenv("SLURM_JOB_ID", "4711", 1);
    CHECK_OK(lock_take_driver(&first, output, NULL, &error));
    CHECK_FAILS(lock_take_driver(&second, output, NULL, &error), STATUS_OUTPUT_TAKEN,
                "in use by job 4711, process ");
    lock_release(&first);
}

static void a_shorter_holder_leaves_nothing_of_a_longer_one(void **state)
{
    (void)state;
    struct lock lock;
    size_t long_size = 0;
    size_t short_size = 0;
    (void)setenv("SLURM_JOB_ID", "1234567890", 1);
    CHECK_OK(lock_take_driver(&lock, output, NULL, &error));
    lock_release(&lock);
    free(file_read(scratch_path("out.h5.lock"), &long_size));
    (void)unsetenv("SLURM_JOB_ID");
    CHECK_OK(lock_take_driver(&lock, output, NULL, &error));
    lock_release(&lock);
    free(file_read(scratch_path("out.h5.lock"), &short_size));
    assert_int_equal(short_size, long_size - strlen("job 1234567890, "));
}

static void other_outputs_are_independent(void **state)
{
    (void)state;
    struct lock first;
    struct lock second;
    CHECK_OK(lock_take_driver(&first, output, NULL, &error));
    CHECK_OK(lock_take_driver(&second, scratch_path("other.h5"), NULL, &error));
    lock_release(&first);
    lock_release(&second);
}

static void a_killed_driver_holds_nothing(void **state)
{
    (void)state;
    struct lock lock;
    end_child(hold_in_child(true), SIGKILL);
    assert_false(lock_is_held(output));
    CHECK_OK(lock_take_driver(&lock, output, NULL, &error));
    assert_true(slept < 1e-9);
    lock_release(&lock);
}

static void a_lock_file_that_cannot_be_created_is_named(void **state)
{
    (void)state;
    struct lock lock;
    CHECK_FAILS(lock_take_driver(&lock, scratch_path("missing/out.h5"), NULL, &error), STATUS_IO,
                "missing/out.h5.lock: cannot create: No such file");
    assert_int_equal(lock.descriptor, -1);
    CHECK_FAILS(lock_take_worker(&lock, scratch_path("missing/out.h5"), &error), STATUS_IO,
                "out.h5.lock");
    assert_int_equal(mkdir(scratch_path("taken.h5.lock"), 0700), 0);
    CHECK_FAILS(lock_take_driver(&lock, scratch_path("taken.h5"), NULL, &error), STATUS_IO,
                "taken.h5.lock: cannot create: Is a directory");
}

static void a_file_system_without_locks_is_an_input_output_error(void **state)
{
    (void)state;
    static const int CODES[] = {ENOLCK, EOPNOTSUPP, EINVAL, ENOSYS};
    for (size_t i = 0; i < sizeof CODES / sizeof CODES[0]; i++) {
        struct lock lock;
        refused_with = CODES[i];
        CHECK_FAILS(lock_take_driver(&lock, output, NULL, &error), STATUS_IO,
                    "out.h5.lock: this file system has no locks");
        assert_int_equal(lock.descriptor, -1);
        CHECK_FAILS(lock_take_worker(&lock, output, &error), STATUS_IO, "has no locks");
        assert_int_equal(lock.descriptor, -1);
    }
}

static void only_who_is_told_so_says_in_use(void **state)
{
    (void)state;
    static const int FAILURES[] = {EIO, ESTALE, EINTR, EDEADLK};
    static const int BUSY[] = {EAGAIN, EACCES};
    struct lock lock;
    for (size_t i = 0; i < sizeof FAILURES / sizeof FAILURES[0]; i++) {
        refused_with = FAILURES[i];
        CHECK_FAILS(lock_take_driver(&lock, output, NULL, &error), STATUS_IO,
                    "out.h5.lock: cannot lock: ");
        CHECK_FAILS(lock_take_worker(&lock, output, &error), STATUS_IO, strerror(FAILURES[i]));
    }
    for (size_t i = 0; i < sizeof BUSY / sizeof BUSY[0]; i++) {
        refused_with = BUSY[i];
        CHECK_FAILS(lock_take_driver(&lock, output, NULL, &error), STATUS_OUTPUT_TAKEN, "in use");
        CHECK_FAILS(lock_take_worker(&lock, output, &error), STATUS_OUTPUT_TAKEN, "in use");
    }
}

static int n_notices;

static void count_notice(const char *name)
{
    (void)name;
    n_notices++;
}

/* ---- the output itself --------------------------------------------------------------------------
 */

static void an_output_is_locked_under_all_of_its_names(void **state)
{
    (void)state;
    struct lock lock;
    file_write_text(output, "results");
    assert_int_equal(link(output, scratch_path("hard.h5")), 0);
    assert_int_equal(mkdir(scratch_path("below"), 0700), 0);
    assert_int_equal(symlink("../hard.h5", scratch_path("below/soft.h5")), 0);
    (void)hold_in_child(true);
    static const char *const names[] = {"hard.h5", "below/soft.h5"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_true(lock_is_held(scratch_path(names[i])));
        CHECK_FAILS(lock_take_driver(&lock, scratch_path(names[i]), NULL, &error),
                    STATUS_OUTPUT_TAKEN, "in use, under another name");
        assert_int_equal(lock.descriptor, -1);
        assert_int_equal(lock.output, -1);
    }
}

static void it_stays_locked_when_the_lock_file_is_removed(void **state)
{
    (void)state;
    struct lock lock;
    file_write_text(output, "results");
    struct child *const driver = hold_in_child(true);
    assert_int_equal(unlink(scratch_path("out.h5.lock")), 0);
    assert_true(lock_is_held(output));
    CHECK_FAILS(lock_take_driver(&lock, output, NULL, &error), STATUS_OUTPUT_TAKEN,
                "a run whose lock file was removed");
    end_child(driver, SIGKILL);
    CHECK_OK(lock_take_driver(&lock, output, NULL, &error));
    lock_release(&lock);
}

static void its_ranks_keep_it_when_the_driver_is_dead(void **state)
{
    (void)state;
    struct lock lock;
    n_notices = 0;
    sleepless = true;
    file_write_text(output, "results");
    (void)hold_in_child(false);
    assert_int_equal(unlink(scratch_path("out.h5.lock")), 0);
    CHECK_FAILS(lock_take_driver(&lock, output, count_notice, &error), STATUS_OUTPUT_TAKEN,
                "in use by ranks of a dead run");
    assert_int_equal(n_notices, 1);
}

static void an_output_is_locked_when_it_has_been_made(void **state)
{
    (void)state;
    struct lock lock;
    struct lock other;
    CHECK_OK(lock_take_driver(&lock, output, NULL, &error));
    assert_int_equal(lock.output, -1);
    file_write_text(output, "new");
    CHECK_OK(lock_take_output(&lock, output, &error));
    assert_int_equal(link(output, scratch_path("hard.h5")), 0);
    CHECK_FAILS(lock_take_driver(&other, scratch_path("hard.h5"), NULL, &error),
                STATUS_OUTPUT_TAKEN, "in use");
    assert_int_equal(unlink(output), 0); /* as one that grows is exchanged */
    file_write_text(output, "longer than before");
    CHECK_OK(lock_take_output(&lock, output, &error));
    CHECK_OK(lock_check(&lock, output, &error));
    CHECK_OK(lock_take_driver(&other, scratch_path("hard.h5"), NULL, &error));
    lock_release(&other);
    lock_release(&lock);
}

static void what_happens_to_the_output_is_seen(void **state)
{
    (void)state;
    struct lock lock;
    file_write_text(output, "results");
    CHECK_OK(lock_take_driver(&lock, output, NULL, &error));
    CHECK_OK(lock_check(&lock, output, &error));
    assert_int_equal(rename(output, scratch_path("moved.h5")), 0);
    CHECK_FAILS(lock_check(&lock, output, &error), STATUS_IO, "out.h5: no longer there");
    file_write_text(output, "results");
    CHECK_FAILS(lock_check(&lock, output, &error), STATUS_IO, "out.h5: another file");
    assert_int_equal(rename(scratch_path("moved.h5"), output), 0);
    CHECK_OK(lock_check(&lock, output, &error));
    assert_int_equal(truncate(output, 3), 0);
    CHECK_FAILS(lock_check(&lock, output, &error), STATUS_IO, "out.h5: cut to 3 of 7 bytes");
    lock_release(&lock);
    CHECK_OK(lock_check(&lock, output, &error)); /* of no lock there is nothing to say */
}

/* ---- workers and stragglers ---------------------------------------------------------------------
 */

static void workers_share_the_output_with_their_driver(void **state)
{
    (void)state;
    struct lock driver;
    struct lock worker;
    CHECK_OK(lock_take_driver(&driver, output, NULL, &error));
    CHECK_OK(lock_take_worker(&worker, output, &error));
    (void)hold_in_child(false);
    (void)hold_in_child(false);
    lock_release(&driver);
    lock_release(&worker);
}

static void a_worker_is_refused_while_a_driver_waits_for_stragglers(void **state)
{
    (void)state;
    struct lock lock;
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1, .l_len = 1};
    const int other = open(scratch_path("out.h5.lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(fcntl(other, F_OFD_SETLK, &range), 0);
    CHECK_FAILS(lock_take_worker(&lock, output, &error), STATUS_OUTPUT_TAKEN, "out.h5: in use");
    assert_int_equal(lock.descriptor, -1);
    (void)close(other);
    CHECK_OK(lock_take_worker(&lock, output, &error));
    lock_release(&lock);
}

static struct child *straggler;

/* The straggler lives until the driver has told that it waits. */
static void end_straggler(const char *name)
{
    assert_string_equal(name, output);
    n_notices++;
    (void)close(straggler->stop);
    straggler->stop = -1;
}

static void a_driver_waits_for_stragglers_and_tells_once(void **state)
{
    (void)state;
    struct lock lock;
    n_notices = 0;
    straggler = hold_in_child(false);
    CHECK_OK(lock_take_driver(&lock, output, end_straggler, &error));
    assert_int_equal(n_notices, 1);
    assert_true(lock_is_held(output));
    lock_release(&lock);
}

static void stragglers_that_stay_for_ten_seconds_keep_the_output(void **state)
{
    (void)state;
    struct lock lock;
    n_notices = 0;
    sleepless = true;
    end_child(hold_in_child(true), SIGKILL); /* its name still stands in the lock file */
    (void)hold_in_child(false);
    CHECK_FAILS(lock_take_driver(&lock, output, count_notice, &error), STATUS_OUTPUT_TAKEN,
                "out.h5: in use by ranks of a dead run");
    assert_int_equal(lock.descriptor, -1);
    assert_int_equal(n_notices, 1);
    CHECK_NEAR(slept, 10.0, 0.5);
    assert_false(lock_is_held(output));
}

static bool held_at_notice;

static void look_at_notice(const char *name)
{
    held_at_notice = lock_is_held(name);
}

static void a_waiting_driver_already_holds_the_lock(void **state)
{
    (void)state;
    struct lock lock;
    held_at_notice = false;
    sleepless = true;
    (void)hold_in_child(false);
    CHECK_FAILS(lock_take_driver(&lock, output, look_at_notice, &error), STATUS_OUTPUT_TAKEN,
                "in use");
    assert_true(held_at_notice);
}

static void without_stragglers_nobody_is_told(void **state)
{
    (void)state;
    struct lock lock;
    n_notices = 0;
    CHECK_OK(lock_take_driver(&lock, output, count_notice, &error));
    lock_release(&lock);
    CHECK_OK(lock_take_driver(&lock, output, count_notice, &error));
    lock_release(&lock);
    assert_int_equal(n_notices, 0);
}

static void a_driver_counts_as_a_rank_for_the_next_one(void **state)
{
    (void)state;
    struct lock driver;
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1, .l_len = 1};
    CHECK_OK(lock_take_driver(&driver, output, NULL, &error));
    const int other = open(scratch_path("out.h5.lock"), O_RDWR | O_CLOEXEC);
    assert_int_equal(fcntl(other, F_OFD_GETLK, &range), 0);
    assert_int_equal(range.l_type, F_RDLCK);
    (void)close(other);
    lock_release(&driver);
}

/* ---- looking ------------------------------------------------------------------------------------
 */

static void only_a_driver_makes_the_lock_held(void **state)
{
    (void)state;
    struct lock lock;
    assert_false(lock_is_held(output));
    assert_false(file_exists(scratch_path("out.h5.lock"))); /* looking creates nothing */
    struct child *const worker = hold_in_child(false);
    assert_false(lock_is_held(output));
    end_child(worker, 0);
    struct child *const driver = hold_in_child(true);
    assert_true(lock_is_held(output));
    end_child(driver, 0);
    assert_false(lock_is_held(output));
    CHECK_OK(lock_take_driver(&lock, output, NULL, &error));
    assert_true(lock_is_held(output));
    lock_release(&lock);
    assert_false(lock_is_held(output));
}

static void looking_disturbs_neither_holder_nor_file(void **state)
{
    (void)state;
    struct lock first;
    struct lock second;
    struct stat before;
    struct stat after;
    CHECK_OK(lock_take_driver(&first, output, NULL, &error));
    assert_int_equal(stat(scratch_path("out.h5.lock"), &before), 0);
    for (int i = 0; i < 3; i++) {
        assert_true(lock_is_held(output));
    }
    assert_int_equal(stat(scratch_path("out.h5.lock"), &after), 0);
    assert_int_equal(before.st_size, after.st_size);
    assert_memory_equal(&before.st_mtim, &after.st_mtim, sizeof before.st_mtim);
    CHECK_FAILS(lock_take_driver(&second, output, NULL, &error), STATUS_OUTPUT_TAKEN, "in use");
    lock_release(&first);
}

#define LOCK_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int test_lock(void)
{
    wrapped_nanosleep = sleep_or_not;
    wrapped_fcntl = lock_or_refuse;
    const struct CMUnitTest tests[] = {
        LOCK_TEST(the_lock_lies_beside_the_output_and_names_its_holder),
        LOCK_TEST(a_second_driver_is_refused_within_a_process),
        LOCK_TEST(a_second_driver_is_refused_between_processes),
        LOCK_TEST(the_refusal_names_the_batch_job),
        LOCK_TEST(a_shorter_holder_leaves_nothing_of_a_longer_one),
        LOCK_TEST(other_outputs_are_independent),
        LOCK_TEST(a_killed_driver_holds_nothing),
        LOCK_TEST(a_lock_file_that_cannot_be_created_is_named),
        LOCK_TEST(a_file_system_without_locks_is_an_input_output_error),
        LOCK_TEST(only_who_is_told_so_says_in_use),
        LOCK_TEST(an_output_is_locked_under_all_of_its_names),
        LOCK_TEST(it_stays_locked_when_the_lock_file_is_removed),
        LOCK_TEST(its_ranks_keep_it_when_the_driver_is_dead),
        LOCK_TEST(an_output_is_locked_when_it_has_been_made),
        LOCK_TEST(what_happens_to_the_output_is_seen),
        LOCK_TEST(workers_share_the_output_with_their_driver),
        LOCK_TEST(a_worker_is_refused_while_a_driver_waits_for_stragglers),
        LOCK_TEST(a_driver_waits_for_stragglers_and_tells_once),
        LOCK_TEST(stragglers_that_stay_for_ten_seconds_keep_the_output),
        LOCK_TEST(a_waiting_driver_already_holds_the_lock),
        LOCK_TEST(without_stragglers_nobody_is_told),
        LOCK_TEST(a_driver_counts_as_a_rank_for_the_next_one),
        LOCK_TEST(only_a_driver_makes_the_lock_held),
        LOCK_TEST(looking_disturbs_neither_holder_nor_file),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
