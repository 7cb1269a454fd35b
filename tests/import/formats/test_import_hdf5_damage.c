/* Damaged HDF5 files. The library itself leaks on them, so this program runs without leak check;
 * and it is not made for hostile files: with damaged attributes, 1.10.8 reads beyond its buffers.
 * So the file has none. */
#include "import/table.h"

#include "support/check.h"
#include "support/h5write.h"
#include "support/scratch.h"
#include "support/weightfiles.h"

/* Without times in it, so that it is the same on every run. */
static struct bytes good_file(void)
{
    static const hsize_t MATRIX[] = {4, 3};
    struct bytes bytes = {0};
    const char *const path = scratch_path("model.h5");
    const hid_t file = h5write_create(path);
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t group = H5Gcreate2(file, "rnn", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    (void)H5Pset_obj_track_times(properties, false);
    h5write_stored(group, "weight", 2, MATRIX, H5T_IEEE_F32LE, properties, NULL);
    h5write_stored(file, "bias", 1, MATRIX, H5T_IEEE_F64LE, properties, NULL);
    h5write_stored(file, "count", 1, MATRIX, H5T_STD_I16LE, properties, NULL);
    (void)H5Pclose(properties);
    (void)H5Gclose(group);
    (void)H5Fclose(file);
    bytes.data = file_read(path, &bytes.size);
    return bytes;
}

static void no_prefix_of_a_file_is_accepted(void **state)
{
    (void)state;
    struct bytes file = good_file();
    check_truncations(&file, 11);
    assert_int_equal(h5write_open_handles(), 0);
    bytes_release(&file);
}

static void changed_files_are_read_or_refused(void **state)
{
    (void)state;
    struct bytes file = good_file();
    (void)check_mutations(&file, 1000);
    assert_int_equal(h5write_open_handles(), 0);
    bytes_release(&file);
}

int test_import_hdf5_damage(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(no_prefix_of_a_file_is_accepted),
        SCRATCH_TEST(changed_files_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
