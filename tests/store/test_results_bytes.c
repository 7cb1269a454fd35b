/* A results file in which one byte is wrong, wherever that is. */
#include "store/results.h"

#include "kernel/diagnostics/diagnostic.h"
#include "store/results_resume.h"
#include "store/results_scan.h"
#include "support/check.h"
#include "support/samples.h"
#include "support/scratch.h"
#include "support/soak.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static struct error error;
static struct sweep sweep;
static struct schema schema;

static int create_sample(void **state)
{
    if (scratch_create(state) != 0) {
        return -1;
    }
    sweep = sample_sweep(2, 2, 2);
    sample_all_partitions(&sweep);
    schema = diagnostics_schema(&sweep);
    sample_results(scratch_path("good.h5"), &sweep);
    return 0;
}

static int remove_sample(void **state)
{
    sweep_release(&sweep);
    return scratch_remove(state);
}

/* Everything a resume does with a file, short of writing. */
static void look_at(const char *path)
{
    struct results *results = NULL;
    struct results_scan scan;
    struct stored_variable variable;
    char *texts = NULL;
    size_t stride = 0;
    if (results_open(&results, path, RESULTS_READ, &schema, &error) != STATUS_OK) {
        return;
    }
    bool is_same = false;
    if (results_match(results, &sweep, &schema, &is_same, &error) == STATUS_OK &&
        results_scan_create(&scan, results, false, &error) == STATUS_OK) {
        results_scan_release(&scan);
    }
    for (int i = 0; results_variable(results, i, &variable); i++) { /* all that somebody may read */
        if (variable.type == VALUE_TEXT &&
            results_read_texts(results, variable.name, &texts, &stride, &error) == STATUS_OK) {
            free(texts);
        }
    }
    (void)!results_close(&results, &error);
}

static size_t steps(void)
{
    return (size_t)every(5) | 1U; /* odd: every place of a word */
}

/* Bytes of the file with one of them changed; the process must neither die nor grow. */
static void look_at_flips(unsigned char *bytes, size_t size, size_t first, size_t step)
{
    static const unsigned char MASKS[] = {0x01, 0x80, 0xff};
    const char *const path = scratch_path("flipped.h5");
    for (size_t i = first; i < size; i += step) {
        for (size_t k = 0; k < sizeof MASKS; k++) {
            bytes[i] ^= MASKS[k];
            file_write(path, bytes, size);
            look_at(path);
            bytes[i] ^= MASKS[k];
        }
    }
}

/* The first bytes belong to the superblock and the root group. A file that says to be HDF5 and
 * cannot be read may be a results file: it is damaged, and nobody else's. */
static int count_foreign(unsigned char *bytes, size_t size, size_t end)
{
    int count = 0;
    for (size_t i = 8; i < end; i += 3 * steps()) {
        struct results *results = NULL;
        bytes[i] ^= 0xff;
        file_write(scratch_path("flipped.h5"), bytes, size);
        const enum status status =
            results_open(&results, scratch_path("flipped.h5"), RESULTS_READ, &schema, &error);
        count += status == STATUS_OUTPUT_TAKEN;
        if (status == STATUS_OK) {
            (void)!results_close(&results, &error);
        }
        bytes[i] ^= 0xff;
    }
    return count;
}

static void a_wrong_byte_makes_no_foreign_file(void **state)
{
    (void)state;
    size_t size = 0;
    unsigned char *const bytes = file_read(scratch_path("good.h5"), &size);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit seconds = {60, 60};
        (void)setrlimit(RLIMIT_CPU, &seconds);
        _exit(count_foreign(bytes, size, size < 3000 ? size : 3000) != 0);
    }
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 0);
    free(bytes);
}

static void a_wrong_byte_anywhere_ends_in_a_status(void **state)
{
    (void)state;
    size_t size = 0;
    unsigned char *const bytes = file_read(scratch_path("good.h5"), &size);
    const pid_t child = fork(); /* what a crash of HDF5 itself would end */
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit seconds = {60, 60};
        (void)setrlimit(RLIMIT_CPU, &seconds);
        look_at_flips(bytes, size, 0, (size < 3000 ? 1 : size / 1000 + 1) * steps());
        _exit(0);
    }
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 0);
    free(bytes);
}

int test_results_bytes(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_byte_makes_no_foreign_file),
        cmocka_unit_test(a_wrong_byte_anywhere_ends_in_a_status),
    };
    return cmocka_run_group_tests(tests, create_sample, remove_sample);
}
