#include "import/archive.h"

#include "support/check.h"
#include "support/scratch.h"
#include "support/weightfiles.h"

#include <stdlib.h>

enum { BIG = 100000, LIMIT = 8 };

static const char DAMAGED[] = "damaged or truncated zip archive: ";

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
    zip_maker_add(&zip, "small", &small, zip64 ? ZIP_DEFLATED : ZIP_STORED);
    zip_maker_add(&zip, "big", &big, ZIP_DEFLATED);
    zip_maker_finish(&zip);
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

static void check_member(const struct archive *archive, uint64_t index, const char *name,
                         size_t size)
{
    struct bytes expected = content_of(size);
    const struct archive_member member = archive_member(archive, index);
    unsigned char *const found = malloc(size);
    zip_file_t *const file = zip_fopen_index(archive->zip, index, 0);
    assert_non_null(found);
    assert_non_null(file);
    assert_string_equal(member.name, name);
    assert_int_equal(member.size, size);
    assert_null(member.problem);
    assert_true(archive_read(file, found, 3));
    assert_true(archive_read(file, found + 3, size - 3));
    assert_true(archive_is_whole(file));
    assert_false(archive_read(file, found, 1));
    assert_int_equal(zip_fclose(file), 0);
    assert_memory_equal(found, expected.data, size);
    bytes_release(&expected);
    free(found);
}

static void members_are_unpacked(void **state)
{
    (void)state;
    for (int zip64 = 0; zip64 < 2; zip64++) {
        struct archive archive;
        struct bytes file = make_archive(zip64 != 0);
        bytes_write(&file, archive_path());
        CHECK_OK(archive_open(&archive, archive_path(), LIMIT, &error));
        assert_int_equal(archive.n_members, 2);
        check_member(&archive, 0, "small", 10);
        check_member(&archive, 1, "big", BIG);
        archive_close(&archive);
        bytes_release(&file);
    }
}

static void a_member_read_in_part_is_not_whole(void **state)
{
    (void)state;
    unsigned char byte = 0;
    struct archive archive;
    struct bytes bytes = make_archive(false);
    bytes_write(&bytes, archive_path());
    CHECK_OK(archive_open(&archive, archive_path(), LIMIT, &error));
    for (uint64_t i = 0; i < 2; i++) {
        zip_file_t *const file = zip_fopen_index(archive.zip, i, 0);
        assert_true(archive_read(file, &byte, 1));
        assert_false(archive_is_whole(file));
        (void)zip_fclose(file);
    }
    archive_close(&archive);
    bytes_release(&bytes);
}

static void an_archive_may_end_in_a_comment_and_be_empty(void **state)
{
    (void)state;
    struct archive archive;
    struct bytes file = make_archive(false);
    bytes_set_number(&file, file.size - 2, 5, 2);
    bytes_add_text(&file, "PK\5\6x");
    bytes_write(&file, archive_path());
    CHECK_OK(archive_open(&archive, archive_path(), LIMIT, &error));
    assert_int_equal(archive.n_members, 2);
    archive_close(&archive);
    bytes_release(&file);
    struct zip_maker empty = {0};
    zip_maker_finish(&empty);
    bytes_write(&empty.file, archive_path());
    CHECK_OK(archive_open(&archive, archive_path(), LIMIT, &error));
    assert_int_equal(archive.n_members, 0);
    archive_close(&archive);
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
        for (size_t size = 1; size < file.size; size += file.size - size < 400 ? 1 : step) {
            struct archive archive;
            file_write(archive_path(), file.data, size);
            CHECK_FAILS(archive_open(&archive, archive_path(), LIMIT, &error), STATUS_INPUT,
                        DAMAGED);
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
    {true, 16, 0x7fffffff, 4, DAMAGED}, /* directory beyond the file */
    {true, 16, 1, 4, DAMAGED},          /* directory elsewhere */
    {true, 12, 0x7fffffff, 4, DAMAGED}, /* directory longer than the file */
    {true, 8, 0xffffffff, 4, DAMAGED},  /* zip64 without its record */
    {true, 8, 0x00090009, 4, DAMAGED},  /* more members than have room */
    {true, 10, 9, 2, DAMAGED},          /* two counts of members */
    {false, 0, 0, 4, DAMAGED},          /* no signature */
    {false, 28, 0xffff, 2, DAMAGED},    /* name beyond the directory */
    {false, 28, 10, 2, DAMAGED},        /* into the next entry */
    {false, 30, 0xffff, 2, DAMAGED},    /* extra field */
    {false, 32, 0xffff, 2, DAMAGED},    /* comment */
};

static void damaged_directories_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof DAMAGES / sizeof DAMAGES[0]; i++) {
        struct archive archive;
        struct bytes file = make_archive(false);
        const size_t base = DAMAGES[i].in_end ? file.size - 22 : directory_of(&file);
        bytes_set_number(&file, base + DAMAGES[i].offset, DAMAGES[i].value, DAMAGES[i].size);
        bytes_write(&file, archive_path());
        CHECK_FAILS(archive_open(&archive, archive_path(), LIMIT, &error), STATUS_INPUT,
                    DAMAGES[i].part);
        bytes_release(&file);
    }
}

static void more_members_than_allowed_are_refused(void **state)
{
    (void)state;
    struct archive archive;
    struct bytes file = make_archive(false);
    bytes_write(&file, archive_path());
    CHECK_FAILS(archive_open(&archive, archive_path(), 1, &error), STATUS_INPUT,
                "zip archive of 2 members, expected at most 1");
    CHECK_OK(archive_open(&archive, archive_path(), 2, &error));
    archive_close(&archive);
    bytes_release(&file);
}

/* A nested archive brings an end of its own; thousands of them would each be tried with the whole
 * directory. */
static void an_archive_of_many_ends_is_refused(void **state)
{
    (void)state;
    struct archive archive;
    struct bytes file = make_archive(false);
    const size_t end = file.size - 22;
    for (int i = 0; i < 9; i++) {
        unsigned char copy[22];
        bytes_write(&file, archive_path());
        if (i < 8) {
            CHECK_OK(archive_open(&archive, archive_path(), LIMIT, &error));
            check_member(&archive, 1, "big", BIG);
            archive_close(&archive);
        } else {
            CHECK_FAILS(archive_open(&archive, archive_path(), LIMIT, &error), STATUS_INPUT,
                        DAMAGED);
        }
        memcpy(copy, file.data + end, sizeof copy);
        bytes_add(&file, copy, sizeof copy);
    }
    bytes_release(&file);
}

/* Opens the archive and tries to read its first member whole. */
static bool reads_first(const struct bytes *bytes)
{
    unsigned char found[64];
    struct archive archive;
    bytes_write(bytes, archive_path());
    CHECK_OK(archive_open(&archive, archive_path(), LIMIT, &error));
    const struct archive_member member = archive_member(&archive, 0);
    zip_file_t *const file = member.problem == NULL ? zip_fopen_index(archive.zip, 0, 0) : NULL;
    const bool good = file != NULL && member.size <= sizeof found &&
                      archive_read(file, found, (size_t)member.size) && archive_is_whole(file);
    if (file != NULL) {
        (void)zip_fclose(file);
    }
    archive_close(&archive);
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

/* The first member's entry in the directory, changed, and why it then cannot be unpacked. */
static void what_cannot_be_unpacked_says_why(void **state)
{
    (void)state;
    static const struct {
        size_t offset;
        uint64_t value;
        size_t size;
        const char *problem;
    } CHANGES[] = {
        {20, 9, 4, "its sizes in the archive differ"},
        {20, 0x7fffffff, 4, "it lies outside the archive"},
        {10, 14, 2, "it is compressed by another method than deflate"},
        {8, 1, 2, "it is encrypted"},
        {8, 0x41, 2, "it is encrypted"},
    };
    for (size_t i = 0; i < sizeof CHANGES / sizeof CHANGES[0]; i++) {
        struct archive archive;
        struct bytes file = make_archive(false);
        bytes_set_number(&file, directory_of(&file) + CHANGES[i].offset, CHANGES[i].value,
                         CHANGES[i].size);
        bytes_write(&file, archive_path());
        CHECK_OK(archive_open(&archive, archive_path(), LIMIT, &error));
        assert_string_equal(archive_member(&archive, 0).problem, CHANGES[i].problem);
        assert_null(archive_member(&archive, 1).problem);
        archive_close(&archive);
        bytes_release(&file);
    }
}

static void no_deflated_byte_unpacks_to_more_than_deflate_can(void **state)
{
    (void)state;
    struct archive archive;
    struct bytes file = make_archive(true);
    bytes_set_number(&file, directory_of(&file) + 46 + strlen("small") + 4, 2000000, 8);
    bytes_write(&file, archive_path());
    CHECK_OK(archive_open(&archive, archive_path(), LIMIT, &error));
    assert_string_equal(archive_member(&archive, 0).problem,
                        "its size in the archive is more than it can unpack to");
    archive_close(&archive);
    bytes_release(&file);
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
    zip_maker_add(&zip, "bomb", &zeros, ZIP_DEFLATED);
    zip_maker_finish(&zip);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(members_are_unpacked),
        SCRATCH_TEST(a_member_read_in_part_is_not_whole),
        SCRATCH_TEST(an_archive_may_end_in_a_comment_and_be_empty),
        SCRATCH_TEST(no_prefix_of_an_archive_opens),
        SCRATCH_TEST(damaged_directories_are_refused),
        SCRATCH_TEST(more_members_than_allowed_are_refused),
        SCRATCH_TEST(an_archive_of_many_ends_is_refused),
        SCRATCH_TEST(members_outside_the_file_or_with_another_checksum_are_refused),
        SCRATCH_TEST(what_cannot_be_unpacked_says_why),
        SCRATCH_TEST(no_deflated_byte_unpacks_to_more_than_deflate_can),
        SCRATCH_TEST(a_bomb_gives_no_more_than_it_claims),
        SCRATCH_TEST(a_deflated_stream_that_ends_early_is_refused),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
