#include "import/zip.h"

#include "support/check.h"
#include "support/scratch.h"
#include "support/weightfiles.h"

#include <stdlib.h>

enum { BIG = 100000, LIMIT = 8 };

static struct error error;

/* ---- files --------------------------------------------------------------------------------------
 */

static struct bytes content_of(size_t size)
{
    struct bytes content = {0};
    for (size_t i = 0; i < size; i++) {
        const unsigned char value = (unsigned char)(i * i / 7);
        bytes_add(&content, &value, 1);
    }
    return content;
}

/* "small", stored or deflated, then "big" deflated. */
static struct bytes make_archive(bool zip64)
{
    struct zip_maker zip = {.zip64 = zip64};
    struct bytes small = content_of(10);
    struct bytes big = content_of(BIG);
    zip_add(&zip, "small", &small, zip64 ? ZIP_DEFLATED : ZIP_STORED);
    zip_add(&zip, "big", &big, ZIP_DEFLATED);
    zip_finish(&zip);
    bytes_release(&small);
    bytes_release(&big);
    return zip.file;
}

static const char *archive_path(void)
{
    return scratch_path("a.zip");
}

/* Place of the directory's first entry. */
static size_t directory_of(const struct bytes *file)
{
    for (size_t i = 0; i + 4 < file->size; i++) {
        if (memcmp(file->data + i, "PK\1\2", 4) == 0) {
            return i;
        }
    }
    fail_msg("no directory");
    return 0;
}

/* ---- good archives ------------------------------------------------------------------------------
 */

static void check_member(const struct zip_archive *archive, size_t index, size_t size)
{
    struct zip_reader reader;
    struct bytes expected = content_of(size);
    unsigned char *const found = malloc(size);
    assert_non_null(found);
    assert_int_equal(archive->members[index].size, size);
    assert_null(zip_member_problem(&archive->members[index]));
    assert_true(zip_reader_open(&reader, archive, &archive->members[index]));
    assert_true(zip_reader_read(&reader, found, 3));
    assert_false(zip_reader_is_whole(&reader));
    assert_true(zip_reader_read(&reader, found + 3, size - 3));
    assert_true(zip_reader_is_whole(&reader));
    assert_false(zip_reader_read(&reader, found, 1));
    zip_reader_close(&reader);
    assert_memory_equal(found, expected.data, size);
    bytes_release(&expected);
    free(found);
}

static void members_are_unpacked(void **state)
{
    (void)state;
    for (int zip64 = 0; zip64 < 2; zip64++) {
        struct zip_archive archive;
        struct bytes file = make_archive(zip64 != 0);
        bytes_write(&file, archive_path());
        CHECK_OK(zip_open(&archive, archive_path(), LIMIT, &error));
        assert_int_equal(archive.n_members, 2);
        assert_string_equal(archive.members[0].name, "small");
        assert_string_equal(archive.members[1].name, "big");
        check_member(&archive, 0, 10);
        check_member(&archive, 1, BIG);
        zip_close(&archive);
        bytes_release(&file);
    }
}

static void an_archive_may_end_in_a_comment_and_be_empty(void **state)
{
    (void)state;
    struct zip_archive archive;
    struct bytes file = make_archive(false);
    bytes_set_number(&file, file.size - 2, 5, 2);
    bytes_add_text(&file, "PK\5\6x");
    bytes_write(&file, archive_path());
    CHECK_OK(zip_open(&archive, archive_path(), LIMIT, &error));
    assert_int_equal(archive.n_members, 2);
    zip_close(&archive);
    bytes_release(&file);
    struct zip_maker empty = {0};
    zip_finish(&empty);
    bytes_write(&empty.file, archive_path());
    CHECK_OK(zip_open(&archive, archive_path(), LIMIT, &error));
    assert_int_equal(archive.n_members, 0);
    zip_close(&archive);
    bytes_release(&empty.file);
}

/* ---- bad archives -------------------------------------------------------------------------------
 */

static void no_prefix_of_an_archive_opens(void **state)
{
    (void)state;
    for (int zip64 = 0; zip64 < 2; zip64++) {
        struct bytes file = make_archive(zip64 != 0);
        const size_t step = file.size / 1500 + 1;
        for (size_t size = 0; size < file.size; size += file.size - size < 400 ? 1 : step) {
            struct zip_archive archive;
            file_write(archive_path(), file.data, size);
            CHECK_FAILS(zip_open(&archive, archive_path(), LIMIT, &error), STATUS_INPUT,
                        "damaged or truncated zip archive");
        }
        bytes_release(&file);
    }
}

/* A change of the archive, at an offset from its first directory entry or from its last record. */
static const struct damage {
    bool in_end;
    size_t offset;
    uint64_t value;
    size_t size;
    const char *part;
} DAMAGES[] = {
    {true, 16, 0x7fffffff, 4, "no list"},    /* directory beyond the file */
    {true, 16, 1, 4, "bad member number 0"}, /* directory elsewhere */
    {true, 12, 0x7fffffff, 4, "no list"},    /* directory longer than the file */
    {true, 10, 0xffff, 2, "no list"},        /* zip64 without its record */
    {true, 10, 9, 2, "9 members"},           /* more than the limit */
    {true, 10, 2000, 2, "2000 members"},     /* more than have room */
    {false, 0, 0, 4, "bad member number 0"},
    {false, 28, 0xffff, 2, "bad member number 0"}, /* name beyond the directory */
    {false, 28, 10, 2, "bad member number 1"},     /* into the next entry */
    {false, 30, 0xffff, 2, "bad member number 0"}, /* extra field */
    {false, 32, 0xffff, 2, "bad member number 0"}, /* comment */
};

static void damaged_directories_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof DAMAGES / sizeof DAMAGES[0]; i++) {
        struct zip_archive archive;
        struct bytes file = make_archive(false);
        const size_t base = DAMAGES[i].in_end ? file.size - 22 : directory_of(&file);
        bytes_set_number(&file, base + DAMAGES[i].offset, DAMAGES[i].value, DAMAGES[i].size);
        bytes_write(&file, archive_path());
        CHECK_FAILS(zip_open(&archive, archive_path(), LIMIT, &error), STATUS_INPUT,
                    DAMAGES[i].part);
        bytes_release(&file);
    }
}

/* Opens the archive and tries to read its first member whole. */
static bool reads_first(const struct bytes *file)
{
    unsigned char found[64];
    struct zip_archive archive;
    struct zip_reader reader;
    bytes_write(file, archive_path());
    CHECK_OK(zip_open(&archive, archive_path(), LIMIT, &error));
    bool good = archive.members[0].size <= sizeof found &&
                zip_reader_open(&reader, &archive, &archive.members[0]);
    if (good) {
        good = zip_reader_read(&reader, found, (size_t)archive.members[0].size) &&
               zip_reader_is_whole(&reader);
        zip_reader_close(&reader);
    }
    zip_close(&archive);
    return good;
}

static void members_outside_the_file_or_with_another_checksum_are_refused(void **state)
{
    (void)state;
    static const struct {
        size_t offset; /* from the directory's first entry */
        uint64_t value;
    } CHANGES[] = {{42, 1}, {42, 0x7fffffff}, {42, 0xfffffffe}, {16, 1}};
    struct bytes file = make_archive(false);
    assert_true(reads_first(&file));
    for (size_t i = 0; i < sizeof CHANGES / sizeof CHANGES[0]; i++) {
        struct bytes bad = make_archive(false);
        bytes_set_number(&bad, directory_of(&bad) + CHANGES[i].offset, CHANGES[i].value, 4);
        assert_false(reads_first(&bad));
        bytes_release(&bad);
    }
    bytes_set_number(&file, 26, 0xffff, 2); /* a name that reaches beyond the end */
    bytes_set_number(&file, 28, 0xffff, 2);
    assert_false(reads_first(&file));
    bytes_release(&file);
}

static void what_cannot_be_unpacked_says_why(void **state)
{
    (void)state;
    struct zip_member member = {.size = 10, .packed_size = 10};
    assert_null(zip_member_problem(&member));
    member.packed_size = 9;
    assert_string_equal(zip_member_problem(&member), "its sizes in the archive differ");
    member.method = ZIP_DEFLATED;
    assert_null(zip_member_problem(&member));
    member.size = 2000000;
    assert_string_equal(zip_member_problem(&member),
                        "its size in the archive is more than it can unpack to");
    member.method = 14;
    assert_string_equal(zip_member_problem(&member),
                        "it is compressed by another method than deflate");
    member.encrypted = true;
    assert_string_equal(zip_member_problem(&member), "it is encrypted");
}

/* The archive claims less than the deflated stream would give: no byte more is handed out. */
static void a_bomb_gives_no_more_than_it_claims(void **state)
{
    (void)state;
    struct zip_maker zip = {0};
    struct bytes zeros = {0};
    static const unsigned char block[4096] = {0};
    for (int i = 0; i < 4096; i++) {
        bytes_add(&zeros, block, sizeof block);
    }
    zip_add(&zip, "bomb", &zeros, ZIP_DEFLATED);
    zip_finish(&zip);
    assert_true(zip.file.size < zeros.size / 500);
    bytes_set_number(&zip.file, directory_of(&zip.file) + 24, 50, 4);
    assert_false(reads_first(&zip.file));
    bytes_release(&zeros);
    bytes_release(&zip.file);
}

static void a_deflated_stream_that_ends_early_is_refused(void **state)
{
    (void)state;
    struct bytes file = make_archive(true);
    const size_t entry = directory_of(&file);
    const size_t extra = entry + 46 + strlen("small") + 4;
    assert_true(reads_first(&file));
    bytes_set_number(&file, extra, 20, 8);
    assert_false(reads_first(&file));
    bytes_set_number(&file, extra, 10, 8);
    bytes_set_number(&file, extra + 8, 3, 8);
    assert_false(reads_first(&file));
    bytes_set_number(&file, extra + 8, UINT64_MAX, 8);
    assert_false(reads_first(&file));
    bytes_release(&file);
}

int test_zip(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(members_are_unpacked),
        SCRATCH_TEST(an_archive_may_end_in_a_comment_and_be_empty),
        SCRATCH_TEST(no_prefix_of_an_archive_opens),
        SCRATCH_TEST(damaged_directories_are_refused),
        SCRATCH_TEST(members_outside_the_file_or_with_another_checksum_are_refused),
        SCRATCH_TEST(what_cannot_be_unpacked_says_why),
        SCRATCH_TEST(a_bomb_gives_no_more_than_it_claims),
        SCRATCH_TEST(a_deflated_stream_that_ends_early_is_refused),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
