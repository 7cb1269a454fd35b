/* Trees of Python pickles: arrays of NumPy, modules, and what is made to do harm. */
#include "import/table.h"

#include "support/check.h"
#include "support/scratch.h"
#include "support/torchfiles.h"

#include <stdio.h>

static struct error error;

static const char *path_of_file(void)
{
    return scratch_path("model.pt");
}

static void open_file(const struct bytes *file, struct import_table *table)
{
    bytes_write(file, path_of_file());
    CHECK_OK(import_table_open(table, path_of_file(), &error));
}

/* ---- plain pickles ---- */

static void text_is_refused(const char *text, const char *part)
{
    struct bytes file = {0};
    bytes_add_text(&file, text);
    torch_refused(&file, part);
    bytes_release(&file);
}

/* A dict's item: an array 2 x 3 of bytes, whose first axis varies fastest when `order` is "I01". */
static void add_ndarray(struct bytes *pickle, const char *key, const char *order, const char *data)
{
    char text[320];
    const int length = snprintf(text, sizeof text,
                                "V%s\ncnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n"
                                "(I0\ntVb\ntR(I1\n(I2\nI3\ntcnumpy\ndtype\n(Vu1\nI0\nI1\ntR"
                                "(I3\nV|\nNNNI-1\nI-1\nI0\ntb%s\n%s\ntbs",
                                key, order, data);
    assert_in_range(length, 1, sizeof text - 1);
    bytes_add_text(pickle, text);
}

static const char COUNTING[] = "S'\\x01\\x02\\x03\\x04\\x05\\x06'";

/* A dict's item: one number or string. */
static void add_scalar(struct bytes *pickle, const char *key, const char *dtype, const char *data)
{
    char text[320];
    const int length = snprintf(text, sizeof text,
                                "V%s\ncnumpy._core.multiarray\nscalar\n(cnumpy\ndtype\n"
                                "(V%s\nI0\nI1\ntR(I3\nV<\nNNNI-1\nI-1\nI0\ntb%s\ntRs",
                                key, dtype, data);
    assert_in_range(length, 1, sizeof text - 1);
    bytes_add_text(pickle, text);
}

static void arrays_of_numpy_are_read(void **state)
{
    (void)state;
    static const double ROWS[] = {1, 2, 3, 4, 5, 6};
    static const double TWO[] = {-2.0};
    static const struct weight EXPECTED[] = {
        {"a.c", 2, {2, 3}, ROWS}, {"a.f", 2, {2, 3}, ROWS}, {"s", 0, {0}, TWO}};
    struct import_table table;
    struct bytes file = {0};
    bytes_add_text(&file, "(dp0\nVa\n(d");
    add_ndarray(&file, "c", "I00", COUNTING);
    add_ndarray(&file, "f", "I01", "S'\\x01\\x04\\x02\\x05\\x03\\x06'");
    bytes_add_text(&file, "s");
    add_scalar(&file, "s", "f4", "S'\\x00\\x00\\x00\\xc0'");
    add_scalar(&file, "act", "S4", "S'relu'");
    add_scalar(&file, "wide", "U2", "S'h\\x00\\x00\\x00\\xb1\\x03\\x00\\x00'");
    bytes_add_text(&file, ".");
    open_file(&file, &table);
    check_weights(&table, EXPECTED, 3);
    assert_int_equal(table.n_notes, 2);
    assert_string_equal(table.notes[0].key, "act");
    assert_string_equal(table.notes[0].text, "relu");
    assert_string_equal(table.notes[1].text, "h?");
    import_table_release(&table);
    bytes_release(&file);
}

static void arrays_of_numpy_that_cannot_be_read_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *dtype; /* NULL for an array of bytes */
        const char *data;
        const char *part;
    } CASES[] = {
        {NULL, "S'\\x01\\x02'", "w cannot be read: it leaves its storage of 2 elements"},
        {NULL, "I1", "its data are no bytes"},
        {"c16", "S''", "its dtype is <c16, expected floats"},
        {"O8", "I1", "it holds Python objects"},
        {"f8", "S''", "it leaves its storage of 0 elements"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct bytes file = {0};
        bytes_add_text(&file, "(dp0\n");
        if (CASES[i].dtype == NULL) {
            add_ndarray(&file, "w", "I00", CASES[i].data);
        } else {
            add_scalar(&file, "w", CASES[i].dtype, CASES[i].data);
        }
        bytes_add_text(&file, ".");
        torch_refused(&file, CASES[i].part);
        bytes_release(&file);
    }
    text_is_refused("(dp0\nVw\ncnumpy\n_reconstruct\n(tRs.", "its dtype cannot be read");
}

static void what_holds_no_arrays_is_refused(void **state)
{
    (void)state;
    text_is_refused("(dp0\nVa\nI1\ns.", "a Python pickle without tensors or arrays");
    text_is_refused("(dp0\nVa\nI1\ns..", "1 bytes behind a Python pickle, expected none");
    text_is_refused("cnumpy\ntanh\n.", "a Python pickle without tensors or arrays");
    text_is_refused("L119547037146038801333356L\n.I7\n.", "version is not known, expected 1001");
}

/* ---- streams in a pickle ---- */

static const double SIX[6] = {1.5, -2, 3, 1e-300, 5, 6};

/* What torch.save of one storage gives. */
static void make_storage(struct bytes *stream)
{
    bytes_add_text(stream, "L119547037146038801333356L\n.I1001\n.N."
                           "(Vstorage\nctorch\nDoubleStorage\nV0\nVcpu\nI6\nNtQ.(lp0\nV0\na.");
    bytes_add_number(stream, 6, 8);
    bytes_add(stream, SIX, sizeof SIX);
}

/* A dict with two tensors in one storage, of which the first `size` bytes are there. */
static void make_nested(struct bytes *file, const struct bytes *stream, size_t size)
{
    bytes_add_text(file, "(dp0\nctorch.storage\n_load_from_bytes\n(B");
    bytes_add_number(file, size, 4);
    bytes_add(file, stream->data, size);
    bytes_add_text(file, "tRp1\n0"
                         "Va\nctorch._utils\n_rebuild_tensor_v2\n(g1\nI0\n(I6\nt(I1\nttRs"
                         "Vb\nctorch._utils\n_rebuild_tensor_v2\n(g1\nI2\n(I2\nt(I2\nttRs.");
}

static void storages_in_the_pickle_are_read(void **state)
{
    (void)state;
    static const double STRIDED[] = {3, 5};
    static const struct weight EXPECTED[] = {{"a", 1, {6}, SIX}, {"b", 1, {2}, STRIDED}};
    struct import_table table;
    struct bytes stream = {0};
    struct bytes file = {0};
    make_storage(&stream);
    make_nested(&file, &stream, stream.size);
    open_file(&file, &table);
    check_weights(&table, EXPECTED, 2);
    import_table_release(&table);
    bytes_release(&file);
    for (size_t size = 0; size < stream.size; size++) {
        make_nested(&file, &stream, size);
        torch_refused(&file, "");
        bytes_release(&file);
    }
    bytes_release(&stream);
}

/* ---- hostile trees ---- */

static void what_contains_itself_is_refused(void **state)
{
    (void)state;
    text_is_refused("(lp0\ng0\na.", "0 leads back to what contains it, expected a state dict");
    text_is_refused("(dp0\nVa\n(lp1\ng1\nas.", "a.0 leads back to what contains it");
    text_is_refused("(dp0\nVa\n(dVb\ng0\nss.", "a.b leads back to what contains it");
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    struct bytes file = {0};
    bytes_add_text(&file, "(lp0\n");
    for (int i = 0; i < 100000; i++) {
        bytes_add_text(&file, "(l");
    }
    for (int i = 0; i < 100000; i++) {
        bytes_add_text(&file, "a");
    }
    bytes_add_text(&file, ".");
    torch_refused(&file, "nested deeper than 64, expected a state dict");
    bytes_release(&file);
}

/* 2^40 ways to the innermost list, in 40 levels of two references each. */
static void a_tree_that_is_shared_again_and_again_is_refused(void **state)
{
    (void)state;
    struct bytes file = {0};
    bytes_add_text(&file, "(lp0\n");
    for (int i = 0; i < 40; i++) {
        char step[32];
        (void)snprintf(step, sizeof step, "(g%d\ng%d\nlp%d\n", i, i, i + 1);
        bytes_add_text(&file, step);
    }
    bytes_add_text(&file, ".");
    torch_refused(&file, "its parts are shared again and again, expected a state dict");
    bytes_release(&file);
}

/* Streams in a pickle: their own bytes, quoted once, in a thousand calls. */
static void a_storage_in_many_calls_is_refused(void **state)
{
    (void)state;
    struct bytes file = {0};
    bytes_add_text(&file, "(dp0\nctorch.storage\n_load_from_bytes\np1\n(S'");
    for (int i = 0; i < 1000; i++) {
        bytes_add_text(&file, "(d0");
    }
    bytes_add_text(&file, "N.'\ntp2\n00");
    for (int i = 0; i < 1000; i++) {
        char step[160];
        (void)snprintf(step, sizeof step,
                       "Vw%d\nctorch._utils\n_rebuild_tensor_v2\n(g1\ng2\nRI0\n(t(ttRs", i);
        bytes_add_text(&file, step);
    }
    bytes_add_text(&file, ".");
    torch_refused(&file, "storages have no magic number");
    bytes_release(&file);
}

/* An object that holds the bytes of a storage has attributes of its own, among them a tensor in
 * that storage: it is found while the object is walked, and again behind it. */
static void a_storage_with_a_tensor_in_it_is_read(void **state)
{
    (void)state;
    static const double TWO[] = {-2, 3};
    static const struct weight EXPECTED[] = {{"b.a", 1, {6}, SIX}, {"c", 1, {2}, TWO}};
    static const char TENSOR[] = "ctorch._utils\n_rebuild_tensor_v2\n(g1\n";
    struct import_table table;
    struct bytes stream = {0};
    struct bytes file = {0};
    make_storage(&stream);
    bytes_add_text(&file, "(dp0\nctorch.storage\n_load_from_bytes\n(B");
    bytes_add_number(&file, stream.size, 4);
    bytes_add(&file, stream.data, stream.size);
    bytes_add_text(&file, "tRp1\n(dVa\n");
    bytes_add_text(&file, TENSOR);
    bytes_add_text(&file, "I0\n(I6\nt(I1\nttRsb0Vb\ng1\nsVc\n");
    bytes_add_text(&file, TENSOR);
    bytes_add_text(&file, "I1\n(I2\nt(I1\nttRs.");
    open_file(&file, &table);
    check_weights(&table, EXPECTED, 2);
    import_table_release(&table);
    bytes_release(&file);
    bytes_release(&stream);
}

/* ---- modules ---- */

/* Opens a module and its modules; module_end closes these and gives it its attributes. */
static void module_begin(struct bytes *pickle, const char *class, const char *parameter)
{
    bytes_add_text(pickle, "c");
    bytes_add_text(pickle, class);
    bytes_add_text(pickle, "\n)\x81(dV_parameters\nccollections\nOrderedDict\n)R");
    if (parameter != NULL) {
        add_ndarray(pickle, parameter, "I00", COUNTING);
    }
    bytes_add_text(pickle, "sV_buffers\n(dsV_modules\n(d");
}

static void module_end(struct bytes *pickle, const char *attributes)
{
    bytes_add_text(pickle, "s");
    bytes_add_text(pickle, attributes);
    bytes_add_text(pickle, "b");
}

static void check_note(const struct import_table *table, const char *key, const char *text)
{
    for (size_t i = 0; i < table->n_notes; i++) {
        if (strcmp(table->notes[i].key, key) == 0) {
            assert_string_equal(table->notes[i].text, text);
            return;
        }
    }
    fail_msg("no note %s", key);
}

static void make_modules(struct bytes *file)
{
    bytes_add_text(file, "(dp0\n0");
    module_begin(file, "__main__\nModel", "h0");
    bytes_add_text(file, "Vrnn\n");
    module_begin(file, "torch.nn.modules.rnn\nRNN", "w");
    module_end(file, "Vmode\nVRNN_TANH\nsVnum_layers\nI1\nsVbias\nI01\ns");
    bytes_add_text(file, "sVact\n");
    module_begin(file, "torch.nn.modules.activation\nTanh", NULL);
    module_end(file, "");
    bytes_add_text(file, "sVfc\n");
    module_begin(file, "torch.nn.modules.linear\nLinear", NULL);
    module_end(file, "Vin_features\nI5\ns");
    bytes_add_text(file, "s");
    module_end(file, "Valpha\nF0.2\nsVtraining\nI01\nsV_private\nI3\nsVclip\nI01\ns"
                     "Vf\nctorch\nrelu\nsVg\nc__builtin__\ngetattr\n(cnumpy\nx\nVtanh\ntRs");
    bytes_add_text(file, ".");
}

static void modules_are_walked_and_their_attributes_noted(void **state)
{
    (void)state;
    static const char *const NOTES[][2] = {
        {"class", "__main__.Model"},
        {"alpha", "0.20000000000000001"},
        {"clip", "True"},
        {"f.activation", "torch.relu"},
        {"g.activation", "tanh"},
        {"act.activation", "Tanh"},
        {"rnn.class", "torch.nn.modules.rnn.RNN"},
        {"rnn.nonlinearity", "RNN_TANH"},
        {"rnn.mode", "RNN_TANH"},
        {"rnn.num_layers", "1"},
    };
    enum { N_NOTES = sizeof NOTES / sizeof NOTES[0] };
    struct import_table table;
    struct bytes file = {0};
    make_modules(&file);
    open_file(&file, &table);
    assert_non_null(import_table_find(&table, "h0"));
    assert_non_null(import_table_find(&table, "rnn.w"));
    assert_int_equal(table.n_arrays, 2);
    assert_int_equal(table.n_notes, N_NOTES);
    for (size_t i = 0; i < N_NOTES; i++) {
        check_note(&table, NOTES[i][0], NOTES[i][1]);
    }
    import_table_release(&table);
    bytes_release(&file);
}

static void what_optimizers_keep_is_left_out(void **state)
{
    (void)state;
    struct import_table table;
    struct bytes file = {0};
    bytes_add_text(&file, "(dp0\nVstate_dict\n(d");
    add_ndarray(&file, "w", "I00", COUNTING);
    bytes_add_text(&file, "sVoptimizer\n(dVstate\n(d");
    add_ndarray(&file, "m", "I00", COUNTING);
    bytes_add_text(&file, "sVparam_groups\n(l(dValpha\nF0.99\nsassVdt\nF0.5\ns.");
    open_file(&file, &table);
    assert_int_equal(table.n_arrays, 1);
    assert_string_equal(table.arrays[0].name, "w");
    assert_int_equal(table.n_notes, 1);
    check_note(&table, "dt", "0.5");
    import_table_release(&table);
    bytes_release(&file);
}

static void objects_under_a_name_that_matters_are_not_overlooked(void **state)
{
    (void)state;
    struct import_table table;
    struct bytes file = {0};
    bytes_add_text(&file, "(dp0\n");
    add_ndarray(&file, "w", "I00", COUNTING);
    bytes_add_text(&file, "Vactivation\ncmy.module\nThing\n)RsVother\ncmy.module\nThing\n)Rs.");
    open_file(&file, &table);
    assert_int_equal(table.n_arrays, 2);
    CHECK_FAILS(import_table_load(&table, import_table_find(&table, "activation"), &error),
                STATUS_INPUT, "activation cannot be read: it is a Python object (my.module.Thing)");
    import_table_release(&table);
    bytes_release(&file);
}

/* A frozen dict is made from a dict, a named tuple from its items. */
static void arguments_of_objects_are_walked(void **state)
{
    (void)state;
    struct import_table table;
    struct bytes file = {0};
    bytes_add_text(&file, "(dp0\nVf\nclab\nFrozen\n((d");
    add_ndarray(&file, "w", "I00", COUNTING);
    bytes_add_text(&file, "Valpha\nF0.5\nstRs.");
    open_file(&file, &table);
    assert_int_equal(table.n_arrays, 1);
    assert_string_equal(table.arrays[0].name, "f.0.w");
    check_note(&table, "f.0.alpha", "0.5");
    import_table_release(&table);
    bytes_release(&file);
}

int test_import_torch_pickles(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(arrays_of_numpy_are_read),
        SCRATCH_TEST(arrays_of_numpy_that_cannot_be_read_are_refused),
        SCRATCH_TEST(what_holds_no_arrays_is_refused),
        SCRATCH_TEST(storages_in_the_pickle_are_read),
        SCRATCH_TEST(what_contains_itself_is_refused),
        SCRATCH_TEST(nesting_is_bounded),
        SCRATCH_TEST(a_tree_that_is_shared_again_and_again_is_refused),
        SCRATCH_TEST(a_storage_in_many_calls_is_refused),
        SCRATCH_TEST(a_storage_with_a_tensor_in_it_is_read),
        SCRATCH_TEST(modules_are_walked_and_their_attributes_noted),
        SCRATCH_TEST(what_optimizers_keep_is_left_out),
        SCRATCH_TEST(objects_under_a_name_that_matters_are_not_overlooked),
        SCRATCH_TEST(arguments_of_objects_are_walked),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
