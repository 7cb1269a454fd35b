#include "import/pickle/pickle.h"

#include "support/check.h"

#include <stdlib.h>

static struct error error;

struct sample {
    const char *bytes;
    size_t size;
};

#define SAMPLE(text) (text), sizeof(text) - 1

static struct pickle_text source_of(const char *bytes, size_t size)
{
    return (struct pickle_text){(const unsigned char *)bytes, size};
}

static struct pickle_value *read(struct pickle *pickle, const char *bytes, size_t size)
{
    size_t used = 0;
    struct pickle_value *root = NULL;
    *pickle = (struct pickle){0};
    CHECK_OK(pickle_read(pickle, "file", source_of(bytes, size), &used, &root, &error));
    assert_int_equal(used, size);
    return root;
}

static void refused(const char *bytes, size_t size, const char *part)
{
    size_t used = 0;
    struct pickle pickle = {0};
    struct pickle_value *root = NULL;
    CHECK_FAILS(pickle_read(&pickle, "file", source_of(bytes, size), &used, &root, &error),
                STATUS_INPUT, part);
    assert_ptr_equal(strstr(error.text, "file: bad Python pickle at byte "), error.text);
    assert_null(strchr(error.text, '\n'));
    pickle_release(&pickle);
}

/* ---- values: [None, True, 255, -3, 2**40, 2**70, 1.5, 'h\xe9\u03b1', b'\xff\n\x00', (1, 2, 3, 4),
 * {'a': 2}, {3}] as pickle.dumps writes it in each protocol -------------------------------------
 */

static const struct sample PROTOCOLS[] = {
    {SAMPLE("(lp0\nNaI01\naI255\naI-3\naL1099511627776L\naL1180591620717411303424L\na"
            "F1.5\naVh\xe9\\u03b1\np1\nac_codecs\nencode\np2\n(V\xff\\u000a\\u0000\np3\nVlatin1\n"
            "p4\ntp5\nRp6\na(I1\nI2\nI3\nI4\ntp7\na(dp8\nVa\np9\nI2\nsac__builtin__\nset\np10\n"
            "((lp11\nI3\natp12\nRp13\na.")},
    {SAMPLE("]q\x00(NI01\nK\xffJ\xfd\xff\xff\xffL1099511627776L\nL1180591620717411303424L\n"
            "G\x3f\xf8\x00\x00\x00\x00\x00\x00X\x05\x00\x00\x00h\xc3\xa9\xce\xb1q\x01"
            "c_codecs\n"
            "encode\nq\x02(X\x04\x00\x00\x00\xc3\xbf\n\x00q\x03X\x06\x00\x00\x00latin1"
            "q\x04tq\x05Rq\x06(K\x01K\x02K\x03K\x04tq\x07}q\x08X\x01\x00\x00\x00"
            "aq\x09K\x02sc"
            "__builtin__\nset\nq\x0a(]q\x0bK\x03"
            "atq\x0cRq\x0d"
            "e.")},
    {SAMPLE("\x80\x02]q\x00(N\x88K\xffJ\xfd\xff\xff\xff\x8a\x06\x00\x00\x00\x00\x00\x01\x8a\x09"
            "\x00\x00\x00\x00\x00\x00\x00\x00@G\x3f\xf8\x00\x00\x00\x00\x00\x00X\x05\x00\x00\x00h"
            "\xc3\xa9\xce\xb1q\x01"
            "c_codecs\nencode\nq\x02X\x04\x00\x00\x00\xc3\xbf\n"
            "\x00q\x03X\x06\x00\x00\x00latin1q\x04\x86q\x05Rq\x06(K\x01K\x02K\x03K\x04tq\x07}q"
            "\x08X\x01\x00\x00\x00"
            "aq\x09K\x02sc__builtin__\nset\nq\x0a]q\x0bK\x03"
            "a\x85q"
            "\x0cRq\x0d"
            "e.")},
    {SAMPLE("\x80\x03]q\x00(N\x88K\xffJ\xfd\xff\xff\xff\x8a\x06\x00\x00\x00\x00\x00\x01\x8a\x09"
            "\x00\x00\x00\x00\x00\x00\x00\x00@G\x3f\xf8\x00\x00\x00\x00\x00\x00X\x05\x00\x00\x00h"
            "\xc3\xa9\xce\xb1q\x01"
            "C\x03\xff\n\x00q\x02(K\x01K\x02K\x03K\x04tq\x03}q\x04X\x01"
            "\x00\x00\x00"
            "aq\x05K\x02scbuiltins\nset\nq\x06]q\x07K\x03"
            "a\x85q\x08Rq\x09"
            "e.")},
    {SAMPLE("\x80\x04\x95R\x00\x00\x00\x00\x00\x00\x00]\x94(N\x88K\xffJ\xfd\xff\xff\xff\x8a\x06"
            "\x00\x00\x00\x00\x00\x01\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00@G\x3f\xf8\x00\x00"
            "\x00\x00\x00\x00\x8c\x05h\xc3\xa9\xce\xb1\x94"
            "C\x03\xff\n\x00\x94(K\x01K\x02K"
            "\x03K\x04t\x94}\x94\x8c\x01"
            "a\x94K\x02s\x8f\x94(K\x03\x90"
            "e.")},
    {SAMPLE("\x80\x05\x95R\x00\x00\x00\x00\x00\x00\x00]\x94(N\x88K\xffJ\xfd\xff\xff\xff\x8a\x06"
            "\x00\x00\x00\x00\x00\x01\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00@G\x3f\xf8\x00\x00"
            "\x00\x00\x00\x00\x8c\x05h\xc3\xa9\xce\xb1\x94"
            "C\x03\xff\n\x00\x94(K\x01K\x02K"
            "\x03K\x04t\x94}\x94\x8c\x01"
            "a\x94K\x02s\x8f\x94(K\x03\x90"
            "e.")},
};

enum { N_PROTOCOLS = sizeof PROTOCOLS / sizeof PROTOCOLS[0] };

static void check_bytes(const struct pickle_value *value, enum pickle_kind kind, const char *bytes,
                        size_t size)
{
    assert_int_equal(value->kind, kind);
    assert_int_equal(value->text.size, size);
    assert_memory_equal(value->text.bytes, bytes, size);
}

static void every_protocol_gives_the_same_values(void **state)
{
    (void)state;
    for (int i = 0; i < N_PROTOCOLS; i++) {
        static const int64_t INTEGERS[] = {1, 255, -3, (int64_t)1 << 40};
        struct pickle pickle;
        struct pickle_value *const root = read(&pickle, PROTOCOLS[i].bytes, PROTOCOLS[i].size);
        assert_int_equal(root->kind, PICKLE_LIST);
        assert_int_equal(pickle_length(root), 12);
        assert_int_equal(pickle_item(root, 0)->kind, PICKLE_NONE);
        assert_int_equal(pickle_item(root, 1)->kind, PICKLE_BOOL);
        for (size_t k = 0; k < 4; k++) {
            assert_int_equal(pickle_item(root, 1 + k)->integer, INTEGERS[k]);
        }
        assert_int_equal(pickle_item(root, 5)->kind, PICKLE_LONG);
        CHECK_SAME(pickle_item(root, 6)->real, 1.5);
        check_bytes(pickle_item(root, 7), PICKLE_STR, "h\xc3\xa9\xce\xb1", 5);
        check_bytes(pickle_item(root, 8), PICKLE_BYTES, "\xff\n\0", 3);
        assert_int_equal(pickle_item(root, 9)->kind, PICKLE_TUPLE);
        assert_int_equal(pickle_item(pickle_item(root, 9), 3)->integer, 4);
        assert_int_equal(pickle_entry(pickle_item(root, 10), "a")->integer, 2);
        assert_null(pickle_entry(pickle_item(root, 10), "b"));
        assert_null(pickle_item(root, 12));
        pickle_release(&pickle);
    }
}

static void texts_of_python_2_are_bytes(void **state)
{
    (void)state;
    struct pickle pickle;
    struct pickle_value *const root =
        read(&pickle, SAMPLE("(S'a\\x00\\n\\'\"'\nU\3bcdT\1\0\0\0et."));
    check_bytes(pickle_item(root, 0), PICKLE_BYTES, "a\0\n'\"", 5);
    check_bytes(pickle_item(root, 1), PICKLE_BYTES, "bcd", 3);
    assert_true(pickle_is_text(pickle_item(root, 2), "e"));
    pickle_release(&pickle);
}

/* ---- objects ---- */

static void calls_are_noted_and_not_made(void **state)
{
    (void)state;
    struct pickle pickle;
    struct pickle_value *root =
        read(&pickle, SAMPLE("cposix\nsystem\n(Vtouch /tmp/owned\ntR}Va\nI1\nsb."));
    assert_int_equal(root->kind, PICKLE_OBJECT);
    assert_true(pickle_is_global(pickle_callable(root), "posix", "system"));
    assert_false(pickle_is_global(pickle_callable(root), "pos", "system"));
    assert_true(pickle_is_text(pickle_argument(root, 0), "touch /tmp/owned"));
    assert_int_equal(pickle_entry(root->object->state, "a")->integer, 1);
    pickle_release(&pickle);
    root = read(&pickle, SAMPLE("(i__main__\nModel\n}b."));
    assert_true(pickle_is_global(pickle_callable(root), "__main__", "Model"));
    pickle_release(&pickle);
    root = read(&pickle, SAMPLE("(ctorch._utils\nf\nI1\nI2\no."));
    assert_int_equal(pickle_argument(root, 1)->integer, 2);
    pickle_release(&pickle);
}

static void a_class_derived_from_dict_has_pairs(void **state)
{
    (void)state;
    struct pickle pickle;
    const struct pickle_value *const root =
        read(&pickle, SAMPLE("ccollections\nOrderedDict\n)R(Va\nI1\nVb\nI2\nu."));
    assert_int_equal(pickle_pairs(root)->count, 4);
    assert_int_equal(pickle_entry(root, "b")->integer, 2);
    pickle_release(&pickle);
}

static void names_of_what_is_stored_elsewhere_are_collected(void **state)
{
    (void)state;
    struct pickle pickle;
    const struct pickle_value *const root = read(&pickle, SAMPLE("(lPkey\na(I1\ntQa."));
    assert_int_equal(pickle.n_identities, 2);
    assert_ptr_equal(pickle.identities[1], pickle_item(root, 1));
    assert_true(pickle_is_text(pickle.identities[0]->identity, "key"));
    pickle_release(&pickle);
}

static void what_is_shared_and_what_contains_itself_is_read_once(void **state)
{
    (void)state;
    struct pickle pickle;
    const struct pickle_value *root = read(&pickle, SAMPLE("]q\0h\0a."));
    assert_ptr_equal(pickle_item(root, 0), root);
    pickle_release(&pickle);
    root = read(&pickle, SAMPLE("(}q\0h\0h\0t."));
    assert_ptr_equal(pickle_item(root, 0), pickle_item(root, 2));
    pickle_release(&pickle);
}

static void the_stack_is_marked_popped_and_doubled(void **state)
{
    (void)state;
    struct pickle pickle;
    const struct pickle_value *const root = read(&pickle, SAMPLE("(I1\n2(I3\n1(0I4\n0t."));
    assert_int_equal(pickle_length(root), 2);
    pickle_release(&pickle);
}

/* ---- refusals ---- */

static void what_is_no_pickle_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        const char *part;
    } CASES[] = {
        {SAMPLE(""), "the data end in the middle"},
        {SAMPLE("\x80\6."), "an unknown protocol, expected 0 to 5"},
        {SAMPLE("\xff"), "at byte 1: an unknown instruction"},
        {SAMPLE("."), "an instruction lacks its values"},
        {SAMPLE("(I1\n(a."), "an instruction lacks its values"},
        {SAMPLE("t."), "an instruction lacks its mark"},
        {SAMPLE("(I1\nd."), "a key that has no value"},
        {SAMPLE("}(I1\nu."), "a key that has no value"},
        {SAMPLE("I1\nI2\na."), "items for what is no list"},
        {SAMPLE("]I1\nI2\ns."), "keys and values for what is no dict"},
        {SAMPLE("h\0."), "a memo number that was not set"},
        {SAMPLE("Nr\xff\xff\xff\x7f."), "a memo number that is too large"},
        {SAMPLE("Np-1\n."), "a memo number that is none"},
        {SAMPLE("Iabc\n."), "a line that is no whole number"},
        {SAMPLE("F1.5x\n."), "a line that is no number"},
        {SAMPLE("I1"), "the data end in the middle of a line"},
        {SAMPLE("S'a\\q'\n."), "a string with a bad escape"},
        {SAMPLE("Sab\n."), "a string without quotes"},
        {SAMPLE("V\\u00g0\n."), "a text with a bad escape"},
        {SAMPLE("I1\nI2\n\x93."), "a global whose name is no text"},
        {SAMPLE("(o."), "an object without a class"},
        {SAMPLE("X\xff\xff\xff\xff"
                "abc"),
         "the data end in the middle"},
        {SAMPLE("\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
                "abc"),
         "the data end in the middle"},
        {SAMPLE("\x97."), "data outside of it"},
        {SAMPLE("c_codecs\nencode\n(V\\u03b1\nVlatin1\ntR."),
         "bytes that are not written in Latin-1"},
        {SAMPLE("c_codecs\nencode\n(I1\ntR."), "an encoding of what is no text"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        refused(CASES[i].bytes, CASES[i].size, CASES[i].part);
    }
}

/* In memory of their own length, so that a byte too far is found. */
static void no_prefix_of_a_pickle_is_one(void **state)
{
    (void)state;
    for (int i = 0; i < N_PROTOCOLS; i++) {
        for (size_t size = 0; size < PROTOCOLS[i].size; size++) {
            char *const bytes = malloc(size + 1);
            assert_non_null(bytes);
            memcpy(bytes, PROTOCOLS[i].bytes, size);
            refused(bytes, size, "byte");
            free(bytes);
        }
    }
}

/* A program of `count` copies of `step` behind `begin`. */
static void refused_program(const char *begin, const char *step, size_t count, const char *part)
{
    const size_t length = strlen(step);
    const size_t head = strlen(begin);
    char *const bytes = malloc(head + count * length);
    assert_non_null(bytes);
    memcpy(bytes, begin, head);
    for (size_t i = 0; i < count; i++) {
        memcpy(bytes + head + i * length, step, length);
    }
    refused(bytes, head + count * length, part);
    free(bytes);
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    const size_t many = PICKLE_MAX_VALUES + 1;
    refused_program("", "N", many, "a pickle of more than 4194304 values");
    refused_program("N", "2", many, "a stack of too many values");
    refused_program("", "(", many, "too many marks");
    refused_program("]q\1",
                    "h\1"
                    "a",
                    many, "lists of more than 4194304 items");
}

/* One text of 1000 letters, decoded a hundred times by 8 bytes each. */
static void texts_are_not_decoded_again_and_again(void **state)
{
    (void)state;
    enum { LETTERS = 1000, TIMES = 100 };
    static const char BEGIN[] = "c_codecs\nencode\np0\n(V";
    static const char MIDDLE[] = "\nVlatin1\ntp1\n";
    static const char STEP[] = "g0\ng1\nR0";
    char bytes[sizeof BEGIN + LETTERS + sizeof MIDDLE + TIMES * sizeof STEP] = "";
    strcpy(bytes, BEGIN);
    memset(bytes + strlen(bytes), 'a', LETTERS);
    strcat(bytes, MIDDLE);
    for (int i = 0; i < TIMES; i++) {
        strcat(bytes, STEP);
    }
    refused(bytes, strlen(bytes), "a text that is decoded more than once");
}

int test_pickle(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_protocol_gives_the_same_values),
        cmocka_unit_test(texts_of_python_2_are_bytes),
        cmocka_unit_test(calls_are_noted_and_not_made),
        cmocka_unit_test(a_class_derived_from_dict_has_pairs),
        cmocka_unit_test(names_of_what_is_stored_elsewhere_are_collected),
        cmocka_unit_test(what_is_shared_and_what_contains_itself_is_read_once),
        cmocka_unit_test(the_stack_is_marked_popped_and_doubled),
        cmocka_unit_test(what_is_no_pickle_is_refused),
        cmocka_unit_test(no_prefix_of_a_pickle_is_one),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(texts_are_not_decoded_again_and_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
