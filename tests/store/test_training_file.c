/* A training in the middle comes back as it was kept, or not at all. */
#include "store/training_file.h"

#include "store/library.h"
#include "support/check.h"
#include "support/scratch.h"

#include <stdlib.h>

enum { VALUES = 5, STEPS = 9, TAKEN = 4 };

static struct error error;

/* A state with arrays of its own; all its numbers begin as `first`. */
struct kept {
    double room[4][VALUES];
    double losses[STEPS];
    struct training_state state;
};

static void begin(struct kept *kept, double first)
{
    for (int i = 0; i < 4 * VALUES; i++) {
        kept->room[i / VALUES][i % VALUES] = first + i;
    }
    for (int i = 0; i < STEPS; i++) {
        kept->losses[i] = first - i;
    }
    kept->state = (struct training_state){.n_steps = STEPS,
                                          .n_values = VALUES,
                                          .values = kept->room[0],
                                          .moment_1 = kept->room[1],
                                          .moment_2 = kept->room[2],
                                          .mean = kept->room[3],
                                          .losses = kept->losses};
}

static void write_sample(struct kept *kept, double first)
{
    begin(kept, first);
    kept->state.step = TAKEN;
    kept->state.seconds = 2.5;
    CHECK_OK(training_file_write(scratch_path("t"), "origin\nof bits", &kept->state, &error));
}

/* Nothing is read, and nothing has changed. */
static void check_refused(const char *origin, size_t n_values, int n_steps)
{
    struct kept found;
    struct kept before;
    begin(&found, 7.0);
    begin(&before, 7.0);
    found.state.n_values = n_values;
    found.state.n_steps = n_steps;
    assert_false(training_file_read(scratch_path("t"), origin, &found.state));
    assert_int_equal(found.state.step, 0);
    assert_memory_equal(found.room, before.room, sizeof found.room);
    assert_memory_equal(found.losses, before.losses, sizeof found.losses);
}

static void a_state_comes_back(void **state)
{
    (void)state;
    struct kept kept;
    struct kept found;
    write_sample(&kept, 100.0);
    write_sample(&kept, 0.1); /* in the place of the older one */
    assert_int_equal(scratch_count(), 1);
    begin(&found, 7.0);
    assert_true(training_file_read(scratch_path("t"), "origin\nof bits", &found.state));
    assert_int_equal(found.state.step, TAKEN);
    CHECK_SAME(found.state.seconds, 2.5);
    assert_memory_equal(found.room, kept.room, sizeof found.room);
    assert_memory_equal(found.losses, kept.losses, TAKEN * sizeof(double));
    CHECK_SAME(found.losses[TAKEN], 7.0 - TAKEN);
}

static void others_are_not_taken_for_it(void **state)
{
    (void)state;
    struct kept kept;
    check_refused("origin\nof bits", VALUES, STEPS); /* no file */
    write_sample(&kept, 0.1);
    check_refused("origin\nof bit", VALUES, STEPS);
    check_refused("origin\nof bits", VALUES - 1, STEPS);
    check_refused("origin\nof bits", VALUES, TAKEN - 1);
    file_write_text(scratch_path("t"), "mine");
    check_refused("origin\nof bits", VALUES, STEPS);
}

/* Each bit of the numbers counts: they are found in the file by their bytes. */
static void a_damaged_one_is_refused(void **state)
{
    (void)state;
    struct kept kept;
    size_t size = 0;
    write_sample(&kept, 0.1);
    unsigned char *const bytes = file_read(scratch_path("t"), &size);
    const double *const numbers[] = {&kept.room[0][0], &kept.room[1][2], &kept.room[2][VALUES - 1],
                                     &kept.losses[TAKEN - 1], &kept.state.seconds};
    for (int i = 0; i < 5; i++) {
        size_t at = 0;
        while (memcmp(bytes + at, numbers[i], sizeof(double)) != 0) {
            at++;
            assert_true(at + sizeof(double) <= size);
        }
        bytes[at] ^= 1;
        file_write(scratch_path("t"), bytes, size);
        check_refused("origin\nof bits", VALUES, STEPS);
        bytes[at] ^= 1;
    }
    file_write(scratch_path("t"), bytes, size / 2);
    check_refused("origin\nof bits", VALUES, STEPS);
    free(bytes);
}

int test_training_file(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_state_comes_back),
        SCRATCH_TEST(others_are_not_taken_for_it),
        SCRATCH_TEST(a_damaged_one_is_refused),
    };
    store_begin();
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
