#include "core/elementary.h"

#include "core/rng.h"
#include "core/vector_clones.h"
#include "support/check.h"

#include <math.h>

/* The same functions once more, without instructions that not every processor has. */
#undef VECTOR_CLONES
#define VECTOR_CLONES static
#define elementary_log plain_log
#define elementary_circles plain_circles
#define elementary_normals plain_normals
#include "core/elementary.c"
#undef elementary_log
#undef elementary_circles
#undef elementary_normals

static const struct rng_key KEY = {{3, 4}};

static void logarithms_are_those_of_the_library(void **state)
{
    (void)state;
    struct rng rng = rng_stream(KEY, 0, 0);
    CHECK_SAME(elementary_log(1.0), 0.0);
    for (int i = 0; i < 20000; i++) {
        const double x = ldexp(1.0 + rng_uniform(&rng), (int)rng_below(&rng, 2040) - 1022);
        const double expected = log(x);
        CHECK_NEAR(elementary_log(x), expected, 4e-16 * fabs(expected) + 1e-300);
    }
    for (int i = 1; i < 1000; i++) { /* next to 1 on both sides */
        const double x = 1.0 + (i % 2 == 0 ? i : -i) * 0x1p-52;
        CHECK_NEAR(elementary_log(x), log(x), 4e-16 * fabs(log(x)));
    }
}

static void the_circle_is_that_of_the_library(void **state)
{
    (void)state;
    struct rng rng = rng_stream(KEY, 1, 0);
    for (int i = 0; i < 20000; i++) {
        const double turns = ldexp(2.0 * rng_uniform(&rng) - 1.0, (int)rng_below(&rng, 12));
        const long double angle = 2.0L * 3.14159265358979323846264338L * (turns - round(turns));
        double c = 0.0;
        double s = 0.0;
        elementary_circle(turns, &c, &s);
        CHECK_NEAR(c, (double)cosl(angle), 3e-16);
        CHECK_NEAR(s, (double)sinl(angle), 3e-16);
    }
}

static void quarters_of_a_turn_are_exact(void **state)
{
    (void)state;
    static const double COSINES[] = {1.0, 0.0, -1.0, 0.0};
    for (int i = -8; i < 8; i++) {
        double c = 0.0;
        double s = 0.0;
        elementary_circle(0.25 * i, &c, &s);
        CHECK_SAME(fabs(c - COSINES[(i + 8) % 4]), 0.0);
        CHECK_SAME(fabs(s - COSINES[(i + 11) % 4]), 0.0);
    }
}

/* One by one, in odd and even numbers: every pair by itself. */
static void normals_do_not_depend_on_how_many_are_asked_for(void **state)
{
    (void)state;
    static const size_t COUNTS[] = {1, 2, 3, 64, 65, 1, 7, 130, 0, 5};
    struct rng together = rng_stream(KEY, 2, 0);
    struct rng alone = together;
    for (size_t i = 0; i < sizeof COUNTS / sizeof *COUNTS; i++) {
        double normals[130];
        rng_normals(&together, normals, COUNTS[i]);
        for (size_t k = 0; k < COUNTS[i]; k++) {
            CHECK_SAME(normals[k], rng_normal(&alone));
        }
    }
    assert_true(rng_bits(&together) == rng_bits(&alone));
}

static void every_isa_gives_the_same_bits(void **state)
{
    (void)state;
    enum { COUNT = 1003 };
    struct rng rng = rng_stream(KEY, 3, 0);
    static double radius[COUNT], turns[COUNT], best[2 * COUNT], plain[2 * COUNT];
    for (int i = 0; i < COUNT; i++) {
        radius[i] = 1.0 - rng_uniform(&rng);
        turns[i] = ldexp(rng_uniform(&rng) - 0.5, i % 20);
    }
    elementary_normals(radius, turns, best, COUNT);
    plain_normals(radius, turns, plain, COUNT);
    assert_memory_equal(best, plain, sizeof best);
    elementary_circles(turns, best, best + COUNT, COUNT);
    plain_circles(turns, plain, plain + COUNT, COUNT);
    assert_memory_equal(best, plain, sizeof best);
    CHECK_SAME(elementary_log(radius[0]), plain_log(radius[0]));
}

int test_elementary(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logarithms_are_those_of_the_library),
        cmocka_unit_test(the_circle_is_that_of_the_library),
        cmocka_unit_test(quarters_of_a_turn_are_exact),
        cmocka_unit_test(normals_do_not_depend_on_how_many_are_asked_for),
        cmocka_unit_test(every_isa_gives_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
