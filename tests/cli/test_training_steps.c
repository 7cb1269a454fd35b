/* What trained models tell of those to train. */
#include "cli/training_steps.h"

#include "store/model_write.h"
#include "support/check.h"
#include "support/scratch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MODELS = 7 };

static struct error error;
static struct model_spec models[MODELS];
static unsigned char missing[MODELS];
static struct sweep sweep = {.n_models = MODELS, .models = models};
static struct training_steps steps;

/* A model of up to 100 steps of which it took some; to be trained if 0. */
static void put(int i, const char *construction, int n_hidden, int check, int32_t taken)
{
    char name[32];
    (void)snprintf(name, sizeof name, "m%d.h5", i);
    models[i] = (struct model_spec){.path = strdup(scratch_path(name)),
                                    .n_hidden = n_hidden,
                                    .is_trained = true,
                                    .training = {.cell = CELL_DEFAULT}};
    struct training_spec *const training = &models[i].training;
    training->recipe =
        (struct recipe_values){.base = "tail", .steps = 100, .check = check, .target = 0.1};
    (void)snprintf(training->construction, sizeof training->construction, "%s", construction);
    missing[i] = taken == 0;
    if (taken > 0) {
        struct network network;
        const double loss = 1.0;
        const struct model_record record = {.task = "sine",
                                            .construction = construction,
                                            .identity = "0",
                                            .recipe = "",
                                            .versions = "",
                                            .loss_history = &loss,
                                            .n_losses = 1,
                                            .facts = {.converged = 1, .steps = taken}};
        CHECK_OK(network_create(&network, &(struct network_shape){CELL_DEFAULT, 2, 1, 1}, &error));
        CHECK_OK(model_file_write(models[i].path, &network, &record, &error));
        network_release(&network);
    }
}

static int set_up(void **state)
{
    (void)state;
    put(0, "cayley", 64, 8, 20);
    put(1, "cayley", 64, 8, 40);
    put(2, "cayley", 32, 8, 90);
    put(3, "cayley", 64, 0, 100); /* took all its steps because it had to */
    put(4, "cayley", 64, 8, 0);
    put(5, "dense_normal", 64, 8, 0);
    put(6, "cayley", 64, 16, 0);
    CHECK_OK(training_steps_begin(&steps, &sweep, missing, &error));
    return 0;
}

static int tear_down(void **state)
{
    training_steps_release(&steps);
    for (int i = 0; i < MODELS; i++) {
        free(models[i].path);
    }
    return scratch_clear(state);
}

static void models_of_the_same_width_and_construction_come_first(void **state)
{
    (void)state;
    CHECK_NEAR(training_steps_share(&steps, 4), 0.3, 1e-15);
}

static void without_them_all_of_the_recipe_count(void **state)
{
    (void)state;
    CHECK_NEAR(training_steps_share(&steps, 5), 0.5, 1e-15);
}

static void other_recipes_tell_nothing(void **state)
{
    (void)state;
    assert_true(isnan(training_steps_share(&steps, 6)));
    CHECK_SAME(steps.taken[3], 0);
    CHECK_SAME(steps.taken[4], 0);
}

int test_training_steps(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(models_of_the_same_width_and_construction_come_first,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_them_all_of_the_recipe_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_recipes_tell_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
