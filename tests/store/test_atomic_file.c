/* link and fsync are wrapped: a file system without hard links, a disk that fails. */
#include "store/atomic_file.h"

#include "support/check.h"
#include "support/scratch.h"
#include "support/wrapped.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct error error;

WRAPPED(int, link, (const char *from, const char *to), (from, to))
WRAPPED(int, fsync, (int descriptor), (descriptor))
WRAPPED(int, openat, (int folder, const char *name, int flags), (folder, name, flags))

static int link_errno; /* of every link, 0 for the real one */
static int n_syncs;
static int failing_sync; /* number of the fsync that fails, 0 for none */

static int link_or_refuse(const char *from, const char *to)
{
    assert_int_equal(n_syncs, 1); /* the content is on disk before it gets its name */
    if (link_errno != 0) {
        errno = link_errno;
        return -1;
    }
    return __real_link(from, to);
}

static int sync_or_fail(int descriptor)
{
    n_syncs++;
    if (n_syncs == failing_sync) {
        errno = EIO;
        return -1;
    }
    return __real_fsync(descriptor);
}

static int set_up(void **state)
{
    (void)state;
    link_errno = 0;
    n_syncs = 0;
    failing_sync = 0;
    return 0;
}

static char temporary_name[512];

static enum status write_text(const char *path, void *text, struct error *failure)
{
    (void)snprintf(temporary_name, sizeof temporary_name, "%s", path);
    file_write_text(path, text);
    return strcmp(text, "refused") != 0 ? STATUS_OK
                                        : error_set(failure, STATUS_INPUT, "the writer says no");
}

/* Writes `text` to `name` by way of a temporary file. */
static enum status put(const char *name, char *text)
{
    const enum status status = atomic_file_write(scratch_path(name), write_text, text, &error);
    assert_false(file_exists(temporary_name));
    return status;
}

static void check_content(const char *name, const char *expected)
{
    size_t size = 0;
    unsigned char *const bytes = file_read(scratch_path(name), &size);
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(bytes, expected, size);
    free(bytes);
}

static void the_temporary_name_is_ours_and_in_the_same_folder(void **state)
{
    (void)state;
    char *temporary = NULL;
    char number[32];
    const char *const path = scratch_path("out.h5");
    CHECK_OK(atomic_file_begin(&temporary, path, &error));
    (void)snprintf(number, sizeof number, ".%ld", (long)getpid());
    assert_ptr_equal(strstr(temporary, path), temporary);
    assert_null(strchr(temporary + strlen(path), '/'));
    assert_non_null(strstr(temporary + strlen(path), ".tmp."));
    assert_string_equal(strrchr(temporary, '.'), number);
    assert_false(file_exists(temporary));
    free(temporary);
}

static void a_leftover_of_that_name_is_removed_at_the_start(void **state)
{
    (void)state;
    char *first = NULL;
    char *second = NULL;
    CHECK_OK(atomic_file_begin(&first, scratch_path("out.h5"), &error));
    file_write(first, "\x89HDF\r\n\x1a\n and so on", 18);
    CHECK_OK(atomic_file_begin(&second, scratch_path("out.h5"), &error));
    assert_string_equal(first, second);
    assert_false(file_exists(first));
    free(first);
    free(second);
}

static void write_all(const char *const *names, size_t n, const char *bytes, size_t size)
{
    for (size_t i = 0; i < n; i++) {
        file_write(scratch_path(names[i]), bytes, size);
    }
}

static void check_there(const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_true(file_exists(scratch_path(names[i])));
    }
}

static const char HDF5[] = "\x89HDF\r\n\x1a\n";
static const char ZEROS[8] = {0};

static void leftovers_of_all_writers_can_be_cleared(void **state)
{
    (void)state;
    static const char *const FILES[] = {"out.h5.tmp.schursweep.host.1",
                                        "out.h5.tmp.schursweep.other.site.org.23"};
    static const char *const EMPTY[] = {"out.h5.tmp.schursweep.host.2",
                                        "out.h5.tmp.schursweep.host.1-1890-7256.lock"};
    static const char *const LOCKS[] = {"out.h5-1890-7256.lock",
                                        "out.h5.tmp.schursweep.host.2-1890-7256.lock"};
    static const char *const OTHERS[] = {"out.h5",
                                         "out.h5.tmp.backup",
                                         "out.h5.tmp.schursweep.host.old",
                                         "out.h5.tmp.schursweep.7",
                                         "out.h5.lock",
                                         "out.h5-old-1.lock",
                                         "out.h5-1.lock",
                                         "other.h5-1890-7.lock",
                                         "other.h5.tmp.schursweep.host.1"};
    enum { N_OTHERS = sizeof OTHERS / sizeof *OTHERS };
    write_all(FILES, 2, HDF5, 8);
    write_all(EMPTY, 2, "", 0);
    write_all(LOCKS, 2, ZEROS, 8);
    write_all(OTHERS, N_OTHERS, ZEROS, 8);
    CHECK_OK(atomic_file_clear(scratch_path("out.h5"), &error));
    check_there(OTHERS, N_OTHERS);
    assert_int_equal(scratch_count(), N_OTHERS);
    CHECK_OK(atomic_file_clear_folder(scratch_path("."), &error));
    assert_int_equal(scratch_count(), N_OTHERS - 2);
    CHECK_OK(atomic_file_clear(scratch_path("nothing/at/all.h5"), &error));
}

/* By their names they might be leftovers. */
static void what_others_have_written_stays(void **state)
{
    (void)state;
    static const char *const COPIES[] = {"out.h5.tmp.before.3", "out.h5.tmp.host.1"};
    static const char *const TEXTS[] = {"out.h5.tmp.schursweep.notes.2", "out.h5-2024-11.lock",
                                        "out.h5.tmp.schursweep.host.1-2024-11.lock"};
    static const char *const EMPTY[] = {"out.h5-2024-12.lock"};
    write_all(COPIES, 2, HDF5, 8);
    write_all(TEXTS, 3, "precious", 8);
    write_all(EMPTY, 1, "", 0);
    assert_int_equal(symlink("precious", scratch_path("out.h5.tmp.schursweep.link.4")), 0);
    assert_int_equal(mkdir(scratch_path("out.h5.tmp.schursweep.folder.5"), 0700), 0);
    CHECK_OK(atomic_file_clear(scratch_path("out.h5"), &error));
    CHECK_OK(atomic_file_clear_folder(scratch_path("."), &error));
    assert_int_equal(scratch_count(), 8);
}

/* Of a process of that host and number, so many seconds ago. */
struct left {
    const char *before_host; /* within the part of the name that is the host's */
    const char *host;
    long process;
    const char *head; /* 8 bytes */
    int age;
};

static void leave(const struct left *left)
{
    char path[512];
    struct timespec times[2] = {{.tv_sec = time(NULL) - left->age}};
    times[1] = times[0];
    (void)snprintf(path, sizeof path, "%s%s%s.%ld", scratch_path("m.h5.tmp.schursweep."),
                   left->before_host, left->host, left->process);
    file_write(path, left->head, 8);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void what_a_dead_process_of_this_host_has_left_can_be_cleared(void **state)
{
    (void)state;
    char host[64] = "";
    const pid_t dead = fork();
    if (dead == 0) {
        _exit(0);
    }
    assert_int_equal(waitpid(dead, NULL, 0), dead);
    (void)gethostname(host, sizeof host - 1);
    const struct left gone = {"", host, dead, HDF5, 100};
    const struct left others[] = {
        {"", host, dead, HDF5, 10},        {"", host, getpid(), HDF5, 100},
        {"not-", host, dead, HDF5, 100},   {"", "other.site", dead, HDF5, 100},
        {"", host, dead, "precious", 100}, {"", host, 0, HDF5, 100},
        {"", host, LONG_MAX, HDF5, 100}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        (void)scratch_clear(state);
        leave(&others[i]);
        CHECK_OK(atomic_file_clear_dead(scratch_path("."), &error));
        assert_int_equal(scratch_count(), 1);
    }
    (void)scratch_clear(state);
    leave(&gone);
    CHECK_OK(atomic_file_clear_dead(scratch_path("."), &error));
    assert_int_equal(scratch_count(), 0);
}

/* Another file gets the name as soon as the first has been opened. */
static int exchange_when_opened(int folder, const char *name, int flags)
{
    const int descriptor = __real_openat(folder, name, flags);
    assert_int_equal(renameat(folder, "precious", folder, name), 0);
    return descriptor;
}

static void what_takes_the_name_of_a_leftover_meanwhile_stays(void **state)
{
    (void)state;
    static const char NAME[] = "out.h5.tmp.schursweep.host.1";
    file_write(scratch_path(NAME), HDF5, 8);
    file_write_text(scratch_path("precious"), "precious");
    wrapped_openat = exchange_when_opened;
    const enum status status = atomic_file_clear(scratch_path("out.h5"), &error);
    wrapped_openat = __real_openat;
    CHECK_OK(status);
    check_content(NAME, "precious");
}

static void a_finished_file_is_there_under_its_name_alone(void **state)
{
    (void)state;
    static const int CODES[] = {0, EPERM, EOPNOTSUPP};
    for (int i = 0; i < 3; i++) {
        struct stat info;
        (void)set_up(state);
        link_errno = CODES[i];
        assert_int_equal(put("out.h5", (char[]){"content"}), STATUS_OK);
        check_content("out.h5", "content");
        assert_int_equal(scratch_count(), 1);
        assert_int_equal(stat(scratch_path("out.h5"), &info), 0);
        assert_int_equal(info.st_nlink, 1);
        assert_int_equal(n_syncs, 2); /* the file, then its folder */
        (void)scratch_clear(state);
    }
}

static void an_existing_name_is_never_replaced(void **state)
{
    (void)state;
    static const int CODES[] = {0, EPERM};
    file_write_text(scratch_path("out.h5"), "old");
    for (int i = 0; i < 2; i++) {
        (void)set_up(state);
        link_errno = CODES[i];
        assert_int_equal(put("out.h5", (char[]){"new"}), STATUS_OUTPUT_TAKEN);
        assert_non_null(strstr(error.text, "out.h5: cannot create: File exists"));
        check_content("out.h5", "old");
        assert_int_equal(scratch_count(), 1);
    }
}

static void content_that_cannot_be_synced_gets_no_name(void **state)
{
    (void)state;
    failing_sync = 1;
    assert_int_equal(put("out.h5", (char[]){"content"}), STATUS_IO);
    assert_non_null(strstr(error.text, "cannot sync"));
    assert_int_equal(scratch_count(), 0);
}

static void a_folder_that_cannot_be_synced_is_an_error(void **state)
{
    (void)state;
    failing_sync = 2;
    assert_int_equal(put("out.h5", (char[]){"content"}), STATUS_IO);
    assert_non_null(strstr(error.text, "out.h5: cannot sync its directory"));
}

static void a_writer_that_fails_leaves_nothing(void **state)
{
    (void)state;
    assert_int_equal(put("out.h5", (char[]){"refused"}), STATUS_INPUT);
    assert_string_equal(error.text, "the writer says no");
    assert_int_equal(scratch_count(), 0);
    assert_int_equal(n_syncs, 0);
}

static void a_temporary_file_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    CHECK_FAILS(atomic_file_finish(scratch_path("missing"), scratch_path("out.h5"), &error),
                STATUS_IO, "missing");
    assert_int_equal(scratch_count(), 0);
}

/* ---- in the place of another ---- */

static enum status exchange(char *content)
{
    char path[512];
    char aside[512];
    (void)snprintf(path, sizeof path, "%s", scratch_path("out.h5"));
    (void)snprintf(aside, sizeof aside, "%s", scratch_path("out.h5.1"));
    return atomic_file_exchange(path, aside, write_text, content, &error);
}

static void an_exchanged_file_goes_aside(void **state)
{
    (void)state;
    static const int CODES[] = {0, EPERM};
    for (size_t i = 0; i < 2; i++) {
        file_write_text(scratch_path("out.h5"), "old");
        link_errno = CODES[i];
        n_syncs = 0;
        CHECK_OK(exchange((char[]){"new"}));
        check_content("out.h5", "new");
        check_content("out.h5.1", "old");
        assert_int_equal(scratch_count(), 2);
        assert_int_equal(unlink(scratch_path("out.h5.1")), 0);
    }
}

/* A run that was killed between the two has given both names. */
static void what_has_both_names_already_is_exchanged(void **state)
{
    (void)state;
    char path[512];
    (void)snprintf(path, sizeof path, "%s", scratch_path("out.h5"));
    file_write_text(path, "old");
    assert_int_equal(__real_link(path, scratch_path("out.h5.1")), 0);
    CHECK_OK(exchange((char[]){"new"}));
    check_content("out.h5", "new");
    check_content("out.h5.1", "old");
}

static void a_file_that_cannot_be_exchanged_stays(void **state)
{
    (void)state;
    file_write_text(scratch_path("out.h5"), "old");
    assert_int_equal(exchange((char[]){"refused"}), STATUS_INPUT);
    failing_sync = 1;
    assert_int_equal(exchange((char[]){"new"}), STATUS_IO);
    check_content("out.h5", "old");
    assert_int_equal(scratch_count(), 1);
    file_write_text(scratch_path("out.h5.1"), "somebody's");
    failing_sync = 0;
    n_syncs = 0;
    assert_int_equal(exchange((char[]){"new"}), STATUS_IO);
    assert_non_null(strstr(error.text, "out.h5: cannot move aside"));
    check_content("out.h5.1", "somebody's");
    check_content("out.h5", "old");
}

#define ATOMIC_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, scratch_clear)

int test_atomic_file(void)
{
    wrapped_link = link_or_refuse;
    wrapped_fsync = sync_or_fail;
    const struct CMUnitTest tests[] = {
        ATOMIC_TEST(the_temporary_name_is_ours_and_in_the_same_folder),
        ATOMIC_TEST(a_leftover_of_that_name_is_removed_at_the_start),
        ATOMIC_TEST(leftovers_of_all_writers_can_be_cleared),
        ATOMIC_TEST(what_others_have_written_stays),
        ATOMIC_TEST(what_a_dead_process_of_this_host_has_left_can_be_cleared),
        ATOMIC_TEST(what_takes_the_name_of_a_leftover_meanwhile_stays),
        ATOMIC_TEST(a_finished_file_is_there_under_its_name_alone),
        ATOMIC_TEST(an_existing_name_is_never_replaced),
        ATOMIC_TEST(content_that_cannot_be_synced_gets_no_name),
        ATOMIC_TEST(a_folder_that_cannot_be_synced_is_an_error),
        ATOMIC_TEST(a_writer_that_fails_leaves_nothing),
        ATOMIC_TEST(a_temporary_file_that_is_not_there_is_an_error),
        ATOMIC_TEST(an_exchanged_file_goes_aside),
        ATOMIC_TEST(what_has_both_names_already_is_exchanged),
        ATOMIC_TEST(a_file_that_cannot_be_exchanged_stays),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
