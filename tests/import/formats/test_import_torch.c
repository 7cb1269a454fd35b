#include "import/table.h"

#include "support/check.h"
#include "support/scratch.h"
#include "support/torchfiles.h"

#include <stdio.h>
#include <stdlib.h>

static struct error error;

static const double VALUES[12] = {1.5, -2, 3, 1e-300, 5, 6, 7, 8, 9, 10, 11, 12};
static const struct weight WEIGHTS[] = {
    {"rnn.weight", 2, {2, 3}, VALUES},
    {"bias", 1, {3}, VALUES},
    {"scale", 0, {0}, VALUES},
    {"cube", 3, {2, 2, 3}, VALUES},
};

static const char *path_of_file(void)
{
    return scratch_path("model.pt");
}

static void open_file(const struct bytes *file, struct import_table *table)
{
    bytes_write(file, path_of_file());
    CHECK_OK(import_table_open(table, path_of_file(), &error));
}

/* ---- forms ---- */

/* An archive of four weights, or a stream. */
static void make(struct bytes *file, bool is_stream)
{
    struct bytes pickle = {0};
    torch_add_state_dict(&pickle, WEIGHTS, 4);
    (is_stream ? torch_stream_make : torch_zip_make)(file, &pickle, WEIGHTS, 4);
    bytes_release(&pickle);
}

static void archives_and_streams_are_read(void **state)
{
    (void)state;
    for (int is_stream = 0; is_stream < 2; is_stream++) {
        struct import_table table;
        struct bytes file = {0};
        make(&file, is_stream != 0);
        open_file(&file, &table);
        assert_string_equal(table.format->name, "PyTorch");
        check_weights(&table, WEIGHTS, 4);
        import_table_release(&table);
        bytes_release(&file);
    }
}

static void no_prefix_of_a_file_is_accepted(void **state)
{
    (void)state;
    for (int is_stream = 0; is_stream < 2; is_stream++) {
        struct bytes file = {0};
        make(&file, is_stream != 0);
        check_truncations(&file, 1);
        bytes_release(&file);
    }
}

static void changed_files_are_read_or_refused(void **state)
{
    (void)state;
    for (int is_stream = 0; is_stream < 2; is_stream++) {
        struct bytes file = {0};
        make(&file, is_stream != 0);
        assert_true(check_mutations(&file, 1500) > 250);
        bytes_release(&file);
    }
}

/* ---- one storage of an archive ---- */

/* What a pickle with one tensor "w" in a storage of these bytes gives; `more` is a member "more".
 */
struct one {
    struct tensor_words words;
    const void *bytes;
    size_t size;
    const char *byteorder; /* NULL for none */
};

static void make_one(struct bytes *file, const struct one *one)
{
    struct zip_maker zip = {0};
    struct bytes pickle = {0};
    struct bytes storage = {0};
    struct bytes order = {0};
    bytes_add_text(&pickle, "(dVw\n");
    torch_add_tensor(&pickle, &one->words);
    bytes_add_text(&pickle, "s.");
    bytes_add(&storage, one->bytes, one->size);
    zip_maker_add(&zip, "a/data/0", &storage, ZIP_DEFLATED);
    zip_maker_add(&zip, "a/data.pkl", &pickle, ZIP_DEFLATED);
    if (one->byteorder != NULL) {
        bytes_add_text(&order, one->byteorder);
        zip_maker_add(&zip, "a/byteorder", &order, ZIP_STORED);
    }
    zip_maker_finish(&zip);
    bytes_release(&pickle);
    bytes_release(&storage);
    bytes_release(&order);
    *file = zip.file;
}

static void check_one(const struct one *one, const double *expected, size_t count)
{
    struct import_table table;
    struct bytes file;
    make_one(&file, one);
    open_file(&file, &table);
    CHECK_OK(import_table_load(&table, &table.arrays[0], &error));
    assert_int_equal(table.arrays[0].count, count);
    for (size_t i = 0; i < count; i++) {
        CHECK_SAME(table.arrays[0].values[i], expected[i]);
    }
    import_table_release(&table);
    bytes_release(&file);
}

static void one_is_refused(const struct one *one, const char *part)
{
    struct bytes file;
    make_one(&file, one);
    torch_refused(&file, part);
    bytes_release(&file);
}

static void dtypes_and_byte_orders_are_read(void **state)
{
    (void)state;
    static const double TWO[] = {1.0, -2.0};
    static const double ONE[] = {1.0, 0.0};
    static const struct {
        const char *storage;
        const char *bytes;
        size_t size;
        const char *byteorder;
        const double *expected;
    } CASES[] = {
        {"FloatStorage", "\0\0\x80\x3f\0\0\0\xc0", 8, NULL, TWO},
        {"FloatStorage", "\x3f\x80\0\0\xc0\0\0\0", 8, "big", TWO},
        {"HalfStorage", "\0\x3c\0\xc0", 4, "little", TWO},
        {"BFloat16Storage", "\x80\x3f\0\xc0", 4, NULL, TWO},
        {"BFloat16Storage", "\x3f\x80\xc0\0", 4, "big", TWO},
        {"LongStorage", "\1\0\0\0\0\0\0\0\xfe\xff\xff\xff\xff\xff\xff\xff", 16, NULL, TWO},
        {"IntStorage", "\1\0\0\0\xfe\xff\xff\xff", 8, NULL, TWO},
        {"ShortStorage", "\1\0\xfe\xff", 4, NULL, TWO},
        {"CharStorage", "\1\xfe", 2, NULL, TWO},
        {"ByteStorage", "\1\0", 2, NULL, ONE},
        {"BoolStorage", "\1\0", 2, NULL, ONE},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        check_one(&(struct one){{CASES[i].storage, "0", 2, 0, "I2\n", "I1\n"},
                                CASES[i].bytes,
                                CASES[i].size,
                                CASES[i].byteorder},
                  CASES[i].expected, 2);
    }
}

static const unsigned char COUNTED[24] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,
                                          12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23};

/* Views of the storage 0, 1, ... 23, which say by their values where they lie. */
static void offsets_and_strides_are_honoured(void **state)
{
    (void)state;
    static const struct {
        size_t offset;
        const char *dims;
        const char *strides;
        size_t count;
        double expected[12];
    } CASES[] = {
        {0, "I2\nI3\n", "I3\nI1\n", 6, {0, 1, 2, 3, 4, 5}},
        {0, "I2\nI3\n", "I1\nI2\n", 6, {0, 2, 4, 1, 3, 5}},
        {20, "I4\n", "I1\n", 4, {20, 21, 22, 23}},
        {1, "I3\n", "I10\n", 3, {1, 11, 21}},
        {5, "I3\nI2\n", "I0\nI1\n", 6, {5, 6, 5, 6, 5, 6}},
        {2, "I2\nI2\nI3\n", "I1\nI12\nI4\n", 12, {2, 6, 10, 14, 18, 22, 3, 7, 11, 15, 19, 23}},
        {23, "", "", 1, {23}},
        {99, "I0\nI3\n", "I3\nI1\n", 0, {0}},
        {23, "I1\n", "I1000\n", 1, {23}},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        check_one(&(struct one){{"ByteStorage", "0", 24, CASES[i].offset, CASES[i].dims,
                                 CASES[i].strides},
                                COUNTED,
                                24,
                                NULL},
                  CASES[i].expected, CASES[i].count);
    }
}

static void views_that_leave_their_storage_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *storage;
        const char *key;
        size_t stored;
        size_t offset;
        const char *dims;
        const char *strides;
        const char *part;
    } CASES[] = {
        {"ByteStorage", "0", 24, 1, "I24\n", "I1\n",
         "w cannot be read: it leaves its storage of 24"},
        {"ByteStorage", "0", 24, 24, "", "", "it leaves its storage of 24 elements"},
        {"ByteStorage", "0", 24, 0, "I13\n", "I2\n", "it leaves its storage of 24"},
        {"FloatStorage", "0", 6, 0, "I7\n", "I1\n", "it leaves its storage of 6"},
        {"FloatStorage", "0", 7, 0, "I7\n", "I1\n", "its storage is shorter than the pickle says"},
        {"DoubleStorage", "0", SIZE_MAX / 4, 0, "I7\n", "I1\n", "its storage is shorter"},
        {"ByteStorage", "1", 24, 0, "I7\n", "I1\n", "its storage is not in the archive"},
        {"ByteStorage", "0", 24, 0, "I-1\n", "I1\n", "its shape or its strides are no lists of"},
        {"ByteStorage", "0", 24, 0, "I2\n", "I-1\n", "its shape or its strides are no lists of"},
        {"ByteStorage", "0", 24, 0, "I2\n", "", "its shape or its strides are no lists of"},
        {"ByteStorage", "0", 24, 0, "I65536\nI32768\n", "I0\nI0\n",
         "it has 2147483648 elements in a storage of 24"},
        {"ByteStorage", "0", 24, 0, "I65536\nI32768\n", "I32768\nI1\n", "it leaves its storage"},
        {"ByteStorage", "0", 24, 0, "I4294967296\nI4294967296\n", "I0\nI0\n",
         "its shape has more elements than can be counted"},
        {"ByteStorage", "0", 24, 0, "I4\n", "I9223372036854775807\n",
         "its shape has more elements"},
        {"ComplexFloatStorage", "0", 3, 0, "I3\n", "I1\n", "its dtype is complex64"},
        {"OwnStorage", "0", 3, 0, "I3\n", "I1\n", "its storage is of a type that is not known"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        one_is_refused(&(struct one){{CASES[i].storage, CASES[i].key, CASES[i].stored,
                                      CASES[i].offset, CASES[i].dims, CASES[i].strides},
                                     COUNTED,
                                     24,
                                     NULL},
                       CASES[i].part);
    }
    one_is_refused(&(struct one){{"ByteStorage", "0", 24, 0, "I3\n", "I1\n"}, COUNTED, 24, "odd"},
                   "byteorder is 'odd', expected big or little");
}

/* A pickle of one tensor of three bytes, with words around its call. */
static void make_wrapped(struct bytes *file, const char *before, const char *behind)
{
    struct zip_maker zip = {0};
    struct bytes pickle = {0};
    struct bytes storage = {0};
    bytes_add_text(&pickle, "(dVw\n");
    bytes_add_text(&pickle, before);
    bytes_add_text(&pickle, behind);
    bytes_add_text(&pickle, "s.");
    bytes_add(&storage, COUNTED + 1, 8);
    zip_maker_add(&zip, "data.pkl", &pickle, ZIP_STORED);
    zip_maker_add(&zip, "data/0", &storage, ZIP_STORED);
    zip_maker_finish(&zip);
    bytes_release(&pickle);
    bytes_release(&storage);
    *file = zip.file;
}

#define STORAGE(class, stored) "(Vstorage\nctorch" class "\nV0\nVcpu\nI" stored "\ntQ"
#define BYTES_CALL(name, rest)                                                                     \
    "ctorch._utils\n" name "\n(" STORAGE("\nByteStorage", "8") "I0\n(I3\nt(I1\nt" rest "tR"
#define V2(rest) BYTES_CALL("_rebuild_tensor_v2", "I00\nN" rest)

static void every_call_around_a_tensor_is_known(void **state)
{
    (void)state;
    static const double THREE[] = {1, 2, 3};
    static const char *const CASES[][2] = {
        {BYTES_CALL("_rebuild_tensor", ""), ""},
        {V2(""), ""},
        {V2("(dVneg\nI00\ns"), ""},
        {"ctorch._utils\n_rebuild_parameter\n(" V2(""), "I01\nNtR"},
        {"ctorch._utils\n_rebuild_parameter_with_state\n(" V2(""), "I01\nN(dtR"},
        {"ctorch.nn.parameter\nParameter\n(" V2(""), "tR(I01\nI00\nNtb"},
        {"ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\nclab\nOwn\n(",
         STORAGE("\nByteStorage", "8") "I0\n(I3\nt(I1\ntI00\nNt(dtR"},
        {"ctorch._utils\n_rebuild_tensor_v3\n(",
         STORAGE(".storage\nUntypedStorage", "8") "I0\n(I3\nt(I1\ntI00\nNctorch\nuint8\ntR"},
        {"ctorch._utils\n_rebuild_tensor_v3\n(",
         STORAGE(".storage\nUntypedStorage", "8") "I0\n(I3\nt(I1\ntI00\nNctorch\nint8\n(dtR"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        static const struct weight EXPECTED[] = {{"w", 1, {3}, THREE}};
        struct import_table table;
        struct bytes file;
        make_wrapped(&file, CASES[i][0], CASES[i][1]);
        open_file(&file, &table);
        check_weights(&table, EXPECTED, 1);
        import_table_release(&table);
        bytes_release(&file);
    }
}

static void calls_of_other_tensors_are_refused_by_name(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {V2("(dVneg\nI01\ns"), "it is a negated view"},
        {BYTES_CALL("_rebuild_qtensor", ""), "it is quantised"},
        {BYTES_CALL("_rebuild_sparse_tensor", ""), "it is sparse"},
        {BYTES_CALL("_rebuild_nested_tensor", ""), "it is made by _rebuild_nested_tensor"},
        {BYTES_CALL("_rebuild_tensor_v3", "I00\nNctorch\nfloat8\n"),
         "its dtype is float8, expected floats"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct bytes file;
        make_wrapped(&file, CASES[i][0], "");
        torch_refused(&file, CASES[i][1]);
        bytes_release(&file);
    }
}

static void a_wrong_checksum_is_damage(void **state)
{
    (void)state;
    struct bytes file = {0};
    struct bytes pickle = {0};
    torch_add_state_dict(&pickle, WEIGHTS, 1);
    torch_zip_make(&file, &pickle, WEIGHTS, 1);
    unsigned char *const storage = memmem(file.data, file.size, VALUES, 6 * sizeof *VALUES);
    assert_non_null(storage);
    storage[3] ^= 1;
    torch_refused(&file, "rnn.weight is damaged: bad data or checksum");
    bytes_release(&file);
    bytes_release(&pickle);
}

static void programs_of_torchscript_are_refused(void **state)
{
    (void)state;
    static const char *const MEMBERS[] = {"a/code/__torch__.py", "a/constants.pkl"};
    for (int i = 0; i < 2; i++) {
        struct zip_maker zip = {0};
        struct bytes content = {0};
        bytes_add_text(&content, "}.");
        zip_maker_add(&zip, "a/data.pkl", &content, ZIP_STORED);
        zip_maker_add(&zip, MEMBERS[i], &content, ZIP_STORED);
        zip_maker_finish(&zip);
        torch_refused(&zip.file, "a program of TorchScript, expected weights: save the state dict");
        bytes_release(&zip.file);
        bytes_release(&content);
    }
}

static void archives_of_several_models_are_refused(void **state)
{
    (void)state;
    struct zip_maker zip = {0};
    struct bytes content = {0};
    bytes_add_text(&content, "}.");
    zip_maker_add(&zip, "a/data.pkl", &content, ZIP_STORED);
    zip_maker_add(&zip, "b/data.pkl", &content, ZIP_STORED);
    zip_maker_finish(&zip);
    torch_refused(&zip.file, "2 members are a data.pkl, expected one");
    bytes_release(&zip.file);
    bytes_release(&content);
}

int test_import_torch(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(archives_and_streams_are_read),
        SCRATCH_TEST(no_prefix_of_a_file_is_accepted),
        SCRATCH_TEST(changed_files_are_read_or_refused),
        SCRATCH_TEST(dtypes_and_byte_orders_are_read),
        SCRATCH_TEST(offsets_and_strides_are_honoured),
        SCRATCH_TEST(views_that_leave_their_storage_are_refused),
        SCRATCH_TEST(every_call_around_a_tensor_is_known),
        SCRATCH_TEST(calls_of_other_tensors_are_refused_by_name),
        SCRATCH_TEST(a_wrong_checksum_is_damage),
        SCRATCH_TEST(programs_of_torchscript_are_refused),
        SCRATCH_TEST(archives_of_several_models_are_refused),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
