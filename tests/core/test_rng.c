#include "core/rng.h"

#include "core/isa.h"
#include "support/check.h"
#include "support/wrapped.h"

#include <stdlib.h>

WRAPPED(bool, isa_available, (enum isa path), (path))

static const struct rng_key KEY = {{0x1234, 0x5678}};

/* Philox4x64-10 written down once more from the paper (Salmon et al. 2011, section 3.3). */
static void philox(const uint64_t counter[4], const uint64_t key[2], uint64_t out[4])
{
    uint64_t c[4] = {counter[0], counter[1], counter[2], counter[3]};
    uint64_t k[2] = {key[0], key[1]};
    for (int round = 0; round < 10; round++) {
        const unsigned __int128 a = (unsigned __int128)0xd2e7470ee14c6c93u * c[0];
        const unsigned __int128 b = (unsigned __int128)0xca5a826395121157u * c[2];
        const uint64_t next[4] = {(uint64_t)(b >> 64) ^ c[1] ^ k[0], (uint64_t)b,
                                  (uint64_t)(a >> 64) ^ c[3] ^ k[1], (uint64_t)a};
        memcpy(c, next, sizeof c);
        k[0] += 0x9e3779b97f4a7c15u;
        k[1] += 0xbb67ae8584caa73bu;
    }
    memcpy(out, c, sizeof c);
}

/* The file kat_vectors of the Random123 distribution: counter, key, answer. */
static const uint64_t KNOWN[3][10] = {
    {0, 0, 0, 0, 0, 0, 0x16554d9eca36314cu, 0xdb20fe9d672d0fdcu, 0xd7e772cee186176bu,
     0x7e68b68aec7ba23bu},
    {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, 0x87b092c3013fe90bu,
     0x438c3c67be8d0224u, 0x9cc7d7c69cd777b6u, 0xa09caebf594f0ba0u},
    {0x243f6a8885a308d3u, 0x13198a2e03707344u, 0xa4093822299f31d0u, 0x082efa98ec4e6c89u,
     0x452821e638d01377u, 0xbe5466cf34e90c6cu, 0xa528f45403e61d95u, 0x38c72dbd566e9788u,
     0xa5a1610e72fd18b5u, 0x57bd43b5e52b7fe6u},
};

static void the_reference_here_gives_the_known_answers(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        uint64_t out[4];
        philox(KNOWN[i], KNOWN[i] + 4, out);
        assert_memory_equal(out, KNOWN[i] + 6, sizeof out);
    }
}

static void the_zero_stream_begins_with_the_known_answer(void **state)
{
    (void)state;
    struct rng rng = rng_stream((struct rng_key){{0, 0}}, 0, 0);
    for (int i = 0; i < 4; i++) {
        assert_true(rng_bits(&rng) == KNOWN[0][6 + i]);
    }
}

/* Block b of stream s, substream u is Philox of the counter (b, 0, u, s): stored models and trials
 * depend on it. */
static void a_stream_is_philox_of_its_name(void **state)
{
    (void)state;
    const uint64_t names[][4] = {{1, 2, 3, 4}, {UINT64_MAX, 0, UINT64_MAX, 9}, {0, 7, 0, 1}};
    for (int i = 0; i < 3; i++) {
        struct rng rng =
            rng_stream((struct rng_key){{names[i][0], names[i][1]}}, names[i][2], names[i][3]);
        for (uint64_t block = 0; block < 50; block++) {
            const uint64_t counter[4] = {block, 0, names[i][3], names[i][2]};
            uint64_t expected[4];
            philox(counter, names[i], expected);
            for (int word = 0; word < 4; word++) {
                assert_true(rng_bits(&rng) == expected[word]);
            }
        }
    }
}

/* However many words are drawn at once, and alternating with single ones. */
static void words_and_signs_at_once_are_those_one_by_one(void **state)
{
    (void)state;
    enum { MOST = 100 };
    uint64_t words[MOST];
    double signs[MOST];
    struct rng one_by_one = rng_stream(KEY, 5, 6);
    struct rng rng = rng_stream(KEY, 5, 6);
    for (size_t count = 0; count < MOST; count += 7) {
        rng_words(&rng, words, count);
        for (size_t i = 0; i < count; i++) {
            assert_true(words[i] == rng_bits(&one_by_one));
        }
        assert_true(rng_bits(&rng) == rng_bits(&one_by_one));
        rng_signs(&rng, signs, count);
        for (size_t i = 0; i < count; i++) {
            CHECK_SAME(signs[i], rng_sign(&one_by_one));
        }
    }
}

static void a_copy_of_the_state_goes_on_the_same(void **state)
{
    (void)state;
    struct rng rng = rng_stream(KEY, 3, 0);
    for (int i = 0; i < 7; i++) {
        (void)rng_normal(&rng);
    }
    struct rng copy = rng;
    for (int i = 0; i < 50; i++) {
        CHECK_SAME(rng_normal(&rng), rng_normal(&copy));
        assert_true(rng_bits(&rng) == rng_bits(&copy));
    }
}

static void uniform_numbers_are_multiples_of_2_to_the_minus_53_below_1(void **state)
{
    (void)state;
    struct rng rng = rng_stream(KEY, 0, 0);
    double low = 1.0;
    double high = 0.0;
    bool odd = false;
    for (int i = 0; i < 100000; i++) {
        const double u = rng_uniform(&rng);
        assert_true(u >= 0.0 && u < 1.0);
        const double scaled = u * 0x1p53;
        CHECK_SAME(scaled, floor(scaled));
        odd = odd || ((uint64_t)scaled & 1u) != 0;
        low = fmin(low, u);
        high = fmax(high, u);
    }
    assert_true(odd); /* all 53 bits are used */
    assert_true(low < 1e-3 && high > 1.0 - 1e-3);
}

/* Number of standard errors between a mean of `count` numbers and its expectation. */
static double z_score(double sum, double count, double mean, double variance)
{
    return (sum - count * mean) / sqrt(count * variance);
}

static void uniform_numbers_have_the_moments_of_the_uniform_law(void **state)
{
    (void)state;
    enum { COUNT = 200000 };
    struct rng rng = rng_stream(KEY, 1, 0);
    double sum = 0.0;
    double squares = 0.0;
    for (int i = 0; i < COUNT; i++) {
        const double u = rng_uniform(&rng);
        sum += u;
        squares += u * u;
    }
    CHECK_NEAR(z_score(sum, COUNT, 0.5, 1.0 / 12.0), 0.0, 4.5);
    CHECK_NEAR(z_score(squares, COUNT, 1.0 / 3.0, 4.0 / 45.0), 0.0, 4.5);
}

static void numbers_below_a_bound_are_equally_likely(void **state)
{
    (void)state;
    static const uint64_t BOUNDS[] = {1, 2, 3, 5, 7, 8, 10, 100};
    enum { COUNT = 100000 };
    for (size_t b = 0; b < sizeof BOUNDS / sizeof *BOUNDS; b++) {
        struct rng rng = rng_stream(KEY, 2, b);
        double counts[100] = {0};
        for (int i = 0; i < COUNT; i++) {
            const uint64_t drawn = rng_below(&rng, BOUNDS[b]);
            assert_true(drawn < BOUNDS[b]);
            counts[drawn] += 1.0;
        }
        const double expected = (double)COUNT / (double)BOUNDS[b];
        const double degrees = (double)BOUNDS[b] - 1.0;
        double chi_square = 0.0;
        for (uint64_t i = 0; i < BOUNDS[b]; i++) {
            chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
        }
        CHECK_NEAR(chi_square, degrees, 5.0 * sqrt(2.0 * degrees) + 1e-9);
    }
}

/* With bits % bound the lowest third would get half of the draws. */
static void a_bound_that_does_not_divide_2_to_the_64_has_no_bias(void **state)
{
    (void)state;
    const uint64_t third = (uint64_t)1 << 62;
    enum { COUNT = 30000 };
    struct rng rng = rng_stream(KEY, 4, 0);
    double low = 0.0;
    for (int i = 0; i < COUNT; i++) {
        const uint64_t drawn = rng_below(&rng, 3 * third);
        assert_true(drawn < 3 * third);
        low += drawn < third ? 1.0 : 0.0;
    }
    CHECK_NEAR(z_score(low, COUNT, 1.0 / 3.0, 2.0 / 9.0), 0.0, 4.5);
}

static void the_largest_bounds_are_kept(void **state)
{
    (void)state;
    struct rng rng = rng_stream(KEY, 5, 0);
    for (int i = 0; i < 1000; i++) {
        assert_true(rng_below(&rng, UINT64_MAX) < UINT64_MAX);
        assert_true(rng_below(&rng, ((uint64_t)1 << 63) + 1) <= (uint64_t)1 << 63);
    }
}

static void normal_numbers_have_the_moments_of_the_normal_law(void **state)
{
    (void)state;
    enum { COUNT = 200000 };
    static const double MEAN[5] = {1, 0, 1, 0, 3};
    static const double VARIANCE[5] = {1, 1, 2, 15, 96};
    struct rng rng = rng_stream(KEY, 6, 0);
    double sums[5] = {0};
    for (int i = 0; i < COUNT; i++) {
        const double z = rng_normal(&rng);
        assert_true(isfinite(z));
        for (int power = 1; power < 5; power++) {
            sums[power] += pow(z, power);
        }
    }
    for (int power = 1; power < 5; power++) {
        CHECK_NEAR(z_score(sums[power], COUNT, MEAN[power], VARIANCE[power]), 0.0, 4.5);
    }
}

static void normal_numbers_have_the_tails_of_the_normal_law(void **state)
{
    (void)state;
    enum { COUNT = 200000 };
    struct rng rng = rng_stream(KEY, 7, 0);
    double beyond[4] = {0};
    for (int i = 0; i < COUNT; i++) {
        const double z = rng_normal(&rng);
        for (int k = 0; k < 4; k++) {
            beyond[k] += fabs(z) > k ? 1.0 : 0.0;
        }
    }
    for (int k = 1; k < 4; k++) {
        const double p = erfc(k / sqrt(2.0));
        CHECK_NEAR(z_score(beyond[k], COUNT, p, p * (1.0 - p)), 0.0, 4.5);
    }
}

static void the_two_numbers_of_a_box_muller_pair_are_uncorrelated(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    struct rng rng = rng_stream(KEY, 8, 0);
    double products = 0.0;
    double squares = 0.0; /* of z^2 - 1: equal radii would show here */
    for (int i = 0; i < COUNT; i++) {
        const double a = rng_normal(&rng);
        const double b = rng_normal(&rng);
        products += a * b;
        squares += (a * a - 1.0) * (b * b - 1.0);
    }
    CHECK_NEAR(z_score(products, COUNT, 0.0, 1.0), 0.0, 4.5);
    CHECK_NEAR(z_score(squares, COUNT, 0.0, 4.0), 0.0, 4.5);
}

static void signs_are_plus_or_minus_one_and_equally_likely(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    struct rng rng = rng_stream(KEY, 9, 0);
    double sum = 0.0;
    for (int i = 0; i < COUNT; i++) {
        const double sign = rng_sign(&rng);
        CHECK_SAME(fabs(sign), 1.0);
        sum += sign;
    }
    CHECK_NEAR(z_score(sum, COUNT, 0.0, 1.0), 0.0, 4.5);
}

static int compare_words(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Streams are disjoint pieces of one permutation: a word in common would mean an overlap. */
static void streams_with_different_names_share_no_number(void **state)
{
    (void)state;
    enum { STREAMS = 6, LENGTH = 4000 };
    struct rng streams[STREAMS] = {
        rng_stream(KEY, 0, 0),
        rng_stream(KEY, 1, 0),
        rng_stream(KEY, 0, 1),
        rng_stream(KEY, 1, 1),
        rng_stream((struct rng_key){{KEY.word[1], KEY.word[0]}}, 0, 0),
        rng_stream((struct rng_key){{KEY.word[0], KEY.word[1] + 1}}, 0, 0),
    };
    static uint64_t words[STREAMS * LENGTH];
    for (int i = 0; i < STREAMS * LENGTH; i++) {
        words[i] = rng_bits(&streams[i / LENGTH]);
    }
    qsort(words, STREAMS * LENGTH, sizeof *words, compare_words);
    for (int i = 1; i < STREAMS * LENGTH; i++) {
        assert_true(words[i] != words[i - 1]);
    }
}

static void neighbouring_streams_are_uncorrelated(void **state)
{
    (void)state;
    enum { STREAMS = 20000 };
    double products = 0.0;
    double previous = 0.0;
    for (uint64_t i = 0; i < STREAMS; i++) {
        struct rng rng = rng_stream(KEY, i, 0);
        const double first = rng_normal(&rng);
        products += previous * first;
        previous = first;
    }
    CHECK_NEAR(z_score(products, STREAMS - 1, 0.0, 1.0), 0.0, 4.5);
}

static bool is_portable(enum isa path)
{
    return path == ISA_PORTABLE;
}

static void every_isa_draws_the_same(void **state)
{
    (void)state;
    struct rng best = rng_stream(KEY, UINT64_MAX, 7);
    struct rng portable = best;
    best.block = portable.block = UINT64_MAX - 19;
    for (int i = 0; i < 1000; i++) {
        const uint64_t word = rng_bits(&best);
        wrapped_isa_available = is_portable;
        const uint64_t other = rng_bits(&portable);
        wrapped_isa_available = __real_isa_available;
        assert_true(word == other);
    }
}

int test_rng(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_here_gives_the_known_answers),
        cmocka_unit_test(the_zero_stream_begins_with_the_known_answer),
        cmocka_unit_test(a_stream_is_philox_of_its_name),
        cmocka_unit_test(words_and_signs_at_once_are_those_one_by_one),
        cmocka_unit_test(a_copy_of_the_state_goes_on_the_same),
        cmocka_unit_test(uniform_numbers_are_multiples_of_2_to_the_minus_53_below_1),
        cmocka_unit_test(uniform_numbers_have_the_moments_of_the_uniform_law),
        cmocka_unit_test(numbers_below_a_bound_are_equally_likely),
        cmocka_unit_test(a_bound_that_does_not_divide_2_to_the_64_has_no_bias),
        cmocka_unit_test(the_largest_bounds_are_kept),
        cmocka_unit_test(normal_numbers_have_the_moments_of_the_normal_law),
        cmocka_unit_test(normal_numbers_have_the_tails_of_the_normal_law),
        cmocka_unit_test(the_two_numbers_of_a_box_muller_pair_are_uncorrelated),
        cmocka_unit_test(signs_are_plus_or_minus_one_and_equally_likely),
        cmocka_unit_test(streams_with_different_names_share_no_number),
        cmocka_unit_test(neighbouring_streams_are_uncorrelated),
        cmocka_unit_test(every_isa_draws_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
