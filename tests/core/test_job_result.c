#include "core/job_result.h"

#include "core/hash.h"
#include "core/training_facts.h"
#include "support/check.h"

enum { MEASURES = 6 };

static const struct job_result RESULT = {.values = {0.125, 0.0625, NAN, 0.3, 0.7, -1.5},
                                         .stabilizer = 1,
                                         .error = 0,
                                         .state = JOB_DONE,
                                         .seconds = 2.5};
static const struct job_index INDEX = {3, 1, 4};

/* The layout that a results file promises, built byte by byte. */
static uint64_t documented_checksum(const struct job_result *result, struct job_index index)
{
    const int64_t place[3] = {index.case_index, index.alpha, index.ablation};
    unsigned char bytes[75];
    memcpy(bytes, place, 24);
    memcpy(bytes + 24, result->values, 48);
    bytes[72] = result->stabilizer;
    bytes[73] = (unsigned char)(result->error & 0xff);
    bytes[74] = (unsigned char)(result->error >> 8);
    return hash_bytes64(bytes, sizeof bytes);
}

static uint64_t checksum(const struct job_result *result, struct job_index index)
{
    return job_result_checksum(result, MEASURES, index);
}

static void the_checksum_covers_index_and_values_in_the_documented_order(void **state)
{
    (void)state;
    struct job_result result = RESULT;
    result.error = 0x0169;
    assert_true(checksum(&result, INDEX) == documented_checksum(&result, INDEX));
}

static void every_bit_of_a_value_changes_the_checksum(void **state)
{
    (void)state;
    for (int i = 0; i < MEASURES * 64; i++) {
        struct job_result changed = RESULT;
        unsigned char *const byte = (unsigned char *)changed.values + i / 8;
        *byte = (unsigned char)(*byte ^ 1u << i % 8);
        assert_true(checksum(&changed, INDEX) != checksum(&RESULT, INDEX));
    }
    for (int bit = 0; bit < 16; bit++) {
        struct job_result changed[2] = {RESULT, RESULT};
        changed[0].stabilizer = (uint8_t)(RESULT.stabilizer ^ 1u << bit % 8);
        changed[1].error = (uint16_t)(RESULT.error ^ 1u << bit);
        assert_true(checksum(&changed[0], INDEX) != checksum(&RESULT, INDEX));
        assert_true(checksum(&changed[1], INDEX) != checksum(&RESULT, INDEX));
    }
}

/* What is beyond the list of measures is no part of a result. */
static void only_the_measures_that_there_are_count(void **state)
{
    (void)state;
    struct job_result changed = RESULT;
    changed.values[MEASURES] = 1.0;
    assert_true(checksum(&changed, INDEX) == checksum(&RESULT, INDEX));
    assert_true(job_result_checksum(&changed, MEASURES + 1, INDEX) !=
                job_result_checksum(&RESULT, MEASURES + 1, INDEX));
    changed.values[MEASURES_MAX - 1] = 2.0;
    assert_true(job_result_checksum(&changed, MEASURES_MAX, INDEX) !=
                job_result_checksum(&RESULT, MEASURES_MAX, INDEX));
}

static void the_place_changes_the_checksum(void **state)
{
    (void)state;
    static const struct job_index OTHERS[] = {{4, 1, 4}, {3, 2, 4}, {3, 1, 5}, {1, 3, 4},
                                              {3, 4, 1}, {4, 1, 3}, {-3, 1, 4}};
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        assert_true(checksum(&RESULT, OTHERS[i]) != checksum(&RESULT, INDEX));
    }
}

static void a_partition_is_no_alpha(void **state)
{
    (void)state;
    for (int64_t partition = 0; partition < 100; partition++) {
        const int64_t place = job_index_of_partition(partition);
        assert_true(place < 0);
        for (int64_t other = 0; other < partition; other++) {
            assert_true(job_index_of_partition(other) != place);
        }
    }
    const struct job_index first = {3, job_index_of_partition(1), 4};
    assert_true(checksum(&RESULT, first) == documented_checksum(&RESULT, first));
    assert_true(checksum(&RESULT, first) != checksum(&RESULT, INDEX));
}

static void an_absent_job_is_as_if_never_written(void **state)
{
    (void)state;
    const struct job_result result = job_result_absent();
    for (int i = 0; i < MEASURES_MAX; i++) {
        assert_true(isnan(result.values[i]));
    }
    assert_true(isnan(result.seconds));
    assert_int_equal(result.stabilizer, STABILIZER_MISSING);
    assert_int_equal(result.error, 0);
    assert_int_equal(result.state, JOB_PENDING);
}

static void state_and_seconds_do_not_change_the_checksum(void **state)
{
    (void)state;
    struct job_result result = RESULT;
    result.state = JOB_PENDING;
    result.seconds = 0.0;
    assert_true(checksum(&result, INDEX) == checksum(&RESULT, INDEX));
}

static void a_failed_job_has_its_error_and_no_values(void **state)
{
    (void)state;
    const struct job_result result = job_result_failed(STATUS_JOB_ROLLOUT_NONFINITE);
    for (int i = 0; i < MEASURES_MAX; i++) {
        assert_true(isnan(result.values[i]));
    }
    assert_int_equal(result.stabilizer, 255);
    assert_int_equal(result.state, 2);
    assert_int_equal(result.error, 105);
    CHECK_SAME(result.seconds, 0.0);
}

static void facts_of_a_model_from_elsewhere_are_all_missing(void **state)
{
    (void)state;
    const struct training_facts facts = training_facts_missing();
    assert_int_equal(facts.converged, -1);
    assert_int_equal(facts.steps, -1);
    assert_true(isnan(facts.metric) && isnan(facts.loss) && isnan(facts.seconds));
}

int test_job_result(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checksum_covers_index_and_values_in_the_documented_order),
        cmocka_unit_test(every_bit_of_a_value_changes_the_checksum),
        cmocka_unit_test(only_the_measures_that_there_are_count),
        cmocka_unit_test(the_place_changes_the_checksum),
        cmocka_unit_test(a_partition_is_no_alpha),
        cmocka_unit_test(an_absent_job_is_as_if_never_written),
        cmocka_unit_test(state_and_seconds_do_not_change_the_checksum),
        cmocka_unit_test(a_failed_job_has_its_error_and_no_values),
        cmocka_unit_test(facts_of_a_model_from_elsewhere_are_all_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
