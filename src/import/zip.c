#include "import/zip.h"

#include "core/memory.h"
#include "import/elements.h"

#include <stdlib.h>
#include <string.h>

enum {
    END_SIZE = 22, /* record at the end of the archive, and a comment behind it */
    END64_SIZE = 56,
    LOCATOR_SIZE = 20,
    MAX_COMMENT = 65535,
    ENTRY_SIZE = 46, /* of the central directory, and name, extra and comment behind it */
    LOCAL_SIZE = 30,
    EXTRA_ZIP64 = 1,
    METHOD_STORED = 0,
    METHOD_DEFLATED = 8
};

static const uint64_t MAX_DIRECTORY = (uint64_t)64 << 20;
static const uint64_t DEFLATE_RATIO = 1032; /* no deflated byte unpacks to more */

/* Where the central directory lies. */
struct directory {
    uint64_t offset;
    uint64_t size;
    uint64_t n_entries;
};

static uint16_t u16(const unsigned char *bytes)
{
    return (uint16_t)bytes_number(bytes, 2);
}

static uint32_t u32(const unsigned char *bytes)
{
    return (uint32_t)bytes_number(bytes, 4);
}

static uint64_t u64(const unsigned char *bytes)
{
    return bytes_number(bytes, 8);
}

/* ---- directory ----------------------------------------------------------------------------------
 */

/* The last place in the tail that begins with the signature and whose comment ends the file. */
static const unsigned char *find_end(const unsigned char *tail, size_t size)
{
    for (size_t i = size - END_SIZE + 1; i-- > 0;) {
        if (memcmp(tail + i, "PK\5\6", 4) == 0 && u16(tail + i + 20) == size - i - END_SIZE) {
            return tail + i;
        }
    }
    return NULL;
}

/* Values too large for the record of old stand in another one, which a locator before it names. */
static bool read_end64(const struct input_file *file, uint64_t end_offset,
                       struct directory *directory)
{
    unsigned char locator[LOCATOR_SIZE];
    unsigned char record[END64_SIZE];
    if (end_offset < LOCATOR_SIZE ||
        !input_file_read(file, end_offset - LOCATOR_SIZE, locator, sizeof locator) ||
        memcmp(locator, "PK\6\7", 4) != 0 ||
        !input_file_read(file, u64(locator + 8), record, sizeof record) ||
        memcmp(record, "PK\6\6", 4) != 0) {
        return false;
    }
    *directory = (struct directory){u64(record + 48), u64(record + 40), u64(record + 32)};
    return true;
}

static bool find_directory(const struct input_file *file, const unsigned char *tail, size_t size,
                           struct directory *directory)
{
    const unsigned char *const end = find_end(tail, size);
    if (end == NULL) {
        return false;
    }
    *directory = (struct directory){u32(end + 16), u32(end + 12), u16(end + 10)};
    if (directory->n_entries == UINT16_MAX || directory->size == UINT32_MAX ||
        directory->offset == UINT32_MAX) {
        return read_end64(file, file->size - size + (uint64_t)(end - tail), directory);
    }
    return true;
}

static enum status locate(const struct input_file *file, const char *path,
                          struct directory *directory, struct error *error)
{
    unsigned char *tail = NULL;
    const uint64_t most = END_SIZE + MAX_COMMENT;
    const size_t size = (size_t)(file->size < most ? file->size : most);
    TRY(memory_array(&tail, size, 1, error));
    const bool good = size >= END_SIZE && input_file_read(file, file->size - size, tail, size) &&
                      find_directory(file, tail, size, directory) &&
                      directory->size <= MAX_DIRECTORY && directory->offset <= file->size &&
                      directory->size <= file->size - directory->offset;
    free(tail);
    return good ? STATUS_OK
                : error_set(error, STATUS_INPUT,
                            "%s: damaged or truncated zip archive: no list of its members", path);
}

/* In the order of the specification, the extra field holds those values that were too large. */
static bool take_large(const unsigned char **extra, size_t *size, uint64_t *value)
{
    if (*value != UINT32_MAX) {
        return true;
    }
    if (*size < 8) {
        return false;
    }
    *value = u64(*extra);
    *extra += 8;
    *size -= 8;
    return true;
}

static bool apply_extra(const unsigned char *extra, size_t size, struct zip_member *member)
{
    while (size >= 4) {
        const unsigned id = u16(extra);
        size_t length = u16(extra + 2);
        const unsigned char *field = extra + 4;
        if (length > size - 4) {
            return false;
        }
        extra += 4 + length;
        size -= 4 + length;
        if (id == EXTRA_ZIP64) {
            return take_large(&field, &length, &member->size) &&
                   take_large(&field, &length, &member->packed_size) &&
                   take_large(&field, &length, &member->offset);
        }
    }
    return true; /* without the field, a size of 2^32 - 1 means itself */
}

/* One entry at `bytes`, with `size` bytes of the directory left; 0 when it is bad, else its
 * length. */
static size_t read_entry(const unsigned char *bytes, size_t size, struct zip_member *member)
{
    if (size < ENTRY_SIZE || memcmp(bytes, "PK\1\2", 4) != 0) {
        return 0;
    }
    const size_t name_length = u16(bytes + 28);
    const size_t extra_length = u16(bytes + 30);
    const size_t length = ENTRY_SIZE + name_length + extra_length + u16(bytes + 32);
    if (length > size || name_length > ZIP_NAME_LENGTH) {
        return 0;
    }
    *member = (struct zip_member){.offset = u32(bytes + 42),
                                  .packed_size = u32(bytes + 20),
                                  .size = u32(bytes + 24),
                                  .crc = u32(bytes + 16),
                                  .method = u16(bytes + 10),
                                  .encrypted = (u16(bytes + 8) & 1U) != 0};
    memcpy(member->name, bytes + ENTRY_SIZE, name_length);
    return apply_extra(bytes + ENTRY_SIZE + name_length, extra_length, member) ? length : 0;
}

static bool read_entries(struct zip_archive *archive, const unsigned char *bytes, size_t size,
                         size_t n_entries)
{
    while (archive->n_members < n_entries) {
        const size_t length = read_entry(bytes, size, &archive->members[archive->n_members]);
        if (length == 0) {
            return false;
        }
        bytes += length;
        size -= length;
        archive->n_members++;
    }
    return true;
}

static enum status read_directory(struct zip_archive *archive, const char *path, size_t limit,
                                  struct error *error)
{
    struct directory directory = {0};
    unsigned char *bytes = NULL;
    TRY(locate(&archive->file, path, &directory, error));
    if (directory.n_entries > limit || directory.n_entries > directory.size / ENTRY_SIZE) {
        return error_set(error, STATUS_INPUT,
                         "%s: zip archive of %llu members, expected at most %zu and their names",
                         path, (unsigned long long)directory.n_entries, limit);
    }
    TRY(memory_array(&archive->members, (size_t)directory.n_entries, sizeof *archive->members,
                     error));
    TRY(memory_array(&bytes, (size_t)directory.size, 1, error));
    const bool good =
        input_file_read(&archive->file, directory.offset, bytes, (size_t)directory.size) &&
        read_entries(archive, bytes, (size_t)directory.size, (size_t)directory.n_entries);
    free(bytes);
    return good ? STATUS_OK
                : error_set(error, STATUS_INPUT, "%s: damaged zip archive: bad member number %zu",
                            path, archive->n_members);
}

enum status zip_open(struct zip_archive *archive, const char *path, size_t limit,
                     struct error *error)
{
    *archive = (struct zip_archive){.file.descriptor = -1};
    TRY(input_file_open(&archive->file, path, error));
    const enum status status = read_directory(archive, path, limit, error);
    if (status != STATUS_OK) {
        zip_close(archive);
    }
    return status;
}

void zip_close(struct zip_archive *archive)
{
    input_file_close(&archive->file);
    free(archive->members);
    *archive = (struct zip_archive){.file.descriptor = -1};
}

/* ---- members ------------------------------------------------------------------------------------
 */

const char *zip_member_problem(const struct zip_member *member)
{
    if (member->encrypted) {
        return "it is encrypted";
    }
    if (member->method == METHOD_STORED) {
        return member->size == member->packed_size ? NULL : "its sizes in the archive differ";
    }
    if (member->method != METHOD_DEFLATED) {
        return "it is compressed by another method than deflate";
    }
    return member->size / DEFLATE_RATIO <= member->packed_size
               ? NULL
               : "its size in the archive is more than it can unpack to";
}

bool zip_reader_open(struct zip_reader *reader, const struct zip_archive *archive,
                     const struct zip_member *member)
{
    unsigned char local[LOCAL_SIZE];
    const struct input_file *const file = &archive->file;
    if (zip_member_problem(member) != NULL ||
        !input_file_read(file, member->offset, local, sizeof local) ||
        memcmp(local, "PK\3\4", 4) != 0) {
        return false;
    }
    const uint64_t data = member->offset + LOCAL_SIZE + u16(local + 26) + u16(local + 28);
    if (data > file->size || member->packed_size > file->size - data) {
        return false;
    }
    memset(reader, 0, sizeof *reader);
    reader->member = member;
    reader->cursor = (struct input_cursor){file, data};
    reader->packed_left = member->packed_size;
    reader->left = member->size;
    /* Negative window bits: no header of zlib's own. */
    return inflateInit2(&reader->stream, -MAX_WBITS) == Z_OK;
}

void zip_reader_close(struct zip_reader *reader)
{
    (void)inflateEnd(&reader->stream);
}

static bool refill(struct zip_reader *reader)
{
    const uint64_t size =
        reader->packed_left < sizeof reader->buffer ? reader->packed_left : sizeof reader->buffer;
    if (size == 0 || !input_cursor_read(&reader->cursor, reader->buffer, (size_t)size)) {
        return false;
    }
    reader->packed_left -= size;
    reader->stream.next_in = reader->buffer;
    reader->stream.avail_in = (uInt)size;
    return true;
}

static bool unpack(struct zip_reader *reader, unsigned char *bytes, uInt size)
{
    reader->stream.next_out = bytes;
    reader->stream.avail_out = size;
    while (reader->stream.avail_out > 0) {
        if (reader->stream.avail_in == 0 && !refill(reader)) {
            return false;
        }
        const int result = inflate(&reader->stream, Z_NO_FLUSH);
        if (result != Z_OK && !(result == Z_STREAM_END && reader->stream.avail_out == 0)) {
            return false;
        }
    }
    return true;
}

bool zip_reader_read(void *reader, void *bytes, size_t size)
{
    struct zip_reader *const self = reader;
    if (size > self->left) {
        return false;
    }
    for (size_t done = 0; done < size;) {
        const uInt part = (uInt)(size - done < ZIP_BUFFER_SIZE ? size - done : ZIP_BUFFER_SIZE);
        unsigned char *const out = (unsigned char *)bytes + done;
        const bool good = self->member->method == METHOD_STORED
                              ? input_cursor_read(&self->cursor, out, part)
                              : unpack(self, out, part);
        if (!good) {
            return false;
        }
        self->crc = (uint32_t)crc32(self->crc, out, part);
        self->left -= part;
        done += part;
    }
    return true;
}

bool zip_reader_is_whole(const struct zip_reader *reader)
{
    return reader->left == 0 && reader->crc == reader->member->crc;
}
