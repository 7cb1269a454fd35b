#include "store/model_write.h"

#include "store/h5.h"
#include "store/model_file.h"
#include "support/check.h"
#include "support/h5write.h"
#include "support/models.h"
#include "support/scratch.h"

#include <stdlib.h>

static struct error error;
static struct network network;

static const double LOSSES[3] = {3.0, 2.0, 1.0};
static const struct model_record RECORD = {
    .task = "sine",
    .construction = "cayley",
    .seed = 42,
    .identity = "0123456789abcdef",
    .recipe = "base = tail\nsteps = 3\n",
    .versions = "schursweep 0",
    .loss_history = LOSSES,
    .n_losses = 3,
    .facts = {.converged = 1, .metric = 0.01, .loss = 0.5, .steps = 3, .seconds = 1.25}};

/* Every number is another one. */
static int set_up(void **state)
{
    (void)state;
    CHECK_OK(network_create(&network, &(struct network_shape){CELL_DEFAULT, 4, 2, 3}, &error));
    struct {
        double *values;
        int count;
    } arrays[] = {{network.weight_hh, 16}, {network.weight_ih, 8}, {network.weight_hy, 12},
                  {network.bias_h, 4},     {network.bias_y, 3},    {network.h0, 4}};
    double next = 1.0;
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        for (int k = 0; k < arrays[i].count; k++) {
            arrays[i].values[k] = 1.0 / next++;
        }
    }
    return 0;
}

static int tear_down(void **state)
{
    network_release(&network);
    return scratch_clear(state);
}

static void what_was_written_is_read_again_bit_for_bit(void **state)
{
    (void)state;
    CHECK_OK(model_file_write(scratch_path("m.h5"), &network, &RECORD, &error));
    check_model_file(scratch_path("m.h5"), &network, "cayley", 42);
}

static void the_facts_of_the_training_stand_in_the_file(void **state)
{
    (void)state;
    struct kept_facts facts;
    CHECK_OK(model_file_write(scratch_path("m.h5"), &network, &RECORD, &error));
    CHECK_OK(model_file_read_facts(scratch_path("m.h5"), &facts, &error));
    assert_string_equal(facts.identity, RECORD.identity);
    assert_int_equal(facts.training.converged, 1);
    assert_int_equal(facts.training.steps, 3);
    CHECK_SAME(facts.training.metric, 0.01);
    CHECK_SAME(facts.training.loss, 0.5);
    CHECK_SAME(facts.training.seconds, 1.25);
}

static void the_loss_of_every_step_is_kept(void **state)
{
    (void)state;
    double losses[3] = {0};
    hid_t file = H5I_INVALID_HID;
    CHECK_OK(model_file_write(scratch_path("m.h5"), &network, &RECORD, &error));
    CHECK_OK(h5_open_input(scratch_path("m.h5"), &file, STATUS_IO, &error));
    const hid_t dataset = H5Dopen2(file, "loss_history", H5P_DEFAULT);
    assert_int_equal(H5Dget_storage_size(dataset), sizeof losses);
    assert_true(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, losses) >= 0);
    assert_memory_equal(losses, LOSSES, sizeof losses);
    (void)H5Dclose(dataset);
    (void)H5Fclose(file);
}

static void a_model_from_elsewhere_has_no_facts(void **state)
{
    (void)state;
    struct kept_facts facts;
    const struct model_recipe recipe = {.n_hidden = 3};
    put_model(scratch_path("m.h5"), &recipe);
    CHECK_OK(model_file_read_facts(scratch_path("m.h5"), &facts, &error));
    assert_string_equal(facts.identity, "");
    assert_int_equal(facts.training.converged, -1);
    assert_int_equal(facts.training.steps, -1);
    assert_true(isnan(facts.training.metric) && isnan(facts.training.loss) &&
                isnan(facts.training.seconds));
    CHECK_FAILS(model_file_read_facts(scratch_path("missing.h5"), &facts, &error), STATUS_INPUT,
                "missing.h5: No such file");
}

static void attributes_that_mean_something_else_are_no_facts(void **state)
{
    (void)state;
    struct kept_facts facts;
    const struct model_recipe recipe = {.n_hidden = 3};
    put_model(scratch_path("m.h5"), &recipe);
    const hid_t file = h5write_open(scratch_path("m.h5"));
    h5write_integer(file, "identity", 5);
    h5write_text(file, "converged", "yes");
    h5write_text(file, "train_steps", "many");
    h5write_text(file, "train_loss", "small");
    (void)H5Fclose(file);
    CHECK_OK(model_file_read_facts(scratch_path("m.h5"), &facts, &error));
    assert_string_equal(facts.identity, "");
    assert_int_equal(facts.training.converged, -1);
    assert_int_equal(facts.training.steps, -1);
    assert_true(isnan(facts.training.loss));
}

static void a_file_that_is_there_stays_and_is_no_error(void **state)
{
    (void)state;
    size_t size = 0;
    file_write_text(scratch_path("m.h5"), "first come");
    CHECK_OK(model_file_write(scratch_path("m.h5"), &network, &RECORD, &error));
    unsigned char *const bytes = file_read(scratch_path("m.h5"), &size);
    assert_int_equal(size, strlen("first come"));
    assert_memory_equal(bytes, "first come", size);
    assert_int_equal(scratch_count(), 1); /* no temporary file either */
    free(bytes);
}

static void success_leaves_the_file_and_nothing_else(void **state)
{
    (void)state;
    const int before = h5write_open_handles();
    CHECK_OK(model_file_write(scratch_path("m.h5"), &network, &RECORD, &error));
    assert_int_equal(scratch_count(), 1);
    assert_int_equal(h5write_open_handles(), before);
}

static void a_folder_that_is_not_there_is_an_input_output_error(void **state)
{
    (void)state;
    const int before = h5write_open_handles();
    CHECK_FAILS(model_file_write(scratch_path("missing/m.h5"), &network, &RECORD, &error),
                STATUS_IO, "missing/m.h5");
    assert_int_equal(scratch_count(), 0);
    assert_int_equal(h5write_open_handles(), before);
}

static void flip_bit(const char *name, size_t place)
{
    uint64_t bits[16];
    const hid_t file = h5write_open(scratch_path("m.h5"));
    const hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    assert_true(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, bits) >= 0);
    bits[place] ^= 1; /* the last of its digits */
    assert_true(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, bits) >= 0);
    (void)H5Dclose(dataset);
    (void)H5Fclose(file);
}

static void check_rotten(const char *advice)
{
    struct network read;
    struct model_labels labels;
    uint64_t hash = 0;
    const int before = h5write_open_handles();
    CHECK_FAILS(model_file_read(scratch_path("m.h5"), &read, &labels, &error), STATUS_INPUT,
                "m.h5: weights_checksum is");
    CHECK_FAILS(model_file_survey(scratch_path("m.h5"), &read, &labels, &hash, &error),
                STATUS_INPUT, advice);
    assert_int_equal(h5write_open_handles(), before);
}

static void the_last_bit_of_any_array_is_noticed(void **state)
{
    (void)state;
    static const char *const names[] = {"weight_hh", "weight_ih", "weight_hy",
                                        "bias_h",    "bias_y",    "h0"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        CHECK_OK(model_file_write(scratch_path("m.h5"), &network, &RECORD, &error));
        flip_bit(names[i], 2);
        check_rotten("remove the file and the model is trained again");
        assert_int_equal(remove(scratch_path("m.h5")), 0);
    }
}

static void a_fact_of_the_training_that_changed_is_noticed(void **state)
{
    (void)state;
    CHECK_OK(model_file_write(scratch_path("m.h5"), &network, &RECORD, &error));
    const hid_t file = h5write_open(scratch_path("m.h5"));
    h5write_integer(file, "train_steps", 4);
    (void)H5Fclose(file);
    check_rotten("facts of training");
}

static void an_imported_model_is_checked_as_well(void **state)
{
    (void)state;
    const struct import_record record = {.task = "",
                                         .construction = "",
                                         .seed = -1,
                                         .source = "w.npz",
                                         .description = "",
                                         .versions = ""};
    CHECK_OK(model_file_write_imported(scratch_path("m.h5"), &network, &record, &error));
    flip_bit("weight_hh", 7);
    check_rotten("import the model again");
}

/* Its two biases are added when it is read. */
static void a_zero_with_a_sign_is_no_damage(void **state)
{
    (void)state;
    struct network gated;
    struct network read;
    struct model_labels labels;
    struct network_shape shape = {CELL_DEFAULT, 2, 1, 1};
    shape.cell.kind = CELL_GRU;
    CHECK_OK(network_create(&gated, &shape, &error));
    gated.bias_h[1] = -0.0;
    gated.bias_hn[0] = -0.0;
    gated.bias_y[0] = -0.0;
    CHECK_OK(model_file_write(scratch_path("m.h5"), &gated, &RECORD, &error));
    CHECK_OK(model_file_read(scratch_path("m.h5"), &read, &labels, &error));
    network_release(&read);
    network_release(&gated);
}

#define MODEL_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int test_model_write(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_TEST(what_was_written_is_read_again_bit_for_bit),
        MODEL_TEST(the_facts_of_the_training_stand_in_the_file),
        MODEL_TEST(the_loss_of_every_step_is_kept),
        MODEL_TEST(a_model_from_elsewhere_has_no_facts),
        MODEL_TEST(attributes_that_mean_something_else_are_no_facts),
        MODEL_TEST(the_last_bit_of_any_array_is_noticed),
        MODEL_TEST(a_fact_of_the_training_that_changed_is_noticed),
        MODEL_TEST(an_imported_model_is_checked_as_well),
        MODEL_TEST(a_zero_with_a_sign_is_no_damage),
        MODEL_TEST(a_file_that_is_there_stays_and_is_no_error),
        MODEL_TEST(success_leaves_the_file_and_nothing_else),
        MODEL_TEST(a_folder_that_is_not_there_is_an_input_output_error),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
