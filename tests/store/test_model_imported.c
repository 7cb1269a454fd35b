/* Writing of imported models. */
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
static struct trials trials;

static struct import_record record_with(const struct trials *with)
{
    return (struct import_record){.task = "sine",
                                  .construction = "by_hand",
                                  .seed = 3,
                                  .source = "lab/a.npz",
                                  .description = "4 units, as they are",
                                  .versions = "schursweep 0",
                                  .trials = with};
}

static int set_up(void **state)
{
    (void)state;
    CHECK_OK(network_create(&network, &(struct network_shape){CELL_DEFAULT, 4, 2, 3}, &error));
    CHECK_OK(trials_create(&trials, 5, 6, 2, 3, &error));
    for (int i = 0; i < 16; i++) {
        network.weight_hh[i] = 1.0 / (i + 3);
    }
    for (int i = 0; i < 90; i++) {
        trials.targets[i] = 1.0 / (i + 7);
    }
    trials.inputs[7] = -0.125;
    trials.mask[4] = 0;
    trials.metric = METRIC_ACCURACY;
    network.h0[2] = 0.75;
    return 0;
}

static int tear_down(void **state)
{
    network_release(&network);
    trials_release(&trials);
    return scratch_clear(state);
}

static void weights_and_labels_are_read_again(void **state)
{
    (void)state;
    const struct import_record record = record_with(NULL);
    CHECK_OK(model_file_write_imported(scratch_path("m.h5"), &network, &record, &error));
    check_model_file(scratch_path("m.h5"), &network, "by_hand", 3);
}

static void signs_of_units_are_read_again(void **state)
{
    (void)state;
    const struct import_record record = record_with(NULL);
    struct model_labels labels;
    struct network found;
    CHECK_OK(network_add_dale_sign(&network, &error));
    for (int i = 0; i < 4; i++) {
        network.dale_sign[i] = i == 1 ? -1.0 : 1.0;
    }
    CHECK_OK(model_file_write_imported(scratch_path("m.h5"), &network, &record, &error));
    CHECK_OK(model_file_read(scratch_path("m.h5"), &found, &labels, &error));
    assert_non_null(found.dale_sign);
    assert_memory_equal(found.dale_sign, network.dale_sign, 4 * sizeof *found.dale_sign);
    network_release(&found);
    network.dale_sign[3] = 0.0;
    (void)remove(scratch_path("m.h5"));
    CHECK_OK(model_file_write_imported(scratch_path("m.h5"), &network, &record, &error));
    CHECK_FAILS(model_file_read(scratch_path("m.h5"), &found, &labels, &error), STATUS_INPUT,
                "dale_sign[3] is 0, expected 1 or -1");
}

static void labels_that_are_not_known_are_left_out(void **state)
{
    (void)state;
    hid_t file = H5I_INVALID_HID;
    struct import_record record = record_with(NULL);
    char text[64];
    record.task = "";
    record.construction = "";
    record.seed = -1;
    CHECK_OK(model_file_write_imported(scratch_path("m.h5"), &network, &record, &error));
    CHECK_OK(h5_open_input(scratch_path("m.h5"), &file, STATUS_IO, &error));
    assert_int_equal(H5Aexists(file, "task"), 0);
    assert_int_equal(H5Aexists(file, "construction"), 0);
    assert_int_equal(H5Aexists(file, "seed"), 0);
    CHECK_OK(h5_read_string_attribute(file, "m.h5", "imported_from", text, sizeof text, &error));
    assert_string_equal(text, "lab/a.npz");
    CHECK_OK(h5_read_string_attribute(file, "m.h5", "imported_as", text, sizeof text, &error));
    assert_string_equal(text, "4 units, as they are");
    (void)H5Fclose(file);
    assert_int_equal(h5write_open_handles(), 0);
}

static void trials_are_read_again(void **state)
{
    (void)state;
    struct trials got;
    uint64_t hashes[2];
    const struct import_record record = record_with(&trials);
    CHECK_OK(model_file_write_imported(scratch_path("m.h5"), &network, &record, &error));
    CHECK_OK(trials_file_read(scratch_path("m.h5"), &got, &error));
    CHECK_OK(trials_hash(&trials, &hashes[0], &error));
    CHECK_OK(trials_hash(&got, &hashes[1], &error));
    assert_true(hashes[0] == hashes[1]);
    trials_release(&got);
}

static void a_model_from_elsewhere_was_not_trained_here(void **state)
{
    (void)state;
    struct kept_facts facts;
    const struct import_record record = record_with(NULL);
    CHECK_OK(model_file_write_imported(scratch_path("m.h5"), &network, &record, &error));
    CHECK_OK(model_file_read_facts(scratch_path("m.h5"), &facts, &error));
    assert_int_equal(facts.training.converged, -1);
    assert_string_equal(facts.identity, "");
}

static void a_file_that_is_there_stays(void **state)
{
    (void)state;
    size_t size = 0;
    const struct import_record record = record_with(NULL);
    file_write_text(scratch_path("m.h5"), "first come");
    CHECK_FAILS(model_file_write_imported(scratch_path("m.h5"), &network, &record, &error),
                STATUS_OUTPUT_TAKEN, "m.h5: cannot create");
    unsigned char *const bytes = file_read(scratch_path("m.h5"), &size);
    assert_int_equal(size, 10);
    free(bytes);
    assert_int_equal(scratch_count(), 1);
}

static void a_folder_that_is_not_there_is_an_io_error(void **state)
{
    (void)state;
    const struct import_record record = record_with(NULL);
    CHECK_FAILS(model_file_write_imported(scratch_path("no/m.h5"), &network, &record, &error),
                STATUS_IO, "no/m.h5");
    assert_int_equal(scratch_count(), 0);
}

#define MODEL_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int test_model_imported(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_TEST(weights_and_labels_are_read_again),
        MODEL_TEST(signs_of_units_are_read_again),
        MODEL_TEST(labels_that_are_not_known_are_left_out),
        MODEL_TEST(trials_are_read_again),
        MODEL_TEST(a_model_from_elsewhere_was_not_trained_here),
        MODEL_TEST(a_file_that_is_there_stays),
        MODEL_TEST(a_folder_that_is_not_there_is_an_io_error),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
