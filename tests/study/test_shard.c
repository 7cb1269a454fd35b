/* Shards of a study: disjoint, together the whole, each with a name and an identity of its own. */
#include "study/shard.h"

#include "core/memory.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>

enum { CASES = 11, MODELS = 4 };

static struct error error;

/* Case i has the task label "<i>". */
static struct sweep new_sweep(const char *output)
{
    struct sweep sweep = {.n_models = MODELS, .n_cases = CASES};
    CHECK_OK(memory_string(&sweep.output, output, &error));
    CHECK_OK(memory_string(&sweep.canonical, "study = n\nseed = 1\n", &error));
    CHECK_OK(memory_array(&sweep.models, MODELS, sizeof *sweep.models, &error));
    CHECK_OK(memory_array(&sweep.cases, CASES, sizeof *sweep.cases, &error));
    for (int i = 0; i < CASES; i++) {
        char label[12];
        (void)snprintf(label, sizeof label, "%d", i);
        sweep.cases[i].model = i % MODELS;
        sweep.cases[i].task = CASE_TASK_OWN;
        CHECK_OK(memory_string(&sweep.cases[i].task_label, label, &error));
    }
    return sweep;
}

static int count_shard(const struct shard *shard, int found[CASES])
{
    struct sweep sweep = new_sweep("study.h5");
    int last = -1;
    CHECK_OK(shard_keep_cases(&sweep, shard, &error));
    assert_int_equal(sweep.n_models, MODELS);
    for (int i = 0; i < sweep.n_cases; i++) {
        const int index = (int)strtol(sweep.cases[i].task_label, NULL, 10);
        assert_true(index > last);
        assert_int_equal(sweep.cases[i].model, index % MODELS);
        found[index]++;
        last = index;
    }
    const int kept = sweep.n_cases;
    sweep_release(&sweep);
    return kept;
}

static void shards_are_disjoint_together_the_study_and_of_one_size(void **state)
{
    (void)state;
    for (int count = 1; count <= CASES + 3; count++) {
        int found[CASES] = {0};
        for (int number = 1; number <= count; number++) {
            const int kept = count_shard(&(struct shard){number, count}, found);
            assert_in_range(kept, CASES / count, (CASES + count - 1) / count);
        }
        for (int i = 0; i < CASES; i++) {
            assert_int_equal(found[i], 1);
        }
    }
}

static void a_surplus_shard_is_empty(void **state)
{
    struct sweep sweep = new_sweep("study.h5");
    (void)state;
    CHECK_OK(shard_keep_cases(&sweep, &(struct shard){CASES + 1, CASES + 1}, &error));
    assert_int_equal(sweep.n_cases, 0);
    sweep_release(&sweep);
}

static void the_canonical_study_names_the_shard(void **state)
{
    struct sweep sweep = new_sweep("study.h5");
    (void)state;
    CHECK_OK(shard_keep_cases(&sweep, &(struct shard){2, 8}, &error));
    assert_string_equal(sweep.canonical, "study = n\nseed = 1\nshard = \"2/8\"\n");
    sweep_release(&sweep);
}

static void check_shard(const char *canonical, int number, int count)
{
    const struct shard shard = shard_of_canonical(canonical);
    assert_int_equal(shard.number, number);
    assert_int_equal(shard.count, count);
}

static void the_shard_is_read_back(void **state)
{
    struct sweep sweep = new_sweep("study.h5");
    (void)state;
    check_shard(sweep.canonical, 1, 1);
    CHECK_OK(shard_keep_cases(&sweep, &(struct shard){2, 8}, &error));
    check_shard(sweep.canonical, 2, 8);
    sweep_release(&sweep);
    check_shard("", 1, 1);
    check_shard("shard = \"3/4\"", 3, 4);
    check_shard("shard = \"3/4\"\nstudy = n\n", 1, 1);
    check_shard("study = n\nshard = \"9/4\"\n", 1, 1);
    check_shard("study = n\nshard = \"1111111111111111111111111111111111111/4\n", 1, 1);
}

static void check_output(const char *output, const char *expected)
{
    struct sweep sweep = new_sweep(output);
    CHECK_OK(shard_name_output(&sweep, &(struct shard){2, 10}, &error));
    assert_string_equal(sweep.output, expected);
    assert_true(shard_is_output(sweep.output, output));
    sweep_release(&sweep);
}

static void the_output_is_named_after_the_shard(void **state)
{
    (void)state;
    check_output("out/threshold.h5", "out/threshold.shard-2-of-10.h5");
    check_output("threshold.nc", "threshold.nc.shard-2-of-10.h5");
    check_output(".h5", ".h5.shard-2-of-10.h5");
    check_output("a%d.h5", "a%d.shard-2-of-10.h5");
}

static void other_files_are_no_outputs(void **state)
{
    (void)state;
    assert_false(shard_is_output("out/threshold.h5", "out/threshold.h5"));
    assert_false(shard_is_output("out/other.shard-2-of-10.h5", "out/threshold.h5"));
    assert_false(shard_is_output("out/threshold.shard-2-of-.h5", "out/threshold.h5"));
    assert_false(shard_is_output("out/threshold.shard-x-of-3.h5", "out/threshold.h5"));
    assert_false(shard_is_output("out/threshold.shard-1-of-3.h5.bak", "out/threshold.h5"));
    assert_false(shard_is_output("out", "out/threshold.h5"));
}

static void a_shard_is_two_numbers(void **state)
{
    struct shard shard;
    (void)state;
    CHECK_OK(shard_parse(&shard, "2/8", &error));
    assert_int_equal(shard.number, 2);
    assert_int_equal(shard.count, 8);
    CHECK_OK(shard_parse(&shard, "1/1", &error));
    CHECK_OK(shard_parse(&shard, "999999999/999999999", &error));
}

static void other_words_are_refused(void **state)
{
    static const char *const words[] = {"",     "2",     "2/",   "/8",   "0/8",   "9/8",
                                        "-1/8", "+1/8",  "2/8 ", " 2/8", "2/8/1", "02/8",
                                        "2/08", "2 / 8", "2:8",  "a/b",  "1/1e3", "1/4294967297"};
    struct shard shard;
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        CHECK_FAILS(shard_parse(&shard, words[i], &error), STATUS_USAGE, "expected K/N");
        CHECK_FAILS(shard_parse(&shard, words[i], &error), STATUS_USAGE, words[i]);
    }
}

int test_shard(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shards_are_disjoint_together_the_study_and_of_one_size),
        cmocka_unit_test(a_surplus_shard_is_empty),
        cmocka_unit_test(the_canonical_study_names_the_shard),
        cmocka_unit_test(the_shard_is_read_back),
        cmocka_unit_test(the_output_is_named_after_the_shard),
        cmocka_unit_test(other_files_are_no_outputs),
        cmocka_unit_test(a_shard_is_two_numbers),
        cmocka_unit_test(other_words_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
