/* link is wrapped, so that a file system without hard links can be had. */
#include "store/results_create.h"

#include "kernel/diagnostics/diagnostic.h"
#include "store/atomic_file.h"
#include "store/h5.h"
#include "support/check.h"
#include "support/h5write.h"
#include "support/samples.h"
#include "support/scratch.h"
#include "support/wrapped.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct error error;
static const struct provenance PROVENANCE = {"schursweep 0\nHDF5 0", ""};
static int link_errno; /* of every link, 0 for the real one */

WRAPPED(int, link, (const char *from, const char *to), (from, to))

static int link_or_refuse(const char *from, const char *to)
{
    if (link_errno != 0) {
        errno = link_errno;
        return -1;
    }
    return __real_link(from, to);
}

static enum status create_small(const char *path)
{
    struct sweep small = sample_sweep(1, 1, 1);
    const struct schema schema = diagnostics_schema(&small);
    const int before = h5write_open_handles();
    const enum status status = results_create(path, &small, &schema, &PROVENANCE, &error);
    assert_int_equal(h5write_open_handles(), before);
    sweep_release(&small);
    return status;
}

static void success_leaves_the_file_and_nothing_else(void **state)
{
    (void)state;
    struct stat info;
    assert_int_equal(create_small(scratch_path("out.h5")), STATUS_OK);
    assert_int_equal(scratch_count(), 1);
    assert_int_equal(stat(scratch_path("out.h5"), &info), 0);
    assert_int_equal(info.st_nlink, 1);
}

static void no_two_files_have_one_uuid(void **state)
{
    (void)state;
    char texts[2][64];
    for (int i = 0; i < 2; i++) {
        const char *const path = scratch_path(i == 0 ? "a.h5" : "b.h5");
        hid_t opened = H5I_INVALID_HID;
        assert_int_equal(create_small(path), STATUS_OK);
        CHECK_OK(h5_open_input(path, &opened, STATUS_IO, &error));
        CHECK_OK(h5_read_string_attribute(opened, path, "file_uuid", texts[i], 64, &error));
        assert_int_equal(strspn(texts[i], "0123456789abcdef"), 32);
        assert_int_equal(strlen(texts[i]), 32);
        (void)H5Fclose(opened);
    }
    assert_string_not_equal(texts[0], texts[1]);
}

static void an_existing_name_is_refused_and_left_alone(void **state)
{
    (void)state;
    static const int CODES[] = {0, EPERM}; /* with hard links and without */
    file_write_text(scratch_path("file"), "mine");
    assert_int_equal(mkdir(scratch_path("folder"), 0700), 0);
    assert_int_equal(symlink("nowhere", scratch_path("dangling")), 0);
    for (int i = 0; i < 2; i++) {
        static const char *const NAMES[] = {"file", "folder", "dangling"};
        link_errno = CODES[i];
        for (int k = 0; k < 3; k++) {
            assert_int_equal(create_small(scratch_path(NAMES[k])), STATUS_OUTPUT_TAKEN);
            assert_non_null(strstr(error.text, NAMES[k]));
            assert_int_equal(scratch_count(), 3);
        }
    }
    link_errno = 0;
    size_t size = 0;
    unsigned char *const bytes = file_read(scratch_path("file"), &size);
    assert_int_equal(size, 4);
    assert_memory_equal(bytes, "mine", 4);
    free(bytes);
}

static void without_hard_links_the_file_is_renamed(void **state)
{
    (void)state;
    link_errno = EPERM;
    const enum status status = create_small(scratch_path("out.h5"));
    link_errno = 0;
    assert_int_equal(status, STATUS_OK);
    assert_int_equal(scratch_count(), 1);
    assert_true(h5_has_signature(scratch_path("out.h5")));
}

static void a_leftover_of_a_dead_process_of_our_number_is_replaced(void **state)
{
    (void)state;
    char *temporary = NULL;
    CHECK_OK(atomic_file_begin(&temporary, scratch_path("out.h5"), &error));
    file_write(temporary, "\x89HDF\r\n\x1a\n", 8);
    free(temporary);
    assert_int_equal(create_small(scratch_path("out.h5")), STATUS_OK);
    assert_int_equal(scratch_count(), 1);
}

static void a_missing_directory_is_an_input_output_error(void **state)
{
    (void)state;
    assert_int_equal(create_small(scratch_path("missing/out.h5")), STATUS_IO);
    assert_non_null(strstr(error.text, "missing/out.h5"));
    assert_int_equal(scratch_count(), 0);
}

/* Runs `prepare`, then the creation, in a process of its own; its exit code is the status. */
static int create_in_child(void (*prepare)(void))
{
    const char *const path = scratch_path("out.h5");
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct sweep small = sample_sweep(2, 2, 8);
        const struct schema schema = diagnostics_schema(&small);
        prepare();
        const enum status status = results_create(path, &small, &schema, &PROVENANCE, &error);
        _exit(strstr(error.text, "out.h5") != NULL ? (int)status : 99);
    }
    int result = -1;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    return WEXITSTATUS(result);
}

static rlim_t size_limit;

static void limit_size(void)
{
    const struct rlimit limit = {size_limit, size_limit};
    (void)signal(SIGXFSZ, SIG_IGN); /* as main does */
    (void)!setrlimit(RLIMIT_FSIZE, &limit);
}

static void a_full_disk_leaves_nothing_behind(void **state)
{
    (void)state;
    static const rlim_t LIMITS[] = {0, 100, 2048, 5000, 12000};
    for (size_t i = 0; i < sizeof LIMITS / sizeof LIMITS[0]; i++) {
        size_limit = LIMITS[i];
        assert_int_equal(create_in_child(limit_size), STATUS_IO);
        assert_int_equal(scratch_count(), 0);
    }
}

static void become_nobody(void)
{
    if (geteuid() == 0) {
        (void)!seteuid(65534);
    }
}

static void a_directory_without_write_permission_stays_as_it_is(void **state)
{
    (void)state;
    assert_int_equal(chmod(scratch_directory(), 0555), 0);
    const int status = create_in_child(become_nobody);
    assert_int_equal(chmod(scratch_directory(), 0700), 0);
    assert_int_equal(status, STATUS_IO);
    assert_int_equal(scratch_count(), 0);
}

/* What plan says of the size: texts are a guess, and HDF5's own data come on top. */
static void the_size_that_is_foretold_is_that_of_the_arrays(void **state)
{
    (void)state;
    enum { OVERHEAD = 80 * 1024 };
    static const int WIDTHS[] = {10, 2000};
    for (int i = 0; i < 2; i++) {
        struct stat info;
        int64_t bytes = 0;
        struct sweep sweep = sample_sweep(4, 8, 8);
        sweep.models[0].n_hidden = WIDTHS[i];
        sample_all_partitions(&sweep);
        const struct schema schema = diagnostics_schema(&sweep);
        const char *const path = scratch_path(i == 0 ? "a.h5" : "b.h5");
        CHECK_OK(results_create(path, &sweep, &schema, &PROVENANCE, &error));
        CHECK_OK(results_size(&sweep, &schema, &bytes, &error));
        assert_int_equal(stat(path, &info), 0);
        assert_in_range(info.st_size, bytes - 4 * 1024, bytes + OVERHEAD);
        sweep_release(&sweep);
    }
}

int test_results_create(void)
{
    wrapped_link = link_or_refuse;
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(success_leaves_the_file_and_nothing_else),
        SCRATCH_TEST(no_two_files_have_one_uuid),
        SCRATCH_TEST(an_existing_name_is_refused_and_left_alone),
        SCRATCH_TEST(without_hard_links_the_file_is_renamed),
        SCRATCH_TEST(a_leftover_of_a_dead_process_of_our_number_is_replaced),
        SCRATCH_TEST(a_missing_directory_is_an_input_output_error),
        SCRATCH_TEST(a_full_disk_leaves_nothing_behind),
        SCRATCH_TEST(the_size_that_is_foretold_is_that_of_the_arrays),
        SCRATCH_TEST(a_directory_without_write_permission_stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
