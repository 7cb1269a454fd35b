#include "store/results_faults.h"

#include "store/results_internal.h"
#include "support/check.h"
#include "support/results_sample.h"
#include "support/scratch.h"

#include <stdlib.h>

enum { CASES = 4 };

static struct error error;
static struct results_sample sample = {.n_cases = CASES, .n_alphas = 2, .n_ablations = 2};

static void check_faults(const uint8_t *expected)
{
    uint8_t faults[CASES * FAULT_COUNT];
    CHECK_OK(results_read_faults(sample.results, faults, &error));
    assert_memory_equal(faults, expected, sizeof faults);
}

static void everything_is_zero_at_first(void **state)
{
    (void)state;
    uint8_t attempts[CASES];
    static const uint8_t ZEROS[CASES * FAULT_COUNT];
    CHECK_OK(results_read_attempts(sample.results, attempts, &error));
    assert_memory_equal(attempts, ZEROS, sizeof attempts);
    check_faults(ZEROS);
}

static void a_written_value_stands_in_its_place_alone(void **state)
{
    (void)state;
    uint8_t expected[CASES * FAULT_COUNT] = {0};
    for (int i = 0; i < CASES; i++) {
        for (int fault = 0; fault < FAULT_COUNT; fault++) {
            const uint8_t value = (uint8_t)(1 + i * FAULT_COUNT + fault);
            expected[i * FAULT_COUNT + fault] = value;
            CHECK_OK(
                results_write_fault(sample.results, i, (enum results_fault)fault, value, &error));
            check_faults(expected);
        }
    }
}

static void attempts_stand_by_case(void **state)
{
    (void)state;
    uint8_t attempts[CASES];
    CHECK_OK(results_write_attempts(sample.results, 3, 250, &error));
    CHECK_OK(results_write_attempts(sample.results, 1, 2, &error));
    CHECK_OK(results_read_attempts(sample.results, attempts, &error));
    assert_memory_equal(attempts, ((uint8_t[]){0, 2, 0, 250}), sizeof attempts);
}

/* What a crashing process writes without HDF5 is what HDF5 reads. */
static void the_place_of_a_fault_is_its_byte_in_the_file(void **state)
{
    (void)state;
    off_t places[CASES * FAULT_COUNT];
    size_t size = 0;
    for (int k = 0; k < CASES * FAULT_COUNT; k++) {
        places[k] = results_fault_place(sample.results, k / FAULT_COUNT,
                                        (enum results_fault)(k % FAULT_COUNT));
    }
    CHECK_OK(results_close(&sample.results, &error));
    unsigned char *const bytes = file_read(scratch_path("out.h5"), &size);
    uint8_t expected[CASES * FAULT_COUNT];
    for (int k = 0; k < CASES * FAULT_COUNT; k++) {
        assert_in_range(places[k], 1, size - 1);
        expected[k] = (uint8_t)(101 + k);
        bytes[places[k]] = expected[k];
    }
    file_write(scratch_path("out.h5"), bytes, size);
    free(bytes);
    CHECK_OK(results_open(&sample.results, scratch_path("out.h5"), RESULTS_WRITE, &sample.schema,
                          &error));
    check_faults(expected);
}

/* The crash mark counts a timeout in the byte after that of the crash. */
static void a_timeout_stands_behind_the_crash_of_its_kind(void **state)
{
    (void)state;
    assert_true(results_fault_place(sample.results, 2, FAULT_SWEEP_TIMEOUT) ==
                results_fault_place(sample.results, 2, FAULT_SWEEP_CRASH) + 1);
    assert_true(results_fault_place(sample.results, 2, FAULT_TRAINING_TIMEOUT) ==
                results_fault_place(sample.results, 2, FAULT_TRAINING_CRASH) + 1);
}

static void a_place_outside_is_an_input_output_error(void **state)
{
    (void)state;
    CHECK_FAILS(results_write_attempts(sample.results, CASES, 1, &error), STATUS_IO,
                "out.h5: cannot write run/attempts");
    CHECK_FAILS(results_write_fault(sample.results, CASES, FAULT_SWEEP_CRASH, 1, &error), STATUS_IO,
                "out.h5: cannot write run/faults");
}

static void trainings_are_remembered(void **state)
{
    (void)state;
    static const struct training_mark mark = {.step = 40, .steps = 100, .start = 3, .loss = 0.5};
    struct training_mark marks[CASES];
    CHECK_OK(results_write_training(sample.results, 2, &mark, &error));
    CHECK_OK(results_read_training(sample.results, marks, &error));
    assert_memory_equal(&marks[2], &mark, sizeof mark);
    assert_int_equal(marks[1].steps, 0);
    CHECK_FAILS(results_write_training(sample.results, CASES, &mark, &error), STATUS_IO,
                "out.h5: cannot write run/training");
}

static void an_older_file_has_no_trainings(void **state)
{
    (void)state;
    static const struct training_mark mark = {.step = 40, .steps = 100};
    struct training_mark marks[CASES];
    memset(marks, 1, sizeof marks);
    assert_true(H5Ldelete(sample.results->file, "run/training", H5P_DEFAULT) >= 0);
    CHECK_OK(results_close(&sample.results, &error));
    CHECK_OK(results_open(&sample.results, scratch_path("out.h5"), RESULTS_WRITE, &sample.schema,
                          &error));
    CHECK_OK(results_write_training(sample.results, 2, &mark, &error));
    CHECK_OK(results_read_training(sample.results, marks, &error));
    assert_int_equal(marks[2].steps, 0);
}

#define FAULT_TEST(function) RESULTS_SAMPLE_TEST(function, &sample)

int test_results_faults(void)
{
    const struct CMUnitTest tests[] = {
        FAULT_TEST(everything_is_zero_at_first),
        FAULT_TEST(a_written_value_stands_in_its_place_alone),
        FAULT_TEST(attempts_stand_by_case),
        FAULT_TEST(the_place_of_a_fault_is_its_byte_in_the_file),
        FAULT_TEST(a_timeout_stands_behind_the_crash_of_its_kind),
        FAULT_TEST(a_place_outside_is_an_input_output_error),
        FAULT_TEST(trainings_are_remembered),
        FAULT_TEST(an_older_file_has_no_trainings),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
