/* Keras' .keras: HDF5 in a zip archive. */
#include "import/table.h"

#include "support/check.h"
#include "support/h5write.h"
#include "support/scratch.h"
#include "support/weightfiles.h"

#include <stdlib.h>

static struct error error;
static const double VALUES[6] = {1, 2, 3, 4, 5, 6};

static const char *path(void)
{
    return scratch_path("model.keras");
}

static struct bytes weights(void)
{
    static const hsize_t MATRIX[] = {2, 3};
    struct bytes bytes = {0};
    const char *const name = scratch_path("weights.h5");
    const hid_t file = h5write_create(name);
    const hid_t links = H5Pcreate(H5P_LINK_CREATE);
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    (void)H5Pset_create_intermediate_group(links, 1);
    (void)H5Pset_obj_track_times(properties, false);
    const hid_t group = H5Gcreate2(file, "layers/dense/vars", links, H5P_DEFAULT, H5P_DEFAULT);
    h5write_stored(group, "0", 2, MATRIX, H5T_IEEE_F64LE, properties, VALUES);
    (void)H5Gclose(group);
    (void)H5Pclose(properties);
    (void)H5Pclose(links);
    (void)H5Fclose(file);
    bytes.data = file_read(name, &bytes.size);
    return bytes;
}

static void write_archive(const struct bytes *content, const char *config, int method)
{
    struct zip_maker zip = {0};
    if (config != NULL) {
        struct bytes text = {0};
        bytes_add_text(&text, config);
        zip_maker_add(&zip, "config.json", &text, method);
        bytes_release(&text);
    }
    if (content != NULL) {
        zip_maker_add(&zip, "model.weights.h5", content, method);
    }
    zip_maker_finish(&zip);
    file_write(path(), zip.file.data, zip.file.size);
    bytes_release(&zip.file);
}

static void check_refused(const char *part)
{
    struct import_table table;
    CHECK_FAILS(import_table_open(&table, path(), &error), STATUS_INPUT, part);
    assert_int_equal(strncmp(error.text, path(), strlen(path())), 0);
    assert_int_equal(h5write_open_handles(), 0);
}

static void weights_are_read_from_the_archive(void **state)
{
    (void)state;
    static const int METHODS[] = {0, 8};
    struct bytes content = weights();
    for (size_t i = 0; i < sizeof METHODS / sizeof METHODS[0]; i++) {
        struct import_table table;
        struct import_table again;
        write_archive(&content,
                      "{\"class_name\": \"Sequential\", \"config\": {\"layers\": [{\"class_name\": "
                      "\"Dense\", \"config\": {\"name\": \"d\"}}]}}",
                      METHODS[i]);
        CHECK_OK(import_table_open(&table, path(), &error));
        CHECK_OK(import_table_open(&again, path(), &error)); /* as weights and trials are */
        struct import_array *const array = import_table_find(&table, "layers.dense.kernel");
        CHECK_OK(import_table_load(&table, array, &error));
        assert_memory_equal(array->values, VALUES, sizeof VALUES);
        assert_string_equal(table.notes[1].key, "model_config.d.class");
        import_table_release(&again);
        import_table_release(&table);
        assert_int_equal(h5write_open_handles(), 0);
    }
    bytes_release(&content);
}

static void bad_archives_are_refused(void **state)
{
    (void)state;
    struct bytes content = weights();
    struct bytes half = {.data = content.data, .size = content.size / 2};
    struct bytes none = {.data = content.data, .size = 0};
    write_archive(&half, NULL, 8);
    check_refused("model.weights.h5 in it is no whole HDF5 file");
    write_archive(&none, "{}", 0);
    check_refused("model.weights.h5 in it is no whole HDF5 file");
    write_archive(NULL, "{}", 0);
    check_refused("a zip archive without .npy arrays");
    bytes_release(&content);
}

static void no_prefix_of_an_archive_is_accepted(void **state)
{
    (void)state;
    struct bytes content = weights();
    struct bytes file = {0};
    write_archive(&content, "{}", 8);
    file.data = file_read(path(), &file.size);
    check_truncations(&file, 1);
    (void)check_mutations(&file, 300);
    assert_int_equal(h5write_open_handles(), 0);
    bytes_release(&file);
    bytes_release(&content);
}

int test_keras_archive(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(weights_are_read_from_the_archive),
        SCRATCH_TEST(bad_archives_are_refused),
        SCRATCH_TEST(no_prefix_of_an_archive_is_accepted),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
