/* What a case leaves in a results file beside its jobs. */
#include "store/results_file.h"

#include "support/check.h"
#include "support/results_sample.h"
#include "support/scratch.h"

#include <stdlib.h>

enum { CASES = 2, ALPHAS = SAMPLE_ALPHAS, SETS = 4 };

static struct error error;
static struct results_sample sample = {
    .n_cases = CASES, .n_alphas = ALPHAS, .n_ablations = SETS, .with_profile = true};

static void check_doubles(enum variable_id id, const double *expected, size_t count)
{
    double values[64];
    assert_true(results_count(&sample.results, id) <= 64);
    CHECK_OK(results_read(&sample.results, id, values, &error));
    for (size_t i = 0; i < count; i++) {
        if (isnan(expected[i])) {
            assert_true(isnan(values[i]));
        } else {
            CHECK_SAME(values[i], expected[i]);
        }
    }
}

static void the_values_of_a_case_stand_in_its_row(void **state)
{
    (void)state;
    int32_t leading[CASES * ALPHAS];
    uint8_t states[CASES];
    CHECK_OK(results_write_case(&sample.results, 0, &SAMPLE_VALUES, &error));
    check_doubles(VAR_SPECTRAL_RADIUS, (double[]){1.5, NAN}, 2);
    check_doubles(VAR_NONNORMALITY, (double[]){0.5, NAN}, 2);
    check_doubles(VAR_SCHUR_RESIDUAL, (double[]){1e-16, NAN}, 2);
    check_doubles(VAR_ORTHOGONALITY_LOSS, (double[]){2e-16, NAN}, 2);
    check_doubles(VAR_MODULUS_GAP, (double[]){NAN, NAN}, 2);
    /* Three of four units: the place beyond the width stays NaN. */
    check_doubles(VAR_EIGENVALUE_RE, (double[]){1.0, 0.5, 0.5, NAN, NAN, NAN, NAN, NAN}, 8);
    check_doubles(VAR_EIGENVALUE_IM, (double[]){0.0, 0.125, -0.125, NAN, NAN, NAN, NAN, NAN}, 8);
    check_doubles(VAR_ALPHA_GAP, (double[]){0.1, 0.2, 0.3, NAN, NAN, NAN}, 6);
    check_doubles(VAR_COUPLING_MASS, SAMPLE_VALUES.coupling_mass, ALPHAS * COUPLING_COUNT);
    CHECK_OK(results_read(&sample.results, VAR_N_R, leading, &error));
    assert_memory_equal(leading, ((int32_t[]){4, 3, 1, -1, -1, -1}), sizeof leading);
    check_doubles(VAR_ALPHA_LOW, (double[]){0.5, 0.0, NAN, NAN, NAN, NAN, NAN, NAN}, 8);
    check_doubles(VAR_ALPHA_HIGH, (double[]){1.0, 0.5, NAN, NAN, NAN, NAN, NAN, NAN}, 8);
    int32_t dims[CASES * SAMPLE_PARTITIONS];
    CHECK_OK(results_read(&sample.results, VAR_PARTITION_N_R, dims, &error));
    assert_memory_equal(dims, ((int32_t[]){1, 3, -1, -1, -1, -1, -1, -1}), sizeof dims);
    uint8_t routes[CASES];
    CHECK_OK(results_read(&sample.results, VAR_SCHUR_ROUTE, routes, &error));
    assert_int_equal(routes[0], SCHUR_ROUTE_SCALAPACK);
    assert_int_equal(routes[1], SCHUR_ROUTE_MISSING);
    CHECK_OK(results_read(&sample.results, VAR_CASE_STATE, states, &error));
    assert_int_equal(states[0], JOB_DONE);
    assert_int_equal(states[1], JOB_PENDING);
}

static void what_is_known_of_the_training_stands_there_too(void **state)
{
    (void)state;
    int8_t converged[CASES];
    int32_t steps[CASES];
    uint64_t hashes[CASES];
    CHECK_OK(results_write_case(&sample.results, 1, &SAMPLE_VALUES, &error));
    check_doubles(VAR_TRAIN_METRIC, (double[]){NAN, 0.01}, 2);
    check_doubles(VAR_TRAIN_LOSS, (double[]){NAN, 0.02}, 2);
    check_doubles(VAR_TRAIN_SECONDS, (double[]){NAN, 3.5}, 2);
    CHECK_OK(results_read(&sample.results, VAR_CONVERGED, converged, &error));
    CHECK_OK(results_read(&sample.results, VAR_TRAIN_STEPS, steps, &error));
    CHECK_OK(results_read(&sample.results, VAR_WEIGHTS_HASH, hashes, &error));
    assert_int_equal(converged[0], -1);
    assert_int_equal(converged[1], 1);
    assert_int_equal(steps[0], -1);
    assert_int_equal(steps[1], 2500);
    assert_true(hashes[0] == sample.sweep.models[0].weights_hash &&
                hashes[1] == SAMPLE_VALUES.weights_hash);
}

static void check_message(const char *message, size_t kept)
{
    char *texts = NULL;
    size_t stride = 0;
    uint8_t states[CASES];
    CHECK_OK(results_write_failed_case(&sample.results, 1, message, &error));
    CHECK_OK(results_read_texts(&sample.results, VAR_MESSAGE, &texts, &stride, &error));
    assert_string_equal(texts, "");
    assert_int_equal(strlen(texts + stride), kept);
    assert_memory_equal(texts + stride, message, kept);
    free(texts);
    CHECK_OK(results_read(&sample.results, VAR_CASE_STATE, states, &error));
    assert_int_equal(states[0], JOB_PENDING);
    assert_int_equal(states[1], JOB_FAILED);
}

static void a_message_is_cut_to_its_place(void **state)
{
    (void)state;
    char text[ERROR_TEXT_SIZE];
    static const size_t LENGTHS[] = {0, 1, 199, 200, 201, 1023};
    for (size_t i = sizeof LENGTHS / sizeof LENGTHS[0]; i-- > 0;) { /* the longest first */
        memset(text, 'a' + (int)i, sizeof text);
        text[LENGTHS[i]] = '\0';
        check_message(text, LENGTHS[i] < RESULTS_MESSAGE_SIZE ? LENGTHS[i] : RESULTS_MESSAGE_SIZE);
    }
}

static void a_message_is_never_cut_within_a_character(void **state)
{
    (void)state;
    static const char *const LETTERS[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8c\xb1"};
    for (size_t i = 0; i < sizeof LETTERS / sizeof LETTERS[0]; i++) {
        for (size_t first = RESULTS_MESSAGE_SIZE - 4; first <= RESULTS_MESSAGE_SIZE; first++) {
            char text[RESULTS_MESSAGE_SIZE + 64];
            memset(text, 'x', first);
            (void)snprintf(text + first, sizeof text - first, "%s and more", LETTERS[i]);
            const bool fits = first + strlen(LETTERS[i]) <= RESULTS_MESSAGE_SIZE;
            check_message(text, fits ? RESULTS_MESSAGE_SIZE : first);
        }
    }
}

static void a_case_that_is_done_has_no_message_of_an_earlier_failure(void **state)
{
    (void)state;
    char *texts = NULL;
    size_t stride = 0;
    CHECK_OK(results_write_failed_case(&sample.results, 0, "no such file", &error));
    CHECK_OK(results_write_case(&sample.results, 0, &SAMPLE_VALUES, &error));
    CHECK_OK(results_read_texts(&sample.results, VAR_MESSAGE, &texts, &stride, &error));
    assert_string_equal(texts, "");
    free(texts);
}

#define CASE_TEST(function) RESULTS_SAMPLE_TEST(function, &sample)

int test_results_case(void)
{
    const struct CMUnitTest tests[] = {
        CASE_TEST(the_values_of_a_case_stand_in_its_row),
        CASE_TEST(what_is_known_of_the_training_stands_there_too),
        CASE_TEST(a_message_is_cut_to_its_place),
        CASE_TEST(a_message_is_never_cut_within_a_character),
        CASE_TEST(a_case_that_is_done_has_no_message_of_an_earlier_failure),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
