/* Files of MATLAB's save -v7.3, and HDF5 behind a user block. */
#include "import/table.h"

#include "import/import.h"
#include "store/h5.h"
#include "support/check.h"
#include "support/h5write.h"
#include "support/scratch.h"

#include <stdio.h>
#include <stdlib.h>

static struct error error;
static const double VALUES[6] = {1, 2, 3, 4, 5, 6};

static const char *path(void)
{
    return scratch_path("weights.mat");
}

static hid_t create(hsize_t user_block)
{
    const hid_t properties = H5Pcreate(H5P_FILE_CREATE);
    (void)H5Pset_userblock(properties, user_block);
    const hid_t file = H5Fcreate(path(), H5F_ACC_TRUNC, properties, H5P_DEFAULT);
    assert_true(file >= 0);
    (void)H5Pclose(properties);
    return file;
}

static void write_head(const char *text)
{
    FILE *const stream = fopen(path(), "r+b");
    assert_non_null(stream);
    assert_int_equal(fwrite(text, 1, strlen(text), stream), strlen(text));
    assert_int_equal(fclose(stream), 0);
}

/* A dataset with MATLAB's class, and one more attribute unless it is NULL. */
static void put(hid_t file, const char *name, const char *class, int rank, const hsize_t *dims,
                hid_t type, const char *mark)
{
    h5write_array(file, name, rank, dims, type, VALUES);
    const hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    h5write_text(dataset, "MATLAB_class", class);
    if (mark != NULL) {
        h5write_integer(dataset, mark, 1);
    }
    (void)H5Dclose(dataset);
}

static void put_text(hid_t file, const char *name, int rank, const hsize_t *dims,
                     const unsigned short *letters)
{
    const hid_t space = H5Screate_simple(rank, dims, NULL);
    const hid_t dataset =
        H5Dcreate2(file, name, H5T_STD_U16LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(dataset, H5T_NATIVE_USHORT, H5S_ALL, H5S_ALL, H5P_DEFAULT, letters) >= 0);
    h5write_text(dataset, "MATLAB_class", "char");
    (void)H5Dclose(dataset);
    (void)H5Sclose(space);
}

static const char *note(const struct import_table *table, const char *key)
{
    for (size_t i = 0; i < table->n_notes; i++) {
        if (strcmp(table->notes[i].key, key) == 0) {
            return table->notes[i].text;
        }
    }
    return "";
}

static void release(struct import_table *table)
{
    import_table_release(table);
    assert_int_equal(h5write_open_handles(), 0);
}

/* As h5py shows it [2, 3] with 1 2 3 in the first row; in MATLAB 3 x 2. */
static void axes_are_as_matlab_shows_them(void **state)
{
    (void)state;
    static const hsize_t MATRIX[] = {2, 3};
    static const hsize_t CUBE[] = {1, 2, 3};
    static const double EXPECTED[] = {1, 4, 2, 5, 3, 6};
    static const hsize_t BLOCKS[] = {0, 512, 1024, 4096};
    for (size_t i = 0; i < sizeof BLOCKS / sizeof BLOCKS[0]; i++) {
        struct import_table table;
        const hid_t file = create(BLOCKS[i]);
        put(file, "W", "double", 2, MATRIX, H5T_IEEE_F64LE, NULL);
        put(file, "s", "logical", 3, CUBE, H5T_STD_U8LE, "MATLAB_int_decode");
        h5write_array(file, "plain", 2, MATRIX, H5T_IEEE_F64LE, VALUES);
        (void)H5Fclose(file);
        if (BLOCKS[i] > 0) {
            write_head("MATLAB 7.3 MAT-file, Platform: GLNXA64 HDF5 schema 1.00 .");
        }
        CHECK_OK(import_table_open(&table, path(), &error));
        assert_string_equal(table.format->name, "HDF5");
        struct import_array *const matrix = import_table_find(&table, "W");
        struct import_array *const cube = import_table_find(&table, "s");
        struct import_array *const plain = import_table_find(&table, "plain");
        CHECK_OK(import_table_load(&table, matrix, &error));
        CHECK_OK(import_table_load(&table, cube, &error));
        CHECK_OK(import_table_load(&table, plain, &error));
        assert_int_equal(matrix->dims[0], 3);
        assert_int_equal(matrix->dims[1], 2);
        assert_memory_equal(matrix->values, EXPECTED, sizeof EXPECTED);
        assert_int_equal(cube->dims[0], 3);
        assert_int_equal(cube->dims[2], 1);
        assert_memory_equal(cube->values, EXPECTED, sizeof EXPECTED);
        assert_int_equal(plain->dims[0], 2);
        assert_memory_equal(plain->values, VALUES, sizeof VALUES);
        release(&table);
    }
}

static void texts_become_notes(void **state)
{
    (void)state;
    static const hsize_t ROW[] = {4, 1};
    static const hsize_t ROWS[] = {2, 2};
    static const unsigned short LETTERS[] = {'r', 'e', 0x3b1, 'u'};
    struct import_table table;
    const hid_t file = create(512);
    put_text(file, "activation", 2, ROW, LETTERS);
    put_text(file, "names", 2, ROWS, LETTERS);
    (void)H5Fclose(file);
    CHECK_OK(import_table_open(&table, path(), &error));
    assert_string_equal(note(&table, "activation"), "re?u");
    CHECK_FAILS(import_table_load(&table, import_table_find(&table, "names"), &error), STATUS_INPUT,
                "names cannot be read: it is text of several rows");
    release(&table);
}

static void what_is_no_array_is_passed_over_or_refused(void **state)
{
    (void)state;
    static const hsize_t TWO[] = {2};
    struct import_table table;
    const hid_t file = create(512);
    put(file, "none", "double", 1, TWO, H5T_STD_U64LE, "MATLAB_empty");
    put(file, "words", "string", 1, TWO, H5T_STD_U32LE, "MATLAB_object_decode");
    put(file, "f", "function_handle", 1, TWO, H5T_STD_U32LE, NULL);
    const hid_t refs = H5Gcreate2(file, "#refs#", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    put(refs, "a", "double", 1, TWO, H5T_IEEE_F64LE, NULL);
    (void)H5Gclose(refs);
    const hid_t net = H5Gcreate2(file, "net", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t sparse = H5Gcreate2(net, "S", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    h5write_text(sparse, "MATLAB_class", "double");
    h5write_integer(sparse, "MATLAB_sparse", 5);
    put(sparse, "data", "double", 1, TWO, H5T_IEEE_F64LE, NULL);
    put(net, "W", "single", 1, TWO, H5T_IEEE_F32LE, NULL);
    (void)H5Gclose(sparse);
    (void)H5Gclose(net);
    (void)H5Fclose(file);
    CHECK_OK(import_table_open(&table, path(), &error));
    assert_int_equal(table.n_arrays, 4);
    assert_non_null(import_table_find(&table, "net.W"));
    CHECK_FAILS(import_table_load(&table, import_table_find(&table, "words"), &error), STATUS_INPUT,
                "words cannot be read: it is a string of MATLAB, expected numbers or char");
    CHECK_FAILS(import_table_load(&table, import_table_find(&table, "f"), &error), STATUS_INPUT,
                "it is a function_handle of MATLAB");
    CHECK_FAILS(import_table_load(&table, import_table_find(&table, "net.S"), &error), STATUS_INPUT,
                "net.S cannot be read: it is sparse: save full(X)");
    release(&table);
}

static void put_model(hsize_t units, hsize_t inputs, hsize_t outputs)
{
    const hsize_t dims[][2] = {{units, units}, {inputs, units}, {units, outputs}};
    static const char *const NAMES[] = {"W_rec", "W_in", "W_out"};
    const hid_t file = create(512);
    for (size_t i = 0; i < 3; i++) {
        put(file, NAMES[i], "double", 2, dims[i], H5T_IEEE_F64LE, NULL);
    }
    (void)H5Fclose(file);
}

/* What other programs see turned is in place already; where the shapes do not tell, yes is yes. */
static void transposed_yes_is_not_done_twice(void **state)
{
    (void)state;
    struct imported imported;
    struct import_request request = {
        .path = path(), .cell = CELL_DEFAULT, .square = ORIENTATION_FROM_TO};
    put_model(2, 3, 1);
    CHECK_OK(import_read(&request, &imported, &error));
    assert_non_null(strstr(imported.description, "W_hh from W_rec,"));
    assert_non_null(
        strstr(imported.description, "; MATLAB: its matrices are as MATLAB shows them"));
    CHECK_SAME(imported.network.weight_hh[1], 3.0);
    imported_release(&imported);
    put_model(2, 2, 2);
    CHECK_OK(import_read(&request, &imported, &error));
    assert_non_null(strstr(imported.description, "W_hh from W_rec (transposed)"));
    CHECK_SAME(imported.network.weight_hh[1], 2.0);
    imported_release(&imported);
    assert_int_equal(h5write_open_handles(), 0);
}

static void truncated_files_are_refused(void **state)
{
    (void)state;
    static const hsize_t MATRIX[] = {2, 3};
    size_t size = 0;
    const hid_t file = create(512);
    put(file, "W", "double", 2, MATRIX, H5T_IEEE_F64LE, NULL);
    (void)H5Fclose(file);
    write_head("MATLAB 7.3 MAT-file");
    unsigned char *const bytes = file_read(path(), &size);
    for (size_t length = 0; length < size; length += length < 600 ? 1 : 97) {
        struct import_table table;
        file_write(path(), bytes, length);
        CHECK_FAILS(import_table_open(&table, path(), &error), STATUS_INPUT, path());
    }
    assert_int_equal(h5write_open_handles(), 0);
    free(bytes);
}

/* Any bytes may stand there, also none: then nothing of the head tells. */
static void model_files_have_a_user_block_too(void **state)
{
    (void)state;
    const hid_t properties = H5Pcreate(H5P_FILE_CREATE);
    h5write_model(scratch_path("plain.h5"));
    const hid_t from = h5write_open(scratch_path("plain.h5"));
    (void)H5Pset_userblock(properties, 2048);
    const hid_t file = H5Fcreate(path(), H5F_ACC_TRUNC, properties, H5P_DEFAULT);
    static const char *const PARTS[] = {"weight_hh", "weight_ih", "weight_hy", "trials"};
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        assert_true(H5Ocopy(from, PARTS[i], file, PARTS[i], H5P_DEFAULT, H5P_DEFAULT) >= 0);
    }
    (void)H5Fclose(file);
    (void)H5Fclose(from);
    (void)H5Pclose(properties);
    struct import_table table;
    assert_true(h5_has_signature(path()));
    CHECK_OK(import_table_open(&table, path(), &error));
    assert_non_null(import_table_find(&table, "trials.inputs"));
    release(&table);
    file_write_text(path(), "no signature at all, but longer than eight bytes");
    assert_false(h5_has_signature(path()));
}

int test_import_matlab(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(axes_are_as_matlab_shows_them),
        SCRATCH_TEST(texts_become_notes),
        SCRATCH_TEST(what_is_no_array_is_passed_over_or_refused),
        SCRATCH_TEST(transposed_yes_is_not_done_twice),
        SCRATCH_TEST(truncated_files_are_refused),
        SCRATCH_TEST(model_files_have_a_user_block_too),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
