/* What stands under the name of the lock already, and outputs by other names. */
#include "store/lock.h"

#include "support/check.h"
#include "support/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct error error;
static char output[512]; /* in the directory of the test */

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(output, sizeof output, "%s", scratch_path("out.h5"));
    return 0;
}

static void check_kept(const char *bytes, size_t size)
{
    struct lock lock;
    size_t found = 0;
    file_write(scratch_path("out.h5.lock"), bytes, size);
    CHECK_FAILS(lock_take_driver(&lock, output, NULL, &error), STATUS_OUTPUT_TAKEN,
                "out.h5.lock: another file");
    assert_int_equal(lock.descriptor, -1);
    CHECK_FAILS(lock_take_worker(&lock, output, &error), STATUS_OUTPUT_TAKEN, "out.h5.lock");
    assert_int_equal(lock.descriptor, -1);
    lock_discard(&lock, output); /* of a run that has no lock */
    unsigned char *const after = file_read(scratch_path("out.h5.lock"), &found);
    assert_int_equal(found, size);
    assert_memory_equal(after, bytes, size);
    free(after);
}

static void a_lock_file_that_holds_anything_else_is_kept(void **state)
{
    (void)state;
    static const char large[4096] = "\0\0process 1 on host";
    check_kept("notes\n", 6);
    check_kept("\x89HDF\r\n\x1a\n", 8);
    check_kept("x", 1);
    check_kept("process 1 on host", 17); /* not where a lock has it */
    check_kept("\0\0notes", 7);
    check_kept(large, sizeof large);
}

/* It is somebody's under its other name, and nothing tells that it may be written. */
static void an_empty_file_with_another_name_is_kept(void **state)
{
    (void)state;
    struct lock lock;
    struct stat info;
    file_write_text(scratch_path("mine"), "");
    char mine[512];
    (void)snprintf(mine, sizeof mine, "%s", scratch_path("mine"));
    assert_int_equal(link(mine, scratch_path("out.h5.lock")), 0);
    CHECK_FAILS(lock_take_driver(&lock, output, NULL, &error), STATUS_OUTPUT_TAKEN,
                "out.h5.lock: another file");
    assert_int_equal(stat(mine, &info), 0);
    assert_int_equal(info.st_size, 0);
    assert_int_equal(unlink(mine), 0); /* then it is a lock that was never written */
    CHECK_OK(lock_take_driver(&lock, output, NULL, &error));
    lock_release(&lock);
}

static void a_lock_file_in_the_place_of_ours_is_not_removed(void **state)
{
    (void)state;
    struct lock lock;
    CHECK_OK(lock_take_driver(&lock, output, NULL, &error));
    assert_int_equal(unlink(scratch_path("out.h5.lock")), 0);
    file_write_text(scratch_path("out.h5.lock"), "another run's");
    lock_discard(&lock, output);
    assert_true(file_exists(scratch_path("out.h5.lock")));
}

static void the_rests_of_a_lock_are_taken_over(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"process 7 on host", "job 1, process 7 on host", ""};
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        struct lock lock;
        char bytes[64] = "";
        (void)snprintf(bytes + 2, sizeof bytes - 2, "%s", TEXTS[i]);
        file_write(scratch_path("out.h5.lock"), bytes, 2 + strlen(TEXTS[i]));
        CHECK_OK(lock_take_driver(&lock, output, NULL, &error));
        lock_release(&lock);
    }
}

static void a_lock_file_that_is_a_link_or_a_pipe_is_kept(void **state)
{
    (void)state;
    struct lock lock;
    struct stat info;
    file_write_text(scratch_path("mine"), "");
    assert_int_equal(symlink("mine", scratch_path("out.h5.lock")), 0);
    CHECK_FAILS(lock_take_driver(&lock, output, NULL, &error), STATUS_OUTPUT_TAKEN,
                "out.h5.lock: a symbolic link");
    assert_false(lock_is_held(output));
    assert_int_equal(stat(scratch_path("mine"), &info), 0);
    assert_int_equal(info.st_size, 0);
    assert_int_equal(unlink(scratch_path("out.h5.lock")), 0);
    assert_int_equal(symlink("gone", scratch_path("out.h5.lock")), 0);
    CHECK_FAILS(lock_take_driver(&lock, output, NULL, &error), STATUS_OUTPUT_TAKEN,
                "a symbolic link");
    assert_false(file_exists(scratch_path("gone")));
    assert_int_equal(unlink(scratch_path("out.h5.lock")), 0);
    assert_int_equal(mkfifo(scratch_path("out.h5.lock"), 0600), 0);
    (void)alarm(20); /* opening it must not wait */
    CHECK_FAILS(lock_take_driver(&lock, output, NULL, &error), STATUS_OUTPUT_TAKEN, "another file");
    assert_false(lock_is_held(output));
    (void)alarm(0);
}

static void an_output_by_two_names_has_one_lock(void **state)
{
    (void)state;
    struct lock first;
    struct lock second;
    char link[512];
    (void)snprintf(link, sizeof link, "%s", scratch_path("link.h5"));
    file_write_text(output, "");
    assert_int_equal(symlink("out.h5", link), 0);
    CHECK_OK(lock_take_driver(&first, output, NULL, &error));
    CHECK_FAILS(lock_take_driver(&second, link, NULL, &error), STATUS_OUTPUT_TAKEN, "in use");
    assert_true(lock_is_held(link));
    lock_release(&first);
    CHECK_OK(lock_take_driver(&first, link, NULL, &error));
    CHECK_FAILS(lock_take_driver(&second, output, NULL, &error), STATUS_OUTPUT_TAKEN, "in use");
    assert_false(file_exists(scratch_path("link.h5.lock")));
    lock_discard(&first, link);
    assert_false(file_exists(scratch_path("out.h5.lock")));
}

static void the_holder_is_named_in_plain_text(void **state)
{
    (void)state;
    struct lock first;
    struct lock second;
    CHECK_OK(lock_take_driver(&first, output, NULL, &error));
    file_write(scratch_path("out.h5.lock"), "\0\0process \033[1m\xff", 15);
    CHECK_FAILS(lock_take_driver(&second, output, NULL, &error), STATUS_OUTPUT_TAKEN,
                "in use by process ?[1m?");
    lock_release(&first);
}

#define LOCK_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, scratch_clear)

int test_lock_file(void)
{
    const struct CMUnitTest tests[] = {
        LOCK_TEST(a_lock_file_that_holds_anything_else_is_kept),
        LOCK_TEST(an_empty_file_with_another_name_is_kept),
        LOCK_TEST(a_lock_file_in_the_place_of_ours_is_not_removed),
        LOCK_TEST(the_rests_of_a_lock_are_taken_over),
        LOCK_TEST(a_lock_file_that_is_a_link_or_a_pipe_is_kept),
        LOCK_TEST(an_output_by_two_names_has_one_lock),
        LOCK_TEST(the_holder_is_named_in_plain_text),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
